"""Dead letters of jobs that SLURM ended: they could not write one themselves.

A job whose command fails leaves its own words in its log. One that was killed (memory, time,
node, scancel) says nothing, so what SLURM says is kept for it, in the form that ``plumbline
attempt`` writes; where the job succeeds later, the letter goes.
"""

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from control.record.dead_letter import FOLDER, DeadLetter, Failure, Input, Try, name_of
from control.record.redaction import hide_secrets
from engines.contract.clock import utc
from engines.contract.errors import EngineError
from engines.contract.output import write_atomic
from snakemake_executor_plugin_plumbline_slurm.job_log import tail_of


class Letters:
    """The dead letters of a run's jobs.

    Args:
        workdir: of the run.
    """

    def __init__(self, workdir: Path) -> None:
        self._workdir = workdir
        self._there = _names_in(workdir / FOLDER)
        self._tries: dict[str, list[Try]] = defaultdict(list)

    def note(self, job: Any, error: Failure, start: str) -> None:
        """Remember a failed try of a job or a group."""
        for each in _members(job):
            about = (error.code, error.error_class, error.message)
            self._tries[job_name(each)].append(Try(job.attempt, start, utc(), *about, "SLURM"))

    def give_up(self, job: Any, error: Failure, node: str, log: Path) -> list[str]:
        """Write a letter for a job that was given up, or for each job of a group.

        Args:
            job: Snakemake's job or group.
            error: what went wrong in the end.
            node: where it ran.
            log: SLURM's log of it; a line is added to it that says where the letter is.

        Returns:
            What could not be written, a line each.
        """
        problems = []
        for each in _members(job):
            name = job_name(each)
            letter = DeadLetter(
                id=name_of(name),
                job=name,
                command=hide_secrets(each.shellcmd or f"(rule {each.rule.name})"),
                workdir=str(self._workdir),
                host=node,
                created=utc(),
                error=error,
                inputs=[_input(self._workdir, str(path)) for path in each.input],
                attempts=self._tries.pop(name, []),
                log=hide_secrets(tail_of(log)),
            )
            path = FOLDER / f"{letter.id}.json"
            line = {"type": "error", **asdict(error), "dead_letter": str(path)}
            try:
                write_atomic(self._workdir / path, letter.to_json())
                self._there.add(path.name)
                _append(_log_of(each) if job.is_group() else log, json.dumps(line))
            except (OSError, EngineError) as failure:
                problems.append(f"no dead letter for {name}: {failure}")
        return problems

    def succeeded(self, job: Any) -> None:
        """Nothing is left to remember of a job or a group."""
        for each in _members(job):
            name = job_name(each)
            self._tries.pop(name, None)
            if (file := f"{name_of(name)}.json") in self._there:
                self._there.discard(file)
                with suppress(OSError):
                    (self._workdir / FOLDER / file).unlink(missing_ok=True)


def job_name(job: Any) -> str:
    """What a job is called, the same in every attempt and every run: ``rule/value.value``.

    Dots of the first value stay as they are, those of the others are told apart from the
    dots between them: so no two jobs are called the same.
    """
    first, *others = [*map(str, job.wildcards_dict.values())] or [""]
    values = ".".join([first, *(each.replace("%", "%25").replace(".", "%2E") for each in others)])
    return f"{job.rule.name}/{values}" if values else str(job.rule.name)


def _members(job: Any) -> Iterator[Any]:
    yield from job.jobs if job.is_group() else (job,)


def _names_in(folder: Path) -> set[str]:
    try:
        return set(os.listdir(folder))
    except OSError:
        return set()


def _log_of(job: Any) -> Path | None:
    """The rule's own log, where it has begun one."""
    logs = [Path(str(path)) for path in job.log]
    return next((path for path in logs if path.exists()), None)


def _append(log: Path | None, line: str) -> None:
    if log is not None:
        with open(log, "a", encoding="utf-8") as file:
            file.write(f"plumbline: given up\n{line}\n")


def _input(workdir: Path, path: str) -> Input:
    try:
        status = os.stat(workdir / path)
    except OSError:
        return Input(path)
    return Input(path, status.st_size, round(status.st_mtime, 3))
