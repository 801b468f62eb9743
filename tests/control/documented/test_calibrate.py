"""The VA-Calibration API: its clients as they stand, and all that its document promises."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import chromium
import pytest
from r import needs_r
from served_lab import ServedLab, served
from service import RealService, poll
from web_lab import LATER, WHEN, WebLab, body
from websockets.exceptions import ConnectionClosed

from control.events.journal import Draft, draft
from control.record.message import MessageType
from control.record.process import this_process
from control.record.run_dir import RunDir, State
from control.web import session, tally

EXAMPLES = Path(__file__).with_name("examples")
*MESSAGES, ASKED, CREATED, STATUS, STATS = json.loads((EXAMPLES / "004_messages.json").read_text())
DOCUMENTED = {message["type"]: set(message["data"]) for message in MESSAGES}
SECONDS = 180  # for a run of a few seconds, on a machine that has other things to do
JOB = {"jobid": 1, "rule": "calibrate", "wildcards": {"dataset": "calibration"}, "attempt": 1}


def address(run_id: str, query: str = "") -> str:
    return f"/ws/calibrate/{run_id}/logs{query}"


def put(text: str, **changes: str) -> str:
    """An example with the one place of each thing replaced that is somebody's own."""
    for old, new in changes.items():
        assert text.count(PLACES[old]) == 1, old
        text = text.replace(PLACES[old], new)
    return text


PLACES = {"host": "localhost:8000", "job": "your-job-id-here", "logs": "/logs"}


# one real run, and the clients of the document


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    with RealService(tmp_path_factory.mktemp("service")) as made:
        yield made


@pytest.fixture(scope="module")
def job(service: RealService) -> dict[str, Any]:
    """What the documented request is answered with."""
    answer = service.request("POST", "/calibrate/realtime", json=ASKED)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.fixture(scope="module")
def client(service: RealService, job: dict[str, Any]) -> subprocess.Popen[str]:
    """The document's Python client, which has begun to listen when the run began."""
    host, logs = service.url.removeprefix("http://"), f"/logs?token={service.token}"
    text = (EXAMPLES / "004_client.py").read_text()
    command = [sys.executable, "-c", put(text, host=host, job=job["job_id"], logs=logs)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True)


@pytest.fixture(scope="module")
def told(service: RealService, job: dict[str, Any]) -> list[dict[str, Any]]:
    """Everything that a client is told, but for heartbeats."""
    found: list[dict[str, Any]] = []
    with service.connect(address(job["job_id"])) as client:
        try:
            while True:
                found.append(json.loads(client.recv(timeout=SECONDS)))
        except ConnectionClosed as closed:
            assert closed.rcvd and closed.rcvd.code == 1000
    return [message for message in found if message["type"] != "heartbeat"]


