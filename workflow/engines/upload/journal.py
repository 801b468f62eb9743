"""What was begun at a target and is not ended: so that nothing of ours is left there.

One file for each target, beside the outputs; one line of JSON for each step, written before the
step for a beginning, after it for the rest. Who has it, has it alone.
"""

import fcntl
import hashlib
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engines.contract.errors import CannotWrite
from engines.contract.progress import say

FOLDER = ".plumbline-upload"


@dataclass
class Begun:
    """One file that is on its way.

    Attributes:
        how: what must be the same to go on with it.
        upload: the id of its multipart upload; None where it was not learned.
        parts: number → ETag and SHA-256 (hexadecimal) of the parts that are there.
    """

    how: dict[str, Any]
    upload: str | None = None
    parts: dict[int, tuple[str, str]] = field(default_factory=dict)


class Journal:
    """The open journal of one target; safe to use from many threads."""

    def __init__(self, path: Path, fd: int) -> None:
        self.path, self._fd = path, fd
        self._lock = threading.Lock()
        self.begun: dict[str, Begun] = {}
        for line in path.read_bytes().splitlines():
            try:
                self._apply(json.loads(line))
            except (ValueError, KeyError, TypeError):
                continue  # cut off by a kill: that step counts as not done

    @property
    def mark(self) -> str:
        """Tells this journal from all others."""
        return hashlib.sha256(str(self.path.absolute()).encode()).hexdigest()[:12]

    def begin(self, key: str, **how: Any) -> None:
        self._note({"step": "begin", "key": key, "how": how})

    def learn(self, key: str, upload: str) -> None:
        self._note({"step": "upload", "key": key, "upload": upload})

    def part(self, key: str, number: int, etag: str, sha256: str) -> None:
        self._note({"step": "part", "key": key, "number": number, "sums": [etag, sha256]})

    def end(self, key: str) -> None:
        if key in self.begun:
            self._note({"step": "end", "key": key})

    def _note(self, entry: dict[str, Any]) -> None:
        with self._lock:
            self._apply(entry)
            size = os.fstat(self._fd).st_size
            cut = size and os.pread(self._fd, 1, size - 1) != b"\n"
            line = ("\n" if cut else "") + json.dumps(entry) + "\n"
            os.write(self._fd, line.encode())

    def _apply(self, entry: dict[str, Any]) -> None:
        key, step = entry["key"], entry["step"]
        if step == "begin":
            self.begun[key] = Begun(entry["how"])
        elif step == "upload":
            self.begun[key].upload = entry["upload"]
        elif step == "part":
            etag, sha256 = entry["sums"]
            self.begun[key].parts[entry["number"]] = (etag, sha256)
        else:
            self.begun.pop(key, None)


@contextmanager
def open_journal(out: Path, target: str) -> Iterator[Journal]:
    """The journal of ``target``, for this process alone; it waits for another one's end.

    Raises:
        CannotWrite: the folder of ``out`` cannot be written.
    """
    path = out.parent / FOLDER / f"{hashlib.sha256(target.encode()).hexdigest()[:16]}.ndjson"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fd = _locked(path, target)
    except OSError as error:
        raise CannotWrite(
            f"{error.filename or path}: {error.strerror}", hint="choose an --out that you may write"
        ) from error
    try:
        journal = Journal(path, fd)
        yield journal
        if not journal.begun:
            path.unlink(missing_ok=True)
    finally:
        os.close(fd)


def _locked(path: Path, target: str) -> int:
    """A descriptor of the journal with its lock; not of one that its last owner removed."""
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say(f"another process uploads to {target}: waiting for it")
            fcntl.flock(fd, fcntl.LOCK_EX)
        try:
            if os.path.samestat(os.fstat(fd), os.stat(path)):
                return fd
        except FileNotFoundError:
            pass
        os.close(fd)
