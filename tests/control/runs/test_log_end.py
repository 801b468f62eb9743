"""The end of the log that says something."""

from pathlib import Path

import pytest

from control.record.run_dir import Run, RunDir, State
from control.runs.log_end import log_end


@pytest.fixture
def made(tmp_path: Path) -> RunDir:
    made = RunDir(tmp_path / "20261121-221005-3f9a")
    (made.work / "logs").mkdir(parents=True)
    made.write_run(Run(State.FAILED, workdir=str(made.work)))
    return made


def lines(made: RunDir, *logs: str) -> list[str] | None:
    end = log_end(made, logs)
    return end.lines if end else None


def test_the_first_log_in_which_something_is_written(made: RunDir) -> None:
    (made.work / "logs" / "empty.log").write_text("\n \n")
    (made.work / "logs" / "a.log").write_text("one\n\ntwo\x1b[31m red\n")
    (made.work / "logs" / "slurm.log").write_text("slurmstepd: killed\n")
    end = log_end(made, ["none.log", "logs/empty.log", "logs/a.log", "logs/slurm.log"])
    assert end is not None
    assert (end.number, end.path, end.lines) == (2, "logs/a.log", ["one", "two red"])
    assert lines(made) is None and lines(made, "none.log") is None


def test_only_the_last_attempt(made: RunDir) -> None:
    mark = "=== attempt started 2026-11-21T22:10:05Z on here\n"
    (made.work / "logs" / "a.log").write_text(f"{mark}first\n{mark}second\n")
    assert lines(made, "logs/a.log") == ["second"]


def test_of_a_long_log_the_end(made: RunDir) -> None:
    (made.work / "logs" / "a.log").write_text("".join(f"line {n}\n" for n in range(100_000)))
    assert lines(made, "logs/a.log") == [f"line {n}" for n in range(99_980, 100_000)]
    (made.work / "logs" / "a.log").write_text("x" * 100_000 + "\nlast " + "y" * 2000 + "\n")
    (last,) = lines(made, "logs/a.log") or []
    assert len(last) == 1000 and last.startswith("last yyy") and last.endswith("…")


def test_nothing_from_outside(made: RunDir) -> None:
    (made.path / "secret").write_text("secret\n")
    (made.work / "logs" / "link.log").symlink_to(made.path / "secret")
    assert lines(made, "../secret", str(made.path / "secret"), "logs/link.log") is None