def of_type(messages: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [message["data"] for message in messages if message["type"] == kind]


@needs_r
@pytest.mark.usefixtures("client")
def test_the_javascript_client_as_it_stands(service: RealService, job: dict[str, Any]) -> None:
    host = service.url.removeprefix("http://")
    code = put((EXAMPLES / "004_client.js").read_text(), host=host, job=job["job_id"])
    lines: list[str] = []
    with chromium.launched() as browser:
        context = browser.new_context(storage_state=chromium.sign_in(browser, service))
        page = context.new_page()
        page.goto(service.url)
        page.on("console", lambda said: lines.append(said.text))
        around = "window.bars = []; window.updateProgressBar = (share) => bars.push(share);"
        around += "window.displayResults = (results) => { window.results = results };"
        page.evaluate(
            f"() => {{ {around}\n{code}\n ws.addEventListener('close',"
            " (event) => { window.code = event.code }) }"
        )
        page.wait_for_function("() => window.code !== undefined", timeout=SECONDS * 1000)
        bars, results, code = page.evaluate("() => [bars, results, code]")
    assert code == 1000
    assert bars[0] == 0 and bars[-1] == 100 and bars == sorted(bars)
    assert set(results) == {"uncalibrated", "calibrated"}
    assert lines[0] == f"Connected to calibration job: {job['job_id']}"
    assert lines[1] == f"✅ Connected: Connected to job {job['job_id']}"
    assert "📋 Status: running - The run is running" in lines
    assert "📝 [info] * Calibrating insilicova" in lines
    assert any(line.startswith("📊 Progress: 40% - Running MCMC calibration") for line in lines)
    assert "🎉 Calibration completed!" in lines
    assert any(line.startswith("📋 Status: completed - ") for line in lines[-2:])
    assert lines[-1] == "WebSocket connection closed"


@needs_r
def test_the_python_client_as_it_stands(client: subprocess.Popen[str]) -> None:
    printed, errors = client.communicate(timeout=SECONDS)
    assert client.returncode == 0, errors
    progress, _, results = printed.partition("Calibration completed!\n")
    assert progress.startswith("Progress: 0% - Preparing\nProgress: 0% - Reading the data\n")
    assert set(json.loads(results)["calibrated"]) == {"insilicova"}


@needs_r
def test_the_documented_request_is_answered_as_documented(job: dict[str, Any]) -> None:
    assert set(job) == set(CREATED)
    assert job["status"] == "pending"
    assert job["message"].startswith("Real-time calibration job created")
    assert "nothing about Mozambique" in job["message"], "the deaths are an example"
    assert job["message"].endswith(f"Connect to WebSocket: {address(job['job_id'])}")


@needs_r
def test_every_message_is_as_documented(told: list[dict[str, Any]], job: dict[str, Any]) -> None:
    for message in told:
        assert list(message) == ["type", "job_id", "timestamp", "sequence", "data"]
        assert set(message["data"]) == DOCUMENTED[message["type"]], message
        assert message["job_id"] == job["job_id"]
    sequences = [message["sequence"] for message in told[1:]]
    assert sequences == sorted(set(sequences))
    assert [each["status"] for each in of_type(told, "status")] == [
        "pending",
        "running",
        "completed",
    ]
    assert told[-1]["type"] == "status", "and the result before it"


@needs_r
def test_progress_is_of_the_calibration(told: list[dict[str, Any]]) -> None:
    progress = of_type(told, "progress")
    shares = [each["progress"] for each in progress]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0, 100)
    assert all(each["percentage"] == f"{each['progress']:g}%" for each in progress)
    assert "Running MCMC calibration (insilicova, sampling)" in [e["stage"] for e in progress]


@needs_r
def test_the_result_is_that_of_the_run(
    told: list[dict[str, Any]], job: dict[str, Any], service: RealService
) -> None:
    (result,) = of_type(told, "result")
    folder = service.runs / job["job_id"] / "work/results/calibration"
    summary = json.loads((folder / "calibration.summary.json").read_text())
    assert result["results"] == summary["results"]
    causes = set(result["results"]["uncalibrated"])
    fit = result["results"]["calibrated"]["insilicova"]
    assert {name: set(fit[name]) for name in fit} == dict.fromkeys(
        ("mean", "lower_ci", "upper_ci"), causes
    )
    assert result["completed_at"].endswith("Z")


@needs_r
def test_lines_are_of_r_or_of_the_system(told: list[dict[str, Any]]) -> None:
    lines = of_type(told, "log")
    assert {each["source"] for each in lines} == {"R_script", "system"}
    assert {each["level"] for each in lines} <= {"info", "warning", "error", "debug"}
    warned = [each["line"] for each in lines if each["level"] == "warning"]
    assert any("synthetic example" in line for line in warned), "nothing is passed off as real"


