"""Records on their way to the broker: sent is what it has confirmed."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from control.intake import clients
from control.intake.broker import Broker
from control.intake.configuration import Configuration
from control.intake.pauses import Pauses
from control.record.lines import to_line
from engines.contract.errors import Unavailable

log = logging.getLogger("intake")
Failure = KafkaError | BufferError

LOOK_SECONDS = 0.1
"""Between two looks whether to go on."""
LONGEST_KEY = 200
LONGEST_TEXT, MOST_ITEMS = 500, 20
"""What is left of each text and list of a record that the broker finds too large."""


@dataclass(frozen=True)
class Record:
    """One record.

    Attributes:
        topic: where it goes.
        key: records of one key stay in order.
        content: a JSON object.
    """

    topic: str
    key: str
    content: dict[str, Any]


class Outbox:
    """Sends records; threads may share it.

    Args:
        configuration: of the broker.
        broker: hears how it is.
    """

    def __init__(self, configuration: Configuration, broker: Broker) -> None:
        self._broker = broker
        self._producer = clients.producer(configuration, error_cb=broker.heard)

    def send(self, records: Iterable[Record], goes_on: Callable[[float], bool]) -> bool:
        """Send records, and wait until the broker has all of them.

        Args:
            records: in their order.
            goes_on: waits for so many seconds, and says whether to wait on.

        Returns:
            False where it was not waited for: some may be there, some not.

        Raises:
            Unavailable: this client can send nothing more.
        """
        left, pauses = list(records), Pauses()
        while left:
            outcome = self._produce(left)
            while len(outcome) < len(left):
                self._poll()
                if len(outcome) < len(left) and not goes_on(0):
                    return False
            failed = [(record, error) for record, error in outcome if error is not None]
            left = [_smaller(record) if _is_large(error) else record for record, error in failed]
            if left:
                self._broker.check()
                record, why = failed[0]
                told = "%d records are not taken and tried again: %s: %s"
                log.error(told, len(left), record.topic, why)
                if not goes_on(pauses.next()):
                    return False
        return True

    def _poll(self) -> None:
        try:
            self._producer.poll(LOOK_SECONDS)
        except KafkaException as error:
            raise Unavailable(f"Kafka: {error.args[0].str()}", hint="start it again") from None
        self._broker.check()

    def _produce(self, records: list[Record]) -> list[tuple[Record, Failure | None]]:
        """Hand records over; gives a list to which each is added with what became of it."""
        outcome: list[tuple[Record, Failure | None]] = []
        for record in records:
            self._hand_over(record, outcome)
        return outcome

    def _hand_over(self, record: Record, outcome: list[tuple[Record, Failure | None]]) -> None:
        try:
            self._producer.produce(
                record.topic,
                to_line(record.content).encode(),
                key=record.key[:LONGEST_KEY].encode("utf-8", "backslashreplace"),
                on_delivery=lambda error, _: outcome.append((record, error)),
            )
        except KafkaException as error:  # it cannot be sent
            outcome.append((record, error.args[0]))
        except BufferError as error:  # the queue is full
            outcome.append((record, error))

    def close(self) -> None:
        """Let what is on its way arrive, if it does so at once."""
        self._producer.flush(2.0)


def _is_large(error: Failure) -> bool:
    return isinstance(error, KafkaError) and error.code() == KafkaError.MSG_SIZE_TOO_LARGE


def _smaller(record: Record) -> Record:
    """A record without the length of its parts, which says that it is cut."""
    return replace(record, content={**_cut(record.content), "cut": True})


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:LONGEST_TEXT]: _cut(each) for key, each in _first(value.items())}
    if isinstance(value, list):
        return [_cut(each) for each in _first(value)]
    return value[:LONGEST_TEXT] if isinstance(value, str) else value


def _first(items: Iterable[Any]) -> Iterable[Any]:
    return islice(items, MOST_ITEMS)
