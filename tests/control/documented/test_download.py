"""Imports from a store, as the dashboard documents them: its commands as they stand."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from incoming_runs import DEMO as DEMO_FILES
from incoming_runs import write_run, write_truth
from s3_store import s3_admin, s3_store
from served_lab import served
from service import RealService
from waiting import poll
from web_lab import WHEN, WebLab, body
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from control.events.index_writer import IndexWriter
from control.events.journal import Draft, Journal, JournalFiles, draft
from control.events.run_facts import RunFacts
from control.record.message import MessageType
from control.record.run_dir import Run, RunDir, State
from control.runs import submit
from control.settings import Settings
from control.web.documented import download

COMMANDS = Path(__file__).parent / "examples" / "000_commands.sh"
SAMPLE = "NA24143_Lib3_Rep1"
DEMO = {"build": "demo", "genomes": {"demo": {"fasta": "config/demo/genome.fa.gz"}}}
NOBODY = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
DONE = "✅ Process completed successfully!"
OVER = ("completed", "error")


# ---- a real import, from the documented command to its end; all that clients see of it


@dataclass
class Seen:
    """What the documented clients saw of one import."""

    service: RealService
    said: list[Any] = field(default_factory=list)
    fetching: Any = None
    polled: list[Any] = field(default_factory=list)
    statuses: list[str] = field(default_factory=list)
    sent: list[Any] = field(default_factory=list)
    close_code: int = 0

    @property
    def run(self) -> RunDir:
        """The run of the import."""
        return RunDir(self.service.runs / self.said[0]["run_id"])

    def type_commands(self) -> None:
        """The commands of the document, but for the host and a token."""
        commands = COMMANDS.read_text().replace("http://localhost:8000", self.service.url)
        token = 'curl() { command curl -sS -H "Authorization: Bearer $TOKEN" "$@"; echo; }\n'
        typed = subprocess.run(
            ["bash", "-euc", token + commands],
            env={**os.environ, "TOKEN": self.service.token},
            capture_output=True,
            text=True,
            timeout=200,
        )
        assert typed.returncode == 0, typed.stderr
        self.said = [json.loads(line) for line in typed.stdout.splitlines() if line]

    def look(self) -> bool:
        """As the page does every two seconds; whether it asks again."""
        since = self.polled[-1]["total_logs"] if self.polled else 0
        answer = self.service.get(f"/api/v1/download/logs/{SAMPLE}?since={since}")
        assert answer.status_code == 200, answer.text
        self.polled.append(answer.json())
        status = self.service.get(f"/api/v1/download/status/{SAMPLE}").json()
        self.statuses.append(status["status"])
        return self.polled[-1]["status"] in OVER

    def listen(self, client: ClientConnection) -> None:
        """As a page with a WebSocket does."""
        self.sent, self.close_code = everything(client)


def everything(client: ClientConnection) -> tuple[list[Any], int]:
    """What is sent until it is closed, and with which code."""
    found = []
    try:
        while True:
            found.append(json.loads(client.recv(timeout=240)))
    except ConnectionClosed as closed:
        assert closed.rcvd is not None
        return found, closed.rcvd.code


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("import")
    truth = folder / "reference"
    write_truth(truth, SAMPLE)
    config = {
        **DEMO,
        "references": {"truth_dir": str(truth)},
        "structural_variants": {"refine": False},
        "qc": {"keep": []},
    }
    settings = {
        "documented": {"aws": {"source": "s3://sequenced/wgs/{sample}/", "config": config}},
        "allow": {"sources": ["s3://sequenced/wgs/"], "input_folders": [str(truth)]},
        "access": {"requests_per_minute": 1_000_000},
    }
    with s3_store() as endpoint:
        store = s3_admin(endpoint)
        store.create_bucket(Bucket="sequenced")
        for sample in (SAMPLE, "patient7"):
            for file in write_run(folder / sample, sample).iterdir():
                store.upload_file(str(file), "sequenced", f"wgs/{sample}/{file.name}")
        environ = {"AWS_ENDPOINT_URL_S3": endpoint, "AWS_EC2_METADATA_DISABLED": "true", **NOBODY}
        environ |= {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "me"}
        with RealService(folder / "service", settings, environ) as service:
            made = Seen(service)
            with service.connect(f"/ws/download/{SAMPLE}") as client:  # before there is a run
                listening = threading.Thread(target=made.listen, args=[client], daemon=True)
                listening.start()
                made.type_commands()
                fetch = {"sample_id": "patient7", "benchmarking": "csv", "auto_process": False}
                made.fetching = service.request("POST", "/api/v1/upload/aws", json=fetch).json()
                poll(made.look, 240)
                listening.join(60)
            yield made


def test_the_commands_of_the_document_are_answered_as_it_says(seen: Seen) -> None:
    begun, status, logs = seen.said
    run_id = begun["run_id"]
    asked = {"sample_id": SAMPLE, "benchmarking": "csv,truvari", "auto_process": True}
    said = f"{SAMPLE} is imported by run {run_id}"
    known = {"ok": True, "run_name": f"{SAMPLE}_R001", "run_id": run_id, "message": said}
    assert begun == asked | known
    assert status["sample_id"] == SAMPLE and status["run_id"] == run_id
    assert status["status"] in ("pending", "running")
    assert set(logs) == {"sample_id", "logs", "total_logs", "status", "has_more"}
    assert logs["has_more"] is True and logs["total_logs"] == len(logs["logs"])


def test_the_page_that_polls_gets_every_entry_once(seen: Seen) -> None:
    entries = [entry for answer in seen.polled for entry in answer["logs"]]
    messages = [json.loads(line) for line in seen.run.messages.read_text().splitlines()]
    assert [entry["timestamp"] for entry in entries] == [each["timestamp"] for each in messages]
    assert seen.polled[-1]["total_logs"] == len(messages) == len(entries)
    assert entries[-1]["message"] == DONE and entries[-1]["level"] == "success"
    assert [answer["status"] for answer in seen.polled][-1] == "completed"
    assert {answer["status"] for answer in seen.polled[:-1]} <= {"pending", "running"}
    assert seen.statuses[-1] == "completed"
    said = " ".join(entry["message"] for entry in entries)
    assert "fetch_metrics" in said and "compare_structural_variants" in said
    assert {entry["level"] for entry in entries} >= {"info", "success", "progress"}


def test_a_websocket_gets_the_same_before_and_after(seen: Seen) -> None:
    entries = [entry for answer in seen.polled for entry in answer["logs"]]
    assert (seen.sent, seen.close_code) == (entries, 1000)
    with seen.service.connect(f"/ws/download/{SAMPLE}") as late:
        assert everything(late) == (entries, 1000)


def test_what_was_asked_for_was_done_and_nothing_else(seen: Seen) -> None:
    results = seen.run.work / "results"
    summary = json.loads((results / f"structural_variants/{SAMPLE}.summary.json").read_text())
    expected = json.loads((DEMO_FILES / "expected.json").read_text())["structural_variants"]
    assert summary["bench"]["truth_tp"] == expected["bench"]["TP-base"]
    assert (results / f"qc/{SAMPLE}.verdict.json").exists()
    fetched = {each.name for each in (results / f"fetched/{SAMPLE}").iterdir()}
    assert {"structural_variants.vcf.gz", "metrics"} <= fetched
    assert "small_variants.vcf.gz" not in fetched
    run = seen.service.get(f"/api/v1/runs/{seen.run.run_id}").json()
    assert (run["name"], run["state"]) == (SAMPLE, "completed")
    noted = seen.service.get("/api/v1/audit?action=run.submit").json()["items"]
    assert sorted(each["target"] for each in noted) == sorted(
        [seen.run.run_id, seen.fetching["run_id"]]
    )


def test_without_processing_all_files_are_fetched_and_nothing_is_made_of_them(seen: Seen) -> None:
    """Of a sample, too, that there is no truth for."""
    assert seen.fetching["ok"] is True, seen.fetching
    status = "/api/v1/download/status/patient7"
    poll(lambda: seen.service.get(status).json()["status"] in OVER, 240)
    assert seen.service.get(status).json()["status"] == "completed"
    results = RunDir(seen.service.runs / seen.fetching["run_id"]).work / "results"
    fetched = {each.name for each in (results / "fetched/patient7").iterdir()}
    assert {"small_variants.vcf.gz", "structural_variants.vcf.gz", "metrics"} <= fetched
    assert not (results / "qc").exists() and not (results / "report").exists()


def test_a_sample_that_nobody_has_a_truth_for_is_refused_with_the_reason(seen: Seen) -> None:
    asked = {"sample_id": "patient8", "benchmarking": "truvari"}
    answer = seen.service.request("POST", "/api/v1/upload/aws", json=asked)
    assert answer.status_code == 422
    assert "patient8 does not begin with one GIAB name" in answer.json()["detail"]
    both = seen.service.request(
        "POST", "/api/v1/upload/aws", json={**asked, "benchmarking": "csv,truvari"}
    )
    assert both.status_code == 422 and "structural variants of patient8" in both.json()["detail"]
    assert seen.service.get("/api/v1/download/status/patient8").json()["run_id"] is None


# ---- what an import becomes


SOURCE = "s3://sequenced/{sample}/"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Submissions are not asked of Snakemake, and no index is waited for: nobody writes it."""
    monkeypatch.setattr(submit, "dry_run", lambda *_: None)
    monkeypatch.setattr(download, "LISTED_SECONDS", 0)


