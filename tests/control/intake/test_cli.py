"""``plumbline intake kafka``: its help, its check, and life without the extra."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from faulty_service import FaultyService
from intake_lab import IntakeProcess
from mock_kafka import QUIET, MockKafka

from control.intake.cli import intake

LOADED = "print([name for name in sys.modules if name.split('.')[0] == 'confluent_kafka'])"


def test_nothing_but_the_intake_imports_the_client() -> None:
    code = f"import sys, control.web.app, control.serve.service, control.client.cli; {LOADED}"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_nothing_else_names_it() -> None:
    root = Path(__file__).parents[3]
    files = [*(root / "control").rglob("*.py"), *(root / "workflow").rglob("*.py")]
    naming = {
        file.relative_to(root).as_posix()
        for file in files
        if any(word in file.read_text() for word in ("confluent_kafka", "control.intake"))
    }
    outside = {name for name in naming if not name.startswith("control/intake/")}
    assert outside == {"control/cli.py"}


def test_without_the_extra_a_line_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = CliRunner().invoke(intake, ["kafka"])
    assert result.exit_code == 69
    last = json.loads(result.stderr.splitlines()[-1])
    assert last["message"] == "Kafka: confluent-kafka is not installed"
    assert "pip install '.[kafka]'" in last["hint"]


def test_the_check_says_what_is_wrong(tmp_path: Path) -> None:
    with MockKafka() as kafka, FaultyService() as service:
        service.session = {"user": "ada", "role": "operator", "rights": {"submit": True}}
        content = {"kafka_servers": kafka.servers, "kafka": QUIET, "url": service.url}
        good = check(tmp_path, **content, topics={"notifications": "elsewhere"})
        assert good.exit_code == 0
        assert f"{kafka.servers}: 1 brokers answer" in good.stdout
        assert "warn  topic          elsewhere: is not there" in good.stdout
        assert f"{service.url}: signed in as ada, operator" in good.stdout
        service.session = {"user": "eve", "role": "viewer", "rights": {"submit": False}}
        viewer = check(tmp_path, **content)
        assert viewer.exit_code == 69
        assert "eve may look, and submit nothing" in viewer.stdout
        service.session = {"user": "ada", "role": "operator", "rights": {"submit": True}}
        wrong = {"message": "/db: is not there", "hint": "mend it"}
        service.wrong = [
            {"file": "config.yaml", "key": "screen.genomes", **wrong},
            {"file": "samples.tsv", "key": "reads_1", **wrong},
        ]
        databases = check(tmp_path, **content)
        assert databases.exit_code == 69 and databases.stdout.count("/db: is not there") == 1
        assert "fail  configuration  reference_db_path: /db: is not there" in databases.stdout


def test_the_check_of_a_broker_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("control.intake.check.SECONDS", 1.0)
    monkeypatch.setattr("control.client.api.TRIES", 1)
    found = check(tmp_path, kafka_servers="127.0.0.1:1", kafka=QUIET, url="http://127.0.0.1:1")
    assert found.exit_code == 69
    assert "fail  broker         127.0.0.1:1: " in found.stdout
    assert "Connection refused" in found.stdout.splitlines()[0]
    assert "no connection" in found.stdout


def test_a_setting_that_librdkafka_does_not_know_is_told_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("control.client.api.TRIES", 1)
    found = check(tmp_path, kafka={"sasl.pasword": "hunter2"}, url="unix:/nowhere")
    assert 'kafka: No such configuration property: "sasl.pasword"' in found.stdout
    assert "hunter2" not in found.output
    found = check(tmp_path, kafka={"security.protocol": "hunter2"}, url="unix:/nowhere")
    assert 'configuration property "security.protocol"' in found.stdout
    assert "hunter2" not in found.output
    assert "fail  service" in found.stdout


def check(folder: Path, **content: object):  # type: ignore[no-untyped-def]
    """The outcome of ``--check``."""
    config = folder / "config.json"
    config.write_text(json.dumps(content))
    return CliRunner().invoke(intake, ["kafka", "--check", "--config", str(config)])


def test_a_second_one_with_the_same_folder_is_refused(tmp_path: Path) -> None:
    from control.intake.store import Store

    store = Store(tmp_path / "intake")
    with MockKafka() as kafka, IntakeProcess(kafka, "http://127.0.0.1:1", tmp_path) as second:
        assert second.process.wait(60) == 75
    store.close()
    assert "another intake uses it" in second.log.read_text()
