"""The envelope: what goes in comes out, and what is not one is refused."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control.record.lines import timestamp
from control.record.message import InvalidMessage, Message, MessageType

NOW = "2026-11-21T22:10:05.123Z"
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # with half surrogates too: file names that are no UTF-8 hold them
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
messages = st.builds(
    Message,
    type=st.sampled_from(MessageType),
    job_id=st.text(min_size=1),
    timestamp=st.floats(0, 4e9).map(timestamp),
    sequence=st.integers(1, 2**53),
    data=st.dictionaries(st.text(), json_values, max_size=5),
)


@settings(deadline=None)
@given(messages)
def test_a_message_survives_its_line(message: Message) -> None:
    line = message.to_json()
    assert Message.from_json(line) == message
    assert Message.from_json(line.encode("ascii")) == message
    assert line.splitlines() == [line]  # also for those who split at U+2028 and the like


def test_the_documented_form() -> None:
    message = Message(MessageType.PROGRESS, "20261121-221005-3f9a", NOW, 25, {"progress": 45.5})
    assert json.loads(message.to_json()) == {
        "type": "progress",
        "job_id": "20261121-221005-3f9a",
        "timestamp": NOW,
        "sequence": 25,
        "data": {"progress": 45.5},
    }


def test_only_messages_of_a_connection_may_come_before_the_first() -> None:
    assert Message(MessageType.CONNECTION, "r", NOW, 0).sequence == 0
    with pytest.raises(InvalidMessage, match="from 1"):
        Message(MessageType.STATUS, "r", NOW, 0)
    assert [t for t in MessageType if not t.is_recorded] == ["connection", "heartbeat"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"type": "gossip"}, "type 'gossip' is none of connection, heartbeat, status"),
        ({"type": ["log"]}, "is none of"),
        ({"job_id": ""}, "names no run"),
        ({"job_id": 7}, "names no run"),
        ({"timestamp": "2026-11-21 22:10"}, "timestamp '2026-11-21 22:10'"),
        ({"timestamp": "2026-11-21T22:10:05.123Z\n"}, "timestamp"),
        ({"sequence": True}, "sequence True"),
        ({"sequence": -1}, "sequence -1"),
        ({"sequence": 1.5}, "sequence 1.5"),
        ({"data": []}, "data is a list"),
        ({"more": 1}, "keys"),
    ],
)
def test_what_is_not_an_envelope_is_refused(change: dict[str, object], says: str) -> None:
    right = {"type": "log", "job_id": "r", "timestamp": NOW, "sequence": 1, "data": {}}
    assert Message.from_json(json.dumps(right)).data == {}
    with pytest.raises(InvalidMessage, match=says):
        Message.from_json(json.dumps(right | change))


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe", b"", b"[]", b"3", b'{"type": "log"}', b"{", b"[" * 100_000, b"9" * 10_000],
    ids=lambda line: repr(line[:9]),
)
def test_a_line_that_is_no_object_is_refused(line: bytes) -> None:
    with pytest.raises(InvalidMessage):
        Message.from_json(line)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"bytes"])
def test_what_json_cannot_say_is_refused(value: object) -> None:
    with pytest.raises(InvalidMessage, match="JSON"):
        Message(MessageType.LOG, "r", NOW, 1, {"value": value}).to_json()


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e999"])
def test_what_json_has_no_number_for_is_not_read(value: str) -> None:
    line = Message(MessageType.LOG, "r", NOW, 1, {"value": 0.5}).to_json()
    assert Message.from_json(line).data == {"value": 0.5}
    with pytest.raises(InvalidMessage, match="no form in JSON"):
        Message.from_json(line.replace("0.5", value))
