"""What was fetched into a folder: one line of JSON for each file, the last one counts."""

import fcntl
import json
import os
import threading
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engines.contract.errors import CannotWrite
from engines.fetch.checks import Check, Reading, by_store
from engines.fetch.items import Item


@dataclass(frozen=True)
class Receipt:
    """What a file is and where it came from.

    Attributes:
        name: its path below the folder. source: its address, without secrets.
        bytes, etag, version: as the store gives them; version None where it keeps none.
        checksums: kind → hexadecimal, those that were computed.
        verified: what they agreed with; empty where nothing was known but the size.
        mtime_ns: when the file was last changed: tells whether it still is the one.
    """

    name: str
    source: str
    bytes: int
    etag: str
    version: str | None
    checksums: dict[str, str]
    verified: list[str]
    date: str
    mtime_ns: int = 0
    notes: list[str] = field(default_factory=list)


class Receipts:
    """The receipts of a folder; several processes may add to them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[str, Receipt] = {}
        self._ever: dict[str, list[Receipt]] = defaultdict(list)
        self._read = 0
        self._lock = threading.Lock()

    def current(self, item: Item, target: Path) -> Receipt | None:
        """The receipt of a file that is here, whole, and of the state that ``item`` has."""
        with self._lock:
            self._load()
            receipt = self._known.get(item.name)
        if receipt is None or not item.etag or receipt.etag != item.etag:
            return None
        if receipt.source != item.shown or not _same_sums(item, receipt):
            return None
        return self._confirmed(receipt, target)

    def knows(self, name: str, target: Path) -> bool:
        """Whether what is at ``target`` was fetched, now or earlier, and not changed since."""
        with self._lock:
            self._load()
            receipts = [*self._ever[name]]
        return any(_untouched(receipt, target) for receipt in receipts) or any(
            self._confirmed(receipt, target) for receipt in receipts
        )

    def _confirmed(self, receipt: Receipt, target: Path) -> Receipt | None:
        """The receipt, where the file is what it says.

        One whose time alone changed is read: Snakemake sets the time of what a job made, and that
        may be a hard link to this file.
        """
        if _untouched(receipt, target):
            return receipt
        mtime_ns = _time_of_the_same(receipt, target)
        if mtime_ns is None:
            return None
        again = replace(receipt, mtime_ns=mtime_ns)
        self.add([again])
        return again

    def add(self, receipts: list[Receipt]) -> None:
        """Note finished files, so that they are surely known before they appear."""
        lines = "".join(json.dumps(vars(receipt)) + "\n" for receipt in receipts).encode()
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise CannotWrite(f"{error.filename}: {error.strerror}") from error
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":
                lines = b"\n" + lines  # after a line that a kill cut off
            os.write(fd, lines)
            os.fsync(fd)
            self._take(receipts, size, len(lines))
        finally:
            os.close(fd)

    def _take(self, receipts: list[Receipt], before: int, written: int) -> None:
        """Know them without reading them, unless others have written before them."""
        with self._lock:
            if self._read == before:
                self._read += written
                for receipt in receipts:
                    self._know(receipt)

    def _know(self, receipt: Receipt) -> None:
        self._known[receipt.name] = receipt
        self._ever[receipt.name].append(receipt)

    def _load(self) -> None:
        """Read what was added since."""
        try:
            if os.stat(self.path).st_size == self._read:
                return
            with open(self.path, "rb") as handle:
                handle.seek(self._read)
                data = handle.read()
        except FileNotFoundError:
            return
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.splitlines():
            try:
                found: dict[str, Any] = json.loads(line)
                self._know(Receipt(**found))
            except (ValueError, TypeError, KeyError):
                continue  # cut off by a kill: its file is fetched again


def _untouched(receipt: Receipt, target: Path) -> bool:
    try:
        status = target.stat()
    except OSError:
        return False
    return (status.st_size, status.st_mtime_ns) == (receipt.bytes, receipt.mtime_ns)


def _time_of_the_same(receipt: Receipt, target: Path) -> int | None:
    """The time of a file that holds what the receipt says; None: it does not, or nothing tells."""
    plain = [Check(kind, sum_, "the receipt") for kind, sum_ in receipt.checksums.items()]
    checks = plain[:1] or by_store({}, receipt.etag, receipt.bytes, None, False)
    reading = Reading(tuple(checks))
    try:
        with open(target, "rb") as file:
            before = os.fstat(file.fileno())
            if not checks or before.st_size != receipt.bytes:
                return None
            while block := file.read(reading.block):
                reading.update(memoryview(block))
            after = os.fstat(file.fileno())
    except OSError:
        return None
    good, _, _ = reading.judge()
    return after.st_mtime_ns if good and after.st_mtime_ns == before.st_mtime_ns else None


def _same_sums(item: Item, receipt: Receipt) -> bool:
    """A manifest that asks for a checksum takes only what has it."""
    return all(receipt.checksums.get(kind) == wanted for kind, wanted in item.sums.items())
