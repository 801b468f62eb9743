"""Launchers by ssh are tried with a real server; those of SLURM in tests/control/cluster."""

from pathlib import Path

import pytest
from ssh_server import SshServer, missing_programs

from control.doctor.findings import Level
from control.doctor.launchers import launchers
from control.settings import Settings

pytestmark = pytest.mark.skipif(bool(missing_programs()), reason="no sshd: make setup-tests")


def test_hosts_that_answer_and_hosts_that_do_not(tmp_path: Path):
    with SshServer(tmp_path) as server:
        server.service.write_text(f"runs: [{tmp_path}/runs]\nstate: {tmp_path}/state\n")
        base = {"kind": "ssh", "config_file": str(server.config)}
        named = {
            "good": {**base, "host": "lab", "plumbline": str(server.plumbline)},
            "strange": {**base, "host": "stranger"},
            "without": {**base, "host": "lab", "plumbline": "/nowhere/plumbline"},
        }
        found = {each.what: each for each in launchers(Settings(launchers=named))}
    assert found["launcher good"].level is Level.OK
    assert found["launcher strange"].level is Level.FAIL
    assert "its host key is not known here" in found["launcher strange"].text
    assert "set `plumbline` of the launcher" in found["launcher without"].hint
