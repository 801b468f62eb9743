"""Dead letters: what is left of a job that was given up, so that somebody can look and redrive it.

``plumbline attempt`` writes one file a job, ``<workdir>/.plumbline/dead_letters/<id>.json``,
replaces it when the job is given up again, and removes it when the job succeeds.
"""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar, get_type_hints

from control.record.fields import read_fields
from control.record.lines import parse

FOLDER = Path(".plumbline", "dead_letters")
"""Seen from the working directory of the run."""
LARGEST = 1 << 20
"""Bytes of the largest file that is read as a dead letter."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,80}-[0-9a-f]{8}")
Record = TypeVar("Record", "Input", "Try", "Failure")


class UnreadableLetter(ValueError):
    """A file that is no dead letter; one line, with the file."""


@dataclass(frozen=True)
class Input:
    """One input file as it was when the job was given up; no size where it was not there."""

    path: str
    size: int | None = None
    mtime: float | None = None


@dataclass(frozen=True)
class Try:
    """One time the command was run.

    Attributes:
        attempt: which attempt of the scheduler it belonged to, from 1.
        start, end: UTC with milliseconds.
        code: the exit code; 128 and the number for a signal.
        error_class: ``transient``, ``permanent`` or ``unknown``.
        message: what went wrong.
        by: what it was classified by.
    """

    attempt: int
    start: str
    end: str
    code: int
    error_class: str
    message: str
    by: str = ""


@dataclass(frozen=True)
class Failure:
    """What went wrong in the end, as the last line of every engine says it."""

    error_class: str
    code: int
    message: str
    hint: str = ""


@dataclass(frozen=True)
class DeadLetter:
    """One job that was given up.

    Attributes:
        id: the file's name without its ending; made of the job's, so a job has one letter.
        job: what the job is called.
        command: as a shell reads it, secrets hidden.
        workdir: where it ran.
        host: the machine of the last try.
        created: UTC with milliseconds.
        error: what went wrong in the end.
        inputs: the files that the job was said to read.
        attempts: every try, the oldest first.
        log: the end of what the last try printed, secrets hidden.
    """

    id: str
    job: str
    command: str
    workdir: str
    host: str
    created: str
    error: Failure
    inputs: list[Input] = field(default_factory=list)
    attempts: list[Try] = field(default_factory=list)
    log: str = ""

    def to_json(self) -> str:
        """The content of the file."""
        return json.dumps(asdict(self), indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes) -> "DeadLetter":
        """Read one; keys of a later version are passed over.

        Raises:
            ValueError: no JSON, or a field is missing or of another type.
        """
        nested = {"error": dict, "inputs": list, "attempts": list}
        known = _whole(parse(text), get_type_hints(cls) | nested, optional=("log",))
        known["error"] = _record(Failure, known["error"])
        known["inputs"] = [_record(Input, each) for each in known["inputs"]]
        known["attempts"] = [_record(Try, each) for each in known["attempts"]]
        return cls(**known)


def name_of(job: str) -> str:
    """The name of a job's files: readable, safe in any folder, without a dot, of this job alone."""
    readable = re.sub(r"[^A-Za-z0-9_-]+", "_", job).strip("_-")[:80] or "job"
    return f"{readable}-{hashlib.sha256(job.encode()).hexdigest()[:8]}"


def is_letter(path: str) -> bool:
    """Whether a path, seen from a working directory, is one that a dead letter can have."""
    pure = PurePosixPath(path)
    return (
        pure.parent == PurePosixPath(FOLDER.as_posix())
        and pure.suffix == ".json"
        and _ID.fullmatch(pure.stem) is not None
    )


def read_letter(workdir: Path, path: str) -> DeadLetter:
    """Read a dead letter.

    Args:
        workdir: of the run.
        path: as the error message gives it, seen from ``workdir``.

    Raises:
        UnreadableLetter: ``path`` is not one of a dead letter, nothing is there (the job has
            succeeded since), it lies behind a link, or it says nothing.
    """
    if not is_letter(path):
        raise UnreadableLetter(f"{path!r} is not the path of a dead letter")
    file = workdir / path
    try:
        if (workdir / FOLDER).resolve() != workdir.resolve() / FOLDER:
            raise UnreadableLetter(f"{file}: lies behind a link")
        with open(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as handle:
            return DeadLetter.from_json(handle.read(LARGEST))
    except OSError as error:
        raise UnreadableLetter(f"{file}: {error.strerror}") from error
    except UnreadableLetter:
        raise
    except ValueError as error:
        raise UnreadableLetter(f"{file}: {error}") from error


def _record(kind: type[Record], content: object) -> Record:
    optional = ("size", "mtime", "hint", "by")
    return kind(**_whole(content, get_type_hints(kind) | {"mtime": float | int | None}, optional))


def _whole(content: object, types: Mapping[str, Any], optional: tuple[str, ...]) -> dict[str, Any]:
    known = read_fields(content, types)
    if missing := types.keys() - known.keys() - set(optional):
        raise ValueError(f"no {', '.join(sorted(missing))}")
    return known
