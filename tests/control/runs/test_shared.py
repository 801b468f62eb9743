"""The folders that runs share: where they are, and that every attempt of a run is told of them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from run_lab import Lab
from submission_lab import make_run, service

from control.record.run_dir import State
from control.runs import actions, quota
from control.runs.shared import VARIABLES, environment, shared_folders
from control.runs.storage import Meter


@pytest.fixture(autouse=True)
def none_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path, shared={"cohort": str(tmp_path / "a cohort")})
    yield lab
    lab.close()


def test_settings_come_before_variables_and_those_before_a_place_beside_the_runs(tmp_path):
    settings = service(tmp_path, shared={"fetched": tmp_path / "big"})
    environ = {"PLUMBLINE_FETCHED": "/elsewhere", "PLUMBLINE_COHORT": "/cohort", "HOME": "/home"}
    found = shared_folders(settings, environ)
    beside = settings.runs[0] / f".shared-{os.getuid()}"
    assert found == {
        "fetched": tmp_path / "big",
        "cohort": Path("/cohort"),
        "history": beside / "history",
    }


def test_they_are_made_for_their_owner_alone_where_that_is_possible(tmp_path):
    (tmp_path / "file").touch()
    settings = service(tmp_path, shared={"cohort": tmp_path / "file/cohort"})
    environ = {"HOME": "/home", "PLUMBLINE_HISTORY": str(tmp_path / "history")}
    found = environment(settings, environ)
    assert found["HOME"] == "/home"
    assert found["PLUMBLINE_COHORT"] == str(tmp_path / "file/cohort"), "the job says what is wrong"
    fetched = Path(found["PLUMBLINE_FETCHED"])
    for folder in (fetched, fetched.parent, Path(found["PLUMBLINE_HISTORY"])):
        assert folder.stat().st_mode & 0o777 == 0o700


def test_a_run_is_told_of_them_also_when_it_is_resumed(lab, monkeypatch):
    monkeypatch.setenv("PLUMBLINE_COHORT", "/of/the/service")
    told, flag = lab.folder / "told", lab.folder / "flag"
    run_dir = lab.queue({"a": f"env | grep ^PLUMBLINE_ | sort >> '{told}'; test -e '{flag}'"})
    assert lab.drive(run_dir).wait() == 1
    flag.touch()
    actions.resume(lab.settings, run_dir, "ben")
    assert lab.drive(run_dir).wait() == 0
    beside = lab.runs / f".shared-{os.getuid()}"
    once = [
        f"PLUMBLINE_COHORT={lab.folder}/a cohort",
        f"PLUMBLINE_FETCHED={beside}/fetched",
        f"PLUMBLINE_HISTORY={beside}/history",
    ]
    lines = [line for line in told.read_text().splitlines() if line.split("=")[0] in _NAMES]
    assert lines == [*once, *once]
    assert {path.name for path in beside.iterdir()} == {"fetched", "history"}


_NAMES = set(VARIABLES.values())


def test_a_download_of_several_runs_counts_once(tmp_path):
    settings = service(tmp_path)
    cache = Path(environment(settings, {})["PLUMBLINE_FETCHED"])
    (cache / "calls").write_bytes(b"x" * 10**6)
    for number in range(2):
        run_dir = make_run(settings, 1_700_000_000 + number, State.RUNNING)
        fetched = run_dir.work / "results/fetched/A"
        fetched.mkdir(parents=True)
        os.link(cache / "calls", fetched / "small_variants.vcf.gz")
    meter = Meter(settings)
    while not meter.step(10):
        pass
    for user in ("anna", None):
        assert 10**6 < quota.used(settings, user) < 1.1 * 10**6
