"""Small objects of S3, whole and in one go; what is not the straight case is left to the others.

Each is one request, whose answer is hashed in memory and written at once. Locks, receipts,
verification and publishing are those of all files. A file that meets anything else (a lock, a
refusal, a broken connection, another state) is handed back with what went wrong, and the
transfer's workers treat it as the failure of a first try.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Protocol

from engines.contract.errors import BadData, EngineError, InputMissing, Transient
from engines.fetch.file import File, checks_of
from engines.fetch.items import Manner
from engines.fetch.lane import LARGEST, Lane, Lost, Origin, Reply
from engines.fetch.patience import Waiting
from engines.fetch.refusals import Changed, refusal
from engines.fetch.remote import SILENCE, Remote

CONNECTIONS = 64  # at most: each has a buffer of a megabyte


class Receiver(Protocol):
    """The transfer whose files they are: it knows which are wanted, and takes what came."""

    remote: Remote
    waiting: Waiting
    manner: Manner

    def wanted(self, file: File) -> bool:
        """Whether it is still to be fetched."""

    def advance(self, size: int) -> None:
        """Count bytes that came."""

    def complete(self, file: File) -> None:
        """Verify and publish a file of which all came."""


def is_small(file: File) -> bool:
    """Whether one plain request may bring it; what is beside it takes a second one."""
    item = file.item
    known = item.size is not None and item.size <= LARGEST and len(file.spans) == 1
    plain = item.source.startswith("s3://") and item.sidecar is None and "-" not in item.etag
    sendable = item.etag.isascii() and item.etag.isprintable()
    return known and plain and sendable and file.manner.limit is None


def fetch_small(transfer: Receiver, files: list[File]) -> list[File]:
    """Fetch them; those that are left to the ordinary way.

    Raises:
        SystemExit, KeyboardInterrupt: the call is being ended.
    """
    left: list[File] = []
    origins: dict[Origin, list[File]] = defaultdict(list)
    for file in files:
        try:
            origin = transfer.remote.origin(file.item)
        except EngineError:
            origin = None  # its own try says why
        (left if origin is None else origins[origin]).append(file)
    for origin, group in origins.items():
        left += _Group(transfer, group).run(origin)
    return left


class _Group:
    """The small files of one host."""

    def __init__(self, transfer: Receiver, files: list[File]) -> None:
        self.transfer, self.remote, self.waiting = transfer, transfer.remote, transfer.waiting
        self._count, self._files = len(files), iter(files)
        self._left: list[File] = []
        self._lane: Lane[File] = Lane(
            self._requests(), self._arrived, self._leave, self.waiting.stopped.is_set, SILENCE
        )

    def run(self, origin: Origin) -> list[File]:
        wanted = self.transfer.manner.connections
        self._lane.run(origin, min(wanted, self._count, CONNECTIONS))
        return [*self._left, *self._files]

    def _requests(self) -> Iterator[tuple[File, bytes]]:
        for file in self._files:
            try:
                if not file.part.take():
                    self._left.append(file)  # another process has it
                elif self.transfer.wanted(file):
                    yield file, self.remote.plain_request(file.item)
            except EngineError:
                file.part.release()
                self._left.append(file)  # to be said, or waited for, once: there

    def _arrived(self, file: File, reply: Reply) -> None:
        try:
            self._take(file, reply)
        except (EngineError, Changed, OSError) as error:
            self._leave(file, error)

    def _take(self, file: File, reply: Reply) -> None:
        """Verify an answer and hand it on.

        Raises:
            Changed: it is another object by now. EngineError: it was refused, or is wrong.
        """
        item = file.item
        if reply.status != 200:
            body = bytes(reply.body).decode("utf-8", "replace")
            raise refusal(item.shown, reply.status, reply.headers, body, self.remote.access)
        if len(reply.body) != item.size:
            raise Changed(f"{item.shown}: has another size now")
        if item.etag and reply.headers.get("etag", item.etag) != item.etag:
            raise Changed(f"{item.shown}: is another object now")
        file.expect(checks_of(file, self.remote, reply.headers))
        file.take_whole(reply.body)
        self.transfer.advance(len(reply.body))
        self.transfer.complete(file)

    def _leave(self, file: File, error: Exception) -> None:
        """Leave it to the others; all that follow, too, if it is not about this file alone."""
        if isinstance(error, Lost):
            error = Transient(f"{file.item.shown}: the transfer broke off ({error})")
        if not isinstance(error, (BadData, InputMissing, Changed)):
            self._lane.close()
        file.part.release()
        file.failed_before = error
        self._left.append(file)
