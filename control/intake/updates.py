"""From messages of runs to updates on topics: one thread for all runs."""

import logging
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from control.client.api import Api, Refused
from control.client.following import closed
from control.events.streaming_update import StreamingUpdates, Told, kept
from control.intake import failures
from control.intake.configuration import Configuration
from control.intake.feed import MOST, Feed, opened
from control.intake.outbox import Outbox, Record
from control.intake.pauses import Pauses
from control.intake.store import Followed, Store
from engines.contract.errors import EngineError, Transient

log = logging.getLogger("intake")
Json = dict[str, Any]

ROUND_SECONDS, REQUEST_SECONDS = 1.0, 0.2
"""Between two looks for runs with news; longer where one takes many requests, so that submissions
have room in the rate limit."""
WAIT_SECONDS = 0.2
"""How long a message is waited for before there is a look whether to end."""
ALL_SECONDS = 300.0
"""Between two looks at runs that have ended, too: one may have been resumed, and ended again."""
FORGET_SECONDS = 3600.0
TURNS = 8
"""Runs that take the place of others in one round, where more have news than can be followed."""
SURE_SECONDS, GONE_SECONDS = 5.0, 3600.0
"""After so long a run that the service does not know is taken as deleted: where it knows others of
ours, and where it knows none. Then it may be another service, or its runs are not mounted."""
UNFINISHED = ("queued", "running", "interrupted")
ENDS = ("completed", "failed", "cancelled")
LARGEST_DATA = 100_000
"""Characters of an update's data; of larger ones the address is told."""
_OF_THE_CONNECTION = ("connection", "heartbeat")


@dataclass
class _Trouble:
    """Of one run; the others are told meanwhile."""

    pauses: Pauses = field(default_factory=Pauses)
    began: float = field(default_factory=time.monotonic)
    until: float = 0.0


