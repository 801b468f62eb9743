"""Clients of the broker, with the settings on which the guarantees rest."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer

from control.intake.configuration import HINT, Configuration
from engines.contract.errors import BadData

# a record is tried for ever, and is written once however often it is tried
_SURE = {"enable.idempotence": True, "acks": "all", "message.timeout.ms": 0}
# an offset is committed where we say so, and nowhere else
_OURS = {"enable.auto.commit": False, "enable.auto.offset.store": False}
_USUAL = {
    "auto.offset.reset": "earliest",
    "partition.assignment.strategy": "cooperative-sticky",
    "max.poll.interval.ms": 600_000,  # one submission may take minutes
}


def producer(configuration: Configuration, **more: Any) -> Producer:
    """A client that writes.

    Raises:
        BadData: a setting of ``kafka`` that librdkafka does not know, or a value that cannot be.
        InputMissing: a secret is not there.
    """
    settings = {"linger.ms": 5, **configuration.client(), **_SURE, **more}
    with _understood(settings):
        return Producer(settings, logger=logging.getLogger("librdkafka"))


def consumer(configuration: Configuration) -> Consumer:
    """A member of the group.

    Raises:
        BadData, InputMissing: as :func:`producer`.
    """
    ours = {"group.id": configuration.group, **_OURS}
    settings = {**_USUAL, **configuration.client(), **ours}
    with _understood(settings):
        return Consumer(settings, logger=logging.getLogger("librdkafka"))


@contextmanager
def _understood(settings: Mapping[str, Any]) -> Iterator[None]:
    try:
        yield
    except (KafkaException, TypeError, ValueError) as error:
        said = error.args[0].str() if isinstance(error, KafkaException) else str(error)
        raise BadData(f"kafka: {said}", hint=HINT) from None
