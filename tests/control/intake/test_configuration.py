"""The documented variables, the JSON file, and which of them wins."""

import json
from pathlib import Path
from typing import Any

import pytest

from control.intake.configuration import load
from control.intake.job import read_job, submission
from engines.contract.errors import BadData, InputMissing


def file(folder: Path, **content: Any) -> Path:
    """A configuration file."""
    path = folder / "config.json"
    path.write_text(json.dumps(content))
    return path


def test_defaults_are_those_of_the_document() -> None:
    found = load(None, {})
    assert found.kafka_servers == ["localhost:9092"] and found.max_retries == 3
    topics = ("new_jobs", "job_updates", "notifications", "failed_jobs_dlq")
    assert tuple(found.topics.model_dump().values()) == topics
    assert found.group == "biogpu_workers" and found.unused() == []


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    path = file(tmp_path, kafka_servers=["a:9092", "b:9092"], max_retries=1, group="ours")
    found = load(path, {"KAFKA_SERVERS": "c:9092, d:9092", "MAX_RETRIES": "7"})
    assert found.kafka_servers == ["c:9092", "d:9092"]
    assert (found.max_retries, found.group) == (7, "ours")


def test_what_means_nothing_here_is_taken_and_told() -> None:
    names = ("REDIS_URL", "BIOGPU_EXECUTABLE", "JWT_SECRET")
    found = load(None, dict.fromkeys(names, "x") | {"GPU_DEVICE_ID": "0", "BASE_RETRY_DELAY": "60"})
    told = {line.split(" is not used: ")[0] for line in found.unused()}
    unused = {name.lower() for name in names}
    assert told == unused | {"gpu_device_id", "base_retry_delay"}


def test_databases_and_retries_reach_the_run() -> None:
    environ = {"REFERENCE_DB_PATH": "/g", "RESISTANCE_DB_PATH": "/r", "MAX_RETRIES": "0"}
    asked = (
        b'{"job_id":"j","sample_id":"s","path_to_r1":"/1","path_to_r2":"/2","species":"E. coli"}'
    )
    body = submission(read_job(asked), load(None, environ))
    assert body["config"] == {"screen": {"genomes": "/g", "resistance": "/r"}}
    assert body["options"] == {"retries": 0}
    row = {"sample": "s", "reads_1": "/1", "reads_2": "/2", "species": "E. coli"}
    assert body["samples"] == [row]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"kafka_server": "a:1"}, "unknown key kafka_server; did you mean 'kafka_servers'?"),
        ({"topics": {"new_job": "a"}}, "unknown key topics.new_job; did you mean 'new_jobs'?"),
        ({"max_retries": 21}, "max_retries (or MAX_RETRIES): Input should be less than"),
        ({"kafka_servers": ""}, "kafka_servers (or KAFKA_SERVERS): List should have"),
        ({"kafka": {"enable.auto.commit": True}}, "kafka.enable.auto.commit cannot be set"),
        ({"kafka": {"sasl.password": {"env": "A", "file": "/b"}}}, "kafka.sasl.password"),
    ],
)
def test_what_cannot_be_is_told_in_a_line(
    tmp_path: Path, content: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadData) as raised:
        load(file(tmp_path, **content), {})
    assert words in raised.value.message and "\n" not in raised.value.message


def test_secrets_lie_elsewhere_and_are_never_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "password").write_text("hunter2\n")
    monkeypatch.setenv("TRUST", "s3cret")
    secrets = {"sasl.password": {"file": str(tmp_path / "password")}}
    secrets |= {"ssl.key.password": {"env": "TRUST"}, "sasl.username": "ada", "a": True}  # type: ignore[dict-item]
    found = load(file(tmp_path, kafka=secrets), {"JWT_SECRET": "t0p"})
    client = found.client()
    assert client["sasl.password"] == "hunter2" and client["ssl.key.password"] == "s3cret"
    assert client["sasl.username"] == "ada" and client["a"] == "true"
    assert not any(word in repr(found) for word in ("hunter2", "s3cret", "t0p"))
    monkeypatch.delenv("TRUST")
    with pytest.raises(InputMissing, match="TRUST: the variable is not set"):
        found.client()


def test_a_file_that_is_no_object_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    with pytest.raises(InputMissing, match="No such file"):
        load(path, {})
    path.write_text("[1]")
    with pytest.raises(BadData, match="no object"):
        load(path, {})
    path.write_text("{")
    with pytest.raises(BadData, match="no JSON"):
        load(path, {})


def test_the_example_of_the_documentation_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "kafka.md").read_text()
    (tmp_path / "config.json").write_text(text.rpartition("```json\n")[2].partition("```")[0])
    found = load(tmp_path / "config.json", {})
    assert found.url == "https://lab.example.org/plumbline" and found.unused() == []
    assert found.kafka["sasl.username"] == "plumbline"
