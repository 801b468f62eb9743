"""The same key of the same user gives the same run: also at the same time, also after a crash.

For every key there is a small file in the state folder. It names the run *before* the run
appears. So after a kill there are two cases only: the run is there, and is the answer; or it
is not, and never was.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from control.record.lines import parse
from control.runs.errors import Conflict
from control.runs.locked import locked
from control.settings import Settings, StateDir
from engines.contract.output import write_atomic

KEPT_DAYS = 30
"""A key is remembered for so long, and as long as its run is there."""
_WAIT_SECONDS = 660  # a submission with the same key may wait for its dry run, then make it


class RunDeleted(Conflict):
    """The run that a key has given was deleted."""


class KeyTaken(Conflict):
    """A key was used for something else.

    Attributes:
        run_id: what it has given.
    """

    def __init__(self, key: str, run_id: str) -> None:
        message = f"idempotency key {key!r}: was used for another submission, run {run_id}"
        super().__init__(message, hint="use a new key for every new run")
        self.run_id = run_id


class Key:
    """One key of one user.

    Args:
        settings: of the service.
        user, key: as the client gave them.
        content: what is submitted: the same key with another content is a mistake.
    """

    def __init__(self, settings: Settings, user: str, key: str, content: Mapping[str, Any]) -> None:
        self._runs, self._key = settings.runs[0], key
        self._folder = _folder(settings)
        self._name = hashlib.sha256(json.dumps([user, key]).encode()).hexdigest()
        text = json.dumps(content, sort_keys=True)
        self._content = hashlib.sha256(text.encode()).hexdigest()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let nobody else submit with this key meanwhile.

        Raises:
            Busy: somebody does, for very long.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = self._folder / f"{self._name[:2]}.lock"  # a few for all: locks are never removed
        with locked(lock, _WAIT_SECONDS, "submission"):
            yield

    def run(self) -> str | None:
        """The id of the run that this key has given; None where it has given none yet.

        Raises:
            KeyTaken: it was used for something else.
            RunDeleted: its run was deleted.
        """
        try:
            known = parse(self._file.read_bytes())
        except (OSError, ValueError):
            return None
        run_id = str(known["run_id"])
        is_there = (self._runs / run_id).exists()
        if not is_there and not known["is_there"]:
            return None  # killed before the run appeared
        if not is_there:
            message = f"idempotency key {self._key!r}: its run {run_id} was deleted"
            raise RunDeleted(message, hint="use a new key to run it again")
        if known["content"] != self._content:
            raise KeyTaken(self._key, run_id)
        if not known["is_there"]:  # killed just after it appeared
            self.note(run_id, is_there=True)
        return run_id

    def note(self, run_id: str, *, is_there: bool) -> None:
        """Remember the run: first before it appears, then that it is there.

        Raises:
            CannotWrite, OSError: that is not possible.
        """
        known = {"run_id": run_id, "content": self._content, "is_there": is_there}
        write_atomic(self._file, json.dumps(known) + "\n")

    @property
    def _file(self) -> Path:
        return self._folder / f"{self._name}.json"


def forget_old(settings: Settings, now: float | None = None) -> None:
    """Forget keys that are older than KEPT_DAYS, and whose run is gone."""
    oldest = (time.time() if now is None else now) - KEPT_DAYS * 86400
    for file in _folder(settings).glob("*.json"):
        with suppress(OSError, ValueError, KeyError):
            run = settings.runs[0] / str(parse(file.read_bytes())["run_id"])
            if file.stat().st_mtime < oldest and not run.exists():
                file.unlink()


def _folder(settings: Settings) -> Path:
    return StateDir(settings.state).path / "submissions"
