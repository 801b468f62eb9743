"""Each thing that can be amiss is found and has its remedy; what is well is said to be well."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from control.access.database import connect
from control.doctor import folders, installation, service
from control.doctor.cli import examine
from control.doctor.findings import Finding, Level
from control.record.process import this_process
from control.record.server import Server
from control.settings import StateDir


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PLUMBLINE_URL", "PLUMBLINE_TOKEN", "PLUMBLINE_CONFIG", "PLUMBLINE_RUNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    (tmp_path / "runs").mkdir()
    StateDir(tmp_path / "state").make()
    return tmp_path


def configure(folder: Path, **settings: object) -> Path:
    file = folder / "service.yaml"
    own = {"runs": [str(folder / "runs")], "state": str(folder / "state")}
    file.write_text(yaml.safe_dump(own | settings))
    return file


def findings(folder: Path, profile: str | None = None, **settings: object) -> list[Finding]:
    return list(examine(configure(folder, **settings), profile))


def of(found: list[Finding], what: str) -> list[Finding]:
    return [each for each in found if each.what == what]


def test_a_sound_installation(folder):
    found = findings(folder)
    assert not [each for each in found if each.level is Level.FAIL], found
    assert of(found, "logger plugin")[0].level is Level.OK
    assert of(found, "snakemake")[0].level is Level.OK
    assert all(each.hint for each in found if each.level is not Level.OK)
    left = [path for path in (folder / "runs").iterdir()]
    assert left == [], "nothing of the looking is left"
    assert not StateDir(folder / "state").service.exists()


def test_the_command(folder):
    command = [sys.executable, "-m", "control.cli", "doctor", "--config", str(configure(folder))]
    well = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert well.returncode == 0, well.stdout + well.stderr
    assert "ok    logger plugin: Snakemake finds it" in well.stdout.splitlines()
    (folder / "runs").rmdir()
    (folder / "runs").write_text("a file")
    ill = subprocess.run([*command, "--json"], capture_output=True, text=True, timeout=180)
    assert ill.returncode == 69
    assert json.loads(ill.stderr.splitlines()[-1])["message"] == "1 check has failed"
    levels = {each["what"]: each["level"] for each in json.loads(ill.stdout)}
    assert levels["runs folder"] == "fail"


def test_settings_that_cannot_be(folder):
    file = configure(folder, listn="x")
    (last,) = [each for each in examine(file, None) if each.level is Level.FAIL]
    assert "did you mean 'listen'?" in last.text


def test_plugins_that_snakemake_does_not_find(folder, monkeypatch):
    monkeypatch.setattr(installation.pkgutil, "iter_modules", lambda: [])
    for plugin in installation.PLUGINS:
        (found,) = of(findings(folder), plugin)
        assert found.level is Level.FAIL


def test_a_tool_that_is_missing(folder, monkeypatch):
    find = installation.shutil.which
    monkeypatch.setattr(
        installation.shutil,
        "which",
        lambda name, **how: None if name == "bcftools" else find(name, **how),
    )
    (found,) = of(findings(folder), "bcftools")
    assert (found.level, found.hint) == (
        Level.WARN,
        "install bcftools (Debian) or bcftools (conda)",
    )


def test_a_state_folder_on_a_network_disk_or_open_to_others(folder, monkeypatch):
    state = folder / "state"
    state.chmod(0o755)
    assert of(findings(folder), "state folder")[0].hint == f"chmod 700 {state}"
    monkeypatch.setattr(folders, "is_network", lambda path: path == str(state))
    (found, *_) = of(findings(folder), "state folder")
    assert found.level is Level.FAIL
    assert "local disk" in found.hint


def test_folders_that_are_not_there_yet(folder):
    found = findings(folder, runs=[str(folder / "a/b/runs")], state=str(folder / "a/state"))
    assert "will be made" in of(found, "runs folder")[0].text
    assert "will be made" in of(found, "state folder")[0].text
    assert not (folder / "a").exists()


def test_folders_that_cannot_be_written(folder, monkeypatch):
    monkeypatch.setattr(folders, "why_not_writable", lambda path: "Permission denied")
    found = findings(folder, runs=[str(folder / "runs"), str(folder)])
    assert [each.level for each in of(found, "runs folder")] == [Level.FAIL, Level.OK]
    assert of(found, "state folder")[0].level is Level.FAIL
    assert os.path.isdir(folder / "state")


@pytest.mark.parametrize(
    ("free", "level"), [(10 << 30, Level.OK), (1 << 30, Level.WARN), (1 << 20, Level.FAIL)]
)
def test_space(folder, monkeypatch, free, level):
    class Usage:
        pass

    Usage.free = free  # type: ignore[attr-defined]
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda path: Usage)
    assert of(findings(folder), "runs folder")[0].level is level


def test_a_damaged_service_database(folder):
    state = StateDir(folder / "state")
    connect(state).close()
    assert of(findings(folder), "service.db")[0].level is Level.OK
    with sqlite3.connect(state.service) as db:
        db.execute("PRAGMA journal_mode=DELETE")
    db.close()
    with open(state.service, "r+b") as file:
        file.seek(5000)
        file.write(os.urandom(20_000))
    (found,) = of(findings(folder), "service.db")
    assert found.level is Level.FAIL
    assert "plumbline backup restore" in found.hint


def test_a_clock_that_differs_from_the_file_servers(folder, monkeypatch):
    touch = os.utime
    monkeypatch.setattr(
        service.os, "utime", lambda path: touch(path, (10_000.0, service.time.time() - 90))
    )
    (found,) = of(findings(folder), "clock")
    assert found.level is Level.WARN
    assert "-90 s away" in found.text


def test_a_clock_before_the_installation(folder, monkeypatch):
    monkeypatch.setattr(service.time, "time", lambda: 1_000_000.0)
    assert of(findings(folder), "clock")[0].level is Level.FAIL


def test_addresses_of_notifications(folder):
    file = folder / "addresses"
    file.write_text("slakc://x/y/z\n")
    file.chmod(0o644)
    found = of(findings(folder, notifications={"addresses_file": str(file)}), "notifications")
    assert [each.level for each in found] == [Level.WARN, Level.WARN]
    assert found[1].hint == f"chmod 600 {file}"
    file.write_text("json://host/x\n")
    file.chmod(0o600)
    found = of(findings(folder, notifications={"addresses_file": str(file)}), "notifications")
    assert [each.level for each in found] == [Level.OK]


class TestSlurm:
    @pytest.fixture
    def binaries(self, folder, monkeypatch):
        place = folder / "bin"
        place.mkdir()
        monkeypatch.setenv("PATH", str(place))  # whatever SLURM this machine has

        def make(*names: str, script: str = "exit 0") -> None:
            for name in names:
                (place / name).write_text(f"#!/bin/sh\n{script}\n")
                (place / name).chmod(0o755)

        return make

    def test_none_here(self, folder, binaries):
        (found,) = of(findings(folder), "profiles")
        assert found.level is Level.OK
        assert "no SLURM on this machine" in found.text
        (asked,) = of(findings(folder, "slurm"), "SLURM")
        assert asked.level is Level.FAIL
        assert "sbatch" in asked.text

    def test_half_of_it(self, folder, binaries):
        binaries("sbatch", "squeue")
        (found,) = of(findings(folder, "slurm"), "SLURM")
        assert (found.level, found.text) == (Level.FAIL, "scancel, scontrol, sinfo not found")

    def test_its_controller_answers_or_does_not(self, folder, binaries):
        binaries("scontrol", script="echo 'Slurmctld(primary) at login1 is UP'")
        (found,) = of(findings(folder), "profiles")
        assert found.level is Level.OK
        binaries("scontrol", script="echo 'Slurmctld(primary) at login1 is DOWN'; exit 1")
        (found,) = of(findings(folder), "profiles")
        assert (found.level, found.text) == (
            Level.WARN,
            "slurm cannot be used: its controller is down",
        )
        binaries("scontrol", script="echo 'scontrol: fatal: No configuration' >&2; exit 1")
        (found,) = of(findings(folder), "profiles")
        assert (found.level, found.text) == (
            Level.WARN,
            "slurm cannot be used: scontrol: fatal: No configuration",
        )

    def test_a_profile_that_is_none(self, folder):
        assert of(findings(folder, "slrum"), "profiles")[0].level is Level.FAIL


class TestService:
    def test_none_runs(self, folder):
        (found,) = of(findings(folder), "service")
        assert found.level is Level.WARN
        assert "plumbline serve" in found.hint

    def test_one_that_does_not_answer(self, folder):
        server = Server("http://127.0.0.1:9", None, this_process(), "", "1")
        server.write(StateDir(folder / "state").server)
        (found,) = of(findings(folder), "service")
        assert found.level is Level.FAIL
        assert "Connection refused" in found.text

    def test_one_that_says_what_is_wrong(self, folder, monkeypatch):
        server = Server("http://127.0.0.1:9", None, this_process(), "", "1")
        server.write(StateDir(folder / "state").server)
        checks = {"disk": {"status": "degraded", "why": "low"}, "index": {"status": "ok"}}
        checks["ingest"] = {"status": "failing"}
        monkeypatch.setattr("control.client.api.Api.health", lambda api: {"checks": checks})
        found = {each.what: each for each in findings(folder)}
        assert found["service"].level is Level.OK
        assert (found["service, disk"].level, found["service, disk"].text) == (Level.WARN, "low")
        assert found["service, ingest"].level is Level.FAIL
        assert "service, index" not in found


def test_a_check_that_breaks_down_does_not_hide_the_others(folder, monkeypatch):
    monkeypatch.setattr(folders, "_space", lambda what, path: 1 / 0)
    found = findings(folder)
    assert "could not be looked at" in of(found, "runs folder")[0].text
    assert of(found, "service"), "the last one was made all the same"


def test_without_proc(folder, monkeypatch):
    class Elsewhere(type(Path())):  # type: ignore[misc]
        def read_text(self, *_: object, **__: object) -> str:
            raise FileNotFoundError(2, "No such file or directory")

    path_type = Path
    monkeypatch.setattr(
        service, "Path", lambda *parts: (Elsewhere if "/proc" in str(parts) else path_type)(*parts)
    )
    (found,) = of(findings(folder), "inotify")
    assert (found.level, found.text) == (Level.WARN, "is not there")


def test_folders_that_all_runs_share(folder, monkeypatch):
    for variable in ("PLUMBLINE_FETCHED", "PLUMBLINE_COHORT", "PLUMBLINE_HISTORY"):
        monkeypatch.delenv(variable, raising=False)
    found = of(findings(folder), "shared folders")
    assert [each.level for each in found] == [Level.OK] * 3
    assert "fetched: will be made beside the runs" in found[0].text
    (folder / "file").touch()
    shared = {"cohort": str(folder / "file/cohort"), "history": str(folder / "new/history")}
    fetched, cohort, history = of(findings(folder, shared=shared), "shared folders")
    assert (fetched.level, cohort.level, history.level) == (Level.OK, Level.FAIL, Level.OK)
    assert "cannot be made" in cohort.text and "will be made" in history.text
    assert not (folder / "new").exists()


def test_downloads_on_another_disk_than_the_runs(folder):
    elsewhere = Path("/dev/shm")
    if elsewhere.stat().st_dev == (folder / "runs").stat().st_dev:
        pytest.skip("there is no other file system here")
    found = of(findings(folder, shared={"fetched": str(elsewhere)}), "shared folders")
    (warning,) = [each for each in found if each.level is Level.WARN]
    assert "another file system" in warning.text
    assert "shared.fetched" in warning.hint
