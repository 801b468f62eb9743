"""Many runs on one socket, what a client may say, and how much of it."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from live_service import LiveService, close_code, poll, received, say

from control.web import session as session_module


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveService]:
    with LiveService(tmp_path, monkeypatch) as made:
        yield made


def test_many_runs_on_one_socket(service: LiveService) -> None:
    first, second = service.run(1), service.run(2)
    first.write(2)
    with service.connect("/ws", token=None) as client:
        say(client, type="subscribe", run_id=first.run_id)
        assert received(client)["data"]["code"] == 4001
        say(client, type="auth", token="ada")
        hello = received(client)
        assert (hello["type"], hello["job_id"], hello["sequence"]) == ("connection", "*", 0)
        say(client, type="subscribe", run_id=first.run_id, since=1)
        assert [received(client)["sequence"] for _ in range(2)] == [2, 2]
        say(client, type="subscribe", job_id=second.run_id, coalesce=10)
        assert received(client)["job_id"] == second.run_id
        second.write(1)
        assert received(client)[0]["job_id"] == second.run_id
        first.write(1)
        assert received(client)["sequence"] == 3
        say(client, type="unsubscribe", run_id=first.run_id)
        assert received(client)["data"]["status"] == "unsubscribed"
        first.write(1)
        second.write(1, closed=True)
        assert received(client)[0]["job_id"] == second.run_id, "and nothing of the first"


def test_subscribing_again_begins_anew(service: LiveService) -> None:
    run = service.run()
    run.write(2)
    with service.connect("/ws") as client:
        received(client)
        for _ in range(3):
            say(client, type="subscribe", run_id=run.run_id, since=1)
            assert [received(client)["type"] for _ in range(2)] == ["connection", "log"]
        run.write(1)
        assert received(client)["sequence"] == 3
        say(client, type="unsubscribe", run_id=run.run_id)
        assert received(client)["type"] == "connection", "each message came once"


@pytest.mark.parametrize(
    ("sent", "code", "run_id"),
    [
        ("{", 4000, "*"),
        ("[1]", 4000, "*"),
        (b"\xff\xfe", 4000, "*"),
        ("[" * 5000, 4000, "*"),
        ("NaN", 4000, "*"),
        ('{"type":"dance"}', 4000, "*"),
        ('{"type":["a"]}', 4000, "*"),
        ('{"type":"subscribe"}', 4000, "*"),
        ('{"type":"subscribe","run_id":7}', 4000, "*"),
        ('{"type":"subscribe","run_id":"20261121-221005-0001","since":true}', 4000, "*"),
        ('{"type":"subscribe","run_id":"20261121-221005-0001","since":1e3}', 4000, "*"),
        ('{"type":"subscribe","run_id":"../../etc"}', 4004, "../../etc"),
        ('{"type":"subscribe","run_id":"20261121-221005-0002"}', 4003, "20261121-221005-0002"),
        ('{"type":"auth","token":"nobody"}', 4001, "*"),
        ('{"type":"auth"}', 4001, "*"),
        ('{"type":"auth","token":"bob"}', 4003, "*"),
    ],
)
def test_junk_is_answered_and_the_socket_stays(
    service: LiveService, sent: str | bytes, code: int, run_id: str
) -> None:
    run = service.run(1)
    service.run(2, owner="bob")
    with service.connect("/ws") as client:
        received(client)
        client.send(sent)
        answer = received(client)
        assert answer["type"] == "error" and answer["sequence"] == 0
        assert (answer["data"]["code"], answer["job_id"]) == (code, run_id)
        say(client, type="subscribe", run_id=run.run_id)
        assert received(client)["type"] == "connection"


def test_one_run_expects_nothing_from_its_client(service: LiveService) -> None:
    run = service.run()
    with service.connect(run.address()) as client:
        received(client)
        say(client, type="subscribe", run_id=run.run_id)
        assert received(client)["data"]["code"] == 4000


def test_nobody_signs_in(service: LiveService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "SIGN_IN_SECONDS", 0.2)
    with service.connect("/ws", token=None) as client:
        assert close_code(client) == 4001
    with service.connect("/ws", token=None) as client:
        say(client, type="auth", token="nobody")
        assert close_code(client) == 4001
    poll(lambda: not service.live.waiting)


def test_who_waits_often_keeps_nobody_else_from_signing_in(
    service: LiveService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "MAX_OF_ADDRESS", 2)
    with ExitStack() as stack:
        for number in range(1, 3):
            stack.enter_context(service.connect("/ws?from=192.0.2.1", token=None))
            poll(lambda number=number: service.live.waiting["192.0.2.1"] == number)
        with service.connect("/ws?from=192.0.2.1", token=None) as client:
            assert close_code(client) == 1013
        with service.connect("/ws?from=192.0.2.2", token=None) as client:
            say(client, type="auth", token="ada")
            assert received(client)["type"] == "connection"
    poll(lambda: not service.live.waiting)


def test_connections_per_user(service: LiveService) -> None:
    service.auth.connections_per_user = 2
    run = service.run()
    with service.connect(run.address()) as one, service.connect("/ws") as two:
        received(one)
        received(two)
        with service.connect(run.address()) as three:
            assert close_code(three) == 1013
        with service.connect("/ws", token="admin") as other:
            assert received(other)["type"] == "connection"
    poll(lambda: service.auth.held == [])


def test_runs_per_connection(service: LiveService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_module, "MAX_STREAMS", 1)
    first, second = service.run(1), service.run(2)
    with service.connect("/ws") as client:
        received(client)
        say(client, type="subscribe", run_id=first.run_id)
        received(client)
        say(client, type="subscribe", run_id=second.run_id)
        assert received(client)["data"]["code"] == 1013


def test_too_many_messages_from_a_client(
    service: LiveService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "MESSAGES_AT_ONCE", 50)
    with service.connect("/ws") as client:
        for _ in range(80):
            say(client, type="dance")
        assert close_code(client) == 1008


def test_too_large_a_message_from_a_client(service: LiveService) -> None:
    with service.connect("/ws") as client:
        client.send("x" * 100_000)
        assert close_code(client) == 1009
