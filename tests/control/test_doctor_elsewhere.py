"""GPUs of this machine, and profiles of other schedulers than SLURM."""

import os
from pathlib import Path

import pytest
import stand_in_pbs

from control.doctor.findings import Finding, Level
from control.doctor.gpus import gpus
from control.doctor.profiles import profiles
from control.runs import executors
from control.settings import ROOT, Settings
from engines.gpu.devices import Offer
from engines.gpu.slots import held


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"workflow": ROOT, "runs": [tmp_path], "state": tmp_path})


def test_gpus_and_who_holds_them(settings, tmp_path, monkeypatch):
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PLUMBLINE_GPU_LOCKS", str(tmp_path))
    monkeypatch.setenv("PLUMBLINE_GPUS", "a,b")
    (found,) = gpus(settings)
    assert (found.level, found.text) == (Level.OK, "2 (PLUMBLINE_GPUS), none is held")
    with held(Offer(("a", "b"), "", ""), 1):
        (found,) = gpus(settings)
        assert found.text == f"2 (PLUMBLINE_GPUS), held a by process {os.getpid()}"
    monkeypatch.setenv("PLUMBLINE_GPUS", "")
    (found,) = gpus(settings)
    assert (found.level, found.text) == (Level.OK, "none (PLUMBLINE_GPUS)")


def of(settings: Settings, name: str) -> Finding:
    (found,) = profiles(settings, name, with_job=False)
    return found


def test_profiles_of_other_schedulers(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(executors, "find_spec", lambda name: None)
    found = of(settings, "lsf")
    assert (found.level, found.hint) == (
        Level.FAIL,
        "make executor PROFILE=lsf, see docs/executors.md",
    )
    monkeypatch.setattr(executors, "find_spec", lambda name: name)
    assert of(settings, "kubernetes").level is Level.WARN, "by hand it can be used"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert of(settings, "pbs").text == "pbs needs qsub, qstat, qdel"
    monkeypatch.setenv("PATH", str(stand_in_pbs.install(tmp_path / "pbs")))
    assert of(settings, "pbs").level is Level.OK
    assert of(settings, "default").text.startswith("default: jobs run on this machine")
