"""One run comes into its journal: in order, once, however often the process dies."""

import errno
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from recorded_run import RecordedRun

from control.events import journal as journal_module
from control.events import run_ingest as module
from control.events.followed_log import LogRules
from control.events.run_ingest import RunIngest
from control.events.tail import NotFollowed
from control.record.message import Message
from control.record.process import this_process
from control.record.request import Request
from control.record.run_dir import Run, State, UnreadableRun


class Lab:
    """A run, and the process that reads it."""

    def __init__(self, runs: Path, number: int = 1) -> None:
        self.run = RecordedRun(runs, number)
        self.journals = runs.parent / "journals"
        self.journals.mkdir(exist_ok=True)
        self.ingest: RunIngest | None = None

    def open(self) -> RunIngest:
        rules = LogRules(grace=0.05)
        self.ingest = self.ingest or RunIngest(self.run.run_dir, self.journals, rules)
        return self.ingest

    def close(self) -> None:
        ingest, self.ingest = self.ingest, None
        if ingest is not None:
            ingest.close()

    def step(self) -> bool:
        ingest = self.open()
        ingest.wake((), time.monotonic())
        return ingest.step(time.monotonic())

    def read(self) -> list[str]:
        """Everything that there is; the messages so far, in short."""
        while self.step():
            pass
        return self.told()

    def rest(self) -> list[str]:
        """Until nothing more is expected."""
        deadline = time.monotonic() + 180
        while not self.open().at_rest:
            self.open().step(time.monotonic())
            assert time.monotonic() < deadline, self.told()
        self.close()
        return self.told()

    def told(self) -> list[str]:
        messages = self.run.messages(self.journals)
        assert [m["sequence"] for m in messages] == [*range(1, len(messages) + 1)]
        for message in messages:
            Message.from_json(json.dumps(message))
        return self.run.told(self.journals)


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path / "runs")
    yield made
    made.close()


def busy_run(run: RecordedRun) -> Iterator[None]:
    """A run of some jobs, with a retry; each yield is a moment at which it can be looked at."""
    run.start(total=3)
    yield
    run.job(1, "logs/a.log")
    run.job(2, "logs/b.log")
    run.attempt("logs/a.log", "one\n")
    run.log("logs/b.log", "b one\nb tw")
    yield
    run.log("logs/a.log", "two\nPROGRESS: 50% - half")
    run.log("logs/b.log", "o\n")
    run.raw_event('{"time": "2026')
    yield
    run.raw_event("\n")
    run.log("logs/a.log", "\nthree")
    run.fail(1, again=True)
    run.job(1, "logs/a.log")
    run.attempt("logs/a.log", "again one\n")
    run.finish(2)
    yield
    run.log("logs/a.log", '{"type": "result", "f1": 0.98}\n')
    run.finish(1)
    run.job(3)
    run.finish(3)
    yield
    run.end()
    yield


EXPECTED = [
    "status running",
    "progress run 0.0",
    "job 1.1 selected",
    "job 1.1 running",
    "job 2.1 selected",
    "job 2.1 running",
    "1.1: one",
    "2.1: b one",
    "1.1: two",
    "2.1: b two",
    "-.-: 1 unreadable lines in events.ndjson were passed over",
    "progress job 50.0",
    "1.1: three",
    "error align (sample=s1): exit code 1",
    "job 1.1 failed",
    "-.-: Trying to restart job 1.",
    "job 1.1 retried",
    "job 1.2 selected",
    "job 1.2 running",
    "job 2.1 finished",
    "1.2: again one",
    "result",
    "job 1.2 finished",
    "job 3.1 selected",
    "job 3.1 running",
    "job 3.1 finished",
    "status completed",
]


def facts(told: list[str]) -> list[str]:
    """Without beginnings of attempts, and steps of the whole run: they come as they come."""
    return [
        text
        for text in told
        if "===" not in text and (text == "progress run 0.0" or "progress run" not in text)
    ]


def streams(told: list[str]) -> dict[str, list[str]]:
    """What must be in order: the lines of each attempt, and everything of each job."""
    found: dict[str, list[str]] = {}
    for text in facts(told):
        key = (
            text.split(".")[0].removeprefix("job ")
            if text[0].isdigit() or "job " in text[:4]
            else ""
        )
        found.setdefault(key if key.isdigit() else text.split()[0], []).append(text)
    return found


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


