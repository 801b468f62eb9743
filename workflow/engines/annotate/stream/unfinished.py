"""What has been told so far, on the disk: a run that is killed anywhere goes on from there.

Beside the results, in ``.NAME.unfinished/``, every call adds a line to each of a few files.
About once a second all of it is written, and ``checkpoint.json`` is replaced: how many messages
there are, how long each file is, its sha256, and what was counted. What stands behind that when the
process dies is cut off at the next start and told again, so that nothing is there twice.
"""

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from engines.contract.errors import CannotWrite, Transient, is_full

FILES = ("messages.ndjson", "rows.tsv", "info.tsv", "listed.ndjson")
MESSAGES = FILES[0]
CHECKPOINT = "checkpoint.json"
EVERY = 1.0  # seconds between two checkpoints
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Checkpoint:
    """How far the run had come.

    Attributes:
        done: messages that were told.
        last: the record of the last one, to see that the input is still the same.
        sizes: file → bytes that belong to ``done`` messages.
        sha256: file → of those bytes.
        counted: plain data, as its owner gave it.
    """

    done: int
    last: str
    sizes: dict[str, int]
    sha256: dict[str, str]
    counted: dict[str, Any]


class Unfinished:
    """The folder of one run; use it as a context, which keeps what is there. Where that is nothing
    and the run fails, the folder goes.

    Args:
        prefix: of the results.
        key: digest of everything that the results depend on; with another one, all is told anew.

    Raises:
        CannotWrite: the folder cannot be made.
        Transient: another process is at work in it.
    """

    def __init__(self, prefix: Path, key: str, every: float = EVERY) -> None:
        self.folder = prefix.parent / f".{prefix.name}.unfinished"
        self._key, self._every = key, every
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = open(self.folder / "lock", "a", encoding="utf-8")  # noqa: SIM115
        except OSError as error:
            raise CannotWrite(
                f"{prefix.parent}: {error.strerror}", hint="choose an --out that you may write"
            ) from error
        self._take_lock(prefix)
        self.found = self._read()
        self.done = self.found.done if self.found else 0
        self._files: dict[str, IO[bytes]] = {}
        self._digests = {name: hashlib.sha256() for name in FILES}
        self._waiting: tuple[list[bytes], ...] = ([], [], [], [])
        self._held = 0  # bytes of messages that wait
        self._last = self.found.last if self.found else ""
        self._saved_at = time.monotonic()

    def __enter__(self) -> "Unfinished":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: object
    ) -> None:
        for file in self._files.values():
            with suppress(OSError) if error else nullcontext():
                file.close()
        self._lock.close()
        if error and not self.done:
            self.remove()  # nothing to go on from
        if error and is_full(error):
            raise Transient(
                f"{self.folder.parent}: no space left",
                hint="free some space and start again: what was done is kept",
            ) from error

    def _take_lock(self, prefix: Path) -> None:
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            raise Transient(
                f"{prefix}: another `plumbline annotate` is at work on it",
                hint="wait until it has ended, or choose another --out",
            ) from None
        except OSError:  # a file system without locks
            return

    def _read(self) -> Checkpoint | None:
        """The last checkpoint, where it is of the same question and its files are whole."""
        with suppress(OSError, ValueError, LookupError, TypeError):
            told = json.loads((self.folder / CHECKPOINT).read_text(encoding="utf-8"))
            if told.pop("key") != self._key:
                return None
            found = Checkpoint(**told)
            if all((self.folder / name).stat().st_size >= found.sizes[name] for name in FILES):
                return found
        return None

    def begin(self) -> Iterator[bytes]:
        """Cut off what is behind the checkpoint, and give the messages that are before it.

        Has to be read to its end before the first :meth:`add`. Where the messages are not what
        was written, everything begins anew: :attr:`done` is 0 then, and nothing is given.
        """
        if self.found and not self._is_whole(self.found):
            self.found, self.done, self._last = None, 0, ""
        for name in FILES:
            path = self.folder / name
            size = self.found.sizes[name] if self.found else 0
            with open(path, "ab") as file:
                file.truncate(size)
        for name in FILES if self.found else ():
            with open(self.folder / name, "rb") as file:
                for line in file:
                    self._digests[name].update(line)
                    if name == MESSAGES:
                        yield line
        for name in FILES:
            self._files[name] = open(self.folder / name, "ab")  # noqa: SIM115

    def _is_whole(self, found: Checkpoint) -> bool:
        """A machine that lost its power may have kept a checkpoint, and not what it tells of."""
        return all(self._digest(name, found.sizes[name]) == found.sha256[name] for name in FILES)

    def _digest(self, name: str, left: int) -> str:
        digest = hashlib.sha256()
        with open(self.folder / name, "rb") as file:
            while left and (chunk := file.read(min(left, _CHUNK))):
                digest.update(chunk)
                left -= len(chunk)
        return digest.hexdigest()

    def add(self, original: str, message: bytes, row: str, info: str, listed: bytes) -> None:
        """Add what is told of one call or error; each of them ends its own line, or is empty."""
        messages, rows, infos, lists = self._waiting
        messages.append(message)
        if row:
            rows.append(row.encode())
        if info:
            infos.append(info.encode())
        if listed:
            lists.append(listed)
        self._held += len(message)
        if self._held >= _CHUNK:
            self._write()
        self.done += 1
        self._last = original

    def _write(self) -> None:
        for name, lines in zip(FILES, self._waiting, strict=True):
            piece = b"".join(lines)
            lines.clear()
            self._digests[name].update(piece)
            self._files[name].write(piece)
        self._held = 0

    @property
    def is_due(self) -> bool:
        """Whether it is time for a checkpoint."""
        return time.monotonic() - self._saved_at >= self._every

    def save(self, counted: dict[str, Any], *, is_last: bool = False) -> None:
        """Make a checkpoint of everything that was added.

        Args:
            is_last: nothing will be added any more.
        """
        self._write()
        sizes = {}
        for name, file in self._files.items():
            file.flush()
            sizes[name] = file.tell()
            if is_last:  # a disk that has not taken it says so now
                os.fsync(file.fileno())
        told = {
            "key": self._key,
            "done": self.done,
            "last": self._last,
            "sizes": sizes,
            "sha256": {name: digest.hexdigest() for name, digest in self._digests.items()},
            "counted": counted,
        }
        new = self.folder / f"{CHECKPOINT}.new"
        with open(new, "w", encoding="utf-8") as text:
            json.dump(told, text)
        os.replace(new, self.folder / CHECKPOINT)
        self._saved_at = time.monotonic()

    def path(self, name: str) -> Path:
        """One of :data:`FILES`."""
        return self.folder / name

    def scratch(self, name: str) -> Path:
        """An empty folder in it."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def remove(self) -> None:
        """The results are in place: nothing of this is needed any more."""
        shutil.rmtree(self.folder, ignore_errors=True)
