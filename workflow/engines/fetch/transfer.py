"""The transfer: workers take parts of all files from one board, whichever file they are of."""

import gc
import os
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engines.contract.clock import utc
from engines.contract.errors import BadData, CannotWrite, EngineError, InputMissing, Transient
from engines.contract.progress import Progress, say, warn
from engines.fetch.board import Board
from engines.fetch.file import File, checks_of, refresh
from engines.fetch.items import Item, Manner, Plan
from engines.fetch.names import STATE
from engines.fetch.part import Part
from engines.fetch.patience import Limit, Stopped, Waiting
from engines.fetch.publish import Publisher
from engines.fetch.receipts import Receipt, Receipts
from engines.fetch.refusals import Changed
from engines.fetch.remote import Remote
from engines.fetch.small import fetch_small, is_small
from engines.fetch.streamed import fetch_whole

RESTARTS = 3  # of one object that changes under way


@dataclass
class Outcome:
    """What came of a plan.

    Attributes:
        fetched, kept: receipts of files that came now, that were here already.
        failed: file → why it did not come.
        moved, recalled: bytes that came over the network, that an earlier call had fetched.
    """

    fetched: list[Receipt] = field(default_factory=list)
    kept: list[Receipt] = field(default_factory=list)
    failed: dict[str, EngineError] = field(default_factory=dict)
    moved: int = 0
    recalled: int = 0


