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
from incoming_runs import write_run
from s3_store import s3_admin, s3_store
from served_lab import rest
from service import RealService
from waiting import poll
from websockets.sync.client import ClientConnection

from control.record.run_dir import RunDir

COMMANDS = Path(__file__).parent / "examples" / "000_commands.sh"
SAMPLE = "NA24143_Lib3_Rep1"
DEMO = {"build": "demo", "genomes": {"demo": {"fasta": "config/demo/genome.fa.gz"}}}
NOBODY = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
LEFT_OUT = f"left out: structural variants of {SAMPLE}: there is no GIAB truth"
DONE = "✅ Process completed successfully!"
OVER = ("completed", "error")


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
        self.sent, self.close_code = rest(client, 240)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("import")
    config = {**DEMO, "qc": {"keep": []}}
    settings = {
        "documented": {"aws": {"source": "s3://sequenced/wgs/{sample}/", "config": config}},
        "allow": {"sources": ["s3://sequenced/wgs/"]},
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
    said = begun["message"]
    started = f"{SAMPLE} is imported by run {run_id}; {LEFT_OUT}"
    assert said.startswith(started), "nobody has a truth for these, which is said"
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
    assert "fetch_metrics" in said and LEFT_OUT in said.replace("Left out", "left out")
    assert {entry["level"] for entry in entries} >= {"info", "success", "progress"}


def test_a_websocket_gets_the_same_before_and_after(seen: Seen) -> None:
    entries = [entry for answer in seen.polled for entry in answer["logs"]]
    assert (seen.sent, seen.close_code) == (entries, 1000)
    with seen.service.connect(f"/ws/download/{SAMPLE}") as late:
        assert rest(late) == (entries, 1000)


def test_what_was_asked_for_was_done_and_nothing_else(seen: Seen) -> None:
    results = seen.run.work / "results"
    assert (results / f"qc/{SAMPLE}.verdict.json").exists()
    assert not (results / "structural_variants").exists()
    fetched = {each.name for each in (results / f"fetched/{SAMPLE}").iterdir()}
    assert "metrics" in fetched and not {each for each in fetched if each.endswith(".vcf.gz")}
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


def test_where_nothing_of_it_can_be_done_the_reason_is_given(seen: Seen) -> None:
    asked = {"sample_id": "patient8", "benchmarking": "truvari"}
    answer = seen.service.request("POST", "/api/v1/upload/aws", json=asked)
    assert answer.status_code == 422
    assert "the name does not begin with one GIAB name" in answer.json()["detail"]
    assert seen.service.get("/api/v1/download/status/patient8").json()["run_id"] is None
