"""Which messages are new, what a break means, and how long is waited: without any service."""

import math
import ssl
from contextlib import suppress
from types import SimpleNamespace

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosedError
from websockets.frames import Close

from control.client import following as module
from control.client.api import Refused
from control.client.following import Following, NoSockets, messages_of, not_opened
from engines.contract.errors import EngineError, Transient, Unavailable

RUN = "20261121-221005-3f9a"


def following(since: int = 0, renews_token: bool = False, **more) -> Following:
    return Following(SimpleNamespace(renews_token=renews_token), RUN, since, **more)


def message(sequence: int, kind: str = "log") -> dict:
    return {"type": kind, "sequence": sequence, "data": {}}


KINDS = st.sampled_from(["log", "log", "log", "connection", "heartbeat"])
MESSAGES = st.builds(message, st.integers(0, 12), KINDS)


@settings(deadline=None)
@given(st.integers(0, 5), st.lists(st.lists(MESSAGES, max_size=8), max_size=8))
def test_each_is_given_once_in_order_and_none_is_left_out(since, frames):
    """Whatever is sent: repeats, gaps, the connection's own messages in between."""
    far, told = following(since), []
    for frame in frames:
        before = far.since
        gap = next_gap(before, frame)
        try:
            told += [each["sequence"] for each in far.new(frame)]
        except Transient as error:
            told += list(range(before + 1, far.since + 1))
            assert gap is not None and str(gap) in error.message
        else:
            assert gap is None
    assert told == list(range(since + 1, far.since + 1))


def next_gap(since: int, frame: list[dict]) -> int | None:
    """The first message that is missing."""
    for each in frame:
        if each["type"] == "log" and each["sequence"] > since:
            if each["sequence"] > since + 1:
                return since + 1
            since += 1
    return None


BREAKS = st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))


@settings(deadline=None)
@given(st.integers(0, 30), st.lists(BREAKS, max_size=10))
def test_a_line_that_breaks_anywhere_brings_all(count, breaks):
    """Each connection begins before what is known, loses one on the way, and ends somewhere."""
    far, told = following(), []
    for back, lost, end in [*breaks, (30, 31, 30)]:
        first = max(1, far.since + 1 - back)
        frame = [message(number) for number in range(first, count + 1) if number != lost]
        with suppress(Transient):
            for each in far.new(frame[: end + 1]):
                told.append(each["sequence"])
    assert told == list(range(1, count + 1))


@pytest.mark.parametrize(("code", "status"), [(4000, 400), (4001, 401), (4003, 403), (4004, 404)])
def test_close_codes_that_are_final(code, status):
    refused = following().broken(ConnectionClosedError(Close(code, "the reason"), None))
    assert isinstance(refused, Refused)
    assert (refused.status, refused.message) == (status, "the reason")
    with pytest.raises(Refused):
        following().pause(refused)


@pytest.mark.parametrize("code", [1001, 1006, 1011, 1013, 4008])
def test_close_codes_after_which_it_goes_on(code):
    rcvd = None if code == 1006 else Close(code, "the reason")
    broken = following().broken(ConnectionClosedError(rcvd, None))
    assert isinstance(broken, Transient) and str(code) in broken.message
    assert following().pause(broken) <= module.FIRST_PAUSE


def test_the_end():
    assert following().broken(ConnectionClosedError(Close(1000, ""), None)) is None


def test_what_is_no_message():
    with pytest.raises(ValueError, match="Expecting value") as caught:
        messages_of("<html>")
    assert isinstance(following().broken(caught.value), Transient)
    assert isinstance(following().broken(TimeoutError()), Transient)


def test_pauses_grow_and_news_ends_them():
    lines: list[str] = []
    far = following(say=lines.append)
    pauses = [far.pause(Transient("it is away")) for _ in range(60)]
    assert all(0 < pause <= module.LONGEST_PAUSE for pause in pauses)
    assert all(pause >= module.LONGEST_PAUSE / 2 for pause in pauses[20:])
    assert lines == ["it is away; trying again"], "said once"
    list(far.new([message(0, "connection")]))
    assert far.pause(Transient("")) > 1, "that it can connect is no news"
    list(far.new([message(0, "heartbeat")]))
    assert far.pause(Transient("")) <= module.FIRST_PAUSE
    list(far.new([message(1)]))
    assert far.pause(Transient("")) <= module.FIRST_PAUSE
    assert far.pause(Transient("", retry_after=7)) >= 7


def test_patience_without_end():
    far = following(patience=math.inf)
    assert all(far.pause(Unavailable("")) <= module.LONGEST_PAUSE for _ in range(5000))


def test_patience_ends():
    far = following(patience=0)
    far.pause(Transient("gone"))
    with pytest.raises(Transient, match="gone"):
        far.pause(Transient("gone"))


def test_a_token_is_found_anew_where_it_can_be():
    refused = Refused(401, "the token does not hold")
    with pytest.raises(Refused):
        following().pause(refused)
    own = following(renews_token=True)
    for _ in range(3):
        own.pause(refused)
    with pytest.raises(Refused):
        own.pause(refused)


def test_a_certificate_that_is_not_trusted_is_not_tried_again():
    root = ssl.SSLCertVerificationError("self-signed certificate")
    assert isinstance(not_opened(root), NoSockets), "the polls may have other authorities"
    try:
        try:
            raise requests.exceptions.SSLError() from root
        except requests.exceptions.SSLError as error:
            raise Unavailable("TLS fails") from error
    except EngineError as error:
        away = error
    with pytest.raises(Unavailable):
        following().pause(away)


def test_a_defect_is_not_waited_for():
    with pytest.raises(ZeroDivisionError):
        following().pause(ZeroDivisionError())


def test_the_address_of_a_socket():
    place = SimpleNamespace(token="plb_x", socket=None, is_here=True)
    api = SimpleNamespace(
        renews_token=False, place=place, address=lambda path: f"https://lab/plumbline{path}"
    )
    address, options = Following(api, "a/b", 7).socket()
    assert address == "wss://lab/plumbline/ws/runs/a%2Fb?since=7&coalesce=100"
    assert options["additional_headers"] == {"Authorization": "Bearer plb_x"}
    place.socket = "/run/p.sock"
    assert Following(api, RUN).socket()[1]["path"] == "/run/p.sock"
