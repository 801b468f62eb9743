"""One run comes into its journal: in order, once, however often the process dies."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from run_ingest_lab import EXPECTED, Lab, busy_run, facts, streams

from control.events import journal as journal_module
from control.events import run_ingest as module
from control.record.process import this_process
from control.record.request import Request
from control.record.run_dir import State


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path / "runs")
    yield made
    made.close()


def test_a_run_is_told_as_it_happens(lab: Lab) -> None:
    for _ in busy_run(lab.run):
        lab.read()
    told = facts(lab.rest())
    assert sorted(told) == sorted(EXPECTED)
    assert streams(told) == streams(EXPECTED)
    assert (told[0], told[-1]) == (EXPECTED[0], EXPECTED[-1])
    assert lab.run.journal(lab.journals).committed().closed


def test_a_run_that_is_seen_when_it_is_over_tells_the_same(lab: Lab) -> None:
    for _ in busy_run(lab.run):
        pass
    assert streams(lab.rest()) == streams(EXPECTED)
    first, last = lab.run.messages()[0], lab.run.messages()[-1]
    run = lab.run.run_dir.read_run()
    assert (first["timestamp"], last["timestamp"]) == (run.start, run.end)


def test_another_process_goes_on_after_every_step(lab: Lab) -> None:
    for _ in busy_run(lab.run):
        before = lab.told()
        while True:
            is_busy = lab.step()
            lab.close()
            assert lab.told()[: len(before)] == before
            before = lab.told()
            if not is_busy:
                break
    assert streams(lab.rest()) == streams(EXPECTED)


def test_a_process_that_dies_before_it_commits_has_done_nothing(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every second step is taken by a process that dies at its commit."""

    class Killed(BaseException):
        pass

    def die(*_: object, **__: object) -> None:
        raise Killed

    for _ in busy_run(lab.run):
        for _ in range(3):
            with monkeypatch.context() as dying:
                dying.setattr(journal_module.os, "replace", die)
                with pytest.raises(Killed):
                    while lab.step():
                        pass
                    raise Killed
            lab.close()
            lab.step()
            lab.close()
    assert streams(lab.rest()) == streams(EXPECTED)


def test_all_lines_of_a_job_come_before_its_end_however_many(lab: Lab) -> None:
    lab.run.start()
    lab.run.job(1, "a.log")
    lab.run.log("a.log", "".join(f"line {n}\n" for n in range(25_000)))
    lab.run.finish(1)
    lab.run.end()
    assert lab.step(), "that is more than one step"
    told = lab.rest()
    assert told.index("1.1: line 24999") < told.index("job 1.1 finished")
    assert [t for t in told if "line" in t] == [f"1.1: line {n}" for n in range(25_000)]