class TestDiskFull:
    def test_what_was_read_is_kept_and_nothing_more_is_read(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moments = busy_run(lab.run)
        next(moments)
        told = lab.read()
        with monkeypatch.context() as full:
            full.setattr(journal_module.os, "pwrite", _no_space)
            next(moments)
            for _ in range(3):
                with pytest.raises(OSError, match="No space"):
                    lab.step()
                assert lab.open().has_uncommitted
                position = lab.open().journal.sources
            next(moments)
            with pytest.raises(OSError, match="No space"):
                lab.step()
            assert lab.told() == told
            assert lab.open().journal.sources == position
        for _ in moments:
            lab.read()
        assert streams(lab.rest()) == streams(EXPECTED)

    def test_a_kill_in_the_meantime_loses_nothing(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in busy_run(lab.run):
            with monkeypatch.context() as full:
                full.setattr(journal_module.os, "pwrite", _no_space)
                with pytest.raises(OSError, match="No space"):
                    while lab.step():
                        pass
                    _no_space()
            lab.close()
            lab.read()
        assert streams(lab.rest()) == streams(EXPECTED)


def _no_space(*_: Any) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


class TestEventsThatAreNotAsTheyWere:
    def test_a_run_directory_that_was_copied(self, lab: Lab, tmp_path: Path) -> None:
        moments = busy_run(lab.run)
        for _ in range(4):
            next(moments)
            lab.read()
        lab.close()
        path = lab.run.run_dir.path
        path.rename(tmp_path / "old")
        shutil.copytree(tmp_path / "old", path)
        for _ in moments:
            lab.read()
        told = lab.rest()
        assert [t for t in facts(told) if t.startswith("job")] == [
            t for t in EXPECTED if t.startswith("job")
        ]

    def test_a_power_cut_took_their_end(self, lab: Lab) -> None:
        lab.run.start()
        lab.run.job(1)
        length = lab.run.run_dir.events.stat().st_size
        lab.run.finish(1)
        told = lab.read()
        lab.close()
        os.truncate(lab.run.run_dir.events, length - 10)
        assert lab.read() == told
        lab.close()
        lab.run.raw_event("\n")
        time.sleep(0.002)  # events are told apart by their milliseconds
        lab.run.job(2)
        assert lab.read()[len(told) :] == [
            "-.-: 1 unreadable lines in events.ndjson were passed over",
            "job 2.1 selected",
            "job 2.1 running",
        ]

    def test_lines_without_sense_are_counted(self, lab: Lab) -> None:
        lab.run.start()
        lab.run.raw_event('[]\nnonsense\n{"event": "job_info"}\n{"a": NaN}\n\xff\n')
        lab.run.job(1)
        told = lab.read()
        assert told.count("-.-: 2 unreadable lines in events.ndjson were passed over") == 2
        assert told[-1] == "job 1.1 running"

    def test_they_were_deleted(self, lab: Lab) -> None:
        lab.run.start()
        told = lab.read()
        lab.close()
        lab.run.run_dir.events.unlink()
        assert lab.read() == told
        time.sleep(0.002)
        lab.run.job(1)
        assert lab.read() == [*told, "job 1.1 selected", "job 1.1 running"]

    def test_a_link_in_their_place(self, lab: Lab, tmp_path: Path) -> None:
        lab.run.start()
        lab.run.run_dir.events.rename(tmp_path / "elsewhere")
        lab.run.run_dir.events.symlink_to(tmp_path / "elsewhere")
        with pytest.raises(NotFollowed, match="link"):
            lab.step()


class TestDirectoriesThatAreNoRuns:
    def test_nothing_is_made_in_them(self, tmp_path: Path) -> None:
        lab = Lab(tmp_path / "runs")
        with pytest.raises(UnreadableRun):
            lab.open()
        lab.run.run_dir.run.write_text("{")
        with pytest.raises(UnreadableRun):
            lab.open()
        assert sorted(p.name for p in lab.run.run_dir.path.iterdir()) == ["run.json", "work"]

    def test_a_pipe_for_run_json_keeps_nobody_waiting(self, lab: Lab) -> None:
        os.mkfifo(lab.run.run_dir.run)
        with pytest.raises(UnreadableRun, match="no regular file"):
            lab.open()

    def test_nonsense_in_run_json_is_no_timestamp(self, lab: Lab) -> None:
        lab.run.start()
        run = lab.run.run_dir.read_run()
        lab.run.run_dir.write_run(
            Run(State.FAILED, start="<b>", end='"', workdir=run.workdir, process=run.process)
        )
        assert lab.rest() == ["status running", "progress run 0.0", "status failed"]


def test_the_run_of_another_user_has_its_journal_with_us(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module.os, "getuid", lambda: os.stat(lab.journals).st_uid + 1)
    lab.run.start()
    assert lab.read() == ["status running", "progress run 0.0"]
    assert not lab.run.run_dir.messages.exists()
    assert (lab.journals / lab.run.run_id / "messages.ndjson").exists()


def test_what_the_disk_lost_is_told(lab: Lab) -> None:
    lab.run.start()
    lab.read()
    lab.close()
    os.truncate(lab.run.run_dir.messages, 10)
    lab.step()
    messages = lab.run.messages()
    assert [m["sequence"] for m in messages] == [3]
    assert "2 messages" in messages[0]["data"]["line"]


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
