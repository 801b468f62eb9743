"""Jobs through a real service: its rights, its checks, its runs."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from intake_lab import IntakeProcess, job
from long import long
from mock_kafka import QUIET, MockKafka
from screen_lab import ScreenLab
from service import RealService
from waiting import poll

STAGES = [
    "submitted",
    "validating_input",
    "minimizer_screening",
    "mutation_calling",
    "em_quantification",
    "generating_report",
    "completed",
]


@pytest.fixture
def kafka() -> Iterator[MockKafka]:
    with MockKafka() as broker:
        yield broker


@pytest.fixture
def lab(tmp_path: Path) -> ScreenLab:
    return ScreenLab(tmp_path / "lab")


@pytest.fixture
def service(lab: ScreenLab, tmp_path: Path) -> Iterator[RealService]:
    settings = {"allow": {"input_folders": [str(lab.folder)]}}
    with RealService(tmp_path / "service", settings) as running:
        yield running


def intake(kafka: MockKafka, service: RealService, lab: ScreenLab, folder: Path) -> IntakeProcess:
    """An intake whose only rights are those of an operator's token."""
    environ = {
        "PLUMBLINE_TOKEN": service.make_token("lims"),
        "RESISTANCE_DB_PATH": str(lab.db),
        "REFERENCE_DB_PATH": str(lab.genomes),
    }
    return IntakeProcess(kafka, service.url, folder, environ, soon=QUIET)  # a dry run takes long


def test_a_job_is_a_run_of_its_user_and_one_that_may_not_be_is_refused(
    kafka: MockKafka, service: RealService, lab: ScreenLab, tmp_path: Path
) -> None:
    reads = {"path_to_r1": str(lab.r1), "path_to_r2": str(lab.r2)}
    kafka.send("new_jobs", job(1))
    kafka.send("new_jobs", job(2, **reads))
    with intake(kafka, service, lab, tmp_path) as process:
        poll(lambda: kafka.committed() == 2, 180)
        (refused,) = kafka.records("failed_jobs_dlq")
        assert refused["failure_info"]["error_type"] == "permanent"
        assert "/path/to/sample_R1.fastq.gz" in refused["failure_info"]["error_message"]
        (run,) = poll(lambda: service.get("/api/v1/runs").json()["items"], 60)
        assert (run["name"], run["owner"], run["analysis"]) == ("job-2", "lims", "screen")
        service.request("POST", f"/api/v1/runs/{run['run_id']}/cancel").raise_for_status()
        poll(lambda: len(kafka.records("failed_jobs_dlq")) == 2, 120)
        assert process.stop() == 0
    with_old = {"PLUMBLINE_TOKEN": service.make_token("lims"), "RESISTANCE_DB_PATH": "/old/amr"}
    old = {**os.environ, **with_old, "KAFKA_SERVERS": kafka.servers, "PLUMBLINE_URL": service.url}
    command = [sys.executable, "-m", "control.cli", "intake", "kafka", "--check"]
    found = subprocess.run(command, env=old, capture_output=True, text=True, timeout=180)
    assert found.returncode == 69
    assert "fail  configuration  resistance_db_path: /old/amr" in found.stdout
    assert "path_to_r1" not in found.stdout
    cancelled = kafka.records("failed_jobs_dlq")[1]
    assert cancelled["job_data"] == job(2, **reads)
    assert cancelled["run"]["run_id"] == run["run_id"]
    told = kafka.records("job_updates")
    assert told[0]["stage"] == "submitted" and told[-1]["stage"] == "failed"
    noted = [each["action"] for each in service.get("/api/v1/audit").json()["items"]]
    assert noted.count("run.submit") == 1


@long
def test_the_documents_job_is_screened_and_told(
    kafka: MockKafka, service: RealService, lab: ScreenLab, tmp_path: Path
) -> None:
    job_data: dict[str, Any] = {
        "job_id": "job-123",
        "sample_id": "Patient789_Day5",
        "path_to_r1": str(lab.r1),
        "path_to_r2": str(lab.r2),
        "output_path": "/path/to/output",
    }
    kafka.send("new_jobs", job_data)
    with intake(kafka, service, lab, tmp_path):
        (notified,) = poll(lambda: kafka.records("notifications"), 300)
    told = kafka.records("job_updates")
    assert list(dict.fromkeys(each["stage"] for each in told)) == STAGES
    progress = [each["progress"] for each in told]
    assert progress == sorted(progress) and progress[-1] == 1.0
    results = [each["data"]["result"] for each in told if "result" in each["data"]]
    assert results[0]["resistant"] == ["Beta-lactam", "Tetracycline"]
    files = service.get(notified["results"].removeprefix(service.url)).json()["items"]
    summary = "screen/Patient789_Day5/Patient789_Day5.summary.json"
    assert summary in [each["path"] for each in files]
