"""/health and /metrics: each fault has its word; strangers learn no more than that."""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from web_lab import WebLab

from control.record.lines import timestamp, to_line
from control.record.process import this_process
from control.record.run_dir import State
from control.web import health as health_module
from control.web import operation, tally
from control.web.health import FULL_BYTES, LOW_BYTES, free_bytes
from engines.contract.errors import CannotWrite

INGEST: dict[str, Any] = {
    "active_runs": 1,
    "known_runs": 2,
    "lag_seconds": 0.25,
    "messages": 1234,
    "problems": [],
}
STEWARD: dict[str, Any] = {"pid": 1, "runs": {}, "waiting": {}, "problems": {}, "tasks": {}}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[WebLab]:
    made = WebLab(tmp_path)
    report(made, "ingest")
    report(made, "steward")
    yield made
    made.index.close()


def report(lab: WebLab, name: str, age: float = 0, **more: Any) -> None:
    """What a process of the service says of itself."""
    content = {"time": timestamp(time.time() - age), **(INGEST if name == "ingest" else STEWARD)}
    path = getattr(lab.state, f"{name}_report")
    path.write_text(to_line({**content, **more}))


def ask(lab: WebLab, user: str | None = "root", path: str = "/health") -> tuple[int, Any]:
    answer = lab.client(user).get(path)
    return answer.status_code, answer.json


def test_all_is_well(lab: WebLab) -> None:
    status, content = ask(lab)
    assert status == 200 and content["status"] == "ok" and content["version"]
    assert set(content["checks"]) == {"database", "index", "disk", "ingest", "steward"}
    assert content["checks"]["ingest"]["lag_seconds"] == 0.25
    assert content["checks"]["disk"]["state"]["path"] == str(lab.state.path)
    assert ask(lab, path="/health/ready")[0] == 200


@pytest.mark.parametrize("user", [None, "vera", "ada"])
def test_who_is_no_admin_learns_a_word_for_each_part(lab: WebLab, user: str | None) -> None:
    report(lab, "ingest", problems=["/secret/place: Permission denied"])
    status, content = ask(lab, user)
    assert status == 200 and content["status"] == "degraded"
    assert content["checks"]["ingest"] == {"status": "degraded"}
    assert "/secret" not in json.dumps(content) and "version" not in content


def test_live_needs_nothing(lab: WebLab) -> None:
    lab.state.ingest_report.unlink()
    status, content = ask(lab, None, "/health/live")
    assert status == 200 and content["status"] == "ok"


def problems(lab: WebLab) -> None:
    report(lab, "ingest", problems=["a", "b"])


def broken_lease(lab: WebLab) -> None:
    report(lab, "steward", problems={"r": "no lease"})


def failed_task(lab: WebLab) -> None:
    report(lab, "steward", tasks={"retention": {"error": "x"}, "b": {"error": ""}})


def break_ingest(lab: WebLab) -> None:
    lab.state.ingest_report.unlink()


def garble_steward(lab: WebLab) -> None:
    lab.state.steward_report.write_text("[")


def break_index(lab: WebLab) -> None:
    lab.index.close()
    for file in lab.state.path.glob("index.db*"):
        file.unlink()


def break_database(lab: WebLab) -> None:
    size = lab.state.service.stat().st_size
    lab.state.service.write_bytes(os.urandom(size))
    for side in ("-wal", "-shm"):
        Path(f"{lab.state.service}{side}").unlink(missing_ok=True)


FAULTS: list[tuple[Callable[[WebLab], None], str, str, str]] = [
    (break_ingest, "ingest", "failing", "not reported yet"),
    (lambda lab: report(lab, "ingest", age=60), "ingest", "failing", "silent for 60 s"),
    (lambda lab: report(lab, "ingest", lag_seconds=42), "ingest", "degraded", "42 s late"),
    (
        lambda lab: report(lab, "ingest", problems=["a", "b"]),
        "ingest",
        "degraded",
        "a (and 1 more)",
    ),
    (garble_steward, "steward", "failing", "not reported yet"),
    (lambda lab: report(lab, "steward", age=60), "steward", "failing", "silent"),
    (
        lambda lab: report(lab, "steward", problems={"r": "no lease"}),
        "steward",
        "degraded",
        "no lease",
    ),
    (failed_task, "steward", "degraded", "failed: retention"),
    (break_index, "index", "failing", "index.db"),
    (break_database, "database", "failing", "service.db"),
]


@pytest.mark.parametrize(("fault", "part", "word", "why"), FAULTS, ids=[f[3] for f in FAULTS])
def test_each_fault_has_its_word(
    lab: WebLab, fault: Callable[[WebLab], None], part: str, word: str, why: str
) -> None:
    fault(lab)
    with lab.app.app_context():
        checks = operation._operation().health.checks()
    assert (checks[part].word, why in checks[part].why) == (word, True), checks[part]
    status, content = ask(lab, None)
    assert status == (503 if word == "failing" else 200) and content["status"] == word
    assert content["checks"][part]["status"] == word


