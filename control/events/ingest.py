"""The one process that brings all runs into their journals and into the index.

It serves every run in turn, a bounded step at a time. A run in which something happens
is looked at 50 times a second, a quiet one when the system tells of a change, a run that
has ended when its directory changes. A run that cannot be read or written is told in the
report and tried again; the others go on.
"""

import errno
import fcntl
import logging
import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import click

from control.events.followed_log import LogRules
from control.events.index_keeper import IndexKeeper, Stopped
from control.events.journal import JournalFiles
from control.events.nudges import take_nudges
from control.events.run_book import RunBook
from control.events.run_facts import RunFacts
from control.events.run_ingest import RunIngest
from control.events.tail import NotFollowed
from control.events.watch import Watch
from control.record.lines import timestamp, to_line
from control.record.run_dir import RunDir, UnreadableRun, is_run_id
from control.settings import Settings, StateDir, load
from engines.contract.errors import CannotWrite, EngineCommand

HOT_SECONDS = 0.02
"""Between two looks while something happens anywhere."""
TURN_SECONDS = 0.25
"""Between two looks while nothing does, unless the system tells of a change."""
WATCHED_SECONDS, UNWATCHED_SECONDS = 1.0, 0.25
"""Between two looks at a quiet run of which the system does, or does not, tell changes."""
WATCH_SECONDS = 0.5
"""Between two looks at what is to be watched."""
REPORT_SECONDS = 1.0
RETRY_SECONDS = 5.0
"""Before messages that could not be written are tried again, at most."""
STOP_SECONDS = 5.0
"""How long the last commits may take."""
OPENING_SECONDS = 0.02
"""How long runs that go on wait for others to be opened."""
CATCHING_UP = 64
"""How many runs that have ended are read at the same time."""
YOUNG_SECONDS = 60.0
"""A directory that is younger need not have a run.json yet."""

TOLD_PROBLEMS = 100
"""How many are in the report one by one; all are in the log."""

_OUR_OWN = ("messages.ndjson", "messages.state", ".messages.state.new")

log = logging.getLogger(__name__)


