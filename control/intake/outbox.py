"""Records on their way to the broker: sent is what it has confirmed."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException

from control.intake import clients
from control.intake.configuration import Configuration
from control.intake.pauses import Pauses
from control.record.lines import to_line

log = logging.getLogger("intake")

LOOK_SECONDS = 0.1
"""Between two looks whether to go on."""


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
    """

    def __init__(self, configuration: Configuration) -> None:
        self._producer = clients.producer(configuration)

    def send(self, records: Iterable[Record], goes_on: Callable[[float], bool]) -> bool:
        """Send records, and wait until the broker has all of them.

        Args:
            records: in their order.
            goes_on: waits for so many seconds, and says whether to wait on.

        Returns:
            False where it was not waited for: some may be there, some not.
        """
        left, pauses = list(records), Pauses()
        while left:
            outcome = self._produce(left)
            while len(outcome) < len(left):
                self._producer.poll(LOOK_SECONDS)
                if len(outcome) < len(left) and not goes_on(0):
                    return False
            left = [record for record, error in outcome if error is not None]
            if left:
                why = next(error for _, error in outcome if error is not None)
                log.error("%d records are not taken and tried again: %s", len(left), why)
                if not goes_on(pauses.next()):
                    return False
        return True

    def _produce(self, records: list[Record]) -> list[tuple[Record, str | None]]:
        """Hand records over; gives a list to which each is added with what became of it."""
        outcome: list[tuple[Record, str | None]] = []
        for record in records:
            self._hand_over(record, outcome)
        return outcome

    def _hand_over(self, record: Record, outcome: list[tuple[Record, str | None]]) -> None:
        def delivered(error: KafkaError | None, _: object) -> None:
            outcome.append((record, None if error is None else f"{record.topic}: {error.str()}"))

        try:
            self._producer.produce(
                record.topic,
                to_line(record.content).encode(),
                key=record.key.encode("utf-8", "backslashreplace"),
                on_delivery=delivered,
            )
        except (BufferError, KafkaException) as error:  # the queue is full, or it cannot be sent
            outcome.append((record, f"{record.topic}: {error}"))

    def close(self) -> None:
        """Let what is on its way arrive, if it does so at once."""
        self._producer.flush(2.0)
