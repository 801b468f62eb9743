"""Several processes do what one does; they end with it, and with one another."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import yaml
from qc_lab import judged, run, write_sample

from engines.contract.errors import BadData, Transient
from engines.qc.processes import in_processes

DEPTH = "Average alignment coverage over genome"
MANY = range(40)  # enough for two processes
WORKFLOW = Path(__file__).resolve().parents[3] / "workflow"


@pytest.fixture
def samples(tmp_path: Path) -> list[Path]:
    return [
        write_sample(tmp_path / "in", f"S{n:02}", [("coverage", DEPTH, 25 + n % 9)]) for n in MANY
    ]


@pytest.fixture
def thresholds(tmp_path: Path) -> Path:
    item = {"metric": DEPTH, "category": "coverage", "direction": "low", "reason": "so it is"}
    path = tmp_path / "t.yaml"
    path.write_text(yaml.safe_dump({"thresholds": [{**item, "warn": {"value": 30, "z": 3.5}}]}))
    return path


def test_the_same_bytes_with_any_number(
    samples: list[Path], thresholds: Path, tmp_path: Path
) -> None:
    found = []
    for threads in (1, 2, 7):
        folder = tmp_path / f"of{threads}"
        options = ["--thresholds", thresholds, "--threads", threads, "--each", folder / "each"]
        judged(folder / "o", *samples, *options, page=True)
        files = sorted(path for path in folder.rglob("*.*") if "provenance" not in path.name)
        found.append({str(path.relative_to(folder)): path.read_bytes() for path in files})
    assert len(found[0]) == 3 * 41
    assert found[0] == found[1] == found[2]


def test_the_first_broken_file_is_named(
    samples: list[Path], thresholds: Path, tmp_path: Path
) -> None:
    for number in (39, 20, 3):
        samples[number].write_text("{}")
    for judge in (samples, [samples[0], "--cohort", tmp_path / "in"]):
        options = ["--thresholds", thresholds, "--threads", 2, "--out", tmp_path / "o"]
        done = run("judge", *judge, *options)
        assert done.exit_code == 65
        assert "S03.qc.json: its schema is None" in done.output
        assert not list(tmp_path.glob("o.*"))


def pids_of(items: range, work: Callable[[int], int]) -> set[int]:
    return set(in_processes(work, items, 2))


def test_other_processes_do_the_work_when_it_is_worth_it() -> None:
    few, many = (pids_of(range(n), lambda _: os.getpid()) for n in (20, 400))
    assert few == {os.getpid()}
    assert os.getpid() not in many


def test_an_error_is_the_same_as_in_one_process() -> None:
    def work(number: int) -> int:
        if number > 5:
            raise BadData(f"{number} is wrong", hint="choose another")
        return number

    with pytest.raises(BadData) as caught:
        list(in_processes(work, MANY, 2))
    assert (caught.value.message, caught.value.hint) == ("6 is wrong", "choose another")


def test_a_killed_worker_is_told() -> None:
    with pytest.raises(Transient, match="a worker process was killed"):
        list(in_processes(lambda _: os.kill(os.getpid(), signal.SIGKILL), MANY, 2))


LASTING = r"""
import os, sys, time
from engines.qc.processes import in_processes

def work(number):
    os.write(1, f"{os.getpid()}\n".encode())  # whole lines, of whichever worker
    time.sleep(60)

list(in_processes(work, range(40), 2))
"""


def test_workers_do_not_outlive_a_killed_process() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", LASTING],
        env=os.environ | {"PYTHONPATH": str(WORKFLOW)},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            workers = [psutil.Process(int(process.stdout.readline())) for _ in range(2)]
        finally:
            process.kill()
        assert psutil.wait_procs(workers, timeout=180)[1] == []
