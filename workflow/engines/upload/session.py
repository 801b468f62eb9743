"""One call from its list to its summary."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engines.contract.as_done import as_done
from engines.contract.errors import (
    BadUsage,
    CannotWrite,
    EngineError,
    NotPermitted,
    Transient,
    Unavailable,
)
from engines.contract.progress import say, tell_result, warn
from engines.contract.wording import printable
from engines.fetch.patience import Stopped, Waiting
from engines.upload import summary
from engines.upload.folder_target import FolderTarget
from engines.upload.items import Altered, Job, Listed, LocalFile, Placed, There
from engines.upload.journal import Journal, open_journal
from engines.upload.listing import list_files, notes
from engines.upload.s3_target import S3Target
from engines.upload.sending import Traffic

Target = S3Target | FolderTarget
LARGE_AT_ONCE = 2  # files that are read or sent in parts at the same time


@dataclass
class Compared:
    """What is at the target, before anything is sent.

    Attributes:
        kept: there already. missing: not there. other: there with other content.
    """

    kept: list[Placed] = field(default_factory=list)
    missing: list[LocalFile] = field(default_factory=list)
    other: dict[LocalFile, There] = field(default_factory=dict)

    @property
    def to_send(self) -> list[LocalFile]:
        return [*self.missing, *self.other]


@dataclass
class Outcome:
    """What came of it: the files that are there, and why others are not."""

    placed: list[Placed] = field(default_factory=list)
    failed: dict[str, EngineError] = field(default_factory=dict)
    untried: int = 0


class Session:
    """One call."""

    def __init__(self, job: Job, waiting: Waiting | None = None) -> None:
        self.job = job
        self.waiting = waiting or Waiting()
        self.traffic = Traffic(job.manner.limit, self.waiting)
        self.listed = list_files(job)
        self.target = open_target(job, self.waiting, self.traffic)
        self._lock = threading.Lock()

    # --- what is there ----------------------------------------------------

    def compare(self) -> Compared:
        """Ask the target about every file.

        Raises:
            EngineError: it cannot be asked.
        """
        self.target.check(self.listed.files)
        found = Compared()
        with self._workers(self.job.manner.connections) as pool:
            futures = {pool.submit(self._compare, file): file for file in self.listed.files}
            for future, file in futures.items():
                there, kept = future.result()
                if kept:
                    found.kept.append(kept)
                elif there:
                    found.other[file] = there
                else:
                    found.missing.append(file)
        return found

    def _compare(self, file: LocalFile) -> tuple[There | None, Placed | None]:
        self.waiting.check()
        there = self.target.look(file)
        return there, self.target.kept(file, there) if there else None

    def refuse_other(self, found: Compared) -> None:
        """Stop where objects would be replaced unasked.

        Raises:
            CannotWrite: they would.
        """
        if not found.other or self.job.manner.replace:
            return
        names = [printable(self.target.key(file)) for file in found.other]
        raise CannotWrite(
            f"{self.target.address}: {len(names)} of the files are there with other content: "
            f"{', '.join(names[:3])}{'…' if len(names) > 3 else ''}; nothing was sent",
            hint="choose another --to, or give --replace to replace them",
        )

    # --- sending ----------------------------------------------------------

    def send(self, found: Compared, journal: Journal) -> Outcome:
        """Send what is not there; a file that fails does not keep the others from going."""
        outcome = Outcome(placed=list(found.kept))
        files = found.to_send
        self.traffic.start(sum(file.size for file in files))
        with (
            self._workers(self.job.manner.connections) as pool,
            self._workers(LARGE_AT_ONCE) as large,
        ):
            futures: dict[Future[Placed], LocalFile] = {}
            for file in files:
                whole = file.size <= self.job.manner.part_of(file.size)
                there = found.other.get(file)
                work = pool if whole else large
                future = work.submit(self._place, file, there, journal, pool)
                futures[future] = file
            for future in as_done(futures):
                self._take(outcome, futures[future], future)
        self.traffic.progress.finish()
        return outcome

    def _place(
        self, file: LocalFile, there: There | None, journal: Journal, pool: Executor
    ) -> Placed:
        self.waiting.check()
        return self.target.place(file, there, journal, pool)

    def _take(self, outcome: Outcome, file: LocalFile, future: Future[Placed]) -> None:
        """Note how one file went; what no other file would survive stops all."""
        try:
            outcome.placed.append(future.result())
        except Stopped:
            outcome.untried += 1
        except EngineError as error:
            outcome.failed[file.name] = error
            warn(error.message)
            fatal = isinstance(error, (NotPermitted, Unavailable, Transient))
            if fatal and not isinstance(error, Altered):
                self.waiting.stopped.set()

    @contextmanager
    def _workers(self, number: int) -> Iterator[Executor]:
        """Threads that stop at once where the call ends early."""
        pool = ThreadPoolExecutor(number)
        try:
            yield pool
        except BaseException:
            self.waiting.stopped.set()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=self.waiting.stopped.is_set())


def open_target(job: Job, waiting: Waiting, traffic: Traffic) -> Target:
    """The target that an address names.

    Raises:
        BadUsage: none that can be written to.
    """
    scheme, mark, _ = job.to.partition("://")
    targets: dict[str, Callable[..., Target]] = {"s3": S3Target, "file": FolderTarget}
    if not mark or scheme not in targets:
        raise BadUsage(
            f"{printable(job.to)}: nothing that can be uploaded to",
            hint="use s3://BUCKET/PREFIX/ or file:///FOLDER",
        )
    return targets[scheme](job, waiting, traffic)


def plan(job: Job, waiting: Waiting | None = None) -> tuple[Session, Compared]:
    """What the call would do."""
    session = Session(job, waiting)
    return session, session.compare()


def upload(job: Job, waiting: Waiting | None = None) -> dict[str, Any]:
    """Upload, and write the summary; the summary.

    Raises:
        EngineError: the first of the failures, after the files that could go have gone and
            the summary names those that did not.
    """
    started = datetime.now(UTC)
    session = Session(job, waiting)
    _tell(session.listed)
    try:
        with open_journal(job.out, session.target.identity) as journal:
            found = session.compare()
            session.target.sweep(journal, found.to_send)
            session.refuse_other(found)
            outcome = session.send(found, journal)
            unfinished = sorted(journal.begun)
    except (SystemExit, KeyboardInterrupt):
        say("stopped; what is there stays there: the same command goes on from there")
        raise
    data = summary.summarise(session, outcome, unfinished)
    summary.write(job, data, started)
    tell_result({key: data[key] for key in ("schema", "to", "totals", "failed", "notes")})
    if outcome.failed:
        raise _failure(outcome)
    return data


def _tell(listed: Listed) -> None:
    say(f"{len(listed.files)} files, {listed.bytes:,} bytes")
    for note in notes(listed):
        say(f"note: {note}")


def _failure(outcome: Outcome) -> EngineError:
    """One error for all: the only one, or the first with how many there are."""
    error = outcome.failed[min(outcome.failed)]
    more = len(outcome.failed) + outcome.untried
    if more > 1:
        error.message = f"{more} files are not there; the first: {error.message}"
    return error
