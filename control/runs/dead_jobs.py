"""Which job a dead letter is of, told from the run directory alone."""

import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from control.record.dead_letter import FOLDER, UnreadableLetter, read_letter
from control.record.run_dir import RunDir
from control.runs.errors import Conflict
from control.runs.outcome import read_events
from engines.contract.errors import InputMissing

_CHUNK = 1 << 20


def targets_of_letter(run_dir: RunDir, letter: str) -> tuple[str, list[str]]:
    """What has to be made so that the job of a dead letter runs again.

    Args:
        run_dir: of the run.
        letter: id of the dead letter, or its path seen from the workdir.

    Returns:
        The path of the dead letter, and the outputs of its job (or, of a job without any, its
        rule).

    Raises:
        InputMissing: there is no such dead letter (any more).
        Conflict: no failed job of the run has it in its log.
    """
    workdir = Path(run_dir.read_run().workdir or run_dir.work)
    path = (FOLDER / f"{PurePosixPath(letter).name.removesuffix('.json')}.json").as_posix()
    try:
        read_letter(workdir, path)
    except UnreadableLetter as error:
        hint = "the job may have succeeded since"
        raise InputMissing(f"no such dead letter: {error}", hint=hint) from None
    mark = json.dumps(path).encode()
    for job in _failed_jobs(run_dir):
        if any(_mentions(log, mark) for log in _logs(workdir, job)):
            return path, [str(file) for file in job.get("output") or [job.get("rule_name")]]
    raise Conflict(
        f"no failed job of run {run_dir.run_id} names the dead letter {path} in its log",
        hint="resume the run instead",
    )


def _failed_jobs(run_dir: RunDir) -> list[dict[str, Any]]:
    """Jobs that failed, the latest first."""
    found = read_events(run_dir.events, word=b"job_error")
    return [each for each in found if each["event"] == "job_error"][::-1]


def _logs(workdir: Path, job: dict[str, Any]) -> Iterator[Path]:
    """Logs of a job that lie inside the workdir."""
    root = workdir.resolve()
    for name in job.get("log") or ():
        file = (root / str(name)).resolve()
        if file.is_relative_to(root) and file.is_file():
            yield file


def _mentions(file: Path, mark: bytes) -> bool:
    """Whether the mark is anywhere in the file; read in pieces that overlap."""
    try:
        with open(file, "rb") as handle:
            tail = b""
            while block := handle.read(_CHUNK):
                if mark in tail + block:
                    return True
                tail = block[-len(mark) :]
    except OSError:
        pass
    return False
