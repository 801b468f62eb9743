"""One run on its way into its journal: events, logs of jobs, and the state of the run itself.

All that is read in one step is committed together with how far it was read. A step
reads a bounded amount, so that runs take turns; and what could not be committed (full
disk) is kept and committed first, before anything more is read.
"""

import os
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from control.events.benchmark_file import read_usage
from control.events.driver_log import last_words
from control.events.event_fields import Malformed, time_of
from control.events.event_file import Event, EventFile
from control.events.followed_log import HOT_SECONDS, Batch, LogRules, note
from control.events.job_attempts import JobAttempt
from control.events.job_logs import JobLogs
from control.events.journal import Draft, Journal
from control.events.run_facts import RunFacts
from control.events.tail import NotFollowed
from control.events.translate import Translator
from control.record.file_system import is_network
from control.record.lines import timestamp
from control.record.request import Request, read_request
from control.record.run_dir import Run, RunDir, State, UnreadableRun

STATE_SECONDS = 2.0
"""Between two looks whether the run still lives."""
REST_SECONDS = 10.0
"""How long nothing must have happened in a run that did not end before it is left alone."""

NETWORK_GRACE_SECONDS = 8.0
"""How long a log is followed after its job where writes of another host show late."""

_EVENT_COST = 512  # bytes that the messages of an event take besides its text
_PAUSE_SHARE = 4  # a run with a thousand busy logs must not take all of a core
_REBUILT_AT_ONCE = 1000  # events


class Told(NamedTuple):
    """A status that is in the journal.

    Attributes:
        state: of the run.
        end: of the run, "" where it has none: a resumed run can end in the same state again.
        offset: of the events, when it was said.
        at: of the message.
    """

    state: str
    end: str
    offset: int
    at: str


class Settled(NamedTuple):
    """When it was told last what of a cluster's queue had stood long enough.

    Attributes:
        offset: of the events, then.
        at: the time.
    """

    offset: int
    at: str


@dataclass(frozen=True)
class Look:
    """A run as its files tell it."""

    state: State
    run: Run | None
    request: Request | None

    @property
    def end(self) -> str:
        """When it ended; "" where it has not."""
        return (self.run.end or "") if self.run and self.state.is_final else ""


