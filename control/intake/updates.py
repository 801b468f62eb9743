"""From messages of runs to updates on topics: one thread for all runs."""

import logging
import threading
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from control.client.api import Api, Refused
from control.events.streaming_update import StreamingUpdates
from control.intake import failures
from control.intake.configuration import Configuration
from control.intake.outbox import Outbox, Record
from control.intake.pauses import Pauses
from control.intake.store import Followed, Store
from engines.contract.errors import EngineError

log = logging.getLogger("intake")
Json = dict[str, Any]

ROUND_SECONDS = 1.0
REQUEST_SECONDS = 0.2
"""A round takes so long for each request of it, so that submissions have room in the rate limit."""
TOLD = ("status", "progress", "rule", "error", "result")
_OF_ALL = (401, 429)  # what the service refuses whatever run it is asked for
UNFINISHED = ("queued", "running", "interrupted")
LARGEST_DATA = 100_000
"""Characters of an update's data; of larger ones the address is told."""


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
        self._requests = 0

    def run(self) -> None:
        """Look at the runs again and again until it is to end."""
        pauses = Pauses()
        while not self._stopping.is_set():
            try:
                self._requests = 0
                self._round()
            except EngineError as error:
                log.warning("updates wait: %s", error.message)
                self._stopping.wait(pauses.next(getattr(error, "retry_after", None)))
                self._look_for_service()
            else:
                pauses = Pauses()
                self._stopping.wait(max(ROUND_SECONDS, self._requests * REQUEST_SECONDS))

    def _look_for_service(self) -> None:
        try:
            self._api.find()
        except EngineError as error:
            log.warning("updates wait: %s", error.message)

    def _round(self) -> None:
        asked = {"state": UNFINISHED, "limit": 500}
        runs = self._api.pages("/runs", asked)
        news = {str(run["run_id"]): int(run["last_sequence"]) for run in runs}
        self._requests += 1 + len(news) // 500
        trouble: Refused | None = None
        for each in self._store.to_follow(news):
            try:
                self._tell(each)
            except Refused as error:
                if error.status in _OF_ALL:
                    raise
                trouble = error  # of this run: the others are told
        if trouble is not None:
            raise trouble

    def _tell(self, run: Followed) -> None:
        """Tell all that a run has said since."""
        left: Followed | None = run
        try:
            while left is not None and not self._stopping.is_set():
                left = self._tell_page(left)
        except Refused as error:
            if error.status != 404:
                raise
            self._gone(run, error)

    def _tell_page(self, run: Followed) -> Followed | None:
        """Tell some messages; gives the run with what is told where there are more now."""
        asked = {"since": run.since, "limit": 1000, "type": TOLD}
        page = self._get(f"/runs/{run.run_id}/events", asked)
        updates = self._updates(run)
        made = [updates.of(message) for message in page["messages"]]
        records = [record for update in made if update for record in self._records(run, update)]
        if records and not self._outbox.send(records, self._goes_on):
            return None
        is_last = page["next"] == page["last"]
        has_ended = bool(page["closed"] and is_last)
        if page["next"] > run.since or has_ended:
            self._store.told(run.key, page["next"], updates.told, has_ended=has_ended)
        if has_ended:
            log.info("run %s has ended, and was told", run.run_id)
        return None if is_last else replace(run, since=page["next"], told=updates.told)

    def _gone(self, run: Followed, error: Refused) -> None:
        """Its run was deleted: nobody will hear of it otherwise."""
        updates = self._updates(run)
        data = {"status": "failed", "message": error.message}
        when = failures.now()
        envelope = {"type": "status", "job_id": run.run_id, "timestamp": when, "data": data}
        update = updates.of({**envelope, "sequence": run.since})
        assert update is not None
        log.error("run %s: %s", run.run_id, error.message)
        if self._outbox.send(self._records(run, update, is_there=False), self._goes_on):
            self._store.told(run.key, run.since, updates.told, has_ended=True)

    def _updates(self, run: Followed) -> StreamingUpdates:
        return StreamingUpdates(run.job["job_id"], run.job["sample_id"], run.told)

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
        found = self._get(f"/runs/{run.run_id}/dead-letters")["items"]
        shown = ("rule", "wildcards", "error_class", "message")
        return [
            {key: each[key] for key in shown} | {"url": self._api.address(each["link"])}
            for each in found
            if each["resolved"] is None
        ]

    def _get(self, path: str, params: Json | None = None) -> Json:
        self._requests += 1
        return self._api.get(path, params)

    def _goes_on(self, seconds: float) -> bool:
        return not self._stopping.wait(seconds)
