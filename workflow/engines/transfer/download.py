"""One file from one source to this machine: resumed, retried, verified, complete or not at all.

While a transfer runs, ``NAME.part`` holds the bytes and ``NAME.part.json`` says
of which object they are (address, validator, size). Both survive a kill and are
gone after success or a failed verification. The caller makes sure that no two
processes fetch to the same place.
"""

import json
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import BadData, EngineError, Transient
from engines.contract.output import write_atomic
from engines.contract.progress import Progress, say, warn
from engines.transfer.sources import Stream, open_source
from engines.transfer.verify import BLOCK, Digests, Expected, verify


@dataclass(frozen=True)
class Patience:
    """How long to go on with a source that fails in a way that may pass.

    Attributes:
        tries: failures in a row, without one new byte, after which to give up.
        first, longest: seconds of the first wait, doubled each time, and of the longest.
        longest_asked: seconds; a server that asks for more (Retry-After) ends the transfer.
        sleep: how to wait.
    """

    tries: int = 5
    first: float = 1.0
    longest: float = 60.0
    longest_asked: float = 300.0
    sleep: Callable[[float], None] = time.sleep


UNKNOWN = Expected()
PATIENT = Patience()


def download(
    url: str,
    target: Path,
    expected: Expected = UNKNOWN,
    *,
    scratch: Path | None = None,
    check: Callable[[Path], None] | None = None,
    patience: Patience = PATIENT,
) -> Digests:
    """Fetch ``url`` to ``target``; the file appears by rename, complete and verified.

    Args:
        expected: size and checksums that are known before.
        scratch: folder for the unfinished part, on the file system of ``target``
            (default: the folder of ``target``).
        check: looks into the complete file before it appears; raises BadData.

    Raises:
        BadData: it arrived and is not what it should be; nothing of it is kept.
        Transient: it could not be fetched now; what arrived is kept for the next time.
        EngineError: what :func:`engines.transfer.sources.open_source` raises.
    """
    part = Part(scratch or target.parent, target.name, url)
    try:
        _fetch(url, part, expected, patience)
        found = verify(part.path, target.name, url, expected)
        if check:
            check(part.path)
    except BadData:
        part.discard()
        raise
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(part.path, target)
    part.discard()
    return found


class Part:
    """The unfinished file of a transfer, and the note beside it of which object it is."""

    def __init__(self, folder: Path, name: str, url: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.part"
        self.note = folder / f"{name}.part.json"
        self.url = url
        self.size: int | None = None
        self.validator = ""
        self._recall()

    @property
    def have(self) -> int:
        """Bytes that are here."""
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def complete(self) -> bool:
        return self.size is not None and self.have == self.size

    def begin(self, stream: Stream) -> None:
        """Forget earlier bytes: those of another object are worth nothing."""
        self.path.write_bytes(b"")
        self.size, self.validator = stream.size, stream.validator
        note = {"url": self.url, "validator": self.validator, "size": self.size}
        write_atomic(self.note, json.dumps(note) + "\n")

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self.note.unlink(missing_ok=True)

    def _recall(self) -> None:
        """Take up what an earlier process left, if it is surely of this address."""
        try:
            note = json.loads(self.note.read_text(encoding="utf-8"))
            if note["url"] == self.url and note["validator"] and self.have:
                self.size, self.validator = note["size"], note["validator"]
                return
        except (OSError, ValueError, KeyError, TypeError):
            pass
        self.discard()


def _fetch(url: str, part: Part, expected: Expected, patience: Patience) -> None:
    """Stream until everything is here; only failures without a new byte count against it."""
    failures, furthest = 0, part.have
    while not part.complete:
        try:
            _stream(url, part, expected)
            return
        except Transient as error:
            if part.have > furthest:
                failures, furthest = 0, part.have
            failures += 1
            if failures >= patience.tries:
                raise _given_up(error, failures, part) from error
            wait = _wait(error, failures, patience)
            warn(f"{error.message}; try {failures + 1} of {patience.tries} in {wait:.1f} s")
            patience.sleep(wait)


def _stream(url: str, part: Part, expected: Expected) -> None:
    """Take one connection as far as it goes.

    Raises:
        Transient: it ended before the object did.
        BadData: the source says itself that this is not the expected file.
    """
    stream = open_source(url, part.have, part.validator)
    try:
        if stream.start and stream.size != part.size:
            part.discard()
            raise Transient(f"{url}: has {stream.size} bytes now, not {part.size}")
        if stream.start == 0:
            _refuse_other_size(url, stream, expected)
            if part.have:
                say(f"{url}: starts again from byte 0, the source changed or cannot resume")
            part.begin(stream)
        else:
            say(f"{url}: goes on from byte {stream.start:,}")
        _copy(stream, part)
    finally:
        stream.close()
    if stream.size is None:
        if not (stream.ends_clearly or expected.pinned or expected.bytes):
            raise BadData(
                f"{url}: the server does not say how long the file is, and no checksum is known",
                hint="a truncated file could not be told from a whole one; use another mirror",
            )
    elif part.have > stream.size:
        raise BadData(f"{url}: sent {part.have} bytes of an object of {stream.size}")
    elif part.have < stream.size:
        raise Transient(f"{url}: the connection ended after {part.have} of {stream.size} bytes")


def _refuse_other_size(url: str, stream: Stream, expected: Expected) -> None:
    if None not in (stream.size, expected.bytes) and stream.size != expected.bytes:
        raise BadData(
            f"{url}: has {stream.size} bytes, but {expected.bytes} by {expected.known_from}",
            hint=expected.hint,
        )


def _copy(stream: Stream, part: Part) -> None:
    left = (stream.size or stream.start) - stream.start
    name = part.path.name.removesuffix(".part")
    progress = Progress(f"fetching {name}" + (", the rest" if stream.start else ""), left, "bytes")
    with open(part.path, "ab") as out:
        while block := stream.read(BLOCK):
            out.write(block)
            out.flush()  # a kill loses nothing that arrived
            progress.advance(len(block))
        os.fsync(out.fileno())
    progress.finish()


def _wait(error: EngineError, failures: int, patience: Patience) -> float:
    """Seconds until the next try: what the server asks for, else doubling, with jitter."""
    asked: float | None = getattr(error, "retry_after", None)
    if asked is None:
        usual = min(patience.longest, patience.first * 2.0 ** (failures - 1))
        return usual * random.uniform(0.5, 1.0)  # noqa: S311
    if asked > patience.longest_asked:
        raise Transient(
            f"{error.message}, and asks to come back in {asked:.0f} s",
            hint="try again later",
            retry_after=asked,
        ) from error
    return asked


def _given_up(error: EngineError, failures: int, part: Part) -> Transient:
    kept = f"; the {part.have:,} bytes that are here are kept" if part.have else ""
    return Transient(
        f"{error.message}, {failures} times in a row without a new byte",
        hint=(error.hint or "start again later") + kept,
        retry_after=getattr(error, "retry_after", None),
    )
