"""How an import stands, and its log: over HTTP, and over a WebSocket."""

import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from served_lab import rest, served
from web_lab import WHEN, WebLab, body

from control.events.journal import Draft, draft
from control.events.run_facts import RunFacts
from control.record.message import MessageType
from control.record.run_dir import State
from control.web.live import live_of

SAMPLE = "NA24143_Lib3_Rep1"
DONE = "✅ Process completed successfully!"
OVER = ("completed", "error")


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path)


def status_of(lab: WebLab, sample: str = SAMPLE, user: str = "ada") -> Any:
    return body(lab.client(user).get(f"/api/v1/download/status/{sample}"))


def logs_of(lab: WebLab, since: int = 0) -> Any:
    return body(lab.client().get(f"/api/v1/download/logs/{SAMPLE}?since={since}"))


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (State.QUEUED, "pending"),
        (State.RUNNING, "running"),
        (State.COMPLETED, "completed"),
        (State.FAILED, "error"),
        (State.CANCELLED, "error"),
        (State.INTERRUPTED, "error"),
    ],
)
def test_the_four_states(lab: WebLab, state: State, status: str) -> None:
    run = lab.run(state, name=SAMPLE, why="so it is")
    found = status_of(lab)
    messages = run.messages.read_text().splitlines()
    assert found == {
        "sample_id": SAMPLE,
        "status": status,
        "log_count": len(messages),
        "started_at": None if state is State.QUEUED else WHEN,
        "updated_at": json.loads(messages[-1])["timestamp"],
        "run_id": run.run_id,
        "why": "so it is" if state not in (State.QUEUED, State.RUNNING) else found["why"],
    }
    logs = logs_of(lab)
    assert (logs["status"], logs["has_more"]) == (status, status in ("pending", "running"))
    assert logs["total_logs"] == len(messages)


def test_nobody_knows_of_a_sample(lab: WebLab) -> None:
    lab.run(State.RUNNING, "bob", name=SAMPLE)
    lab.run(State.RUNNING, name=f"{SAMPLE}_2")
    unknown: dict[str, Any] = {
        "log_count": 0,
        "started_at": None,
        "updated_at": None,
        "run_id": None,
    }
    unknown["why"] = "no run of that name that you may see"
    assert status_of(lab) == {"sample_id": SAMPLE, "status": "pending", **unknown}
    empty = {"logs": [], "total_logs": 0, "status": "pending", "has_more": False}
    assert logs_of(lab) == {"sample_id": SAMPLE, **empty}
    assert status_of(lab, user="root")["status"] == "running", "an admin sees everybody's"


def test_the_newest_run_of_a_sample_counts(lab: WebLab) -> None:
    lab.run(State.COMPLETED, name=SAMPLE)
    newest = lab.run(State.RUNNING, name=SAMPLE)
    for _ in range(3):
        lab.run(State.FAILED, name=f"{SAMPLE}_again")
    assert status_of(lab)["run_id"] == newest.run_id


JOB = {"jobid": 7, "rule": "fetch_metrics", "wildcards": {"sample": "S"}, "attempt": 1}
LABEL = "fetch_metrics[sample=S]"


def log(level: str) -> Draft:
    told = {"line": f"it said {level}", "level": level, "source": "job", **JOB}
    return draft(MessageType.LOG, WHEN, told)


def rule(state: str) -> Draft:
    return draft(MessageType.RULE, WHEN, {"state": state, **JOB})


def progress(**data: Any) -> Draft:
    return draft(MessageType.PROGRESS, WHEN, data)


WRONG = {"error_class": "permanent", "code": 65, "message": "empty", "hint": "send it", **JOB}


@pytest.mark.parametrize(
    ("told", "level", "text"),
    [
        (log("info"), "info", f"{LABEL} | it said info"),
        (log("debug"), "info", f"{LABEL} | it said debug"),
        (log("success"), "success", f"{LABEL} | it said success"),
        (log("warning"), "warning", f"{LABEL} | it said warning"),
        (log("error"), "error", f"{LABEL} | it said error"),
        (
            progress(scope="job", progress=45.5, stage="Fetching", **JOB),
            "progress",
            f"{LABEL}: Fetching 45 %",
        ),
        (progress(scope="run", progress=50.0, done=1, total=2), "progress", "1 of 2 jobs (50 %)"),
        (rule("selected"), "info", "job 7 selected"),
        (rule("running"), "info", f"▶ {LABEL} started"),
        (rule("finished"), "success", f"✔ {LABEL} finished"),
        (rule("failed"), "error", f"✘ {LABEL} failed"),
        (rule("retried"), "warning", f"↻ {LABEL} is tried again"),
        (
            draft(MessageType.ERROR, WHEN, WRONG),
            "error",
            f"{LABEL} | error, permanent: empty (hint: send it)",
        ),
        (
            draft(MessageType.RESULT, WHEN, {"f1": 1.0, **JOB}),
            "info",
            f'{LABEL} | result: {{"f1": 1.0}}',
        ),
        (
            draft(MessageType.STATUS, WHEN, {"status": "cancelled", "message": "by ada"}),
            "warning",
            "● run cancelled: by ada",
        ),
        (draft(MessageType.STATUS, WHEN, {"status": "completed", "message": ""}), "success", DONE),
    ],
)
def test_the_five_levels(lab: WebLab, told: Draft, level: str, text: str) -> None:
    run = lab.run(State.RUNNING, name=SAMPLE, more=[told])
    last = len(run.messages.read_text().splitlines()) - 1
    (entry,) = logs_of(lab, last)["logs"]
    assert entry == {"timestamp": WHEN, "message": text, "level": level}