class Updates:
    """Tells what becomes of the runs of the store.

    Args:
        configuration: names of the topics.
        store: the runs, and how far they were told.
        api: the service; of this thread alone.
        outbox: for the updates.
        stopping: set when it is to end.
    """

    def __init__(
        self,
        configuration: Configuration,
        store: Store,
        api: Api,
        outbox: Outbox,
        stopping: threading.Event,
    ) -> None:
        self._topics, self._store, self._api = configuration.topics, store, api
        self._outbox, self._stopping = outbox, stopping
        self._pauses = Pauses()
        self._trouble: dict[str, _Trouble] = {}
        self._followed: dict[str, Followed] = {}  # the one that was silent longest comes first
        self._known: set[str] = set()  # followed ones whose messages come
        self._left: dict[str, float] = {}  # when a run had to make room for another
        self._all_at = self._forget_at = 0.0

    def run(self) -> None:
        """Follow the runs until it is to end."""
        while not self._stopping.is_set():
            try:
                with opened(self._api) as feed:
                    self._follow(feed)
            except EngineError as error:
                log.warning("updates wait: %s", error.message)
                self._stopping.wait(self._pauses.next(getattr(error, "retry_after", None)))
                self._look_for_service()

    def _look_for_service(self) -> None:
        try:
            self._api.find()
        except EngineError as error:
            log.warning("updates wait: %s", error.message)

    def _follow(self, feed: Feed) -> None:
        """Tell what comes over one connection: from where the broker has it."""
        self._followed, self._known, self._left = {}, set(), {}
        look_at = 0.0
        while not self._stopping.is_set():
            if time.monotonic() >= look_at:
                look_at = time.monotonic() + self._look(feed)
                self._pauses = Pauses()
            if messages := feed.messages(WAIT_SECONDS):
                self._take(feed, messages)

    # -- which runs

    def _look(self, feed: Feed) -> float:
        """Follow the runs that have news; gives seconds until the next look."""
        news = self._news()
        now = time.monotonic()
        waiting = {run_id for run_id, each in self._trouble.items() if each.until > now}
        others = waiting | self._followed.keys()
        wanted = [each for each in self._store.to_follow(news) if each.run_id not in others]
        wanted.sort(key=lambda each: self._left.get(each.run_id, 0.0))
        turns = TURNS
        for each in wanted:
            if len(self._followed) >= MOST:
                if not turns:
                    break
                turns -= 1
                silent = next(iter(self._followed))
                self._left[silent] = now
                self._leave(feed, silent)
            self._left.pop(each.run_id, None)
            self._followed[each.run_id] = each
            feed.follow(each.run_id, each.since)
        return max(ROUND_SECONDS, (1 + len(news) // 500) * REQUEST_SECONDS)

    def _news(self) -> dict[str, int]:
        """Run → sequence of its newest message; now and then of those that have ended, too."""
        now = time.monotonic()
        if now >= self._forget_at:
            self._store.forget_old()
            self._forget_at = now + FORGET_SECONDS
        asked: Json = {"limit": 500}
        if now < self._all_at:
            asked["state"] = UNFINISHED
        found = {
            str(run["run_id"]): int(run["last_sequence"]) for run in self._api.pages("/runs", asked)
        }
        if now >= self._all_at:
            self._all_at = now + ALL_SECONDS
        return found

    def _leave(self, feed: Feed, run_id: str) -> None:
        del self._followed[run_id]
        self._known.discard(run_id)
        feed.leave(run_id)

    # -- what they say

    def _take(self, feed: Feed, messages: Iterable[Json]) -> None:
        """Tell messages of all runs; how far is written down when the broker has it."""
        records: list[Record] = []
        told: list[Followed] = []
        troubles: list[tuple[Followed, EngineError]] = []
        for run_id, its in _by_run(messages).items():
            if run_id not in self._followed:
                continue  # they were on their way when it was left
            made, run, error = self._made(self._followed[run_id], its)
            records += made
            told.append(run)
            if error is not None:
                troubles.append((run, error))
        if records and not self._outbox.send(records, self._goes_on):
            return
        self._store.told(run for run in told if run != self._followed[run.run_id])
        for run in told:
            was = self._followed.pop(run.run_id)
            self._followed[run.run_id] = run  # at the end: it was heard now
            if run.has_ended and not was.has_ended:
                log.info("run %s has ended, and was told", run.run_id)
        for run, _ in troubles:
            self._leave(feed, run.run_id)
        for run, error in troubles:
            self._wait_with(run, error)

    def _made(
        self, run: Followed, messages: list[Json]
    ) -> tuple[list[Record], Followed, EngineError | None]:
        """The records of messages, the run when they are told, and what stands in the way."""
        records: list[Record] = []
        try:
            for message in messages:
                if message["type"] == "error" and not message["sequence"]:
                    raise closed(int(message["data"]["code"]), str(message["data"]["message"]))
                if message["type"] in _OF_THE_CONNECTION:
                    self._heard(run, message)
                elif run.run_id in self._known and message["sequence"] > run.since:
                    made, run = self._of_message(run, message)
                    records += made
        except EngineError as error:
            return records, run, error
        return records, run, None

    def _heard(self, run: Followed, message: Json) -> None:
        """What the connection says: now the messages begin; what came before was asked earlier."""
        if message["data"].get("status") == "connected":
            self._known.add(run.run_id)

    def _of_message(self, run: Followed, message: Json) -> tuple[list[Record], Followed]:
        if message["sequence"] != run.since + 1:
            raise Transient(f"message {run.since + 1} is missing")
        told = Told(**kept(run.told))  # the run's own is that of what was told
        updates = StreamingUpdates(run.job["job_id"], run.job["sample_id"], told)
        update = updates.of(message)
        records = self._records(run, update) if update else []
        self._trouble.pop(run.run_id, None)
        has_ended = run.has_ended
        if message["type"] == "status":
            has_ended = message["data"]["status"] in ENDS
        after = replace(run, since=message["sequence"], told=updates.told, has_ended=has_ended)
        return records, after

    def _wait_with(self, run: Followed, error: EngineError) -> None:
        """Follow a run again later, from where it was told; the others go on."""
        trouble = self._trouble.setdefault(run.run_id, _Trouble())
        now = time.monotonic()
        if isinstance(error, Refused) and error.status == 404:
            enough = SURE_SECONDS if self._known else GONE_SECONDS
            if now - trouble.began >= enough:
                return self._gone(run, error)
        log.warning("run %s waits: %s", run.run_id, error.message)
        trouble.until = now + trouble.pauses.next(getattr(error, "retry_after", None))

    def _gone(self, run: Followed, error: Refused) -> None:
        """Its run was deleted: nobody will hear of it otherwise."""
        del self._trouble[run.run_id]
        updates = StreamingUpdates(run.job["job_id"], run.job["sample_id"], run.told)
        data = {"status": "failed", "message": error.message}
        envelope = {"type": "status", "job_id": run.run_id, "timestamp": failures.now()}
        update = updates.of({**envelope, "sequence": run.since, "data": data})
        assert update is not None
        log.error("run %s: %s", run.run_id, error.message)
        if self._outbox.send(self._records(run, update, is_there=False), self._goes_on):
            self._store.told([replace(run, told=updates.told, has_ended=True)])

    def _records(self, run: Followed, update: Json, *, is_there: bool = True) -> list[Record]:
        """The update, and what an end is to others."""
        job_id = update["job_id"]
        url = self._api.address(f"/runs/{quote(run.run_id)}")
        status = update["data"].get("status")  # only what tells of a state has it
        if status == "completed":
            update["data"]["results"] = f"{url}/files"
        if len(str(update["data"])) > LARGEST_DATA:
            update["data"] = {"run_id": run.run_id, "cut": True, "results": f"{url}/results"}
        records = [Record(self._topics.job_updates, job_id, update)]
        if status == "completed":
            names = {"job_id": job_id, "sample_id": update["sample_id"], "type": "completion"}
            more = {"run_id": run.run_id, "results": f"{url}/files", "sequence": update["sequence"]}
            records.append(Record(self._topics.notifications, job_id, names | more))
        if status in ("failed", "cancelled"):
            letters = self._dead_letters(run) if is_there else []
            failed = {"run_id": run.run_id, "url": url, "dead_letters": letters}
            content = failures.failed_run(run.job, update, failed)
            records.append(Record(self._topics.failed_jobs_dlq, job_id, content))
        return records

    def _dead_letters(self, run: Followed) -> list[Json]:
        found = self._api.get(f"/runs/{quote(run.run_id)}/dead-letters")["items"]
        shown = ("rule", "wildcards", "error_class", "message")
        return [
            {key: each[key] for key in shown} | {"url": self._api.address(each["link"])}
            for each in found
            if each["resolved"] is None
        ]

    def _goes_on(self, seconds: float) -> bool:
        return not self._stopping.wait(seconds)


def _by_run(messages: Iterable[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    for message in messages:
        found.setdefault(str(message["job_id"]), []).append(message)
    return found
