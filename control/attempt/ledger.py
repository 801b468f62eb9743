"""What ``plumbline attempt`` remembers of a job between its processes, below ``.plumbline/``.

``attempts/<job>.json`` (the mark) holds every failed try; where the last failure was
permanent it says so, and later attempts of the same job end at once. ``dead_letters/``
holds what is left of jobs that were given up. Both are replaced in one step, so a kill at
any moment leaves the earlier or the later one.
"""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from control.record.dead_letter import (
    FOLDER,
    DeadLetter,
    Failure,
    Input,
    Try,
    name_of,
)
from control.record.lines import parse
from control.record.redaction import command_line, hide_secrets
from engines.contract.clock import utc
from engines.contract.output import write_atomic

MARKS = FOLDER.parent / "attempts"


@dataclass(frozen=True)
class Job:
    """What is attempted.

    Attributes:
        name: the same for every attempt of the job.
        command: program and arguments.
        inputs: files that it reads, for the dead letter.
        workdir: where ``.plumbline`` lies.
    """

    name: str
    command: Sequence[str]
    inputs: Sequence[str] = ()
    workdir: Path = field(default_factory=Path.cwd)

    @property
    def fingerprint(self) -> str:
        """Tells a changed command, secrets included, without keeping it."""
        return sha256("\0".join(self.command).encode("utf-8", "surrogateescape")).hexdigest()


class Ledger:
    """The files of one job.

    Args:
        job: whose.

    Attributes:
        tries: the failed tries so far, of earlier attempts too.
        ended_by: the permanent failure that ended the job, if one did.
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.letter = FOLDER / f"{name_of(job.name)}.json"
        self._mark = job.workdir / MARKS / f"{name_of(job.name)}.json"
        self.tries, self.ended_by = self._recall()

    def forget(self) -> None:
        """Begin anew: a first attempt, or another command than before."""
        self.tries, self.ended_by = [], None
        self._mark.unlink(missing_ok=True)

    def succeed(self) -> None:
        """Nothing is left to remember."""
        self.forget()
        (self.job.workdir / self.letter).unlink(missing_ok=True)

    def record(self, failed: Try, ended_by: Failure | None) -> None:
        """Keep a failed try; ``ended_by`` where it makes further ones useless.

        Raises:
            OSError, CannotWrite: it cannot be written.
        """
        self.tries.append(failed)
        self.ended_by = ended_by
        content = {
            "job": self.job.name,
            "command": self.job.fingerprint,
            "ended_by": asdict(ended_by) if ended_by else None,
            "tries": [asdict(each) for each in self.tries],
        }
        write_atomic(self._mark, json.dumps(content, indent=2) + "\n")

    def give_up(self, error: Failure, tail: bytes) -> Path:
        """Write the dead letter; gives its path, seen from the working directory.

        Raises:
            OSError, CannotWrite: it cannot be written.
        """
        letter = DeadLetter(
            id=name_of(self.job.name),
            job=self.job.name,
            command=command_line(self.job.command),
            workdir=str(self.job.workdir),
            host=platform.node(),
            created=utc(),
            error=error,
            inputs=[_input(path) for path in self.job.inputs],
            attempts=self.tries,
            log=hide_secrets(tail.decode("utf-8", "replace")),
        )
        write_atomic(self.job.workdir / self.letter, letter.to_json())
        return self.letter

    def _recall(self) -> tuple[list[Try], Failure | None]:
        """What an earlier process left of the same command; nothing where it makes no sense."""
        try:
            kept: dict[str, Any] = parse(self._mark.read_bytes())
            if kept["command"] != self.job.fingerprint:
                return [], None
            ended_by = Failure(**kept["ended_by"]) if kept["ended_by"] else None
            return [Try(**each) for each in kept["tries"]], ended_by
        except (OSError, ValueError, KeyError, TypeError):
            return [], None


def _input(path: str) -> Input:
    try:
        status = os.stat(path)
    except OSError:
        return Input(path)
    return Input(path, status.st_size, round(status.st_mtime, 3))