@needs_r
def test_late_clients_get_all_or_what_they_lack(
    service: RealService, told: list[dict[str, Any]], job: dict[str, Any]
) -> None:
    since = told[len(told) // 2]["sequence"]
    with service.connect(address(job["job_id"], f"?since={since}")) as client:
        rest = [json.loads(text) for text in client]
        assert client.close_code == 1000
    assert rest[0]["type"] == "connection"
    assert rest[1:] == [each for each in told[1:] if each["sequence"] > since]


@needs_r
@pytest.mark.usefixtures("told")
def test_the_status_of_the_finished_calibration(service: RealService, job: dict[str, Any]) -> None:
    ask = lambda: service.get(f"/calibrate/{job['job_id']}/status").json()  # noqa: E731
    poll(lambda: ask()["status"] == "completed")  # the index is a moment behind the messages
    found = ask()
    assert set(found) == set(STATUS)
    assert (found["status"], found["progress"], found["error"]) == ("completed", 100, None)
    assert found["has_result"] is True
    assert found["created_at"] < found["started_at"] < found["completed_at"]
    assert job["created_at"] < found["completed_at"]


# whatever can be without R


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def live(lab: WebLab) -> Iterator[ServedLab]:
    with served(lab) as made:
        yield made


def said(type: MessageType, **data: Any) -> Draft:
    return draft(type, WHEN, data)


def of_job(type: MessageType, **data: Any) -> Draft:
    return said(type, **JOB, **data)


def error(message: str, code: int, attempt: int = 1, **more: Any) -> Draft:
    whose = {**JOB, "attempt": attempt, "error_class": "unknown", "code": code, "hint": "see it"}
    return said(MessageType.ERROR, **{**whose, "message": message, "error": message, **more})


def status(word: str, why: str = "") -> Draft:
    return said(MessageType.STATUS, status=word, message=why)


def failed(lab: WebLab, *told: Draft) -> RunDir:
    """A run that told this before it failed."""
    made = lab.run(State.RUNNING, more=[*told, status("failed", "1 job failed")])
    ended = {"state": State.FAILED, "end": LATER, "why": "1 job failed"}
    made.write_run(replace(made.read_run(), **ended))
    return made


def until(live: ServedLab, run: RunDir, kind: str) -> list[dict[str, Any]]:
    """What the documented Python client would hear until it gives up."""
    found = []
    with live.connect(address(run.run_id)) as client:
        while not found or found[-1]["type"] != kind:
            found.append(json.loads(client.recv(timeout=SECONDS)))
    return found


def test_an_error_comes_when_nothing_is_tried_any_more(live: ServedLab) -> None:
    run = failed(
        live.lab,
        error("R is gone", 70, source="job"),
        error("calibrate: exit status 70", 70),
        error("no such cause", 65, attempt=2, source="job"),
        error("calibrate: exit status 65", 65, attempt=2),
    )
    found = until(live, run, "error")
    told_first, last = found[:-1], found[-1]
    assert "error" not in [message["type"] for message in told_first]
    lines = [each["line"] for each in of_type(told_first, "log") if each["level"] == "error"]
    assert lines[0] == "R is gone (see it)" and len(lines) == 4
    assert told_first[-1]["data"]["status"] == "failed"
    assert last["sequence"] == told_first[-1]["sequence"]
    assert set(last["data"]) == DOCUMENTED["error"]
    assert last["data"]["error"] == "no such cause (see it)"
    assert last["data"]["error_type"] == "validation_error"


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ([error("R is gone", 70)], "r_script_error"),
        ([error("no link", 66)], "validation_error"),
        ([error("no chart", 66, rule="chart_calibration")], "general"),
        (
            [said(MessageType.ERROR, error_class="unknown", code=None, message="x", hint="")],
            "system_error",
        ),
        ([], "system_error"),
    ],
)
def test_errors_are_of_the_documented_types(live: ServedLab, told: list[Draft], kind: str) -> None:
    found = until(live, failed(live.lab, *told), "error")
    assert found[-1]["data"]["error_type"] == kind


def test_a_run_that_was_resumed_has_no_error_in_its_past(live: ServedLab) -> None:
    more = [error("R is gone", 70), status("failed", "1 job failed"), status("running")]
    run = live.lab.run(State.COMPLETED, more=[*more, status("completed")])
    found, code = live.told(address(run.run_id))
    assert "error" not in [message["type"] for message in found]
    assert [each["status"] for each in of_type(found, "status")][-3:] == [
        "failed",
        "running",
        "completed",
    ]
    assert code == 1000


def test_only_the_last_failure_of_a_run_that_was_resumed_is_an_error(live: ServedLab) -> None:
    first = said(MessageType.STATUS, status="failed", message="first", end=WHEN)
    begun = [status("queued"), status("running")]
    run = failed(live.lab, error("R is gone", 70), first, *begun, error("again", 65))
    assert of_type(until(live, run, "error"), "error")[0]["error"] == "again (see it)"


