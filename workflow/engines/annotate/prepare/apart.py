"""Preparing in a process of its own: the next calls are read while the last ones are judged."""

import fcntl
import gc
import marshal
import multiprocessing
import os
import pickle
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

from engines.annotate.case import Request
from engines.annotate.prepare.build import Build
from engines.annotate.prepare.counts import Counts
from engines.annotate.prepare.normal import Fetch, bases_of
from engines.annotate.prepare.parcel import Parcel, packed, unpacked
from engines.annotate.prepare.prepare import prepare
from engines.annotate.variants import Call, Rejected, StructuralCall
from engines.contract.errors import EngineError, Transient
from engines.contract.with_parent import end_with_parent
from engines.formats.fasta import Reference

BATCH = 128  # calls that are handed over at once
_PIPE = 1 << 20  # bytes that may wait
_FINE, _ERROR = b"+", b"-"


@dataclass(frozen=True)
class Opened:
    """What is known before the first call: attributes of :class:`Prepared`."""

    build: Build
    sample: str | None
    records: int
    consequences: str | None
    csq_version: str | None
    reference: Path | None


@dataclass(frozen=True)
class Rest:
    """What is known after the last one."""

    structural: list[StructuralCall]
    counts: Counts


class PreparedApart:
    """What :class:`Prepared` is, of a process of its own, which starts at once.

    Use it as a context: the process ends with it. It also ends where this one is killed.

    Raises:
        EngineError: whatever :class:`Prepared` raises.
    """

    def __init__(self, case: Request, scratch: Path) -> None:
        self.counts = Counts()
        self.structural: list[StructuralCall] = []
        self._genes: list[str] | None = None
        self._before_wait: Callable[[], None] | None = None
        context = multiprocessing.get_context("fork")
        self._told, theirs = context.Pipe(duplex=False)
        asks, self._asks = context.Pipe(duplex=False)
        with suppress(OSError, AttributeError):  # it is only faster, and only Linux has it
            fcntl.fcntl(theirs.fileno(), fcntl.F_SETPIPE_SZ, _PIPE)
        self._process = context.Process(
            target=_serve,
            args=(case, scratch, theirs, asks, (self._told, self._asks), os.getpid()),
        )
        self._process.start()
        theirs.close()
        asks.close()
        try:
            self._opened: Opened = pickle.loads(self._receive())  # noqa: S301 (our own process)
        except BaseException:
            self.close()
            raise
        self.build = self._opened.build
        self.sample, self.records = self._opened.sample, self._opened.records
        self.consequences = self._opened.consequences
        self.csq_version = self._opened.csq_version

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def bases(self) -> Fetch | None:
        """Bases [start, end) from 0 of a contig as calls name it; None without a genome."""
        return bases_of(Reference(self._opened.reference)) if self._opened.reference else None

    @property
    def rejected(self) -> list[Rejected]:
        """The first of each reason; ``counts.rejected`` counts all."""
        return self.counts.kept

    def limit_to(self, genes: Iterable[str]) -> None:
        """See :meth:`Prepared.limit_to`."""
        self._genes = list(genes)

    def tells_waits(self, before: Callable[[], None]) -> bool:
        """``before`` will be called each time that the next call takes a while."""
        self._before_wait = before
        return True

    def __iter__(self) -> Iterator[Call]:
        self._ask(self._genes)
        while parcels := marshal.loads(self._receive()):  # noqa: S302 (our own process)
            for parcel in parcels:
                yield unpacked(parcel)
        self._ask(None)
        rest: Rest = pickle.loads(self._receive())  # noqa: S301 (our own process)
        rest.counts.notes.update(self.counts.notes)
        self.counts, self.structural = rest.counts, rest.structural

    def __enter__(self) -> "PreparedApart":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._told.close()
        self._asks.close()

    def _ask(self, what: Any) -> None:
        with suppress(BrokenPipeError):  # what it has said last is still to be read
            self._asks.send(what)

    def _receive(self) -> bytes:
        if self._before_wait and not self._told.poll():
            self._before_wait()
        try:
            kind = self._told.recv_bytes()
            told = self._told.recv_bytes()
        except EOFError:
            self._process.join()
            raise Transient(
                f"the process that reads the calls has ended with {self._process.exitcode}",
                hint="start again; if it comes back, give the job more memory",
            ) from None
        if kind == _ERROR:
            raise pickle.loads(told)  # noqa: S301 (our own process)
        return told


def _serve(
    case: Request,
    scratch: Path,
    told: Connection,
    asks: Connection,
    others: tuple[Connection, Connection],
    parent: int,
) -> None:
    """The process: says what it has opened, waits, and then gives all calls."""
    _end_with(parent)
    for each in others:  # the ends of the parent: as long as they are open, it seems to be there
        each.close()
    try:
        _tell_all(case, scratch, told, asks)
    except (BrokenPipeError, EOFError):
        return  # nobody reads any more
    except BaseException as error:
        with suppress(BrokenPipeError):
            _send(told, _as_bytes(error), _ERROR)


def _tell_all(case: Request, scratch: Path, told: Connection, asks: Connection) -> None:
    with prepare(case, scratch) as prepared:
        opened = Opened(
            prepared.build,
            prepared.sample,
            prepared.records,
            prepared.consequences,
            prepared.csq_version,
            prepared.genome,
        )
        _send(told, pickle.dumps(opened))
        genes = asks.recv()
        if genes is not None:
            prepared.limit_to(genes)
        for parcels in _batches(map(packed, prepared)):
            _send(told, marshal.dumps(parcels))
        _send(told, marshal.dumps([]))
        asks.recv()  # what is said of gene models must not come between messages
        _send(told, pickle.dumps(Rest(prepared.structural, prepared.counts)))


def _batches(parcels: Iterable[Parcel]) -> Iterator[list[Parcel]]:
    more = iter(parcels)
    while batch := list(islice(more, BATCH)):
        yield batch


def _send(told: Connection, what: bytes, kind: bytes = _FINE) -> None:
    told.send_bytes(kind)
    told.send_bytes(what)


def _as_bytes(error: BaseException) -> bytes:
    """The error with the place where it came up."""
    if not isinstance(error, EngineError):
        error.add_note("".join(traceback.format_exception(error)))
    try:
        found = pickle.dumps(error)
        pickle.loads(found)  # noqa: S301 (our own process)
    except Exception:  # of a library, with arguments of its own
        found = pickle.dumps(EngineError(f"{type(error).__name__}: {error}"))
    return found


def _end_with(parent: int) -> None:
    """Whoever is interrupted or killed is the parent: this one goes with it, saying nothing."""
    gc.set_threshold(100_000, 50, 50)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_with_parent(parent)
