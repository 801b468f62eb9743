"""The lease: one holder at a time, for as long as a holder lives."""

import os
from pathlib import Path

import pytest

from control.record.run_dir import RunDir
from control.runs.errors import Conflict
from control.runs.lease import DRIVER, Lease, is_free
from engines.contract.errors import InputMissing


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    return RunDir.create(tmp_path, 0)


def test_a_second_holder_is_refused_and_told_who_has_it(run_dir: RunDir) -> None:
    assert is_free(run_dir)
    with Lease.take(run_dir, "delete"):
        assert not is_free(run_dir)
        with pytest.raises(Conflict, match=rf"in other hands: delete, process {os.getpid()} on "):
            Lease.take(run_dir, "resume", wait=0.1)
    assert is_free(run_dir)
    Lease.take(run_dir, "resume").release()


def test_a_driver_is_not_waited_for(run_dir: RunDir) -> None:
    with Lease.take(run_dir, DRIVER), pytest.raises(Conflict):
        Lease.take(run_dir, "resume", wait=1e9)


def test_who_inherits_it_holds_it_too(run_dir: RunDir) -> None:
    lease = Lease.take(run_dir, DRIVER)
    inherited = os.dup(lease.fd)
    lease.release()
    assert not is_free(run_dir)
    os.close(inherited)
    assert is_free(run_dir)


def test_a_run_that_is_deleted_has_no_lease(run_dir: RunDir) -> None:
    with Lease.take(run_dir, "delete"):
        run_dir.path.rename(run_dir.path.with_name("gone"))
    with pytest.raises(InputMissing):
        Lease.take(run_dir, "resume")


def test_a_link_is_not_followed(run_dir: RunDir, tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    run_dir.lock.symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="symbolic links"):
        Lease.take(run_dir, "resume")