class TestHowARunEnds:
    def test_in_the_queue_then_running(self, lab: Lab) -> None:
        lab.run.run_dir.request.write_text(Request(user="ada", created=WHEN).to_json())
        assert lab.read() == ["status queued"]
        assert lab.run.messages()[0]["timestamp"] == WHEN
        assert lab.open().at_rest
        lab.close()
        lab.run.start()
        assert lab.read() == ["status queued", "status running", "progress run 0.0"]
        assert lab.run.messages()[1]["data"]["owner"] == "ada"
        assert {told["data"]["created"] for told in lab.run.messages()[:2]} == {WHEN}

    def test_lines_of_open_jobs_come_before_the_end_of_the_run(self, lab: Lab) -> None:
        lab.run.start()
        lab.run.job(1, "a.log")
        lab.run.log("a.log", "one\ntwo")
        lab.run.end(State.CANCELLED, code=1)
        assert lab.rest()[-4:] == ["1.1: one", "1.1: two", "job 1.1 cancelled", "status cancelled"]

    def test_before_the_first_event(self, lab: Lab) -> None:
        lab.run.begin(launched_by="driver")
        lab.run.run_dir.driver_log.write_text("x\n" * 9000 + "no space left; password=hush\n")
        lab.run.end(State.FAILED, code=1)
        running, error, failed = lab.rest()
        assert (running, failed) == ("status running", "status failed")
        assert error.endswith("no space left; password=***") and len(error) < 200
        assert lab.run.messages()[1]["data"]["code"] == 1

    def test_not_so_after_one(self, lab: Lab) -> None:
        lab.run.start()
        lab.run.run_dir.driver_log.write_text("all that events have told already\n")
        lab.run.end(State.FAILED, code=1)
        assert lab.rest() == ["status running", "progress run 0.0", "status failed"]

    def test_the_last_words_come_once(self, lab: Lab) -> None:
        lab.run.begin(process=replace(this_process(), pid_start="1"))
        lab.run.run_dir.driver_log.write_text("killed\n")
        told = ["status running", "error killed", "status interrupted"]
        assert lab.read() == told
        lab.run.end(State.FAILED)
        assert lab.rest() == [*told, "status failed"]

    def test_a_dead_process_is_an_interruption_and_is_told_once(self, lab: Lab) -> None:
        child = subprocess.Popen(["sleep", "60"])
        stat = Path(f"/proc/{child.pid}/stat").read_text()
        start = stat.rpartition(")")[2].split()[19]
        lab.run.start(process=replace(this_process(), pid=child.pid, pid_start=start))
        lab.run.job(1, "a.log")
        lab.run.log("a.log", "one\n")
        assert "status interrupted" not in lab.read()
        child.kill()
        child.wait()
        told = lab.read()
        assert told[-1] == "status interrupted"
        lab.run.log("a.log", "a job that outlives its Snakemake\n")
        lab.close()
        assert lab.read() == told
        assert not lab.run.journal(lab.journals).committed().closed

    def test_a_resumed_run_goes_on(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "REST_SECONDS", 0.0)
        lab.run.start(process=replace(this_process(), pid_start="1"))
        earlier = time.time() - 10
        lab.run.job(1, "a.log", at=earlier)
        lab.run.attempt("a.log", "one\n", at=earlier)
        assert lab.rest()[-1] == "status interrupted"
        lab.run.log("a.log", "two\n")
        lab.run.start()
        told = lab.read()
        assert told[-5:] == [
            "status interrupted",
            "status running",
            "1.1: two",
            "job 1.1 cancelled",
            "progress run 0.0",
        ]
        lab.run.attempts.clear()
        lab.run.job(1, "a.log")
        lab.run.attempt("a.log", "again\n")
        lab.run.finish(1)
        lab.run.end()
        again = [t for t in lab.rest()[len(told) :] if "===" not in t]
        assert again[:3] == ["job 1.1 selected", "job 1.1 running", "1.1: again"]
        assert again[-1] == "status completed"
        assert lab.run.journal(lab.journals).committed().closed

    def test_a_failed_run_can_be_resumed_and_fail_again(self, lab: Lab) -> None:
        lab.run.start()
        lab.run.end(State.FAILED, why="no luck", code=1)
        first = lab.rest()
        lab.run.start()
        assert lab.read()[len(first) :] == ["status running", "progress run 0.0"]
        assert not lab.run.journal(lab.journals).committed().closed
        lab.run.end(State.FAILED, why="no luck", code=1)
        assert lab.rest()[len(first) + 2 :] == ["status failed"]

    def test_also_when_nobody_looked_in_between(self, lab: Lab) -> None:
        lab.run.start()
        lab.run.end(State.FAILED, code=1)
        first = lab.rest()
        lab.run.start()
        time.sleep(0.002)  # another millisecond, another end
        lab.run.end(State.FAILED, code=1)
        assert lab.rest()[len(first) :] == ["progress run 0.0", "status failed"]

    def test_a_run_that_is_over_is_left_as_it_is(self, lab: Lab) -> None:
        for _ in busy_run(lab.run):
            pass
        lab.rest()
        before = {file: file.stat().st_mtime_ns for file in lab.run.run_dir.path.iterdir()}
        lab.rest()
        assert {f: f.stat().st_mtime_ns for f in lab.run.run_dir.path.iterdir()} == before


