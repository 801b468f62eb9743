"""Clients of the broker, with the settings on which the guarantees rest."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer

from control.intake.broker import LOOK_MS, Broker
from control.intake.configuration import HINT, Configuration
from engines.contract.errors import BadData

# a record is tried for ever, and is written once however often it is tried
_SURE = {"enable.idempotence": True, "acks": "all", "message.timeout.ms": 0}
# an offset is committed where we say so, and nowhere else
_OURS = {"enable.auto.commit": False, "enable.auto.offset.store": False}
_CALM = {"reconnect.backoff.ms": 1000, "reconnect.backoff.max.ms": 30_000}
_USUAL = {
    "auto.offset.reset": "earliest",
    "partition.assignment.strategy": "cooperative-sticky",
    "max.poll.interval.ms": 600_000,  # one submission may take minutes
}

# its lines are many while a broker is away, of which Broker tells
_library = logging.getLogger("librdkafka")
_library.addFilter(lambda record: logging.getLogger("intake").isEnabledFor(logging.DEBUG))


def producer(configuration: Configuration, **more: Any) -> Producer:
    """A client that writes.

    Raises:
        BadData: a setting of ``kafka`` that librdkafka does not know, or a value that cannot be.
        InputMissing: a secret is not there.
    """
    settings = {"linger.ms": 5, **_CALM, **configuration.client(), **_SURE, **more}
    with _understood(settings):
        return Producer(settings, logger=_library)


def consumer(configuration: Configuration, broker: Broker) -> Consumer:
    """A member of the group.

    Args:
        configuration: of the broker.
        broker: hears how it is.

    Raises:
        BadData, InputMissing: as :func:`producer`.
    """
    ours = {"group.id": configuration.group, **_OURS}
    looks = {"statistics.interval.ms": LOOK_MS, "stats_cb": broker.looked}
    settings = {**_USUAL, **_CALM, **configuration.client(), **ours, **looks}
    with _understood(settings):
        return Consumer({**settings, "error_cb": broker.heard}, logger=_library)


@contextmanager
def _understood(settings: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except (KafkaException, TypeError, ValueError) as error:
        said = error.args[0].str() if isinstance(error, KafkaException) else str(error)
        for value in settings.values():  # one may be a secret at a wrong place
            if isinstance(value, str) and len(value) > 2:
                said = said.replace(f'"{value}"', '"…"')
        raise BadData(f"kafka: {said}", hint=HINT) from None
