"""Instructions for a run: ``requests/<id>.json``, each obeyed once and by one attempt only.

The control plane writes an instruction; the driver polls the folder, and renames what it
has taken on to ``<id>.done.json`` *before* it acts. So no instruction is ever obeyed twice.
Each names the attempt it is meant for; a driver does not obey what was meant for another.
"""

import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, get_type_hints

from control.record.fields import read_fields
from control.record.lines import parse, timestamp
from control.record.run_dir import RunDir
from engines.contract.errors import EngineError
from engines.contract.output import write_atomic

Action = Literal["cancel", "stop", "resume", "redrive"]

_NAME = re.compile(r"(\d{20}-[0-9a-f]{4})\.json")
_DONE = re.compile(r"(\d{20}-[0-9a-f]{4})\.done\.json")
_ENDS = {"stop": "ends after its running jobs", "cancel": "is being cancelled"}
LARGEST = 1 << 20  # bytes of an instruction that is read


@dataclass(frozen=True)
class Instruction:
    """One thing that somebody asked of a run.

    Attributes:
        id: sorts by time.
        action: ``cancel`` or ``stop`` the running jobs; ``resume`` the run, or ``redrive``
            one job, in a new attempt. Empty where the file makes no sense.
        user: who asked; empty for the service itself.
        created: UTC with milliseconds.
        attempt: start of the attempt that it is meant for; empty: the one that is next.
        targets: of ``redrive``: the files to make.
        dead_letter: of ``redrive``: path of the dead letter, seen from the workdir.
        outcome: what became of it; empty while it is pending.
    """

    id: str
    action: str
    user: str = ""
    created: str = ""
    attempt: str = ""
    targets: list[str] = field(default_factory=list)
    dead_letter: str = ""
    outcome: str = ""

    @property
    def ends(self) -> bool:
        """Whether it asks the run to end."""
        return self.action in _ENDS

    def is_for(self, start: str | None) -> bool:
        """Whether the attempt that started at ``start`` is to obey it."""
        return self.attempt in ("", start)


def instruct(
    run_dir: RunDir, action: Action, user: str, *, attempt: str = "", **more: Any
) -> Instruction:
    """Write an instruction.

    Args:
        run_dir: of which run.
        action, user, attempt: as in :class:`Instruction`.
        more: its other attributes.

    Raises:
        OSError, CannotWrite: it cannot be written; then nothing is there.
    """
    now = time.time()
    given = Instruction(
        id=f"{time.time_ns():020d}-{secrets.token_hex(2)}",
        action=action,
        user=user,
        created=timestamp(now),
        attempt=attempt,
        **more,
    )
    _write(run_dir.requests / f"{given.id}.json", given)
    return given


def pass_on(run_dir: RunDir, given: Instruction) -> None:
    """Write an instruction that was given elsewhere; nothing where it is here already.

    Raises:
        OSError, CannotWrite: it cannot be written; then nothing is there.
    """
    if all(given.id != each.id for each in (*pending(run_dir), *done(run_dir))):
        _write(run_dir.requests / f"{given.id}.json", given)


def from_fields(content: object) -> Instruction:
    """An instruction as another host tells it.

    Raises:
        ValueError: it is none.
    """
    types: Mapping[str, Any] = get_type_hints(Instruction) | {"targets": list}
    given = Instruction(**{"id": "", "action": "", **read_fields(content, types)})
    if not _NAME.fullmatch(f"{given.id}.json"):
        raise ValueError("no instruction")
    return given


def pending(run_dir: RunDir) -> list[Instruction]:
    """Instructions that nobody has taken on yet, the oldest first."""
    return _read_all(run_dir, _NAME)


def done(run_dir: RunDir) -> list[Instruction]:
    """Instructions that were taken on, the oldest first."""
    return _read_all(run_dir, _DONE)


def end_asked(run_dir: RunDir, start: str) -> str:
    """That a living attempt is asked to end, and by whom; empty where nobody has asked.

    Args:
        run_dir: of the run.
        start: of the attempt.
    """
    last = asked_end(run_dir, start)
    if last is None:
        return ""
    return _ENDS[last.action] + (f", asked for by {last.user}" if last.user else "")


def asked_end(run_dir: RunDir, start: str) -> Instruction | None:
    """What asks a living attempt to end, and soonest; None where nothing does."""
    asked = [
        each
        for each in (*done(run_dir), *pending(run_dir))
        if each.ends and each.outcome in ("", "obeyed")
        if each.attempt == start or (not each.attempt and each.created >= start)
    ]
    return max(asked, key=lambda each: (each.action == "cancel", each.id), default=None)


def acknowledge(run_dir: RunDir, given: Instruction, outcome: str) -> bool:
    """Take on an instruction; only then may it be obeyed.

    Returns:
        Whether it was still there to be taken.

    Raises:
        OSError: it cannot be renamed.
    """
    file = run_dir.requests / f"{given.id}.json"
    taken = file.with_name(f"{given.id}.done.json")
    try:
        os.rename(file, taken)
    except FileNotFoundError:
        return False
    with suppress(OSError, EngineError):  # a full disk: it was taken all the same
        _write(taken, replace(given, outcome=outcome))
    return True


def void(run_dir: RunDir) -> None:
    """Take on whatever is pending without obeying it: it came too late.

    Raises:
        OSError: one cannot be renamed.
    """
    for given in pending(run_dir):
        acknowledge(run_dir, given, "too late")


def _read_all(run_dir: RunDir, form: re.Pattern[str]) -> list[Instruction]:
    try:
        names = sorted(os.listdir(run_dir.requests))
    except OSError:
        return []
    return [
        _read(run_dir.requests / name, match[1])
        for name in names
        if (match := form.fullmatch(name))
    ]


def _read(file: Path, id: str) -> Instruction:
    types: Mapping[str, Any] = get_type_hints(Instruction) | {"targets": list}
    try:
        with open(file, "rb") as handle:
            known = read_fields(parse(handle.read(LARGEST)), types)
        return Instruction(**{"action": "", **known, "id": id})
    except (OSError, ValueError):
        return Instruction(id, action="")


def _write(file: Path, given: Instruction) -> None:
    content = {key: value for key, value in asdict(given).items() if value and key != "id"}
    write_atomic(file, json.dumps(content, indent=2) + "\n")