WHEN = "2026-11-21T22:10:05.123Z"


def test_a_finished_job_tells_what_it_took(lab: Lab) -> None:
    (lab.run.work / "took.tsv").write_text("max_rss\tcpu_time\n512.5\t3.25\n")
    (lab.run.work / "link.tsv").symlink_to(lab.run.work / "took.tsv")
    lab.run.start(total=4)
    for jobid, benchmark in enumerate(["took.tsv", "none.tsv", "link.tsv", "link.tsv"], 1):
        lab.run.job(jobid, benchmark=benchmark)
        lab.read()
        lab.run.finish(jobid)
        lab.close()  # another process reads on
    lab.run.end()
    lab.rest()
    data = [message["data"] for message in lab.run.messages()]
    ends = {each["jobid"]: each.get("usage") for each in data if each.get("state") == "finished"}
    assert ends == {1: {"peak_memory_mb": 512.5, "cpu_s": 3.25}, 2: None, 3: None, 4: None}
    (told,) = [each["line"] for each in data if "benchmark" in each.get("line", "")]
    assert told == "link.tsv, a benchmark, is not read: it is a link"


def test_a_reason_that_stands_is_told_once_also_by_the_next_process(lab: Lab) -> None:
    """No event comes while a whole queue waits: time itself tells it."""
    run, now = lab.run, time.time()
    run.start()
    run.event("job_started", jobs=[1], at=now - 60)
    run.event("job_info", jobid=1, rule_name="align", local=False, at=now - 60)
    for seconds, reason in ((50, "Priority"), (20, "Resources")):
        job = {"jobid": 1, "external_id": "7", "state": "PENDING", "reason": reason}
        run.event("cluster_jobs", jobs=[job], at=now - seconds)

    def reasons() -> list[str]:
        found = [m["data"].get("queue", {}) for m in run.messages(lab.journals)]
        return [queue["reason"] for queue in found if queue]

    lab.read()
    assert reasons() == ["Priority", "Resources"]
    lab.close()
    lab.read()
    assert reasons() == ["Priority", "Resources"]
    job = {"jobid": 1, "external_id": "7", "state": "PENDING", "reason": "Priority"}
    run.event("cluster_jobs", jobs=[job], at=now - 15)
    lab.read()
    assert reasons() == ["Priority", "Resources", "Priority"], "what was told last is known"


def test_the_log_of_a_job_that_waits_is_read_when_it_runs(lab: Lab) -> None:
    """Ten thousand may wait, and none of their logs need be looked for."""
    run = lab.run
    run.start()
    run.event("job_started", jobs=[1])
    facts = {"rule_name": "align", "log": ["logs/a.log"], "local": False}
    run.event("job_info", jobid=1, **facts)
    job = {"jobid": 1, "external_id": "7", "state": "PENDING", "reason": "Resources"}
    run.event("cluster_jobs", jobs=[job])
    lab.read()
    run.attempt("logs/a.log", "one\n")
    assert "1.1: one" not in lab.read()
    run.event("cluster_jobs", jobs=[job | {"state": "RUNNING", "node": "n1"}])
    told = lab.read()
    assert told[-1] == "1.1: one" and "job 1.1 running" in told[-3:]


def test_a_run_cancelled_while_jobs_waited_in_a_cluster_ends(lab: Lab) -> None:
    run = lab.run.start(1)
    run.job(1, "logs/1.log")
    queued = {"jobid": 1, "external_id": "71", "state": "PENDING", "reason": "Resources"}
    run.event("cluster_jobs", jobs=[{**queued, "node": "", "start": "", "restarts": 0, "exit": ""}])
    lab.read()
    run.end(State.CANCELLED, "cancelled on request")
    assert lab.rest()[-1].startswith("status cancelled")
