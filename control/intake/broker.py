"""Whether the broker can be reached: said once when it is away, and once when it is back."""

import json
import logging
import time

from confluent_kafka import KafkaError

from control.intake.configuration import Configuration
from control.record.plain_text import visible_text
from engines.contract.errors import Unavailable

log = logging.getLogger("intake")

LOOK_MS = 1000
"""How often librdkafka tells how its connections are."""
PASSING = frozenset(
    {
        KafkaError._ALL_BROKERS_DOWN,
        KafkaError._TRANSPORT,
        KafkaError._RESOLVE,
        KafkaError._TIMED_OUT,
        KafkaError._WAIT_COORD,
        KafkaError._TIMED_OUT_QUEUE,
    }
)
"""Errors that say no more than that the broker is away."""


class Broker:
    """What the clients of one process hear of it; threads may share it.

    Args:
        configuration: where it is.

    Attributes:
        away_since: seconds since 1970; None while it is there.
    """

    def __init__(self, configuration: Configuration) -> None:
        self._where = configuration.where()
        self._why = "no connection"
        self._fatal = ""
        self._was_down = False
        self.away_since: float | None = None

    def heard(self, error: KafkaError) -> None:
        """What a client tells of itself, whatever it is asked."""
        if error.fatal():
            self._fatal = error.str()
        elif error.code() != KafkaError._ALL_BROKERS_DOWN:  # which says not why
            self._why = visible_text(error.str(), 300)
            if error.code() not in PASSING:
                log.warning("Kafka: %s", self._why)

    def looked(self, statistics: str) -> None:
        """How the connections of a client are, in the words of librdkafka."""
        brokers = json.loads(statistics)["brokers"].values()
        is_up = any(
            each["state"] in ("UP", "UPDATE") for each in brokers if each["source"] != "logical"
        )
        if is_up and self.away_since is not None:
            log.info("broker %s is back", self._where)
            self.away_since = None
        elif not is_up and self._was_down and self.away_since is None:
            self.away_since = time.time()
            log.warning("broker %s is away, jobs wait: %s", self._where, self._why)
        self._was_down = not is_up

    def check(self) -> None:
        """Nothing, as long as the clients can go on.

        Raises:
            Unavailable: one of them cannot, and says why.
        """
        if self._fatal:
            raise Unavailable(f"Kafka: {self._fatal}", hint="start it again")
