"""``plumbline reindex``: alone, beside a service, and where it cannot work."""

import fcntl
import json
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from index_lab import IndexLab, event, job

from control.events import reindex as reindexing
from control.events.cli import reindex
from control.events.index import Index
from control.record.run_dir import State

WORKFLOW = event("workflow_started", 1, cwd="/data")


@pytest.fixture
def lab(tmp_path: Path) -> IndexLab:
    lab = IndexLab(tmp_path)
    lab.run(1, "ada").status(State.RUNNING, 1).tell(WORKFLOW, *job(1, "align"))
    lab.run(2).status(State.FAILED, 2)
    config = {"runs": [str(lab.runs)], "state": str(lab.state.path)}
    (tmp_path / "service.yaml").write_text(json.dumps(config))
    return lab


def run(lab: IndexLab, *arguments: str) -> Result:
    config = str(lab.runs.parent / "service.yaml")
    return CliRunner().invoke(reindex, ["--config", config, *arguments])


@contextmanager
def a_service(lab: IndexLab) -> Iterator[None]:
    """What a running ingest holds: the lock."""
    lock = os.open(lab.state.ingest_lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(lock)


def test_everything_is_read_again_with_the_same_numbers(lab: IndexLab) -> None:
    lab.catch_up()
    before = lab.content()
    lab.state.index.unlink()
    result = run(lab)
    assert result.exit_code == 0 and "Runs: 2, messages: 5." in result.output
    assert lab.content() == before
    row = lab.index.run(lab.run(1).facts.run_id)
    assert row is not None and (row.owner, row.last_sequence) == ("ada", 4)


def test_what_cannot_be_read_is_named(lab: IndexLab) -> None:
    lab.run(2).facts.journal.messages.unlink()
    (lab.runs / "20261121-221500-00ff").mkdir()
    (lab.runs / "not-a-run").mkdir()
    (lab.runs / "20261121-221500-0abc").symlink_to(lab.run(1).run_dir.path)
    result = run(lab)
    assert result.exit_code == 0 and "Runs: 1, messages: 4." in result.output
    assert f"left out: {lab.run(2).facts.journal.messages}: No such file" in result.output
    assert "Runs without messages yet, which plumbline serve will read: 1." in result.output


def test_another_folder(lab: IndexLab, tmp_path: Path) -> None:
    run(lab)
    other = IndexLab(tmp_path / "other")
    other.run(9).status(State.COMPLETED, 3)
    assert run(lab, "--runs", str(other.runs)).exit_code == 0
    assert [row.state for row in lab.index.runs().rows] == ["completed"]


def test_a_running_service_does_it(lab: IndexLab) -> None:
    answered = []

    def answer() -> None:
        deadline = time.monotonic() + 180
        while not lab.state.reindex_request.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        answered.append(lab.state.index.exists())
        lab.state.reindex_request.unlink()

    with a_service(lab):
        service = threading.Thread(target=answer)
        service.start()
        result = run(lab)
        service.join()
    assert result.exit_code == 0 and "The service has rebuilt its index." in result.output
    assert answered == [False] and not lab.state.index.exists()


def test_a_service_that_dies_meanwhile(lab: IndexLab) -> None:
    with a_service(lab):
        waiting = threading.Thread(target=run, args=[lab])
        waiting.start()
        deadline = time.monotonic() + 180
        while not lab.state.reindex_request.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
    waiting.join()
    assert len(Index(lab.state.index).runs().rows) == 2
    assert not lab.state.reindex_request.exists()


def test_a_service_that_does_not_answer(lab: IndexLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindexing, "ANSWER_SECONDS", 0.0)
    with a_service(lab):
        result = run(lab)
    assert result.exit_code == 124 and "the service has not rebuilt its index" in result.output


def test_a_running_service_reads_its_own_folders(lab: IndexLab) -> None:
    with a_service(lab):
        result = run(lab, "--runs", str(lab.runs))
    assert result.exit_code == 64 and "a service is running" in result.output
    assert not lab.state.reindex_request.exists()


def test_a_state_folder_that_cannot_be(lab: IndexLab, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    config = {"runs": [str(lab.runs)], "state": str(tmp_path / "file" / "state")}
    (tmp_path / "service.yaml").write_text(json.dumps(config))
    result = run(lab)
    assert result.exit_code == 73 and "Not a directory" in result.output
    assert "Traceback" not in result.output


def test_a_folder_that_is_not_there(lab: IndexLab) -> None:
    assert run(lab, "--runs", "/nowhere").exit_code == 2  # click's; 64 through `plumbline`