@pytest.mark.parametrize("names", list(permutations(["own", "job's", "run's"])))
def test_the_cause_is_the_jobs_own_whatever_comes_last(
    live: ServedLab, names: tuple[str, ...]
) -> None:
    raised = {"error_class": "unknown", "code": None, "message": "RuleException", "hint": ""}
    told = {
        "own": error("no connection", 75, source="job"),
        "job's": error("failed; Snakemake does not say why", 1),
        "run's": said(MessageType.ERROR, **raised),
    }
    run = failed(live.lab, *(told[name] for name in names))
    found = until(live, run, "error")
    assert found[0]["sequence"] == 0, "the past follows: the highest known number is not passed"
    assert found[-1]["data"]["error"] == "no connection (see it)"
    assert found[-1]["data"]["error_type"] == "r_script_error"
    before = found[-1]["sequence"] - 1
    with live.connect(address(run.run_id, f"?since={before}")) as client:
        rest = [json.loads(client.recv(timeout=SECONDS)) for _ in range(3)]
    assert (rest[0]["type"], rest[0]["sequence"]) == ("connection", before)
    assert rest[1:] == found[-2:], "the same, however late one comes"


def test_an_interrupted_run_has_failed_for_now(live: ServedLab) -> None:
    run = live.lab.run(State.INTERRUPTED)
    last = until(live, run, "error")[-1]
    assert "can be resumed" in last["data"]["error"]
    assert last["data"]["error_type"] == "system_error"
    found = body(live.lab.client().get(f"/calibrate/{run.run_id}/status"))
    assert (found["status"], found["error"]) == ("failed", last["data"]["error"])


def test_what_is_of_other_jobs_is_left_out(live: ServedLab) -> None:
    other = {**JOB, "rule": "fetch", "jobid": 2}
    more = [
        said(MessageType.PROGRESS, **other, scope="job", progress=80.0, stage="Downloading"),
        said(MessageType.RESULT, **other, results={"a": 1}),
        of_job(MessageType.RESULT, path="results/a.summary.json", cut=True),
        of_job(MessageType.LOG, line="good", level="success", source="job"),
        status("completed"),
    ]
    found, _ = live.told(address(live.lab.run(State.COMPLETED, more=more).run_id))
    assert {message["type"] for message in found} == {"connection", "status", "log", "progress"}
    assert [each["progress"] for each in of_type(found, "progress")] == [100.0]
    assert of_type(found, "log")[-1] == {"line": "good", "level": "info", "source": "R_script"}


@pytest.mark.parametrize(
    ("state", "word", "error_is"),
    [
        (State.QUEUED, "pending", None),
        (State.RUNNING, "running", None),
        (State.COMPLETED, "completed", None),
        (State.FAILED, "failed", "B is empty"),
        (State.CANCELLED, "cancelled", None),
    ],
)
def test_status_in_every_state(lab: WebLab, state: State, word: str, error_is: str | None) -> None:
    found = body(lab.client().get(f"/calibrate/{lab.run(state).run_id}/status"))
    assert set(found) == set(STATUS)
    assert (found["status"], found["error"], found["has_result"]) == (word, error_is, False)
    assert (found["started_at"] is None) == (state is State.QUEUED)
    assert found["progress"] == (100 if state is State.COMPLETED else 0)


def test_progress_of_a_running_calibration(lab: WebLab) -> None:
    whose = {**JOB, "jobid": 7}
    share = {"scope": "job", "progress": 45.5, "stage": "Running MCMC calibration"}
    more = [
        said(MessageType.RULE, **whose, state="selected"),
        said(MessageType.RULE, **whose, state="running"),
        said(MessageType.PROGRESS, **whose, **share),
    ]
    run = lab.run(State.RUNNING, more=more)
    found = body(lab.client().get(f"/calibrate/{run.run_id}/status"))
    assert (found["progress"], found["stage"]) == (45.5, "Running MCMC calibration")


