"""A profile that could only fail is refused before there is a run, and is not offered."""

from pathlib import Path

import pytest

from control.record.request import Request
from control.record.run_dir import RunDir
from control.runs import executors
from control.runs.command import demand_of, profile_of, run_command
from control.runs.executors import check, usable_profiles
from control.settings import ROOT, Settings
from engines.contract.errors import BadUsage, Unavailable


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"workflow": ROOT, "runs": [tmp_path], "state": tmp_path})


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if every plugin were there."""
    monkeypatch.setattr(executors, "find_spec", lambda name: name)


def test_without_its_plugin(settings, monkeypatch):
    monkeypatch.setattr(executors, "find_spec", lambda name: None if "generic" in name else name)
    with pytest.raises(Unavailable, match="pbs: snakemake-executor-plugin-cluster-generic"):
        check("pbs", profile_of(settings, "pbs"))
    assert "pbs" not in usable_profiles(settings)
    assert {"default", "slurm", "lsf"} <= set(usable_profiles(settings))


def test_files_in_a_store(settings, installed):
    for name in ("kubernetes", "aws-batch"):
        with pytest.raises(BadUsage, match=f"{name}: files are kept in a store \\(s3\\)"):
            check(name, profile_of(settings, name))
    assert set(usable_profiles(settings)) >= {"default", "slurm", "pbs", "lsf"}
    assert not {"kubernetes", "aws-batch"} & set(usable_profiles(settings))


def test_a_broken_profile_is_not_offered(settings, tmp_path, installed):
    folder = tmp_path / "workflow" / "profiles" / "broken"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text("executor: [\n")
    assert usable_profiles(settings.model_copy(update={"workflow": tmp_path / "workflow"})) == []


def test_another_cluster_takes_nothing_of_this_machine(settings, tmp_path):
    request = Request(profile="pbs", targets=["a"])
    assert demand_of(settings, request).cores == 0
    run_dir = RunDir(tmp_path / "run")
    command = run_command(settings, run_dir, request, ["a"])
    assert str(ROOT / "profiles/pbs") in command
    assert not [part for part in command if "jobname" in part or part == "--cores"]