class Ingest:
    """All runs of a service.

    Args:
        settings: of the service.

    Attributes:
        problems: what goes wrong now, by the run that it is about.
        messages: that were written since the start.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings, self._state = settings, StateDir(settings.state)
        self._book = RunBook(settings.runs)
        self._active: dict[str, RunIngest] = {}
        self._retry_at: dict[str, float] = {}
        self._index = IndexKeeper(self._state.index, self._state.reindex_request)
        self._watch = Watch()
        self._by_folder: dict[str, list[str]] = {}
        self._is_first = True
        self._next_look = self._next_report = self._next_wait = float("-inf")
        self._next_watch = float("-inf")
        self.problems: dict[str, str] = {}
        self.messages = 0

    def stop(self) -> None:
        """End :meth:`run` soon; may be called by a signal handler."""
        self._watch.stop()

    def run(self) -> None:
        """Serve all runs until :meth:`stop`; what was read is committed then."""
        while not self._watch.is_stopped:
            try:
                is_busy = self.turn()
            except Stopped:
                break
            now = time.monotonic()
            if not is_busy or now >= self._next_wait:
                self._next_wait = now + TURN_SECONDS
                is_hot = is_busy or any(run.is_hot(now) for run in self._active.values())
                self._changed(self._watch.wait(HOT_SECONDS if is_hot else TURN_SECONDS))
        deadline = time.monotonic() + STOP_SECONDS
        while self._step_all(time.monotonic()) and time.monotonic() < deadline:
            pass
        self.close()

    def turn(self) -> bool:
        """Look at everything that is due once; True where there is more to do at once."""
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + TURN_SECONDS
            self._discover(now)
        is_busy = self._open_due(now)
        is_busy |= self._step_all(now)
        self._index.work(self._all_facts, self._meanwhile)
        self._watch_all(now)
        if now >= self._next_report:
            self._next_report = now + REPORT_SECONDS
            self._report(now)
        return is_busy

    def close(self) -> None:
        """Close everything."""
        for run in self._active.values():
            run.close()
        self._index.finish()
        self._watch.close()
        self._report(time.monotonic())

    # -- which runs

    def _discover(self, now: float) -> None:
        self._book.nudge(take_nudges(self._state))
        for run_id in self._book.discover(now):
            self._drop(run_id)
            self._index.gone(run_id)
            self.problems.pop(run_id, None)
        if self._is_first and not self._book.problems:
            self._is_first = False
            self._index.keep_only(set(self._book))
        self._book.sweep(now)

    def _open_due(self, now: float) -> bool:
        """Open the runs that are due, as many as others can wait for; True where more are."""
        deadline = time.monotonic() + OPENING_SECONDS
        while time.monotonic() < deadline:
            if sum(run.is_over for run in self._active.values()) >= CATCHING_UP:
                return False  # stepping them makes room
            run_id = self._book.next_due()
            if run_id is None:
                return False
            if run_id in self._active:
                self._active[run_id].wake((), now)
            else:
                self._open(run_id, now)
        return True

    def _open(self, run_id: str, now: float) -> None:
        run_dir = self._book.run_dir(run_id)
        try:
            facts = RunFacts.of(run_dir, self._state.journals)
            self._index.changed(facts)
            if seen_time := _time_if_settled(run_dir, facts.journal):
                self._book.rests(run_id, seen_time, True, now)
                return
            rules = LogRules(limit=int(self._settings.log_message_mb * 1e6))
            self._active[run_id] = RunIngest(run_dir, self._state.journals, rules)
        except Exception as error:
            self._fail(run_id, error, now)
        else:
            self._step(run_id, now)

    # -- what they tell

    def _step_all(self, now: float) -> bool:
        return any([self._step(run_id, now) for run_id in list(self._active)])

    def _step(self, run_id: str, now: float) -> bool:
        if now < self._retry_at.get(run_id, now):
            return False
        run = self._active[run_id]
        before = run.journal.committed.sequence
        try:
            is_busy = run.step(now)
        except Exception as error:
            self._fail(run_id, error, now)
            return False
        self._retry_at.pop(run_id, None)
        self.problems.pop(run_id, None)
        if run.journal.committed.sequence > before:
            self.messages += run.journal.committed.sequence - before
            self._index.changed(run.facts)
        if run.at_rest:
            self._drop(run_id)
            self._book.rests(run_id, run.seen_time, run.is_over, now)
        return is_busy

    def _fail(self, run_id: str, error: Exception, now: float) -> None:
        """Note what went wrong, and try again later: from what is on the disk, if that is all."""
        path = self._book.run_dir(run_id).path
        pause = self._book.failed(run_id, now)
        if not _is_expected(error, path):
            told = _told(error, path)
            if self.problems.get(run_id) != told:
                is_bug = not isinstance(error, OSError | UnreadableRun | NotFollowed)
                log.warning("%s", told, exc_info=error if is_bug else None)
            self.problems[run_id] = told
        run = self._active.get(run_id)
        is_deleted = isinstance(error, FileNotFoundError) or not os.path.exists(path)
        if run is not None and run.has_uncommitted and not is_deleted:
            self._retry_at[run_id] = now + min(pause, RETRY_SECONDS)
            run.behind_since = run.behind_since or now
        else:
            self._drop(run_id)

    def _drop(self, run_id: str) -> None:
        self._retry_at.pop(run_id, None)
        run = self._active.pop(run_id, None)
        if run is not None:
            run.close()

    # -- when something happens

    def _watch_all(self, now: float) -> None:
        if now < self._next_watch:
            return
        self._next_watch = now + WATCH_SECONDS
        by_folder: dict[str, list[str]] = {}
        for run_id, run in self._active.items():
            for folder in run.folders():
                by_folder.setdefault(folder, []).append(run_id)
        self._by_folder = by_folder
        if self._watch.set_folders({*by_folder, *self._book.folders_to_watch()}, now):
            for run in self._active.values():
                run.wake((), now)
        for run in self._active.values():
            is_heard = run.folders() <= self._watch.folders
            run.look_every(WATCHED_SECONDS if is_heard else UNWATCHED_SECONDS)

    def _changed(self, files: set[str]) -> None:
        """Something happened to these files."""
        now = time.monotonic()
        by_run: dict[str, list[str]] = {}
        for file in files:
            folder, name = os.path.split(file)
            if name in _OUR_OWN:
                continue
            for run_id in self._by_folder.get(folder, ()):
                by_run.setdefault(run_id, []).append(file)
            if is_run_id(name):
                self._next_look = now
            elif (run_id := os.path.basename(folder)) in self._book:
                by_run.setdefault(run_id, [])
        for run_id, changed in by_run.items():
            if run_id in self._active:
                self._active[run_id].wake(changed, now)
            else:
                self._book.nudge([run_id])

    def _meanwhile(self) -> None:
        """During a long work on the index: messages go on, and so does the report."""
        if self._watch.is_stopped:
            raise Stopped
        now = time.monotonic()
        self._step_all(now)
        if now >= self._next_report:
            self._report(now)

    # -- what is told of it

    def _all_facts(self) -> Iterator[RunFacts]:
        for run_id in self._book:
            with suppress(OSError):  # a run that was just deleted
                yield RunFacts.of(self._book.run_dir(run_id), self._state.journals)

    def _report(self, now: float) -> None:
        """Replace the report for /health; a report that cannot be written is an old one."""
        self._next_report = now + REPORT_SECONDS
        waiting = [run.behind_since for run in self._active.values() if run.behind_since]
        telling = (self._index.problem, self._watch.problem)
        problems = [self.problems, self._book.problems, self._index.problems]
        report = {
            "time": timestamp(time.time()),
            "active_runs": len(self._active),
            "known_runs": len(self._book),
            "lag_seconds": round(now - min(waiting), 3) if waiting else 0.0,
            "messages": self.messages,
            "problems": _shortened(
                [*filter(None, telling), *(t for k in problems for t in k.values())]
            ),
        }
        scratch = self._state.ingest_report.with_suffix(".new")
        with suppress(OSError):
            scratch.write_text(to_line(report) + "\n")
            os.replace(scratch, self._state.ingest_report)


def main(settings: Settings) -> int:
    """Serve all runs until SIGTERM, when no other process does for this state folder.

    Returns:
        exit code: 0.

    Raises:
        CannotWrite: the state folder cannot be used.
    """
    state = StateDir(settings.state)
    try:
        state.make()
        lock = os.open(state.ingest_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)  # until an earlier one is gone; a signal ends the waiting
    except OSError as error:
        what = f"{error.filename or state.ingest_lock}: {error.strerror}"
        raise CannotWrite(what, hint="set `state` to a folder that you may write") from error
    ingest = Ingest(settings)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ingest.stop())
    log.info("ingest serves %s", ", ".join(map(str, settings.runs)))
    ingest.run()
    os.close(lock)
    return 0


def _shortened(problems: list[str]) -> list[str]:
    more = len(problems) - TOLD_PROBLEMS
    return problems[:TOLD_PROBLEMS] + ([f"and {more} more: see the log"] if more > 0 else [])


def _time_if_settled(run_dir: RunDir, journal: JournalFiles) -> int:
    """The time of the directory of a run of which everything is in its journal; else 0."""
    try:
        seen_time = os.stat(run_dir.path).st_mtime_ns
        written = os.stat(journal.state).st_mtime_ns
        sources = [run_dir.run, run_dir.events]
        is_newest = all(os.stat(f).st_mtime_ns < written for f in sources if f.exists())
        return seen_time if is_newest and journal.committed().closed else 0
    except OSError:
        return 0


def _is_expected(error: Exception, path: Path) -> bool:
    """Whether it means no more than that a run is just coming, just went, or is not for us."""
    try:
        age = time.time() - os.stat(path).st_mtime
    except OSError:
        return True
    if isinstance(error, PermissionError) and not os.access(path, os.X_OK):
        return True
    return (
        isinstance(error, UnreadableRun) and age < YOUNG_SECONDS and not RunDir(path).run.exists()
    )


def _told(error: Exception, path: Path) -> str:
    """One line: what, where."""
    if isinstance(error, OSError):
        is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        reason = f"{error.strerror} ({error.filename})" if error.filename else f"{error.strerror}"
        return f"disk full: {path}: {reason}" if is_full else f"{path}: {reason}"
    if isinstance(error, UnreadableRun):
        return str(error)  # it names the file
    if isinstance(error, NotFollowed):
        return f"{path}/events.ndjson is not read: {error}"
    return f"{path}: {type(error).__name__}: {error}"


@click.command(cls=EngineCommand)
@click.option("--config", type=click.Path(path_type=Path), help="Settings of the service.")
def command(config: Path | None) -> None:
    """Bring runs into their journals (a process of `plumbline serve`)."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    raise SystemExit(main(load(config)))


if __name__ == "__main__":
    command()