def test_a_long_log_comes_in_parts_and_whole(lab: WebLab) -> None:
    """As documented clients ask: `since` is the total of before, until the status is final."""
    lines = [
        draft(MessageType.LOG, WHEN, {"line": f"line {n}", "level": "info"}) for n in range(6000)
    ]
    lab.run(State.COMPLETED, name=SAMPLE, more=lines)
    found, statuses = [], []
    while not statuses or statuses[-1] not in OVER:
        answer = logs_of(lab, len(found))
        found += answer["logs"]
        assert answer["total_logs"] == len(found), "the index of the next entry, and their number"
        assert answer["has_more"] is (answer["status"] == "running")
        statuses.append(answer["status"])
        assert len(statuses) < 10
    assert len(statuses) > 1
    told = [each["message"] for each in found if each["message"].startswith("line ")]
    assert told == [f"line {n}" for n in range(6000)]


def test_those_who_follow_the_same_import_share_what_is_made_for_them(lab: WebLab) -> None:
    run = lab.run(State.RUNNING, name=SAMPLE)
    with served(lab) as service, ExitStack() as clients:
        for _ in range(3):
            client = clients.enter_context(service.connect(f"/ws/download/{SAMPLE}"))
            assert client.recv(timeout=60)
        follower = live_of(lab.app).followers.follow(
            run.run_id, RunFacts.of(run, lab.state.journals).journal
        )
        (channel,) = follower.channels()
        assert channel.users == 3
        live_of(lab.app).followers.release(follower)


def test_nothing_is_deleted_by_cleaning_up(lab: WebLab) -> None:
    for state in (State.COMPLETED, State.FAILED, State.RUNNING):
        lab.run(state, name=SAMPLE)
    lab.run(State.COMPLETED, "bob", name="other")
    cleaned = body(lab.client().post("/api/v1/download/cleanup"))
    assert cleaned["message"].startswith("No logs are in memory; those of 2 ended runs stay")
    assert len(list(lab.runs.glob("*/messages.ndjson"))) == 4
    assert logs_of(lab)["total_logs"] > 0


def test_nobody_reads_without_a_token(lab: WebLab) -> None:
    stranger = lab.client(None)
    for path in (f"status/{SAMPLE}", f"logs/{SAMPLE}"):
        assert stranger.get(f"/api/v1/download/{path}").status_code == 401
    for path in ("download/cleanup", "upload/aws"):
        assert stranger.post(f"/api/v1/{path}", json={}).status_code == 401


# ---- the WebSocket


FOLLOW = f"/ws/download/{SAMPLE}"


def test_a_client_that_comes_before_the_run_waits(lab: WebLab) -> None:
    with served(lab) as service, service.connect(FOLLOW) as client:
        client.send("ping")
        assert client.recv(timeout=60) == "pong"
        client.send("hello")
        refused = json.loads(client.recv(timeout=60))
        assert refused["level"] == "error" and "not a JSON object" in refused["message"]
        run = lab.run(State.RUNNING, name=SAMPLE)
        past = len(run.messages.read_text().splitlines())
        first = [json.loads(client.recv(timeout=60)) for _ in range(past)]
        assert set(first[0]) == {"timestamp", "message", "level"}
        client.send("ping")
        assert client.recv(timeout=60) == "pong"
        lab.end(run)
        assert json.loads(client.recv(timeout=60))["message"] == DONE
        assert rest(client) == ([], 1000)


def test_a_websocket_shows_what_its_user_may_see(lab: WebLab) -> None:
    lab.run(State.COMPLETED, "bob", name=SAMPLE)
    with served(lab) as service:
        assert service.told(FOLLOW, None) == ([], 4001)
        entries, code = service.told(f"{FOLLOW}?token={lab.tokens['bob']}", None)
        assert code == 1000 and entries[-1]["message"] == DONE
        with service.connect(FOLLOW) as ada:
            ada.send("ping")
            assert ada.recv(timeout=60) == "pong", "she waits for a run of her own"
            own = lab.run(State.FAILED, name=SAMPLE)
            entries, _ = rest(ada)
    assert len(entries) == len(own.messages.read_text().splitlines())
    assert entries[-1]["level"] == "error"
