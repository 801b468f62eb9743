"""From the topic of new jobs to runs of the service: each job once, whatever dies."""

import logging
import threading
import time
from contextlib import suppress
from functools import partial

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from control.client.api import Api
from control.intake import clients, failures
from control.intake.broker import PASSING, Broker
from control.intake.configuration import Configuration
from control.intake.job import BadJob, Job, Json, read_job, submission
from control.intake.outbox import Outbox, Record
from control.intake.pauses import Pauses
from control.intake.refusals import DEFECT, Refusal, refusal
from control.intake.status import Status
from control.intake.store import Store
from control.record.plain_text import visible_text
from engines.contract.errors import EngineError, Unavailable

log = logging.getLogger("intake")

POLL_SECONDS = 0.5
_LEVELS = {False: logging.WARNING, True: logging.ERROR}  # it passes; somebody has to mend it
_MISSING = "; make it, or name another one in 'topics': plumbline intake kafka --check tells which"

Place = tuple[str, int]


class Intake:
    """One member of the group of consumers.

    Args:
        configuration: of broker, topics and databases.
        store: what is remembered.
        api: the service.
        outbox: for jobs that are given up.
        stopping: set when it is to end; the job at hand is finished first.
        broker: hears how it is.
    """

    def __init__(
        self,
        configuration: Configuration,
        store: Store,
        api: Api,
        outbox: Outbox,
        stopping: threading.Event,
        broker: Broker,
    ) -> None:
        self._configuration, self._store, self._api = configuration, store, api
        self._outbox, self._stopping, self._broker = outbox, stopping, broker
        self._consumer = clients.consumer(configuration, broker)
        self._status = Status(store.path.parent, broker)
        self._mine: set[Place] = set()
        self._done: dict[Place, int] = {}  # offsets that are still to be committed
        self._is_paused = False
        self._trouble = ""

    def run(self) -> None:
        """Take jobs until it is to end.

        Raises:
            Unavailable: the broker lets this consumer go on no more.
        """
        self._consumer.subscribe(
            [self._configuration.topics.new_jobs],
            on_assign=self._assigned,
            on_revoke=self._revoked,
            on_lost=self._lost,
        )
        seconds = self._configuration.session_seconds()
        log.info("waits for its partitions, up to %g s after one was killed", seconds)
        try:
            while not self._stopping.is_set():
                message = self._consumer.poll(POLL_SECONDS)
                self._broker.check()
                self._commit()
                self._status.look()
                if message is None:
                    continue
                if (error := message.error()) is not None:
                    self._tell(error)
                    continue
                is_done = self._take(message)
                self._status.is_done()
                if is_done:
                    self._done[_place(message)] = (message.offset() or 0) + 1
                    self._commit()
                self._resume()
        finally:
            self._consumer.close()  # what is done is committed as partitions are given back

    # -- one message

    def _take(self, message: Message) -> bool:
        """Whether it is done with: there is a run, or it lies among the failed jobs."""
        try:
            job = read_job(message.value())
        except BadJob as error:
            record = failures.unread(message, str(error), error.data)
            return self._give_up(message, _key(message, error.data), record, str(error))
        if job.unknown:
            names = visible_text(", ".join(job.unknown), 200).replace("\n", " ")
            log.warning("job %s: fields without a meaning: %s", _name(job), names)
        return self._submit(message, job)

    def _submit(self, message: Message, job: Job) -> bool:
        self._status.takes(_name(job))
        pauses, defects = Pauses(), 0
        while True:
            body = self._store.intend(job.key, job.data, submission(job, self._configuration))
            try:
                run_id = str(self._api.post("/runs", body)["run_id"])
            except EngineError as error:
                why = refusal(error, job)
                defects += why.status == DEFECT
                if why.is_final or defects > self._configuration.max_retries:
                    return self._refuse(message, job, why)
                if why.is_operators:  # no run has its words, and a mended configuration has others
                    self._store.forget(job.key)
                log.log(_LEVELS[why.is_operators], "job %s waits: %s", _name(job), why)
                self._status.waits(str(why))
                if not self._stay(message, pauses.next(getattr(error, "retry_after", None))):
                    return False
                with suppress(EngineError):  # started again it may be at another port
                    self._api.find()
            else:
                self._store.recorded(job.key, job.data, body, run_id)
                log.info("job %s: run %s", _name(job), run_id)
                self._status.runs += 1
                return True

    def _refuse(self, message: Message, job: Job, why: Refusal) -> bool:
        kind = "unknown" if why.status == DEFECT else "permanent"
        record = failures.refused(message, job.data, kind, why.message, f"{why.status}: {why}")
        if not self._give_up(message, job.asked.job_id, record, why.message):
            return False
        self._store.forget(job.key)
        return True

    def _give_up(self, message: Message, key: str, record: Json, why: str) -> bool:
        """Whether the broker has it among the failed jobs."""
        topic = self._configuration.topics.failed_jobs_dlq
        waits = partial(self._stay, message)
        if not self._outbox.send([Record(topic, key, record)], waits):
            return False
        self._status.dead_letters += 1
        where = f"{message.topic()}/{message.partition()}/{message.offset()}"
        log.warning("given up: %s (%s)", why, where, extra={"job": visible_text(key, 150)})
        return True

    def _stay(self, message: Message, seconds: float) -> bool:
        """Wait, as a member of the group that takes nothing more.

        Returns:
            Whether to go on with the message: it is still ours, and we are not to end.
        """
        end = time.monotonic() + seconds
        while not self._stopping.is_set() and _place(message) in self._mine:
            self._consumer.pause(self._consumer.assignment())
            self._is_paused = True
            other = self._consumer.poll(min(POLL_SECONDS, max(0.0, end - time.monotonic())))
            self._broker.check()
            self._status.look()
            if other is not None and (error := other.error()) is not None:
                self._tell(error)
            elif other is not None:  # of a partition that is new here
                topic, partition = _place(other)
                self._consumer.seek(TopicPartition(topic, partition, other.offset() or 0))
            if time.monotonic() >= end:
                return not self._stopping.is_set() and _place(message) in self._mine
        return False

    def _resume(self) -> None:
        if self._is_paused:
            self._consumer.resume(self._consumer.assignment())
            self._is_paused = False
        self._trouble = ""

    # -- offsets

    def _commit(self) -> None:
        """Commit what is done; what the broker does not take now is tried again."""
        if not self._done:
            return
        offsets = [TopicPartition(*place, offset) for place, offset in self._done.items()]
        try:
            taken = self._consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            return self._tell(error.args[0])
        for each in taken:
            if each.error is not None:
                self._tell(each.error)
            else:
                self._done.pop((each.topic, each.partition), None)
                self._trouble = ""

    def _tell(self, error: KafkaError) -> None:
        """Say what the broker says; the same only once.

        Raises:
            Unavailable: it is the end.
        """
        if error.fatal():
            raise Unavailable(f"Kafka: {error.str()}", hint="start it again")
        if error.str() != self._trouble:
            self._trouble = error.str()
            level = logging.DEBUG if error.code() in PASSING else logging.WARNING
            hint = _MISSING if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART else ""
            log.log(level, "Kafka: %s%s", self._trouble, hint)

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._mine |= _places(partitions)
        log.info("takes %d partitions of %s", len(self._mine), self._configuration.topics.new_jobs)

    def _revoked(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        self._commit()
        self._lost(consumer, partitions)

    def _lost(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        """They may be another's already, who gets what is not committed again: the same runs."""
        gone = _places(partitions)
        self._mine -= gone
        self._done = {place: at for place, at in self._done.items() if place not in gone}


def _key(message: Message, data: Json | None) -> str:
    """Of a message that is no job: what it says is its id, or its own."""
    named = (data or {}).get("job_id")
    if isinstance(named, str) and named:
        return named[:150]
    return (message.key() or b"")[:150].decode("utf-8", "replace")


def _place(message: Message) -> Place:
    return message.topic() or "", message.partition() or 0


def _places(partitions: list[TopicPartition]) -> set[Place]:
    return {(each.topic, each.partition) for each in partitions}


def _name(job: Job) -> str:
    """As it is shown: it is somebody's text."""
    return visible_text(job.asked.job_id, 150)