class RunIngest:
    """Brings one run into its journal, from wherever an earlier process stopped.

    Args:
        run_dir: the run.
        journals: the service's own folder of journals.
        rules: how logs are followed; this run's own.

    Attributes:
        facts: whose run it is, and where.
        journal: of the run.
        at_rest: nothing more is expected; somebody must notice when something changes.
        seen_time: of the directory, before its files were looked at last.
        behind_since: since when (monotonic) something is unread or not committed; None: nothing is.

    Raises:
        UnreadableRun: nothing says what kind of a run it is.
        OSError: the run or its journal cannot be opened.
    """

    def __init__(self, run_dir: RunDir, journals: Path, rules: LogRules) -> None:
        self.run_dir, self._rules, self._journals = run_dir, rules, journals
        run_dir.state()  # before anything is made there, it must be a run
        self.facts = RunFacts.of(run_dir, journals)
        self.journal = Journal(self.facts.journal, run_dir.run_id)
        saved = self.journal.sources
        self._events = EventFile(run_dir.events, self.facts.uid, saved.get("events", {}))
        self._told = [Told(*told) for told in saved.get("told", [])]
        self._refused: list[list[str]] = list(saved.get("refused", []))
        self._settled = Settled(*saved.get("settled", [0, ""]))
        self._look: Look | None = None
        self._translator, self._logs = Translator(), JobLogs(rules, "", self.facts.uid, {}, [])
        self._unreadable = 0  # lines of events that were not told yet
        self._rebuilding: Iterator[None] | None = None
        self._is_rebuilt = False
        self._uncommitted: tuple[list[Draft], dict[str, Any], bool] | None = None
        self.at_rest, self.seen_time = False, 0
        self.behind_since: float | None = None
        self._look_due = self._due = self._pause_until = float("-inf")
        self._news_at = time.monotonic()

    def is_hot(self, now: float) -> bool:
        """Whether something happened a moment ago, so that more can be expected."""
        return now < max(self._news_at, self._logs.news_at) + HOT_SECONDS

    def wake(self, files: Collection[str], now: float) -> None:
        """Something may have happened to these files of the run; to any, where none is named."""
        self._news_at = now
        if not files or str(self.run_dir.run) in files:
            self._look_due = self._pause_until = float("-inf")
        self._logs.wake(files, now)

    def folders(self) -> set[str]:
        """Where something can happen to this run."""
        return {str(self.run_dir.path), *self._logs.folders()}

    def look_every(self, seconds: float) -> None:
        """How often to look while nothing happens."""
        self._rules.quiet = seconds

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self._look is not None and self._look.state.is_final

    @property
    def has_uncommitted(self) -> bool:
        """Whether messages wait to be written: this object must be kept until they are."""
        return self._uncommitted is not None

    def step(self, now: float) -> bool:
        """Read and commit what is there, up to a bound; True where there is more at once.

        Raises:
            UnreadableRun: nothing says what kind of a run it is.
            NotFollowed: its events must not be read.
            OSError: something cannot be read or written; see ``has_uncommitted``.
        """
        if self._uncommitted is not None:
            self._commit(*self._uncommitted)
            return True
        if now < self._pause_until or (not self.is_hot(now) and now < self._due):
            return False
        self._due = now + self._rules.quiet
        worked = time.thread_time()
        batch = Batch(timestamp(time.time()))
        room = batch.room
        if lost := self.journal.lost:
            told = f"{lost} messages that were sent before a power cut did not reach the disk"
            batch.drafts.append(note(batch.at, told, "error"))
            self.journal.lost = 0
        is_done = self._read(batch, now)
        if batch.drafts or batch.room < room:
            self._save(batch)
        self.behind_since = None if is_done else (self.behind_since or now)
        if is_done:
            self._pause_until = now + _PAUSE_SHARE * (time.thread_time() - worked)
        return not is_done

    def close(self) -> None:
        """Close all files."""
        self.journal.close()
        self._events.close()
        self._logs.close()

    # -- the state of the run

    def _read(self, batch: Batch, now: float) -> bool:
        """Take in what there is; False where the batch is full."""
        look = self._look_around(now)
        if look.run is None:  # it waits in the queue
            self._announce(look, batch)
            self.at_rest = True
            return True
        if not self._is_rebuilt:
            if self._is_told(look) and look.state is not State.RUNNING and not self._events.peek():
                self.at_rest = True
                return True
            if not self._rebuild_more(look.run, now):
                return False
        self._announce(look, batch)
        if not (self._read_events(batch, now) and self._logs.read(batch, now)):
            return False
        self._settle(batch)
        self._conclude(look, look.run, batch, now)
        return True

    def _look_around(self, now: float) -> Look:
        """The run as its files told it at most two seconds ago, before events were looked up."""
        if self._look is not None and now < self._look_due:
            return self._look
        self._look_due = now + STATE_SECONDS
        self.seen_time = os.stat(self.run_dir.path).st_mtime_ns
        state = self.run_dir.state()
        run = None if state is State.QUEUED else self.run_dir.read_run()
        if run is not None and (state.is_final or run.state.is_final):
            state = run.state  # it may have changed between the two looks
        request = self._look.request if self._look else None
        if request is None:
            with suppress(UnreadableRun):  # what was asked is not needed to tell what happens
                request = read_request(self.run_dir)
            owner = RunFacts.of(self.run_dir, self._journals).owner
            self.facts = replace(self.facts, owner=owner)
        self._events.find()
        self._look = Look(state, run, request)
        return self._look

    def _is_told(self, look: Look) -> bool:
        return bool(self._told) and (self._told[-1].state, self._told[-1].end) == (
            look.state,
            look.end,
        )

    def _announce(self, look: Look, batch: Batch) -> None:
        """Tell, before anything that happens in it, that the run waits or runs."""
        if self._is_told(look):
            return
        is_new = not self._told or self._told[-1].state == State.QUEUED
        if look.state is State.QUEUED:
            created = look.request.created if look.request else ""
            self._say(State.QUEUED, _time(created, batch.at), batch)
        elif look.state is State.RUNNING or (is_new and look.run and look.run.start):
            start = look.run.start if is_new and look.run else None
            self._say(State.RUNNING, _time(start, batch.at), batch)

    def _conclude(self, look: Look, run: Run, batch: Batch, now: float) -> None:
        """When everything is read: tell how the run ended."""
        if look.state.is_final:
            self._logs.end(self._translator.jobs.values(), _time(run.end, batch.at), now)
            if not self._logs.read(batch, now) or self._logs:
                return  # they are followed a little longer
        if self._is_told(look):
            has_waited = now > max(self._news_at, self._logs.news_at) + REST_SECONDS
            self.at_rest = look.state.is_final or (look.state is not State.RUNNING and has_waited)
            return
        at = _time(run.end, batch.at) if look.state.is_final else batch.at
        is_first = not self._told or self._told[-1].state != State.INTERRUPTED
        if look.state in (State.FAILED, State.INTERRUPTED) and is_first and self._was_silent():
            words = last_words(self.run_dir.driver_log, self.facts.uid, at, run.return_code)
            batch.drafts += [words] if words else []
        self._say(look.state, at, batch)

    def _was_silent(self) -> bool:
        """Whether Snakemake has told nothing since the run began, or was resumed."""
        began = [told.offset for told in self._told if told.state == State.RUNNING]
        return self._events.offset == (began[-1] if began else 0)

    def _say(self, state: State, at: str, batch: Batch) -> None:
        look = self._look
        assert look is not None
        batch.drafts += self._translator.status(
            state, look.run, look.request, at, owner=self.facts.owner
        )
        self._look_due = float("-inf")  # it may have gone on since
        end = look.end if state.is_final else ""
        self._told.append(Told(state.value, end, self._events.offset, at))

    # -- events

    def _read_events(self, batch: Batch, now: float) -> bool:
        """Take in events, and before one that ends a job all of its logs; False: not all."""
        while batch.room > 0:
            lines = self._events.peek()
            if not lines:
                return True
            self._news_at, taken = now, None
            for line in lines:
                if batch.room <= 0 or not self._take_event(line.event, batch, now):
                    break
                batch.room -= line.size + _EVENT_COST
                taken = line
            self._tell_unreadable(batch)
            if taken is not None:
                self._events.take(taken)
            if taken is not lines[-1]:
                return False
        return False

    def _settle(self, batch: Batch) -> None:
        """Tell what of a cluster's queue has stood long enough, while no event comes."""
        if self._translator.is_holding and (drafts := self._translator.settle(batch.at)):
            batch.drafts += drafts
            self._settled = Settled(self._events.offset, batch.at)

    def _take_event(self, event: Event | None, batch: Batch, now: float) -> bool:
        if event is None:
            self._unreadable += 1
            return True
        self._tell_unreadable(batch)
        if ended := self._translator.ended_by(event):
            self._logs.follow(ended, now)
            self._logs.end(ended, _time(event.get("time"), batch.at), now)
            if not self._logs.drain(ended, batch, now):
                return False
            if event.get("event") == "job_finished":
                for attempt in ended:
                    self._measure(attempt, batch)
        batch.drafts += self._translator.event(event)
        if with_logs := self._translator.with_new_logs():
            self._logs.follow(with_logs, now)
        return True

    def _measure(self, attempt: JobAttempt, batch: Batch) -> None:
        """Read what the attempt took; say once for each rule why that is not read."""
        run = self._look.run if self._look else None
        try:
            attempt.usage = read_usage(attempt, run.workdir if run else "", self.facts.uid)
        except NotFollowed as refused:
            told = [attempt.rule, f"benchmark: {refused}"]
            if told not in self._refused:
                self._refused.append(told)
                text = f"{attempt.benchmark}, a benchmark, is not read: {refused}"
                batch.drafts.append(note(batch.at, text, "warning", attempt))

    def _tell_unreadable(self, batch: Batch) -> None:
        if self._unreadable:
            told = f"{self._unreadable} unreadable lines in events.ndjson were passed over"
            batch.drafts.append(note(batch.at, told, "warning"))
            self._unreadable = 0

    # -- what an earlier process knew

    def _rebuild_more(self, run: Run, now: float) -> bool:
        """Go on with rebuilding what the read events have led to; True when that is done."""
        if self._rebuilding is None:
            self._rebuilding = self._rebuild(run, now)
        self._is_rebuilt = next(self._rebuilding, self) is self
        return self._is_rebuilt

    def _rebuild(self, run: Run, now: float) -> Iterator[None]:
        self._rules.host = run.process.host if run.process else ""
        if is_network(str(self.run_dir.path)) or is_network(run.workdir):
            self._rules.grace = NETWORK_GRACE_SECONDS
        saved = self.journal.sources.get("logs", {})
        logs = JobLogs(self._rules, run.workdir, self.facts.uid, saved, self._refused)
        said = list(self._told)
        for number, line in enumerate(self._events.earlier(), 1):
            while said and said[0].offset <= line.begin:
                self._say_again(said.pop(0))
            self._settle_again(line.begin)
            if line.event is not None:
                for attempt in self._translator.ended_by(line.event):
                    logs.resume(attempt, _time(line.event.get("time"), ""), now)
                self._translator.event(line.event)
            if number % _REBUILT_AT_ONCE == 0:
                yield
        for told in said:
            self._say_again(told)
        self._settle_again(self._events.offset)
        logs.follow(self._translator.jobs.values(), now)
        self._translator.with_new_logs()  # they are among these
        logs.forget_saved()
        self._logs = logs

    def _settle_again(self, offset: int) -> None:
        if self._settled.at and self._settled.offset == offset:
            self._translator.settle(self._settled.at)

    def _say_again(self, told: Told) -> None:
        look = self._look
        assert look is not None
        self._translator.status(State(told.state), look.run, look.request, told.at)

    # -- the journal

    def _save(self, batch: Batch) -> None:
        logs = self._logs.to_json() if self._is_rebuilt else self.journal.sources.get("logs", {})
        sources = {
            "events": self._events.to_json(),
            "logs": logs,
            "told": [list(told) for told in self._told],
            "refused": list(self._refused),
            "settled": list(self._settled),
        }
        closed = bool(self._told) and State(self._told[-1].state).is_final
        self._commit(batch.drafts, sources, closed)

    def _commit(self, drafts: list[Draft], sources: dict[str, Any], closed: bool) -> None:
        self._uncommitted = drafts, sources, closed
        self.journal.append(drafts, sources, closed=closed)
        self._uncommitted = None


def _time(value: object, otherwise: str) -> str:
    """A time that somebody wrote, if it is one."""
    try:
        return time_of({"time": value})
    except Malformed:
        return otherwise
