"""What a client says on a WebSocket, read: it is understood or refused.

Each function raises Refused (4000) where it cannot be what is wanted.
"""

from collections.abc import Mapping
from typing import Any

from control.record.lines import parse
from control.web.connection import BAD_REQUEST
from control.web.stream import CADENCES

NO_RUN = "*"
"""`job_id` of a message that is about the connection, not about a run."""

LARGEST_SINCE = 2**53


class Refused(Exception):
    """Something that a client asked for and does not get."""

    def __init__(self, code: int, message: str, hint: str = "", run_id: str = NO_RUN) -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.run_id = code, message, hint, run_id


def object_of(text: str | bytes) -> Mapping[str, Any]:
    """The JSON object that a message is."""
    try:
        fields = parse(text)
    except ValueError:
        fields = None
    if not isinstance(fields, dict):
        raise Refused(BAD_REQUEST, "not a JSON object", 'send {"type": …}')
    return fields


def run_id_of(fields: Mapping[str, Any]) -> str:
    """Which run a message is about."""
    run_id = fields.get("run_id", fields.get("job_id"))
    if not isinstance(run_id, str) or not run_id:
        raise Refused(BAD_REQUEST, "no run_id", 'send {"type": "subscribe", "run_id": "…"}')
    return run_id


def since_of(fields: Mapping[str, Any]) -> int:
    """Sequence of the last message that the client has; 0 where it has none."""
    return _number(fields, "since", 0, LARGEST_SINCE)


def coalesce_of(fields: Mapping[str, Any]) -> int:
    """Milliseconds that a frame shall collect; 0 for one message a frame."""
    number = _number(fields, "coalesce", 0, CADENCES[-1])
    if 0 < number < CADENCES[0]:
        raise Refused(BAD_REQUEST, f"coalesce: {CADENCES[0]} to {CADENCES[-1]} ms, or 0")
    return number


def _number(fields: Mapping[str, Any], key: str, lowest: int, highest: int) -> int:
    """A whole number of a message or a query; 0 where it is not given."""
    given = fields.get(key, 0)
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 20:
        given = int(given)
    if type(given) is not int or not lowest <= given <= highest:
        raise Refused(BAD_REQUEST, f"{key}: a whole number from {lowest} to {highest}")
    return given
