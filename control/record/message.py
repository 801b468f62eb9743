"""The envelope of every message: one form in files, over HTTP and WebSocket (DESIGN 4)."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from control.record.lines import parse, timestamp, to_line

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_KEYS = {"type", "job_id", "timestamp", "sequence", "data"}


class MessageType(StrEnum):
    """What a message tells."""

    CONNECTION = "connection"
    """A client has connected; carries the last sequence."""
    HEARTBEAT = "heartbeat"
    """The stream lives, though nothing happens; carries the last sequence."""
    STATUS = "status"
    """The run changed its state."""
    RULE = "rule"
    """A job of Snakemake changed its state."""
    PROGRESS = "progress"
    """Jobs done of the run, or progress inside one job."""
    LOG = "log"
    """A line of a job's log, or of what Snakemake printed."""
    VARIANT_UPDATE = "variant_update"
    """One annotated variant."""
    VARIANT_ERROR = "variant_error"
    """One variant that could not be annotated."""
    RESULT = "result"
    """A machine-readable outcome of a job or of the run."""
    ERROR = "error"
    """What went wrong: class, code, message, what to do."""

    @property
    def is_recorded(self) -> bool:
        """Whether it belongs to the record of the run; the others belong to a connection only."""
        return self not in (MessageType.CONNECTION, MessageType.HEARTBEAT)


class InvalidMessage(ValueError):
    """A line that is no message; the text says in one line what is wrong."""


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        type: what it tells.
        job_id: the run.
        timestamp: UTC with milliseconds, ``2026-11-21T22:10:05.123Z``.
        sequence: position in the record of the run, dense from 1. A connection's
            own messages repeat the last one, which is 0 before the first.
        data: what there is to tell; JSON values only.

    Raises:
        InvalidMessage: a field is not as described.
    """

    type: MessageType
    job_id: str
    timestamp: str
    sequence: int
    data: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.type, MessageType):
            raise InvalidMessage(f"type {self.type!r} is none of {', '.join(MessageType)}")
        if not isinstance(self.job_id, str) or not self.job_id:
            raise InvalidMessage(f"job_id {self.job_id!r} names no run")
        if not isinstance(self.timestamp, str) or not _TIMESTAMP.fullmatch(self.timestamp):
            raise InvalidMessage(f"timestamp {self.timestamp!r} is not like {timestamp(0)}")
        lowest = 1 if self.type.is_recorded else 0
        if type(self.sequence) is not int or self.sequence < lowest:
            raise InvalidMessage(f"sequence {self.sequence!r} is no whole number from {lowest}")
        if not isinstance(self.data, Mapping):
            raise InvalidMessage(f"data is a {type(self.data).__name__}, not an object")

    def to_json(self) -> str:
        """One line of ASCII without the newline: no reader can split it in two.

        Raises:
            InvalidMessage: ``data`` holds what JSON has no form for, such as NaN.
        """
        fields = {
            "type": self.type.value,
            "job_id": self.job_id,
            "timestamp": self.timestamp,
            "sequence": self.sequence,
            "data": self.data,
        }
        try:
            return to_line(fields)
        except ValueError as error:
            raise InvalidMessage(f"data cannot be written as JSON: {error}") from error

    @classmethod
    def from_json(cls, line: str | bytes) -> "Message":
        """Read one line; keys that the envelope does not have are an error.

        Raises:
            InvalidMessage: it is no JSON, or not an envelope.
        """
        try:
            fields = parse(line)
        except ValueError as error:
            raise InvalidMessage(f"no JSON: {error}") from error
        if not isinstance(fields, dict) or fields.keys() != _KEYS:
            raise InvalidMessage(f"not an object with the keys {', '.join(sorted(_KEYS))}")
        with suppress(ValueError):  # the constructor says it with the list of the known ones
            fields["type"] = MessageType(fields["type"])
        return cls(**fields)