@pytest.mark.parametrize(
    ("free", "word", "status"),
    [(LOW_BYTES, "ok", 200), (LOW_BYTES - 1, "degraded", 200), (FULL_BYTES - 1, "failing", 503)],
)
def test_disk(
    lab: WebLab, monkeypatch: pytest.MonkeyPatch, free: int, word: str, status: int
) -> None:
    monkeypatch.setattr(health_module, "free_bytes", lambda folder: free)
    assert ask(lab)[0] == status
    assert ask(lab)[1]["checks"]["disk"]["status"] == word


def test_free_space_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    known = free_bytes(tmp_path / "a" / "b")
    assert known is not None and known > 0


def test_free_space_where_the_disk_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(path: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "statvfs", fail)
    assert free_bytes(Path("/")) is None


# metrics


def metrics(lab: WebLab, user: str = "vera") -> dict[tuple[str, str], float]:
    """Every sample by its name and the value of its labels."""
    answer = lab.client(user).get("/metrics")
    assert answer.status_code == 200 and answer.content_type.startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    return {
        (sample.name.removeprefix("plumbline_"), " ".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_metrics_need_a_sign_in(lab: WebLab) -> None:
    assert lab.client(None).get("/metrics").status_code == 401


def test_metrics_of_runs_and_jobs(lab: WebLab) -> None:
    lab.run(State.COMPLETED)
    lab.run(State.COMPLETED, user="bob")
    lab.run(State.FAILED)
    found = metrics(lab)
    assert found["runs", "completed"] == 2 and found["runs", "failed"] == 1
    assert found["runs", "queued"] == 0, "a state without runs is there too"
    jobs = {key[1]: value for key, value in found.items() if key[0] == "jobs"}
    assert sum(jobs.values()) > 0 and any(label.endswith(" finished") for label in jobs)
    assert {key[1] for key in found if key[0] == "job_seconds"} == set(jobs)


def test_metrics_of_processes(lab: WebLab) -> None:
    report(lab, "steward", waiting={"a": "no room", "b": "no room"})
    found = metrics(lab)
    assert found["messages_total", ""] == 1234 and found["event_lag_seconds", ""] == 0.25
    assert found["process_up", "ingest"] == found["process_up", "steward"] == 1
    assert found["runs_waiting", ""] == 2
    assert found["resident_bytes", "serve"] > 1e6
    assert found["disk_free_bytes", str(lab.runs)] > 0
    report(lab, "ingest", age=60)
    assert metrics(lab)["process_up", "ingest"] == 0


def test_metrics_of_notifications(lab: WebLab) -> None:
    with lab.app.app_context():
        from control.web import auth

        with auth.database().write() as db:
            columns = (
                "recipient, shown, run_id, sequence, kind, title, body, state, next_try, created"
            )
            values = "'a', 'a', 'r', 1, 'failed', '', '', 'sent', 0, 0"
            db.execute(f"INSERT INTO deliveries ({columns}) VALUES ({values})")
    assert metrics(lab)["notifications", "sent"] == 1


def test_a_part_that_cannot_be_read_is_left_out(lab: WebLab) -> None:
    break_index(lab)
    found = metrics(lab)
    assert ("runs", "failed") not in found
    assert found["messages_total", ""] == 1234


# several workers


def write_other(folder: Path, pid: int, start: str | None, **counts: int) -> None:
    """The file of another worker."""
    process = replace(this_process(), pid=pid, pid_start=start)
    content = {"process": vars(process), "tally": {**vars(tally.Tally()), **counts}}
    (folder / f"{pid}.json").write_text(json.dumps(content))


def test_numbers_of_all_workers(lab: WebLab, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = lab.state.workers
    monkeypatch.setattr(tally, "tally", tally.Tally(clients=2, connections=5, dropped=1))
    parent = this_process_of(os.getppid())
    write_other(folder, os.getppid(), parent, clients=3, connections=10, polls=7)
    write_other(folder, 2**22 - 3, "1", clients=100, connections=1000, dropped=20)
    (folder / "junk.json").write_text("{")
    tally.write(folder)  # our own, which is not counted twice
    total, living = tally.of_all(folder)
    assert total == tally.Tally(clients=5, connections=1015, dropped=21, polls=7)
    assert sorted(living) == sorted([os.getpid(), os.getppid()])
    assert metrics(lab)["websocket_clients", ""] == 5
    tally.clear(folder)
    assert tally.of_all(folder) == (tally.tally, [os.getpid()])


def this_process_of(pid: int) -> str:
    """When a process started, as the record of a run tells it."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


def test_worker_that_cannot_write_its_numbers_goes_on(
    lab: WebLab, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(folder: Path) -> None:
        raise CannotWrite("the disk is full")

    monkeypatch.setattr(operation, "tally", SimpleNamespace(write=fail))
    operation.report_worker(lab.settings)
    assert "the disk is full" in caplog.text
