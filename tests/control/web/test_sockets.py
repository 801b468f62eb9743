"""WebSockets over real sockets: replay, live, refusals, the end of things."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from live_service import LiveService, close_code, log_sequences, poll, received, say

from control.web import session as session_module
from control.web.tally import tally
from engines.contract.errors import Transient


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveService]:
    with LiveService(tmp_path, monkeypatch) as made:
        yield made


def test_first_the_connection_then_the_past_then_the_present(service: LiveService) -> None:
    run = service.run()
    run.write(3)
    with service.connect(run.address()) as client:
        hello = received(client)
        assert hello["type"] == "connection" and hello["job_id"] == run.run_id
        assert hello["sequence"] == 3
        assert hello["data"]["status"] == "connected" and hello["data"]["server_time"].endswith("Z")
        assert [received(client)["sequence"] for _ in range(3)] == [1, 2, 3]
        run.write(2, text="live")
        live = [received(client) for _ in range(2)]
        assert [message["sequence"] for message in live] == [4, 5]
        assert live[0]["data"]["line"] == "live" and live[0]["job_id"] == run.run_id


def test_frames_of_every_size_arrive_whole(service: LiveService) -> None:
    run = service.run()
    texts = ["", "x" * 100, "y" * 5000, "z" * 70_000, "ü" * 10, "w" * 1_200_000]
    with service.connect(run.address()) as client:
        received(client)
        for text in texts:
            run.write(text=text)
        assert [received(client)["data"]["line"] for _ in texts] == texts


@pytest.mark.parametrize("query", ["?since=7", "?since=7&coalesce=50"])
def test_since(service: LiveService, query: str) -> None:
    run = service.run()
    run.write(10)
    with service.connect(run.address(query)) as client:
        assert received(client)["sequence"] == 10
        assert log_sequences(client, 10) == [8, 9, 10]
        run.write(1)
        assert log_sequences(client, 11) == [11]


def test_coalesced_frames_are_arrays_of_the_same_messages(service: LiveService) -> None:
    run = service.run()
    run.write(1000)
    with service.connect(run.address("?coalesce=100")) as arrays:
        received(arrays)
        frame = received(arrays)
        assert [message["sequence"] for message in frame] == list(range(1, 1001))
    lines = run.run_dir.messages.read_text().splitlines()
    assert frame[41] == json.loads(lines[41])


def test_finished_run_ends_with_1000(service: LiveService) -> None:
    run = service.run()
    run.write(2, closed=True)
    with service.connect(run.address()) as client:
        received(client)
        assert log_sequences(client, 2) == [1, 2]
        assert close_code(client) == 1000


def test_run_that_finishes_while_followed(service: LiveService) -> None:
    run = service.run()
    with service.connect(run.address("?coalesce=1000")) as client:
        received(client)
        run.write(1)
        run.write(1, closed=True)
        assert log_sequences(client, 2) == [1, 2]
        assert close_code(client) == 1000


@pytest.mark.parametrize(
    ("token", "run_id", "code"),
    [
        (None, "20261121-221005-0001", 4001),
        ("nobody", "20261121-221005-0001", 4001),
        ("bob", "20261121-221005-0001", 4003),
        ("ada", "20261121-221005-ffff", 4004),
        ("ada", "..", 4004),
        ("ada", "20261121-221005-0001?since=-1", 4000),
        ("ada", "20261121-221005-0001?since=x", 4000),
        ("ada", "20261121-221005-0001?coalesce=5", 4000),
        ("ada", "20261121-221005-0001?coalesce=6000", 4000),
        ("admin", "20261121-221005-0001", 1000),
    ],
)
def test_refusals(service: LiveService, token: str | None, run_id: str, code: int) -> None:
    service.run().write(1, closed=True)
    path = f"/ws/runs/{run_id}" if ".." not in run_id else "/ws/runs/%2E%2E"
    with service.connect(path, token) as client:
        assert close_code(client) == code


def test_a_linked_folder_is_no_run(service: LiveService, tmp_path: Path) -> None:
    run = service.run()
    linked = run.run_dir.path.with_name("20261121-221005-00aa")
    linked.symlink_to(run.run_dir.path)
    with service.connect(f"/ws/runs/{linked.name}") as client:
        assert close_code(client) == 4004


def test_token_in_the_query(service: LiveService) -> None:
    run = service.run()
    with service.connect(run.address("?token=ada"), token=None) as client:
        assert received(client)["type"] == "connection"
    with service.connect(run.address("?token=nobody")) as client:
        assert close_code(client) == 4001, "what is asked for counts, not another credential"


def test_a_plain_request_is_told_so(service: LiveService) -> None:
    import requests

    assert requests.get(service.address("/ws"), timeout=60).status_code == 400


def test_database_that_cannot_be_asked_now(service: LiveService) -> None:
    service.auth.trouble = Transient("service.db: busy for 10 s")
    with service.connect(service.run().address(), token=None) as client:
        assert close_code(client) == 1013


def test_defect_of_ours_is_a_close_code(
    service: LiveService, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(self: object, run_id: str) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr(type(service.live), "find", fail)
    with service.connect(service.run().address()) as client:
        assert close_code(client) == 1011
    assert "a defect" in caplog.text


def test_ended_token_closes_live_sockets(
    service: LiveService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "HEARTBEAT_SECONDS", 0.1)
    run = service.run()
    with service.connect(run.address()) as one, service.connect("/ws") as many:
        received(one)
        received(many)
        service.auth.ended.add("ada")
        assert close_code(one) == close_code(many) == 4001


def test_heartbeat_carries_the_last_sequence(
    service: LiveService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "HEARTBEAT_SECONDS", 0.1)
    run = service.run()
    run.write(3)
    with service.connect(run.address("?since=3")) as client:
        received(client)
        beat = received(client)
        assert (beat["type"], beat["sequence"], beat["job_id"]) == ("heartbeat", 3, run.run_id)
        assert "timestamp" in beat["data"]
    with service.connect("/ws") as client:
        received(client)
        assert received(client)["job_id"] == "*"


def test_deleted_run(service: LiveService, monkeypatch: pytest.MonkeyPatch) -> None:
    run = service.run()
    run.write(1)
    with service.connect(run.address()) as one, service.connect("/ws") as many:
        received(many)
        say(many, type="subscribe", run_id=run.run_id)
        assert log_sequences(one, 1) == log_sequences(many, 1) == [1]
        shutil.rmtree(run.run_dir.path)
        assert close_code(one) == 4004
        assert received(many)["data"]["code"] == 4004
        say(many, type="dance")
        assert received(many)["data"]["code"] == 4000, "the other runs go on"


def test_run_that_is_deleted_before_its_first_message(
    service: LiveService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "HEARTBEAT_SECONDS", 0.1)
    run = service.run()
    with service.connect(run.address()) as client:
        received(client)
        shutil.rmtree(run.run_dir.path)
        assert close_code(client) == 4004


def test_drain_sends_everything_then_says_goodbye(service: LiveService) -> None:
    run, late = service.run(1), service.run(2)
    late.write(20_000, text="x" * 500)
    with (
        service.connect(run.address("?coalesce=5000")) as one,
        service.connect(late.address()) as replaying,
        service.connect("/ws", token=None) as nobody,
    ):
        received(one)
        run.write(1)
        assert log_sequences(one, 1) == [1]
        run.write(1)  # the next array would go out in five seconds
        received(replaying)
        service.live.drain()
        assert log_sequences(one, 2) == [2]
        assert close_code(one) == close_code(nobody) == 1001
        assert log_sequences(replaying, 20_000)[-1] == 20_000
        assert close_code(replaying) == 1001


def test_everything_is_given_back(service: LiveService) -> None:
    before = threading.active_count()
    run = service.run()
    run.write(10)
    for path in (run.address(), run.address("?coalesce=100"), "/ws", "/ws/runs/nonsense"):
        client = service.connect(path)
        client.close()
    broken = service.connect(run.address())
    broken.socket.shutdown(socket.SHUT_RDWR)
    poll(lambda: not service.live.connections and not service.auth.held)
    poll(lambda: len(service.live.followers) == 0 and tally.clients == 0)
    poll(lambda: threading.active_count() <= before + 1)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    breaks=st.lists(st.tuples(st.integers(0, 12), st.booleans(), st.sampled_from([0, 10, 100]))),
)
def test_reconnecting_gives_exactly_the_rest(
    service: LiveService, breaks: list[tuple[int, bool, int]]
) -> None:
    """A client that breaks off anywhere, with or without a goodbye, and comes back."""
    number = (
        len(list(service.settings.runs[0].glob("*"))) if service.settings.runs[0].exists() else 0
    )
    run = service.run(number + 1)
    got: list[int] = []
    for count, gently, coalesce in [*breaks, (100, True, 0)]:
        run.write(6)
        since = got[-1] if got else 0
        client = service.connect(run.address(f"?since={since}&coalesce={coalesce}"))
        received(client)
        last = run.journal.committed.sequence
        want = min(count, last - since)
        fresh: list[int] = []
        while len(fresh) < want:
            frame = received(client)
            fresh += [m["sequence"] for m in (frame if isinstance(frame, list) else [frame])]
        got += fresh
        if gently:
            client.close()
        else:
            client.socket.shutdown(socket.SHUT_RDWR)
    assert got == list(range(1, run.journal.committed.sequence + 1))