@pytest.mark.parametrize(
    ("user", "whose", "code"), [(None, "ada", 4001), ("bob", "ada", 4003), ("root", "ada", 1000)]
)
def test_who_may_listen(live: ServedLab, user: str | None, whose: str, code: int) -> None:
    run = live.lab.run(State.COMPLETED, whose)
    assert live.told(address(run.run_id), user)[1] == code


@pytest.mark.parametrize("job_id", ["20261121-000000-0000", "12345678-1234-1234-1234-123456789abc"])
def test_a_job_that_is_not_there(live: ServedLab, job_id: str) -> None:
    assert live.told(address(job_id)) == ([], 4004)
    assert live.lab.client().get(f"/calibrate/{job_id}/status").status_code == 404


def test_what_a_client_sends_ends_nothing(live: ServedLab) -> None:
    run = failed(live.lab)
    with live.connect(address(run.run_id)) as client:
        while json.loads(client.recv(timeout=SECONDS))["type"] != "error":
            pass
        for text in ("no JSON", '{"type": "subscribe"}'):
            client.send(text)
            answer = json.loads(client.recv(timeout=SECONDS))
            assert (answer["type"], answer["sequence"]) == ("log", 0)
            assert set(answer["data"]) == DOCUMENTED["log"]


def test_a_token_in_the_address_is_as_good(live: ServedLab) -> None:
    run, token = live.lab.run(State.CANCELLED), live.lab.tokens["ada"]
    found, code = live.told(address(run.run_id, f"?token={token}"), None)
    assert (found[-1]["data"]["status"], code) == ("cancelled", 1000)
    assert live.lab.client("bob").get(f"/calibrate/{run.run_id}/status").status_code == 403


def test_heartbeats(live: ServedLab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert session.HEARTBEAT_SECONDS == 30
    monkeypatch.setattr(session, "HEARTBEAT_SECONDS", 0.05)
    last = until(live, live.lab.run(State.RUNNING), "heartbeat")[-1]
    assert set(last["data"]) == DOCUMENTED["heartbeat"]


def test_statistics_are_of_what_one_may_see(live: ServedLab, monkeypatch: Any) -> None:
    monkeypatch.setattr(tally, "tally", tally.Tally())
    monkeypatch.setattr("control.web.stream.tally", tally.tally)
    ours, theirs = live.lab.run(State.RUNNING), live.lab.run(State.RUNNING, "bob")
    stats = lambda user: body(live.lab.client(user).get("/websocket/stats"))  # noqa: E731

    def counted(user: str) -> dict[str, int]:
        jobs = stats(user)["websocket_connections"]["jobs"]
        return {run_id: each["connections"] for run_id, each in jobs.items()}

    with live.connect(address(ours.run_id)) as first, live.connect(address(theirs.run_id), "bob"):
        first.recv(timeout=SECONDS)
        with live.connect(f"/ws/runs/{ours.run_id}"):
            poll(lambda: counted("root") == {ours.run_id: 2, theirs.run_id: 1}, SECONDS)
            found = stats("ada")
            assert set(found) == set(STATS)
            last = json.loads(first.recv(timeout=SECONDS))["sequence"]
            assert found["websocket_connections"]["total_jobs"] == 1
            assert found["websocket_connections"]["total_connections"] == 2
            assert found["websocket_connections"]["jobs"][ours.run_id]["last_sequence"] > last
    poll(lambda: not counted("root"), SECONDS)


def test_statistics_are_of_all_workers(lab: WebLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tally, "tally", tally.Tally())
    run = lab.run(State.RUNNING)
    worker = subprocess.Popen(["sleep", "600"])
    try:
        process = vars(replace(this_process(), pid=worker.pid, pid_start=None))
        counted = {"followed": {run.run_id: 3, "20261121-000000-0000": 1}, "clients": 4}
        content = {"process": process, "tally": counted}
        (lab.state.workers / f"{worker.pid}.json").write_text(json.dumps(content))
        found = body(lab.client().get("/websocket/stats"))["websocket_connections"]
    finally:
        worker.kill()
        worker.wait()
    assert (found["total_jobs"], found["total_connections"]) == (1, 3)
    after = body(lab.client().get("/websocket/stats"))["websocket_connections"]
    assert after == {"total_jobs": 0, "total_connections": 0, "jobs": {}}, "that worker is gone"