@pytest.fixture
def store(tmp_path: Path, quick: None) -> WebLab:
    """A service that imports."""
    return WebLab(tmp_path, documented={"aws": {"source": SOURCE, "config": DEMO}})


def post(lab: WebLab, user: str = "ada", **asked: Any) -> Any:
    return lab.client(user).post("/api/v1/upload/aws", json={"sample_id": SAMPLE, **asked})


def imported(lab: WebLab, user: str = "ada", **asked: Any) -> RunDir:
    answer = post(lab, user, **asked)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return RunDir(lab.runs / body(answer)["run_id"])


FETCHED = [
    f"results/fetched/{SAMPLE}/{role}.summary.json"
    for role in ("small_variants", "structural_variants", "metrics")
]


@pytest.mark.parametrize(
    ("asked", "targets", "roles"),
    [
        ({"benchmarking": "happy"}, ["chart_small_variants"], ["small_variants"]),
        ({"benchmarking": "truvari"}, ["chart_structural_variants"], ["structural_variants"]),
        ({"benchmarking": "csv"}, ["all_qc"], ["metrics"]),
        (
            {"benchmarking": " csv, happy,stratified "},
            ["all_qc", "chart_small_variants"],
            ["metrics", "small_variants"],
        ),
        ({}, FETCHED, ["small_variants", "structural_variants", "metrics"]),
        (
            {"benchmarking": "csv", "auto_process": False},
            FETCHED,
            ["small_variants", "structural_variants", "metrics"],
        ),
    ],
)
def test_options_become_targets_and_what_is_fetched(
    store: WebLab, asked: dict[str, Any], targets: list[str], roles: list[str]
) -> None:
    run = imported(store, **asked)
    request = json.loads(run.request.read_text())
    assert (request["name"], request["user"], request["targets"]) == (SAMPLE, "ada", targets)
    config = yaml.safe_load(run.config.read_text())
    assert config["fetch"]["roles"] == roles and config["build"] == "demo"
    assert run.samples.read_text() == f"sample\tsource\n{SAMPLE}\ts3://sequenced/{SAMPLE}/\n"


