"""Messages of a run over the API, and the wait for the next one."""

import json
import threading
from pathlib import Path

import pytest
from live_service import poll
from web_lab import WHEN, WebLab, body

from control.events.journal import Journal, JournalFiles, draft
from control.record.message import MessageType
from control.record.run_dir import RunDir, State
from control.web.tally import tally


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("lab"))


def events(run: RunDir) -> str:
    return f"/api/v1/runs/{run.run_id}/events"


def test_messages_come_in_their_order_from_any_number_on(lab: WebLab) -> None:
    run, client = lab.run(), lab.client()
    told = body(client.get(events(run)))
    sequences = [message["sequence"] for message in told["messages"]]
    assert sequences == list(range(1, told["last"] + 1))
    assert (told["next"], told["closed"]) == (told["last"], True)
    first = body(client.get(f"{events(run)}?limit=3"))
    assert (first["messages"], first["next"]) == (told["messages"][:3], 3)
    rest = body(client.get(f"{events(run)}?since=3"))
    assert rest["messages"] == told["messages"][3:]
    beyond = body(client.get(f"{events(run)}?since=99&wait=30"))  # nobody waits for an ended run
    assert beyond["messages"] == []


def test_lines_are_given_where_lines_are_asked_for(lab: WebLab) -> None:
    run, client = lab.run(), lab.client()
    as_json = body(client.get(events(run)))["messages"]
    answer = client.get(events(run), headers={"Accept": "application/x-ndjson"})
    assert answer.content_type == "application/x-ndjson"
    assert [json.loads(line) for line in answer.get_data().splitlines()] == as_json


def test_log_lines_of_all_jobs_come_as_one_text(lab: WebLab) -> None:
    said = [
        {"line": "one\ttwo <b>", "rule": "align", "wildcards": {"sample": "é"}, "jobid": 7},
        {"line": "done", "source": "snakemake"},
    ]
    run = lab.run(more=[draft(MessageType.LOG, WHEN, each) for each in said])
    answer = lab.client().get(f"/api/v1/runs/{run.run_id}/lines")
    assert answer.content_type == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f"attachment; filename={run.run_id}.log"
    lines = answer.get_data(as_text=True).splitlines()
    logs = [
        each for each in body(lab.client().get(events(run)))["messages"] if each["type"] == "log"
    ]
    assert len(lines) == len(logs) > 1
    assert lines[-2:] == [f"{WHEN}\talign sample=é\tone\ttwo <b>", f"{WHEN}\tsnakemake\tdone"]


def test_a_waiting_request_hears_of_what_happens(lab: WebLab) -> None:
    run = lab.run(State.RUNNING)
    last = body(lab.client().get(events(run)))["last"]
    heard: list[object] = []
    ask = lambda: heard.append(lab.client().get(f"{events(run)}?since={last}&wait=60"))  # noqa: E731
    waiting = threading.Thread(target=ask)
    waiting.start()
    poll(lambda: tally.polls_waiting)
    while not tally.polls_waiting:
        assert waiting.is_alive()
    journal = Journal(JournalFiles.of(run, lab.state.journals), run.run_id)
    journal.append([draft(MessageType.LOG, WHEN, {"line": "news"})], {})
    journal.close()
    waiting.join(timeout=180)
    (answer,) = heard
    (message,) = body(answer)["messages"]
    assert (message["sequence"], message["data"]) == (last + 1, {"line": "news"})


@pytest.mark.parametrize("query", ["since=-1", "wait=61", "limit=0", "since=x", "after=1"])
def test_what_cannot_be_asked_is_refused(lab: WebLab, query: str) -> None:
    run = lab.run()
    assert lab.client().get(f"{events(run)}?{query}").status_code == 422


def test_a_run_of_which_nothing_was_told_yet_has_no_messages(lab: WebLab, tmp_path: Path) -> None:
    run = lab.run(State.QUEUED, is_indexed=False)
    run.messages.unlink()
    run.messages_state.unlink()
    told = body(lab.client().get(events(run)))
    assert told == {"messages": [], "next": 0, "last": 0, "closed": False}


def test_only_some_types_and_where_to_go_on(lab: WebLab, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, each once, whatever stands between them; an answer may hold none."""
    run = lab.run(State.RUNNING)
    before = body(lab.client().get(events(run)))["last"]
    journal = Journal(JournalFiles.of(run, lab.state.journals), run.run_id)
    kinds = [MessageType.LOG] * 5 + [MessageType.VARIANT_UPDATE, MessageType.VARIANT_ERROR]
    # a line that quotes a message is none
    quoting = {"line": '{"type":"variant_update"', "more": "x" * 4000}
    drafts = [
        draft(kind, WHEN, quoting if kind is MessageType.LOG else {"pos": n})
        for n, kind in enumerate(kinds * 200)
    ]
    journal.append(drafts, {})
    journal.close()
    poll(lambda: body(lab.client().get(f"{events(run)}?limit=1"))["last"] == before + 1400)
    wanted = [before + 7 * n + k for n in range(200) for k in (6, 7)]
    asked = f"{events(run)}?type=variant_update&type=variant_error"
    monkeypatch.setattr("control.web.sifted.LARGEST_SEARCH", 1 << 20)
    for limit in (7, 1000):
        found, since, answers = [], 0, 0
        while True:
            told = body(lab.client().get(f"{asked}&since={since}&limit={limit}"))
            found += [message["sequence"] for message in told["messages"]]
            assert len(told["messages"]) <= limit and told["next"] > since
            since, answers = told["next"], answers + 1
            if since == told["last"]:
                break
        assert found == wanted
        assert answers > 3
    lines = lab.client().get(asked, headers={"Accept": "application/x-ndjson"}).get_data()
    assert [json.loads(line)["sequence"] for line in lines.splitlines()] == wanted
    none = body(lab.client().get(f"{events(run)}?type=result&since={since - 3}"))
    assert (none["messages"], none["next"]) == ([], since)
    assert lab.client().get(f"{events(run)}?type=nothing").status_code == 422