class Transfer:
    """Fetches the files of one plan into a folder."""

    def __init__(self, into: Path, manner: Manner, remote: Remote, waiting: Waiting) -> None:
        self.into, self.manner, self.remote, self.waiting = into, manner, remote, waiting
        self.limit = Limit(manner.limit, waiting)
        self.receipts = Receipts(into / STATE / "receipts.ndjson")
        self.outcome = Outcome()
        self._lock = threading.Lock()
        self._fatal: Exception | None = None

    def run(self, plan: Plan) -> Outcome:
        """Fetch what is not here; a file that fails does not keep the others from coming.

        Raises:
            EngineError: nothing more can come: no permission, no network, a full disk.
        """
        files = [self._file(item) for item in plan.items]
        small = [file for file in files if is_small(file)]
        self._board = Board((file for file in files if not is_small(file)), self.waiting.stopped)
        self._progress = Progress("fetching", plan.bytes, "bytes")
        self._publisher = Publisher(self.receipts, self._stop)
        workers: list[threading.Thread] = []
        gc.freeze()  # what is here stays: to look through it again and again costs a tenth
        try:
            for file in reversed(fetch_small(self, small)):
                self._board.add_file(file)
            for _ in range(min(self.manner.connections, self._board.parts)):
                workers.append(threading.Thread(target=self._work, daemon=True))
                workers[-1].start()
            for worker in workers:
                while worker.is_alive():
                    worker.join(0.2)
        finally:
            gc.unfreeze()
            self.waiting.stopped.set()
            _await(workers)
            self._publisher.close()
            self.outcome.fetched = self._publisher.published
            if not any(worker.is_alive() for worker in workers):
                for file in files:
                    file.part.release()
        if self._fatal:
            raise self._fatal
        self._progress.finish()
        return self.outcome

    def _file(self, item: Item) -> File:
        part = Part(self.into / STATE / "parts" / f"{item.name}.part")
        return File(item, self.into / item.name, part, self.manner)

    def _stop(self, error: Exception) -> None:
        with self._lock:
            self._fatal = self._fatal or error
        self.waiting.stopped.set()

    def _expect_more(self, size: int) -> None:
        """There are ``size`` bytes more to come than was thought; fewer, if negative."""
        with self._lock:
            self._progress.total += size

    # --- workers ----------------------------------------------------------

    def _work(self) -> None:
        while task := self._board.next():
            file, index = task
            under_way = True
            try:
                if index is None:
                    under_way = self._open(file)
                else:
                    self._part(file, index)
            except Stopped:
                pass
            except Exception as error:
                file.broken = file.broken or error
                self._board.drop_parts(file)
            try:
                last = self._board.done(file) == 0
                if last and under_way and not self.waiting.stopped.is_set():
                    self._settle(file)
            except Stopped:
                pass
            except Exception as error:
                self._stop(error)
            finally:
                self._board.free()

    def _settle(self, file: File) -> None:
        """Nobody is at work on the file any more: complete it, or see why it broke."""
        if file.broken is None and not file.missing:
            try:
                self.complete(file)
            except Exception as failure:
                file.broken = failure
        error, file.broken = file.broken, None
        if isinstance(error, Changed) and file.restarts < RESTARTS:
            file.restarts += 1
            say(f"{error}; it starts again from byte 0")
            try:
                self._again(file)
            except EngineError as gone:
                self._give_up(file, gone)
        elif isinstance(error, Changed):
            self._give_up(file, Transient(f"{file.item.shown}: keeps changing"))
        elif error is not None:
            self._give_up(file, error)

    def _give_up(self, file: File, error: Exception) -> None:
        if isinstance(error, BadData):
            file.part.discard()
        file.part.release()
        if not isinstance(error, (BadData, InputMissing)):  # it is not about this file alone
            self._stop(error)
            return
        warn(f"{error.message}; the other files go on")
        self._expect_more(-sum(map(file.length, file.missing)))
        with self._lock:
            self.outcome.failed[file.item.name] = error

    def _again(self, file: File) -> None:
        """Begin anew with the object as it is now."""
        file.part.begin({}, 0)
        file.part.release()
        missed = sum(map(file.length, file.missing))
        self.waiting.patiently(lambda: refresh(file, self.remote))
        self._expect_more((file.item.size or 0) - missed)
        self._board.add_file(file)

    # --- opening ----------------------------------------------------------

    def _open(self, file: File) -> bool:
        """Begin a file; whether there is more to do with it."""
        self.waiting.check()
        if not file.part.take():
            if not file.waited:
                say(f"{file.item.name}: another process is fetching it; waiting for it")
            file.waited = True
            self._board.add_later(file)
            return False
        if not self.wanted(file):
            return False
        if file.item.ranged and file.item.size is not None:
            self._begin(file)
            return True
        receipt = fetch_whole(file, self.into, self.waiting)
        self.receipts.add([receipt])
        with self._lock:
            self.outcome.moved += receipt.bytes
        self._publisher.published.append(receipt)
        file.part.discard()
        file.part.release()
        return False

    def wanted(self, file: File) -> bool:
        """Whether a file that is locked is to be fetched: it is not here yet as its source has it.

        Raises:
            CannotWrite: something else is in its place.
        """
        receipt = self.receipts.current(file.item, file.target)
        if receipt is None or file.spoiled:
            self._may_replace(file)
            return True
        self._expect_more(-receipt.bytes)
        with self._lock:
            self.outcome.kept.append(receipt)
        file.part.discard()
        file.part.release()
        return False

    def _may_replace(self, file: File) -> None:
        if not os.path.lexists(file.target):
            return
        known = self.receipts.knows(file.item.name, file.target)
        if file.target.is_dir() or not (known or self.manner.overwrite):
            raise CannotWrite(
                f"{file.target}: is there already, and was not fetched from {file.item.shown}",
                hint="move it away, choose another --into, or give --overwrite",
            )
        if known:
            say(f"{file.item.name}: the source has another one now; it is fetched again")

    def _begin(self, file: File) -> None:
        if len(file.spans) == 1:  # one request, whose answer says everything about it
            file.part.begin({}, file.item.size or 0)
            self._board.add_parts(file, [0])
            return
        headers: Mapping[str, str] = {}
        if file.item.source.startswith("s3://"):
            headers = self.waiting.patiently(lambda: refresh(file, self.remote))
        file.expect(self.waiting.patiently(lambda: checks_of(file, self.remote, headers)))
        file.here = file.part.recall(file.identity, file.spans)
        if file.here:
            size = sum(map(file.length, file.here))
            say(f"{file.item.name}: goes on, {size:,} bytes of it are here")
            self._expect_more(-size)
            with self._lock:
                self.outcome.recalled += size
        else:
            file.part.begin(file.identity, file.item.size or 0)
        self._board.add_parts(file, file.missing)

    # --- one part ---------------------------------------------------------

    def _part(self, file: File, index: int) -> None:
        """Fetch one part; a connection that breaks goes on at the byte where it broke.

        Raises:
            Changed: the object is another one. EngineError: it will not come.
        """
        (at, stop), crc, failures = file.spans[index], 0, 0
        file.keep_pace()
        while True:
            self.waiting.turn()
            before = at
            try:
                for block in self._blocks(file, at, stop):
                    block = block[: stop - at]
                    file.part.write(block, at)
                    crc, at = zlib.crc32(block, crc), at + len(block)
                    self.advance(len(block))
                if at == stop:
                    break
                raise Transient(f"{file.item.shown}: the connection ended {stop - at} bytes early")
            except Transient as error:
                failures = 1 if at > before else failures + 1
                self.waiting.after(error, failures)
        file.part.done(index, crc)
        file.here.add(index)
        file.hash_on()

    def _blocks(self, file: File, at: int, stop: int) -> Iterator[bytes]:
        """Blocks of an open range, as fast as the limit lets them come."""
        if failed := file.failed_before:
            file.failed_before = None
            raise failed
        whole = len(file.spans) == 1 and at == 0
        with self.remote.get(file.item, at, None if whole else stop, file.item.etag) as answer:
            if whole:
                if answer.headers.get("content-length", str(stop)) != str(stop):
                    raise Changed(f"{file.item.shown}: has another size now")
                file.expect(checks_of(file, self.remote, answer.headers))
            for block in answer.blocks:
                if file.broken:
                    raise Stopped
                self.waiting.check()
                self.limit.take(len(block))
                yield block

    def advance(self, size: int) -> None:
        """Count bytes that came."""
        with self._lock:
            self.outcome.moved += size
            self._progress.advance(size)

    # --- end --------------------------------------------------------------

    def complete(self, file: File) -> None:
        """Everything is here: verify it, once more if need be, and hand it on."""
        file.hash_on(wait=True)
        good, bad, found = file.reading.judge()
        if bad and not file.spoiled:
            file.spoiled += 1
            warn(f"{file.item.name}: {bad[0]}; it is fetched once more")
            self._again(file)
            return
        if bad:
            raise BadData(
                f"{file.item.name} from {file.item.shown}: {bad[0]}, twice",
                hint="the source is damaged, or the checksum is of another file; nothing was kept",
            )
        item = file.item
        receipt = Receipt(
            name=item.name,
            source=item.shown,
            bytes=item.size or 0,
            etag=item.etag,
            version=file.version,
            checksums=found,
            verified=good,
            date=utc(),
        )
        self._publisher.put(file, receipt)


def _await(workers: list[threading.Thread]) -> None:
    """Wait for those that stop soon; one that hangs in a read is left: its part is not noted."""
    until = time.monotonic() + 3
    for worker in workers:
        worker.join(max(0.0, until - time.monotonic()))