def test_stratified_asks_for_the_stratifications(store: WebLab) -> None:
    plain = yaml.safe_load(imported(store, benchmarking="happy").config.read_text())
    assert "small_variants" not in plain
    run = imported(store, sample_id="HG002", benchmarking="stratified")
    config = yaml.safe_load(run.config.read_text())
    assert config["small_variants"] == {"stratifications": "giab"}


def test_what_cannot_be_imported(store: WebLab, tmp_path: Path) -> None:
    unknown = post(store, benchmarking="csv,gatk")
    assert unknown.status_code == 400
    assert body(unknown)["detail"] == "there is no option 'gatk'"
    assert body(unknown)["hint"] == "of happy, stratified, truvari, csv"
    assert post(store, "vera").status_code == 403
    assert post(store, sample_id="../other").status_code == 422
    (tmp_path / "other").mkdir()
    without = body(post(WebLab(tmp_path / "other")))
    assert without["status"] == 403 and "documented.aws.source is not set" in without["detail"]
    (tmp_path / "closed").mkdir()
    allow = {"sources": ["s3://elsewhere/"]}
    closed = WebLab(tmp_path / "closed", documented={"aws": {"source": SOURCE}}, allow=allow)
    assert "runs may not read from there" in body(post(closed))["detail"]
    assert not list(store.runs.glob("2*"))


