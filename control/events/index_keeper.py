"""Keeps the index in step with the journals, and never stands in their way.

The index holds nothing that is not in journals, so whatever happens to it, messages go
on; what it missed is taken in later.
"""

import logging
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from control.events.index import Index
from control.events.index_file import IndexDamaged
from control.events.index_writer import IndexWriter
from control.events.run_facts import RunFacts
from engines.contract.errors import BadData, Transient, Unavailable

PAUSE_SECONDS = 0.2
"""Between two times that a busy run is taken in."""
SLICE_SECONDS = 0.02
"""How long others wait for the index at most."""
FINISH_SECONDS = 2.0
"""How long what is due may take at the end."""
RETRY_SECONDS = 5.0
"""Before the next try where the disk is full or fails."""

log = logging.getLogger(__name__)


class Stopped(Exception):
    """Raised by ``meanwhile`` to end a long work."""


class IndexKeeper:
    """The index, and the runs that it must take in.

    Args:
        path: of ``index.db``.
        request: a file whose presence asks for everything to be taken in again; it is
            removed when that is done.

    Attributes:
        problem: why nothing can be taken in; "" where all is well.
        problems: of single runs, by run id.
    """

    def __init__(self, path: Path, request: Path) -> None:
        self._path, self._request = path, request
        self._writer: IndexWriter | None = None
        self._due: dict[str, RunFacts] = {}
        self._gone: set[str] = set()
        self._must_rebuild = False
        self._next = float("-inf")
        self.problem = ""
        self.problems: dict[str, str] = {}

    def changed(self, facts: RunFacts) -> None:
        """The journal of a run holds more than before, or may do."""
        self._due[facts.run_id] = facts
        self._gone.discard(facts.run_id)

    def gone(self, run_id: str) -> None:
        """There is no such run any more."""
        self._due.pop(run_id, None)
        self.problems.pop(run_id, None)
        self._gone.add(run_id)

    def keep_only(self, run_ids: Collection[str]) -> None:
        """Every other run that is in the index is gone."""
        for run_id in self._indexed():
            if run_id not in run_ids:
                self.gone(run_id)

    def work(self, runs: Callable[[], Iterable[RunFacts]], meanwhile: Callable[[], None]) -> None:
        """Take in what is due, for a moment; all of it again where that was asked for.

        Args:
            runs: every run there is.
            meanwhile: called between two runs of a long work.
        """
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + PAUSE_SECONDS
        is_asked = self._request.exists()
        is_new = self._writer is None  # an empty index is there before the first run
        if is_new or is_asked or self._must_rebuild or self._due or self._gone:
            self._guarded(lambda writer: self._work(writer, is_asked, runs, meanwhile))

    def finish(self) -> None:
        """Take in what is due, as far as there is time, and close the file.

        The rest is due again at the next start, when every run is looked at.
        """
        deadline = time.monotonic() + FINISH_SECONDS
        while self._due and time.monotonic() < deadline and self._guarded(self._take_in):
            pass
        if self._writer is not None:
            self._writer.close()

    def _guarded(self, work: Callable[[IndexWriter], None]) -> bool:
        try:
            if self._writer is None:
                self._writer = IndexWriter(self._path)
            work(self._writer)
        except IndexDamaged as damage:
            log.warning("%s", damage.message)
            self._must_rebuild, self._next = True, float("-inf")
            return False
        except Transient as trouble:
            self.problem = trouble.message
        except Stopped:
            raise
        except Exception as bug:
            log.exception("the index")
            self.problem = f"{self._path}: {type(bug).__name__}: {bug}"
        else:
            self.problem = ""
            return True
        self._next = time.monotonic() + RETRY_SECONDS
        return False

    def _work(
        self,
        writer: IndexWriter,
        is_asked: bool,
        runs: Callable[[], Iterable[RunFacts]],
        meanwhile: Callable[[], None],
    ) -> None:
        if is_asked or self._must_rebuild:
            rebuilt = writer.rebuild(runs(), lambda _: meanwhile())
            log.info("index filled again: %d runs, %d messages", rebuilt.runs, rebuilt.messages)
            for problem in rebuilt.problems:
                log.warning("not in the index: %s", problem)
            self._must_rebuild = False
            if is_asked:
                self._request.unlink(missing_ok=True)
            return
        for run_id in list(self._gone):
            writer.forget(run_id)
            self._gone.discard(run_id)
        self._take_in(writer)

    def _take_in(self, writer: IndexWriter) -> None:
        deadline = time.monotonic() + SLICE_SECONDS
        while self._due and time.monotonic() < deadline:
            run_id, facts = next(iter(self._due.items()))
            has_more = False
            try:
                has_more = writer.catch_up(facts)
                self.problems.pop(run_id, None)
            except BadData as error:
                self.problems[run_id] = error.message
            except OSError as error:
                if facts.path.exists():
                    self.problems[run_id] = f"{facts.journal.messages}: {error.strerror}"
            del self._due[run_id]
            if has_more:
                self._due[run_id] = facts  # behind the others
        if self._due:
            self._next = float("-inf")

    def _indexed(self) -> Iterator[str]:
        """The runs in the index; none where it cannot be read: it will be filled again then."""
        index, cursor = Index(self._path), None
        try:
            while True:
                page = index.runs(limit=1000, cursor=cursor, sort="name")
                yield from (row.run_id for row in page.rows)
                if (cursor := page.cursor) is None:
                    return
        except Unavailable:
            return
        finally:
            index.close()
