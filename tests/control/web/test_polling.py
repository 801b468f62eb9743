"""Messages over HTTP are those of the WebSocket: same order, same numbers; waiting ends in time."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Response, request
from live_service import LiveService, Run, poll, received

from control.access.errors import TooMany
from control.events.follow import Follower
from control.web import polling
from control.web.polling import read_events, stream_events
from control.web.tally import tally
from engines.contract.errors import Unavailable


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveService]:
    made = LiveService(tmp_path, monkeypatch)
    made.app.add_url_rule("/events/<run_id>", view_func=lambda run_id: _events(made, run_id))
    with made:
        yield made


def _events(service: LiveService, run_id: str) -> Response:
    """A route like the API's, without its checks."""
    run = service.live.find(run_id)
    assert run is not None
    since, wait = request.args.get("since", 0, int), request.args.get("wait", 0.0, float)
    try:
        if request.args.get("form") == "ndjson":
            return Response(stream_events(run, since, wait))
        limit = request.args.get("limit", 1000, int)
        return Response(read_events(run, since, wait, limit).to_json())
    except TooMany as error:
        return Response(error.message, 429)
    except Unavailable as error:
        return Response(error.message, 503)


def ask(service: LiveService, run: Run, **query: Any) -> requests.Response:
    address = service.address(f"/events/{run.run_id}")
    headers = {"Authorization": "Bearer ada"}
    return requests.get(address, params=query, headers=headers, timeout=120)


def sequences(answer: Any) -> list[int]:
    return [message["sequence"] for message in answer["messages"]]


def test_pages_follow_each_other(service: LiveService) -> None:
    run = service.run()
    run.write(10)
    found, since = [], 0
    while True:
        answer = ask(service, run, since=since, limit=4).json()
        assert answer["last"] == 10 and answer["closed"] is False
        if not answer["messages"]:
            break
        found.append(sequences(answer))
        since = answer["next"]
    assert found == [[1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]
    assert answer["next"] == 10


def test_same_messages_as_the_socket(service: LiveService) -> None:
    run = service.run()
    run.write(5, text="line")
    polled = ask(service, run).json()["messages"]
    with service.connect(f"/ws/runs/{run.run_id}") as client:
        received(client)
        assert [received(client) for _ in range(5)] == polled


def test_nothing_yet(service: LiveService) -> None:
    run = service.run()
    answer = ask(service, run, since=5).json()
    assert answer == {"messages": [], "next": 0, "last": 0, "closed": False}


def test_since_beyond_the_end_is_taken_back(service: LiveService) -> None:
    run = service.run()
    run.write(3)
    assert ask(service, run, since=99).json()["next"] == 3


def test_large_answers_are_cut_by_size(
    service: LiveService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "LARGEST_ANSWER", 1000)
    run = service.run()
    run.write(5, text="x" * 300)
    run.write(1, text="y" * 5000)
    assert sequences(ask(service, run).json()) == [1, 2]
    assert sequences(ask(service, run, since=5).json()) == [6], "one long message comes alone"


def test_waits_for_news(service: LiveService) -> None:
    run = service.run()
    run.write(1)
    waiting = tally.polls_waiting
    answers: list[Any] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask(service, run, since=1, wait=15).json()))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    poll(lambda: tally.polls_waiting == waiting + 5)
    assert service.auth.held == ["ada"] * 5
    run.write(2)
    for thread in threads:
        thread.join(10)
    assert [sequences(answer) for answer in answers] == [[2, 3]] * 5
    poll(lambda: tally.polls_waiting == waiting and len(service.live.followers) == 0)


@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_wait_runs_out(service: LiveService, form: str) -> None:
    run = service.run()
    answer = ask(service, run, wait=0.05, form=form)
    assert answer.status_code == 200
    assert answer.content == b"" if form == "ndjson" else answer.json()["messages"] == []


def test_nobody_waits_for_a_closed_run(service: LiveService) -> None:
    run = service.run()
    run.write(2, closed=True)
    answer = ask(service, run, since=2, wait=60).json()
    assert answer == {"messages": [], "next": 2, "last": 2, "closed": True}


@pytest.mark.parametrize("how", ["closes", "ends"])
def test_waiting_ends_when_the_run_closes_or_the_worker_ends(service: LiveService, how: str):
    run = service.run()
    run.write(1)
    waiting = tally.polls_waiting
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(ask(service, run, since=1, wait=60)))
    thread.start()
    poll(lambda: tally.polls_waiting == waiting + 1)
    if how == "closes":
        run.write(0, closed=True)
    else:
        service.live.drain()
    thread.join(10)
    assert answers[0].json()["messages"] == []


def test_waiting_is_limited(service: LiveService) -> None:
    service.auth.connections_per_user = 0
    run = service.run()
    assert ask(service, run, wait=10).status_code == 429
    assert ask(service, run).status_code == 200, "who does not wait is not counted"


def test_stream_has_all_lines_as_they_stand(service: LiveService) -> None:
    run = service.run()
    run.write(5000, text="x" * 200)
    answer = ask(service, run, since=10, form="ndjson")
    lines = run.run_dir.messages.read_bytes().splitlines(keepends=True)
    assert answer.content == b"".join(lines[10:])
    assert json.loads(answer.content.splitlines()[0])["sequence"] == 11
    poll(lambda: len(service.live.followers) == 0)


@pytest.mark.parametrize("form", ["json", "ndjson"])
def test_journal_that_cannot_be_read(
    service: LiveService, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    run = service.run()
    run.write(1)

    def fail(self: Follower, since: int) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Follower, "offset_after", fail)
    answer = ask(service, run, form=form)
    assert answer.status_code == 503 and "Input/output error" in answer.text
    assert len(service.live.followers) == 0
