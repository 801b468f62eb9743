"""The intake as a process that is killed, or told to end."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from faulty_service import FaultyService
from intake_lab import IntakeProcess, job
from long import long
from mock_kafka import MockKafka
from waiting import poll


@pytest.fixture
def service() -> Iterator[FaultyService]:
    with FaultyService() as api:
        api.ends_at_once = True
        yield api


def test_killed_between_the_run_and_the_commit_it_is_the_same_run(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    intake = IntakeProcess(kafka, service.url, tmp_path)
    service.on_recorded = lambda: intake.kill() if service.submissions == 1 else None
    kafka.send("new_jobs", job(1))
    with intake:
        poll(lambda: service.runs, 60)
        assert intake.process.wait(60) == -9
    assert kafka.committed() < 0
    with intake:
        poll(lambda: kafka.committed() == 1, 60)
        poll(lambda: kafka.records("notifications"), 60)
        assert intake.stop() == 0
    assert service.submissions == 2 and service.names == ["job-1"]


@long
def test_killed_again_and_again_it_loses_no_job_and_no_update(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    intake, count, chance = IntakeProcess(kafka, service.url, tmp_path), 30, random.Random(11)
    for number in range(count):
        kafka.send("new_jobs", job(number))
    kills = 0
    for at in (7, 19):
        reached = at + chance.randrange(3)
        with intake:
            poll(lambda reached=reached: len(service.runs) >= reached, 60, 0.001)  # type: ignore[misc]
        kills += intake.process.returncode == -9
    with intake:
        poll(lambda: kafka.committed() == count, 60)
        poll(lambda: len({each["job_id"] for each in kafka.records("notifications")}) == count, 60)
    assert kills == 2
    assert service.names == [f"job-{number}" for number in range(count)]
    told = {(each["job_id"], each["sequence"]) for each in kafka.records("job_updates")}
    assert told == {(name, sequence) for name in service.names for sequence in (1, 2)}
    assert kafka.records("failed_jobs_dlq") == []


def test_told_to_end_it_finishes_the_job_at_hand(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    intake = IntakeProcess(kafka, service.url, tmp_path, {"REDIS_URL": "redis://localhost:6379"})

    def told_to_end() -> None:
        intake.process.terminate()

    service.on_recorded = told_to_end
    kafka.send("new_jobs", job(1))
    kafka.send("new_jobs", job(2))
    with intake:
        assert intake.process.wait(60) == 0
    assert service.names == ["job-1"] and kafka.committed() == 1
    events = [line["event"] for line in intake.lines()]
    assert "redis_url is not used: nothing lies in Redis" in events
    assert f"job job-1: run {service.run_of('job-1')}" in events
    assert events[-1] == "has ended in order"