@pytest.mark.parametrize("source", ["s3://sequenced/", "file:///{sample}/", "s3://a b/{sample}/"])
def test_a_store_is_set_with_the_place_of_the_sample(source: str) -> None:
    with pytest.raises(ValueError, match=r"documented\.aws\.source"):
        Settings.model_validate({"documented": {"aws": {"source": source}}})


def ended(lab: WebLab, run: RunDir, state: State = State.COMPLETED) -> None:
    """The run has ended, and the index knows."""
    run.write_run(Run(state, start=WHEN, end=WHEN))
    told = {"status": state.value, "name": SAMPLE, "message": ""}
    journal = Journal(JournalFiles.of(run, lab.state.journals), run.run_id)
    journal.append([draft(MessageType.STATUS, WHEN, told)], {}, closed=True)
    journal.close()
    lab.index.catch_up(RunFacts.of(run, lab.state.journals))


def test_a_sample_is_imported_once_at_a_time(store: WebLab) -> None:
    runs: list[RunDir] = []
    typed = [threading.Thread(target=lambda: runs.append(imported(store))) for _ in range(3)]
    for each in typed:
        each.start()
    for each in typed:
        each.join(60)
    assert len({run.run_id for run in runs}) == 1 and len(runs) == 3
    other = body(post(store, benchmarking="csv"))
    assert other["status"] == 409 and runs[0].run_id in other["detail"]
    assert imported(store, sample_id="HG002").run_id != runs[0].run_id
    ended(store, runs[0])
    again = imported(store, benchmarking="csv")
    assert again.run_id != runs[0].run_id
    ended(store, again, State.FAILED)
    assert store.client().delete(f"/api/v1/runs/{again.run_id}").status_code == 204
    IndexWriter(store.state.index).forget(again.run_id)
    assert imported(store, benchmarking="csv").run_id not in (runs[0].run_id, again.run_id)


def test_a_run_of_the_sample_that_was_submitted_otherwise_counts_too(store: WebLab) -> None:
    store.run(State.RUNNING, "bob", name=SAMPLE)
    store.run(State.COMPLETED, name=SAMPLE)
    own = store.run(State.RUNNING, name=SAMPLE)
    refused = body(post(store))
    said = f"{SAMPLE} is being imported: run {own.run_id} was submitted in another way"
    assert (refused["status"], refused["detail"]) == (409, said)
    assert refused["hint"] == "wait until that run has ended, or cancel it"
    assert imported(store, "root").run_id != own.run_id, "each user has their own"


# ---- how an import stands, and its log


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
    unknown = {"log_count": 0, "started_at": None, "updated_at": None, "run_id": None, "why": ""}
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


def test_nothing_is_deleted_by_cleaning_up(lab: WebLab) -> None:
    for state in (State.COMPLETED, State.FAILED, State.RUNNING):
        lab.run(state, name=SAMPLE)
    lab.run(State.COMPLETED, "bob", name="other")
    cleaned = body(lab.client().post("/api/v1/download/cleanup"))
    assert cleaned["ended"] == 2
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
        ended(lab, run)
        assert json.loads(client.recv(timeout=60))["message"] == DONE
        assert everything(client) == ([], 1000)


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
            entries, _ = everything(ada)
    assert len(entries) == len(own.messages.read_text().splitlines())
    assert entries[-1]["level"] == "error"
