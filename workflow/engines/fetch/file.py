"""One file under way: which parts are here, which are asked for, and its checksums so far."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from engines.contract.errors import BadData, InputMissing, Unavailable
from engines.contract.progress import warn
from engines.fetch.checks import Check, Reading, by_store, md5_in
from engines.fetch.items import Item, Manner
from engines.fetch.part import Part
from engines.fetch.refusals import Changed
from engines.fetch.remote import Remote, path_of, state_of

LEAD = 128 << 20  # bytes that may be here and not hashed, before fetching waits for hashing


@dataclass(eq=False)
class File:
    """A file of the call.

    Attributes:
        item: as it is known now. target: where it goes. part: its unfinished form.
        broken: why its parts need not go on.
        version: of the object, where the store keeps versions.
        restarts, spoiled: how often it began anew: it changed under way, it was wrong.
        waited: another process was at work on it.
        failed_before: what a first try met; it counts as the first failure of the next one.
    """

    item: Item
    target: Path
    part: Part
    manner: Manner
    version: str | None = None
    broken: Exception | None = None
    restarts: int = 0
    spoiled: int = 0
    waited: bool = False
    failed_before: Exception | None = None

    def __post_init__(self) -> None:
        self._hashing, self._pace = threading.Lock(), threading.Condition()
        self.layout()

    def layout(self) -> None:
        """Cut it into parts, none of them here."""
        size, step = self.item.size or 0, self.manner.part_size
        starts = range(0, size, step) if size else [0]
        self.spans = [(start, min(start + step, size)) for start in starts]
        self.here: set[int] = set()
        self.expect(())

    @property
    def identity(self) -> Mapping[str, object]:
        """What the journal says of the object: bytes of any other are of no use."""
        known = {"source": self.item.shown, "etag": self.item.etag, "size": self.item.size}
        return known | {"part_size": self.manner.part_size}

    @property
    def missing(self) -> list[int]:
        return [index for index in range(len(self.spans)) if index not in self.here]

    def length(self, index: int) -> int:
        start, stop = self.spans[index]
        return stop - start

    # --- checksums --------------------------------------------------------

    def expect(self, checks: tuple[Check, ...]) -> None:
        """Which checksums are to be computed; SHA-256 where none would be known otherwise."""
        also = ("sha256",) if self.manner.sha256 or not checks else ()
        self.reading, self._hashed = Reading(checks, also), 0

    def hash_on(self, wait: bool = False) -> None:
        """Hash what is here in a row; one thread at a time, the others go on fetching."""
        if not self._hashing.acquire(blocking=wait):
            return
        try:
            while self._hashed in self.here:
                self._hash(*self.spans[self._hashed])
                self._hashed += 1
                with self._pace:
                    self._pace.notify()  # one part for one part: all at once would be in its way
        finally:
            self._hashing.release()
            with self._pace:
                self._pace.notify_all()

    def keep_pace(self) -> None:
        """Wait while somebody is hashing, and what came is far ahead.

        Checksums in order are the longest single task: on few processors the others would take
        them away from it, and it would end alone, long after them. What an earlier call
        left is no lead: it is hashed while the rest comes.
        """
        with self._pace:
            while self._hashing.locked() and self._lead() > LEAD:
                self._pace.wait()

    def _lead(self) -> int:
        """Bytes that came in this call in a row with what is hashed."""
        return (len(self.here) - self._hashed) * self.manner.part_size

    def take_whole(self, body: memoryview) -> None:
        """All of it at once: written, and hashed without being read back."""
        self.part.begin({}, 0)
        self.part.write(body, 0)
        self.reading.update(body)
        self.here, self._hashed = {0}, 1

    def _hash(self, start: int, stop: int) -> None:
        buffer = _buffer(self.reading.block)
        while start < stop:
            size = self.part.read_into(buffer, stop - start, start)
            self.reading.update(buffer[:size])
            start += size


_buffers = threading.local()


def _buffer(size: int) -> memoryview:
    """This thread's own, used again and again: fresh memory costs more than many a checksum."""
    kept: memoryview = getattr(_buffers, "kept", memoryview(b""))
    if len(kept) < size:
        kept = _buffers.kept = memoryview(bytearray(size))
    return kept[:size]


# --- what the source says of it -----------------------------------------------


def refresh(file: File, remote: Remote) -> Mapping[str, str]:
    """Ask for the present state of the object, and begin its layout anew; its headers."""
    if file.item.source.startswith("file:"):
        size, etag = state_of(path_of(file.item.source))
        file.item = replace(file.item, size=size, etag=etag)
        file.layout()
        return {}
    with remote.ask("HEAD", file.item.source, {}) as answer:
        headers = answer.headers
    size_now = headers.get("content-length", "")
    file.item = replace(
        file.item,
        size=int(size_now) if size_now.isdecimal() else file.item.size,
        etag=headers.get("etag", file.item.etag),
    )
    file.layout()
    return headers


def checks_of(file: File, remote: Remote, headers: Mapping[str, str]) -> tuple[Check, ...]:
    """The checksums that a file must have: from its manifest, a sidecar, its store."""
    item = file.item
    checks = [Check(kind, wanted, "the manifest") for kind, wanted in item.sums.items()]
    if item.sidecar and not item.sums:
        checks += _by_sidecar(remote, item, item.sidecar)
    file.version = headers.get("x-amz-version-id")
    if item.source.startswith("s3://"):
        parted = "-" in item.etag or any(
            "-" in value for name, value in headers.items() if name.startswith("x-amz-checksum-")
        )
        told = _upload_part(remote, item) if parted else None
        ignore = file.manner.ignore_etag
        checks += by_store(headers, item.etag, item.size or 0, told, ignore)
    return tuple(dict.fromkeys(checks))


def _by_sidecar(remote: Remote, item: Item, sidecar: str) -> list[Check]:
    beside = Item(sidecar, "", None)
    try:
        with remote.get(beside, 0, None, "") as answer:
            text = b"".join(answer.blocks)[:4096].decode("utf-8", "replace")
    except (InputMissing, Changed):
        return []
    md5 = md5_in(text)
    if md5 is None:
        warn(f"{beside.shown}: has no MD5 in it, so it says nothing of {item.name}")
        return []
    return [Check("md5", md5, sidecar.rsplit("/", 1)[-1])]


def _upload_part(remote: Remote, item: Item) -> int | None:
    """Bytes of the first part that an object was uploaded in, where the store tells."""
    try:
        with remote.ask("HEAD", item.source, {}, query="partNumber=1") as answer:
            stated = answer.headers.get("content-length", "")
            return int(stated) if answer.status == 206 and stated.isdecimal() else None
    except (Unavailable, BadData, Changed):
        return None
