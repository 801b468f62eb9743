"""Jobs of a topic become runs, each once, and their messages updates, whatever goes wrong."""

import json
import logging
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import TopicPartition
from faulty_service import FaultyService
from intake_lab import Threads, has, job
from mock_kafka import QUIET, MockKafka
from waiting import poll

from control.client.api import Api
from control.intake import clients, pauses, status, updates
from control.intake.broker import Broker
from control.intake.configuration import Configuration
from control.intake.consumer import Intake
from control.intake.outbox import Outbox, Record
from control.intake.store import Store


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "ROUND_SECONDS", 0.05)
    monkeypatch.setattr(updates, "REQUEST_SECONDS", 0.0)
    monkeypatch.setattr(clients, "LOOK_MS", 100)
    monkeypatch.setattr(updates, "WAIT_SECONDS", 0.02)
    monkeypatch.setattr(status, "SECONDS", 0.05)
    monkeypatch.setattr(pauses, "FIRST", 0.05)
    monkeypatch.setattr(pauses, "LONGEST", 0.2)


def _status(folder: Path, key: str) -> Any:
    """What the file for whoever watches says."""
    file = folder / "kafka.status.json"
    return json.loads(file.read_text())[key] if file.exists() else None


def test_a_job_becomes_a_run_and_its_messages_updates(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    databases = {"resistance_db_path": "/db/amr", "reference_db_path": "/db/genomes"}
    with Threads(kafka, service.url, tmp_path, max_retries=5, **databases):
        kafka.send("new_jobs", job(123))
        poll(lambda: service.names == ["job-123"])
        (run_id,) = service.runs
        assert service.runs[run_id] == {
            "name": "job-123",
            "analysis": "screen",
            "config": {"screen": {"genomes": "/db/genomes", "resistance": "/db/amr"}},
            "samples": [
                {
                    "sample": "Patient789_Day5",
                    "reads_1": "/path/to/sample_R1.fastq.gz",
                    "reads_2": "/path/to/sample_R2.fastq.gz",
                }
            ],
            "options": {"retries": 5},
            "idempotency_key": "kafka:0:job-123",
        }
        poll(lambda: kafka.committed() == 1)
        has(kafka, "job_updates", 1)
        screen = {"jobid": 1, "rule": "screen", "scope": "job"}
        service.tell(run_id, "progress", stage="Screening reads", progress=31.0, **screen)
        service.tell(run_id, "log", line="hello")
        service.tell(run_id, "status", status="completed", message="4 of 4 steps done")
        service.tell(run_id, "result", genes=2)  # a line that was read late
        has(kafka, "job_updates", 4)
        (notified,) = kafka.records("notifications")
    made = kafka.keyed("job_updates")
    assert {key for key, _ in made} == {"job-123"}
    told = [(each["stage"], each["progress"], each["sequence"]) for _, each in made]
    assert told == [
        ("submitted", 0.0, 1),
        ("minimizer_screening", 0.31, 2),
        ("completed", 1.0, 4),
        ("completed", 1.0, 5),
    ]
    results = f"{service.url}/api/v1/runs/{run_id}/files"
    assert made[2][1]["data"]["results"] == results
    assert notified == {
        "job_id": "job-123",
        "sample_id": "Patient789_Day5",
        "type": "completion",
        "run_id": run_id,
        "results": results,
        "sequence": 4,
    }
    assert kafka.records("failed_jobs_dlq") == []


def test_a_run_that_fails_lies_among_the_failed_jobs_and_may_still_be_completed(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    with Threads(kafka, service.url, tmp_path):
        kafka.send("new_jobs", job(1, retry_count=2))
        run_id = poll(lambda: next(iter(service.runs), None))
        error = {"error_class": "permanent", "message": "r_1.fq.gz: cut off", "hint": "mend it"}
        service.tell(run_id, "error", jobid=1, rule="screen", **error)
        service.tell(run_id, "status", status="failed", message="1 job failed")
        (failed,) = has(kafka, "failed_jobs_dlq", 1)
        assert failed["job_data"] == job(1, retry_count=2)
        assert failed["failure_info"] == {
            "error_type": "permanent",
            "error_message": "r_1.fq.gz: cut off",
            "retry_count": 2,
            "failed_at": "2026-11-21T22:10:05.123Z",
            "original_error": "1 job failed",
            "hint": "mend it",
        }
        assert failed["run"]["run_id"] == run_id
        assert has(kafka, "job_updates", 2)[-1]["stage"] == "failed"
        service.tell(run_id, "status", status="running", message="resumed")
        poll(lambda: kafka.records("job_updates")[-1]["stage"] == "submitted")
        service.tell(run_id, "status", status="completed")
        has(kafka, "notifications", 1)
    assert len(kafka.records("failed_jobs_dlq")) == 1


POISON: list[tuple[bytes | None, str]] = [
    (b"{no json", "no JSON"),
    (b"\xff\xfe", "no JSON"),
    (b"[" * 50_000, "nested too deeply"),
    (b'["job-1"]', "a list, no object"),
    (None, "the message is empty"),
    (b'{"job_id": "a", "sample_id": "b", "path_to_r1": "/r1"}', "path_to_r2: Field required"),
    (b'{"job_id": 7, "sample_id": "b", "path_to_r1": "/1", "path_to_r2": "/2"}', "job_id: "),
    (
        rb'{"job_id": "\ud800", "sample_id": "b", "path_to_r1": "/1", "path_to_r2": "/2"}',
        "job_id: ",
    ),
    (b'{"a": ' + b"[" * 950 + b"]" * 950 + b"}", "nested more than 30 deep"),
    (b'{"job_id": "' + b"x" * 200_000 + b'"}', "200,014 bytes, and 100,000 are allowed"),
]


def test_what_is_no_job_lies_among_the_failed_jobs_and_stops_nothing(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    for value, _ in POISON:
        kafka.send("new_jobs", value, key=b"\xff" * 400_000)  # three times as long, where shown
    kafka.send("new_jobs", job(1))
    with Threads(kafka, service.url, tmp_path):
        poll(lambda: kafka.committed() == len(POISON) + 1, 60)
    assert service.names == ["job-1"]
    dead = kafka.records("failed_jobs_dlq")
    assert [(each["topic"], each["partition"], each["offset"]) for each in dead] == [
        ("new_jobs", 0, offset) for offset in range(len(POISON))
    ]
    for (_, words), each in zip(POISON, dead, strict=True):
        assert each["failure_info"]["error_type"] == "permanent"
        assert words in each["failure_info"]["error_message"]
    assert dead[0]["job_data"] == "{no json"
    assert dead[5]["job_data"] == {"job_id": "a", "sample_id": "b", "path_to_r1": "/r1"}
    keys = [key for key, _ in kafka.keyed("failed_jobs_dlq")]
    assert keys[5] == "a" and keys[0] == "\ufffd" * 150
    assert len(json_text := dead[-1]["job_data"]) < 11_000 and "200,014 characters" in json_text


def test_what_the_service_refuses_lies_among_the_failed_jobs(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    service.answers = [(422, {}), (413, {})]
    with Threads(kafka, service.url, tmp_path):
        for number in range(3):
            kafka.send("new_jobs", job(number))
        poll(lambda: kafka.committed() == 3)
    assert service.names == ["job-2"]
    dead = kafka.records("failed_jobs_dlq")
    assert [each["job_data"]["job_id"] for each in dead] == ["job-0", "job-1"]
    assert dead[0]["failure_info"]["error_message"] == "refused with 422"
    assert dead[0]["failure_info"]["original_error"] == "422: refused with 422; mend"


def test_a_configuration_that_is_refused_makes_jobs_wait_and_no_dead_letter(
    kafka: MockKafka, service: FaultyService, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = {"file": "config.yaml", "key": "screen.resistance"}
    service.wrong = [{**place, "message": "/old: is not there", "hint": "mend it"}]
    kafka.send("new_jobs", job(1))
    with Threads(kafka, service.url, tmp_path, resistance_db_path="/old"):
        poll(lambda: service.submissions >= 2, 60)
        told = poll(lambda: _status(tmp_path, "job"), 60)
        assert told["job_id"] == "job-1" and "/old: is not there" in told["waits_for"]
    assert "job job-1 waits: resistance_db_path: /old: is not there; mend it" in caplog.text
    assert kafka.committed() < 0 and kafka.records("failed_jobs_dlq") == []
    service.wrong = []
    with Threads(kafka, service.url, tmp_path, resistance_db_path="/new"):
        poll(lambda: kafka.committed() == 1, 60)
        poll(lambda: _status(tmp_path, "job") is None and _status(tmp_path, "runs") == 1, 60)
    (body,) = service.runs.values()
    assert body["config"] == {"screen": {"resistance": "/new"}}


def test_while_the_service_is_away_or_busy_jobs_wait_in_their_order(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    busy = [(503, {}), (429, {"Retry-After": "0"}), (502, {}), (401, {}), (403, {}), (507, {})]
    service.answers = list(busy)
    with Threads(kafka, service.url, tmp_path):
        for number in range(5):
            kafka.send("new_jobs", job(number))
        poll(lambda: kafka.committed() == 5, 60)
    assert service.names == [f"job-{number}" for number in range(5)]
    assert service.submissions == len(busy) + 5
    assert kafka.records("failed_jobs_dlq") == []


def test_a_defect_of_the_service_holds_a_job_up_for_so_many_tries_only(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    service.answers = [(500, {})] * 3
    with Threads(kafka, service.url, tmp_path, max_retries=2):
        kafka.send("new_jobs", job(1))
        kafka.send("new_jobs", job(2))
        poll(lambda: kafka.committed() == 2, 60)
    assert service.names == ["job-2"]
    (dead,) = kafka.records("failed_jobs_dlq")
    assert dead["failure_info"]["error_type"] == "unknown"


def test_a_job_is_known_by_its_id_and_the_number_of_its_try(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    same, other, again = job(1), job(1, sample_id="another"), job(1, retry_count=1)
    with Threads(kafka, service.url, tmp_path):
        for each in (same, same, other, again):
            kafka.send("new_jobs", each)
        poll(lambda: kafka.committed() == 4)
    assert [body["idempotency_key"] for body in service.runs.values()] == [
        "kafka:0:job-1",
        "kafka:1:job-1",
    ]
    (dead,) = kafka.records("failed_jobs_dlq")
    assert dead["job_data"] == other
    words = f"job_id job-1 came before with other content (run {service.run_of('job-1')})"
    assert dead["failure_info"]["error_message"] == words


def test_a_job_that_comes_again_is_the_same_run_whatever_the_configuration_says_now(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    for group, retries in (("first", 3), ("second", 4)):
        kafka.send("new_jobs", job(1)) if group == "first" else None
        with Threads(kafka, service.url, tmp_path, group=group, max_retries=retries):
            poll(lambda group=group: kafka.committed(group=group) == 1)  # type: ignore[misc]
    assert service.submissions == 2 and service.names == ["job-1"]
    assert kafka.records("failed_jobs_dlq") == []


def test_a_broker_that_is_gone_for_a_while_loses_and_doubles_nothing(
    kafka: MockKafka, service: FaultyService, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service.ends_at_once = True

    def goes_down() -> None:
        if len(service.runs) == 5:  # recorded, and neither committed nor told
            kafka.down()

    service.on_recorded = goes_down
    for number in range(20):
        kafka.send("new_jobs", job(number))
    caplog.set_level(logging.INFO)
    with Threads(kafka, service.url, tmp_path):
        poll(lambda: "is away, jobs wait" in caplog.text, 60)
        assert poll(lambda: _status(tmp_path, "broker_away_since"), 60) <= time.time()
        kafka.up()
        poll(lambda: kafka.committed() == 20, 60)
        has(kafka, "notifications", 20)
        poll(lambda: f"broker {kafka.servers} is back" in caplog.text, 60)
    assert caplog.text.count("is away") == 1 and "FAIL" not in caplog.text
    assert service.names == [f"job-{number}" for number in range(20)]
    ended = [each["job_id"] for each in kafka.records("notifications")]
    assert set(ended) == set(service.names)
    told = {(each["job_id"], each["sequence"]) for each in kafka.records("job_updates")}
    assert told == {(name, sequence) for name in service.names for sequence in (1, 2)}


def test_two_intakes_share_the_jobs_and_one_that_leaves_hands_them_over(
    service: FaultyService, tmp_path: Path
) -> None:
    with MockKafka(partitions=4) as kafka, Threads(kafka, service.url, tmp_path / "a"):
        for number in range(8):
            kafka.send("new_jobs", job(number), partition=number % 4)
        with Threads(kafka, service.url, tmp_path / "b") as second:
            poll(lambda: second.intake._mine, 60)
            for number in range(8, 24):
                kafka.send("new_jobs", job(number), partition=number % 4)
            poll(lambda: len(service.runs) > 10, 60)
        poll(lambda: sum(kafka.committed(number) for number in range(4)) == 24, 60)
    assert sorted(service.names) == sorted(f"job-{number}" for number in range(24))


def test_jobs_of_a_partition_that_comes_while_another_job_waits_are_not_passed_over(
    service: FaultyService, tmp_path: Path
) -> None:
    service.is_busy = True
    with MockKafka(partitions=2) as kafka, Threads(kafka, service.url, tmp_path / "a") as first:
        with Threads(kafka, service.url, tmp_path / "b") as second:
            poll(lambda: len(first.intake._mine) == 1 and len(second.intake._mine) == 1, 60)
            for number in range(6):
                kafka.send("new_jobs", job(number), partition=number % 2)
            poll(lambda: service.asked >= {"job-0", "job-1"}, 60)  # both wait
        poll(lambda: len(first.intake._mine) == 2, 60)
        tries = service.submissions
        poll(lambda: service.submissions > tries + 3, 60)
        service.is_busy = False
        poll(lambda: [kafka.committed(0), kafka.committed(1)] == [3, 3], 60)
    names = service.names
    assert [name for name in names if name in ("job-0", "job-2", "job-4")] == sorted(names)[::2]
    assert [name for name in names if name in ("job-1", "job-3", "job-5")] == sorted(names)[1::2]


def test_a_record_that_the_broker_finds_too_large_is_cut(kafka: MockKafka) -> None:
    configuration = Configuration(kafka_servers=[kafka.servers], kafka=QUIET)
    outbox = Outbox(configuration, Broker(configuration))
    letters = [{"message": "m" * 5000}] * 1000
    content = {"job_id": "job-1", "sequence": 7, "run": {"url": "/u", "dead_letters": letters}}
    assert outbox.send([Record("job_updates", "job-1", content)], lambda seconds: True)
    run = {"url": "/u", "dead_letters": [{"message": "m" * 500}] * 20}
    told = {"job_id": "job-1", "sequence": 7, "run": run, "cut": True}
    assert kafka.records("job_updates") == [told]


def test_offsets_of_what_is_done_are_committed_before_a_partition_is_given_back(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    lab = Threads(kafka, service.url, tmp_path)
    store, api, stopping = Store(tmp_path), Api(service.url), threading.Event()
    intake = Intake(lab.configuration, store, api, NeverSent(), stopping, lab.broker)  # type: ignore[arg-type]
    intake._mine, intake._done = {("new_jobs", 0)}, {("new_jobs", 0): 3}
    intake._revoked(intake._consumer, [TopicPartition("new_jobs", 0)])
    assert kafka.committed() == 3 and not intake._mine


class NeverSent:
    """An outbox whose records do not arrive before the end."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def send(self, records: list[Record], goes_on: object) -> bool:
        self.records += records
        return False

    def close(self) -> None:
        """Nothing is on its way."""


def test_a_message_whose_record_the_broker_has_not_confirmed_comes_again(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    outbox = NeverSent()
    kafka.send("new_jobs", b"{no json")
    with Threads(kafka, service.url, tmp_path, outbox):
        poll(lambda: outbox.records)
    assert [record.topic for record in outbox.records] == ["failed_jobs_dlq"]
    assert kafka.committed() < 0
