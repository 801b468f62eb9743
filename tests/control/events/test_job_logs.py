"""Which logs of which attempts are read, from where to where."""

import os
import time
from pathlib import Path
from typing import Any

import pytest

from control.events.followed_log import HELD_SECONDS, Batch, LogRules
from control.events.job_attempts import JobAttempt, RuleState
from control.events.job_logs import JobLogs
from control.record.lines import timestamp

UID = os.getuid()
HOST = os.uname().nodename
WHEN = 1795299005.0  # 2026-11-21 22:10:05 UTC


class Lab:
    """The logs of one run, and a clock."""

    def __init__(self, work: Path, **rules: Any) -> None:
        self.work, self.rules = work, {"host": HOST, **rules}
        self.saved: dict[str, Any] = {}
        self.told: list[list[str]] = []
        self.now = 1000.0
        self.logs = self.begin()

    def begin(self) -> JobLogs:
        return JobLogs(LogRules(**self.rules), str(self.work), UID, self.saved, self.told)

    def restart(self, *attempts: JobAttempt) -> None:
        """Another process goes on from what was committed."""
        self.saved = self.logs.to_json()
        self.logs.close()
        self.logs = self.begin()
        self.logs.follow(attempts, self.now)
        self.logs.forget_saved()

    def attempt(
        self, *logs: str, jobid: int = 1, number: int = 1, since: float = WHEN, rule: str = "align"
    ) -> JobAttempt:
        made = JobAttempt(
            process=1,
            jobid=jobid,
            attempt=number,
            since=timestamp(since),
            state=RuleState.RUNNING,
            rule=rule,
            logs=list(logs),
        )
        self.logs.follow([made], self.now)
        return made

    def end(self, *attempts: JobAttempt, at: float) -> list[str]:
        self.logs.end(attempts, timestamp(at), self.now)
        batch = Batch(timestamp(at), room=1 << 30)
        assert self.logs.drain(attempts, batch, self.now)
        return shown(batch)

    def read(self, seconds: float = 0.3, room: int = 1 << 30) -> list[str]:
        self.now += seconds
        batch = Batch(timestamp(WHEN), room=room)
        self.logs.read(batch, self.now)
        return shown(batch)

    def write(self, path: str, text: str | bytes, *, at: float | None = None) -> Path:
        file = self.work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as opened:
            opened.write(text if isinstance(text, bytes) else text.encode())
        if at is not None:
            os.utime(file, (at, at))
        return file


def shown(batch: Batch) -> list[str]:
    """Attempt and line of each message."""
    from json import loads

    found = []
    for draft in batch.drafts:
        data = loads(draft.data)
        text = data.get("line", data.get("percentage", data.get("message", "")))
        found.append(f"{data['jobid']}.{data['attempt']}: {text}")
    return found


def marker(at: float, host: str = HOST) -> str:
    return f"=== attempt started {timestamp(at)[:19]}Z on {host}\n"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    (tmp_path / "work").mkdir()
    return Lab(tmp_path / "work")


class TestWhereAnAttemptBegins:
    def test_a_log_of_its_own(self, lab: Lab) -> None:
        attempt = lab.attempt("a.log")
        assert lab.read() == []
        lab.write("a.log", "one\n", at=WHEN + 1)
        assert lab.read() == ["1.1: one"]
        lab.write("a.log", "two\nthr")
        assert lab.read() == ["1.1: two"]
        assert lab.end(attempt, at=WHEN + 3) == ["1.1: thr"]

    def test_an_old_log_that_snakemake_has_yet_to_delete(self, lab: Lab) -> None:
        file = lab.write("a.log", "of an earlier run\n", at=WHEN - 3600)
        lab.attempt("a.log")
        assert [lab.read(1.1) for _ in range(3)] == [[], [], []]
        file.unlink()
        assert lab.read() == []
        lab.write("a.log", "of this one\n", at=WHEN + 1)
        assert lab.read(1.1) == ["1.1: of this one"]

    def test_behind_the_attempts_of_earlier_runs(self, lab: Lab) -> None:
        earlier = marker(WHEN - 90) + "earlier\n" + marker(WHEN - 60) + "x" * 3_000_000 + "\n"
        lab.write("a.log", earlier)
        attempt = lab.attempt("a.log")
        assert lab.read() == []
        lab.write("a.log", "still somebody else's\n")
        assert lab.read() == []
        lab.write("a.log", marker(WHEN) + "mine\n")
        assert lab.read() == [f"1.1: {marker(WHEN).strip()}", "1.1: mine"]
        assert lab.end(attempt, at=WHEN + 5) == []

    def test_of_a_node_whose_clock_is_behind(self, lab: Lab) -> None:
        lab.write("a.log", marker(WHEN - 4, "node1") + "mine\n")
        lab.attempt("a.log")
        assert lab.read()[1:] == ["1.1: mine"]

    def test_of_this_host_whose_clock_is_the_same(self, lab: Lab) -> None:
        lab.write("a.log", marker(WHEN - 1) + "of a run that was stopped and typed again\n")
        lab.attempt("a.log")
        assert lab.read() == []

    def test_behind_a_line_that_a_killed_attempt_left_unfinished(self, lab: Lab) -> None:
        lab.write("a.log", marker(WHEN - 60) + "half a li" + marker(WHEN) + "mine\n")
        lab.attempt("a.log")
        assert lab.read()[1:] == ["1.1: mine"]

    def test_a_log_that_a_later_job_has_overwritten(self, lab: Lab) -> None:
        lab.write("a.log", "of a later run\n", at=WHEN + 600)
        attempt = lab.attempt("a.log")
        told = lab.end(attempt, at=WHEN + 3)
        assert len(told) == 1 and "changed after the job had ended" in told[0]

    def test_a_log_in_which_a_later_run_goes_on(self, lab: Lab) -> None:
        text = marker(WHEN) + "mine\n" + marker(WHEN + 600) + "of a later run\n"
        lab.write("a.log", text, at=WHEN + 700)
        attempt = lab.attempt("a.log")
        assert lab.end(attempt, at=WHEN + 3)[1:] == ["1.1: mine"]
        assert lab.read(30) == []

    def test_a_line_that_only_looks_like_a_beginning(self, lab: Lab) -> None:
        lab.attempt("a.log")
        lab.write("a.log", "=== attempt started yesterday\n", at=WHEN + 1)
        assert lab.read() == ["1.1: === attempt started yesterday"]


class TestRetries:
    def test_each_line_is_of_its_attempt(self, lab: Lab) -> None:
        first = lab.attempt("a.log")
        lab.write("a.log", marker(WHEN) + "one\n")
        assert lab.read()[1:] == ["1.1: one"]
        lab.write("a.log", "two\n" + marker(WHEN + 2) + "three\n")
        assert lab.end(first, at=WHEN + 2.1) == ["1.1: two"]
        assert lab.read() == []
        lab.attempt("a.log", number=2, since=WHEN + 2.2)
        assert lab.read()[1:] == ["1.2: three"]

    def test_lines_can_come_before_the_event(self, lab: Lab) -> None:
        """Snakemake's events go through a queue: a log can be ahead of them."""
        first = lab.attempt("a.log")
        lab.write("a.log", marker(WHEN) + "one\n" + marker(WHEN) + "two\n")
        assert lab.read()[1:] == ["1.1: one"]
        assert lab.read() == [], "it is not known yet whose that is"
        assert lab.end(first, at=WHEN + 0.4) == []
        second = lab.attempt("a.log", number=2, since=WHEN + 0.5)
        assert lab.read()[1:] == ["1.2: two"]
        assert lab.end(second, at=WHEN + 0.6) == []

    def test_a_cluster_may_try_again_by_itself(self, lab: Lab) -> None:
        attempt = lab.attempt("a.log")
        lab.write("a.log", marker(WHEN) + "one\n" + marker(WHEN + 3) + "two\n")
        assert lab.read()[1:] == ["1.1: one"]
        assert lab.read(HELD_SECONDS)[1:] == ["1.1: two"]
        lab.write("a.log", marker(WHEN + 6) + "three\n")
        assert lab.end(attempt, at=WHEN + 20)[1:] == ["1.1: three"]

    def test_an_attempt_whose_log_is_just_deleted_for_the_next_one(self, lab: Lab) -> None:
        """It has a second, hidden name; a process that was just started needs that."""
        first = lab.attempt("logs/a.log")
        file = lab.write("logs/a.log", marker(WHEN) + "one\n")
        os.link(file, file.with_name(".a.log"))
        file.unlink()
        assert lab.end(first, at=WHEN + 1)[1:] == ["1.1: one"]
        lab.attempt("logs/a.log", number=2, since=WHEN + 1.1)
        os.link(file.with_name(".a.log"), file)
        lab.write("logs/a.log", marker(WHEN + 2) + "two\n")
        assert lab.read(1.1)[1:] == ["1.2: two"]

    def test_any_other_hidden_file_is_none_of_it(self, lab: Lab) -> None:
        attempt = lab.attempt("a.log")
        lab.write(".a.log", "something else\n", at=WHEN + 1)
        assert lab.read() + lab.end(attempt, at=WHEN + 2) == []

    def test_a_log_without_beginnings_is_replaced(self, lab: Lab) -> None:
        first = lab.attempt("a.log")
        file = lab.write("a.log", "one\n", at=WHEN + 1)
        assert lab.read() == ["1.1: one"]
        lab.write("a.log", "two")
        assert lab.end(first, at=WHEN + 2) == ["1.1: two"]
        second = lab.attempt("a.log", number=2, since=WHEN + 2)
        assert lab.read() == [], "the old one is still there"
        file.unlink()
        lab.write("a.log", "three\n", at=WHEN + 3)
        assert lab.read(1.1) == ["1.2: three"]
        assert lab.end(second, at=WHEN + 4) == []

    def test_the_next_log_may_be_there_before_its_event(self, lab: Lab) -> None:
        first = lab.attempt("a.log")
        file = lab.write("a.log", "one\n", at=WHEN + 1)
        assert lab.read() == ["1.1: one"]
        file.unlink()
        lab.write("a.log", "two\n", at=WHEN + 2)
        assert lab.end(first, at=WHEN + 2) == []
        assert lab.read(0.5) == []
        lab.attempt("a.log", number=2, since=WHEN + 2)
        assert lab.read(0.1) == ["1.2: two"]

    def test_a_retry_goes_on_after_a_restart(self, lab: Lab) -> None:
        first = lab.attempt("a.log")
        lab.write("a.log", marker(WHEN) + "one\n")
        assert lab.read()[1:] == ["1.1: one"]
        lab.saved = lab.logs.to_json()
        lab.write("a.log", "two\n" + marker(WHEN + 1) + "three\n")
        lab.logs = lab.begin()
        lab.logs.resume(first, timestamp(WHEN + 1), lab.now)
        second = lab.attempt("a.log", number=2, since=WHEN + 1)
        found = lab.read()
        assert [line for line in found if "===" not in line] == ["1.1: two", "1.2: three"]
        lab.restart(second)
        assert lab.read() == []
        lab.write("a.log", "four\n")
        assert lab.read() == ["1.2: four"]


class TestRestarts:
    def test_nothing_comes_twice(self, lab: Lab) -> None:
        attempt = lab.attempt("a.log", "b.log")
        lab.write("a.log", "one\ntw", at=WHEN + 1)
        assert lab.read() == ["1.1: one"]
        lab.restart(attempt)
        lab.write("a.log", "o\n")
        lab.write("b.log", "b\n", at=WHEN + 1)
        assert lab.read() == ["1.1: two", "1.1: b"]

    def test_a_log_that_was_written_anew_meanwhile(self, lab: Lab) -> None:
        attempt = lab.attempt("a.log")
        lab.write("a.log", "one\n", at=WHEN + 1)
        assert lab.read() == ["1.1: one"]
        (lab.work / "a.log").write_text("anew, and longer than before\n")
        lab.restart(attempt)
        assert lab.read() == ["1.1: anew, and longer than before"]


class TestHowMuch:
    def test_after_the_limit_only_what_is_structured(self, tmp_path: Path) -> None:
        lab = Lab(tmp_path, limit=100)
        attempt = lab.attempt("a.log")
        lab.write("a.log", "x" * 60 + "\n" + "y" * 60 + "\nPROGRESS: 50%\nz\n", at=WHEN + 1)
        limit = "1.1: only the first 0.0001 MB of a.log are shown; it has the rest"
        assert lab.read() == ["1.1: " + "x" * 60, "1.1: 50%", limit]
        lab.restart(attempt)
        lab.write("a.log", 'plain\n{"type":"error","message":"it broke"}\n')
        assert lab.read() == ["1.1: it broke"], "and nothing is said twice"

    def test_what_is_structured_takes_no_room_of_the_other_lines(self, tmp_path: Path) -> None:
        lab = Lab(tmp_path, limit=100)
        lab.attempt("a.log")
        many = '{"type":"error","message":"one of many"}\n' * 50
        lab.write("a.log", "first\n" + many + "last\n", at=WHEN + 1)
        assert lab.read() == ["1.1: first", *["1.1: one of many"] * 50, "1.1: last"]

    def test_the_next_attempt_has_its_own(self, tmp_path: Path) -> None:
        lab = Lab(tmp_path, limit=100)
        first = lab.attempt("a.log")
        lab.write("a.log", marker(WHEN) + "x" * 200 + "\n")
        assert len(lab.read()) == 2
        lab.end(first, at=WHEN + 1)
        lab.attempt("a.log", number=2, since=WHEN + 1)
        lab.write("a.log", marker(WHEN + 1) + "second\n")
        assert lab.read()[1:] == ["1.2: second"]

    def test_a_batch_is_bounded_and_logs_take_turns(self, lab: Lab) -> None:
        lab.attempt("a.log", jobid=1)
        lab.attempt("b.log", jobid=2)
        lab.write("a.log", "a\n" * 50_000, at=WHEN + 1)
        lab.write("b.log", "b\n" * 50_000, at=WHEN + 1)
        counts = {"1.1: a": 0, "2.1: b": 0}
        for _ in range(4):
            found = lab.read(0.01, room=100_000)
            assert 0 < len(found) < 40_000
            for line in found:
                counts[line] += 1
        assert all(counts.values())
        while found := lab.read(0.01, room=1_000_000):
            for line in found:
                counts[line] += 1
        assert set(counts.values()) == {50_000}

    def test_a_cut_line_is_marked_and_the_rest_counted(self, lab: Lab) -> None:
        attempt = lab.attempt("a.log")
        lab.write("a.log", "x" * 1_500_000, at=WHEN + 1)
        assert [len(line) for line in lab.read()] == [1_000_000 + len("1.1: ")]
        lab.restart(attempt)
        lab.write("a.log", "\nnext\n")
        assert lab.read() == ["1.1: … 500,000 more bytes were left out", "1.1: next"]

    def test_a_log_that_is_no_text_is_told_once(self, lab: Lab) -> None:
        attempt = lab.attempt("a.log")
        lab.write("a.log", b"BAM\1\0\0\0\n" * 100, at=WHEN + 1)
        found = lab.read()
        assert len(found) == 1 and "it is no text" in found[0]
        lab.restart(attempt)
        lab.write("a.log", b"\0\n")
        assert [lab.read(1.1) for _ in range(3)] == [[], [], []]
        (lab.work / "a.log").unlink()
        lab.write("a.log", "text at last\n", at=WHEN + 2)
        assert lab.read(1.1) == ["1.1: text at last"]


class TestWhatIsRefused:
    @pytest.mark.parametrize("path", ["../outside.log", "/etc/hostname", "logs/../../outside.log"])
    def test_outside_of_the_workdir(self, lab: Lab, path: str) -> None:
        (lab.work.parent / "outside.log").write_text("secret\n")
        attempt = lab.attempt(path)
        found = lab.read()
        assert len(found) == 1 and "outside of the run's working directory" in found[0]
        assert lab.read() + lab.end(attempt, at=WHEN + 1) == [], "told once"

    def test_a_link_and_what_lies_behind_one(self, lab: Lab) -> None:
        secret = lab.work.parent / "secret"
        secret.mkdir()
        (secret / "b.log").write_text("secret\n")
        (lab.work / "a.log").symlink_to(secret / "b.log")
        (lab.work / "logs").symlink_to(secret)
        lab.attempt("a.log", jobid=1, rule="one")
        lab.attempt("logs/b.log", jobid=2, rule="two")
        found = lab.read()
        assert len(found) == 2 and "it is a link" in found[0] and "behind a link" in found[1]

    def test_what_belongs_to_another_user(self, lab: Lab) -> None:
        logs = JobLogs(LogRules(), str(lab.work), UID + 1, {}, lab.told)
        lab.logs = logs
        lab.write("a.log", "theirs\n", at=WHEN + 1)
        lab.write("b.log", "theirs\n", at=WHEN + 1)
        first = lab.attempt("a.log", jobid=1)
        lab.attempt("b.log", jobid=2)
        found = lab.read()
        assert len(found) == 1 and "another user" in found[0], "once for all logs of a rule"
        lab.saved = logs.to_json()
        lab.logs = JobLogs(LogRules(), str(lab.work), UID + 1, lab.saved, lab.told)
        lab.logs.follow([first], lab.now)
        assert lab.read() == [], "nor again after a restart"

    def test_a_pipe_without_a_writer(self, lab: Lab) -> None:
        os.mkfifo(lab.work / "a.log")
        lab.attempt("a.log")
        assert "no regular file" in lab.read()[0]


class TestSharedAndLinked:
    def test_a_log_of_two_jobs_is_read_once(self, lab: Lab) -> None:
        first = lab.attempt("a.log", jobid=1)
        second = lab.attempt("a.log", jobid=2)
        lab.write("a.log", "one\n", at=WHEN + 1)
        assert lab.read() == ["1.1: one"]
        assert lab.end(first, at=WHEN + 2) == []
        lab.write("a.log", "two\n")
        assert lab.read() == ["2.1: two"]
        lab.end(second, at=WHEN + 3)

    def test_two_spellings_of_one_log(self, lab: Lab) -> None:
        lab.attempt("logs/a.log", f"{lab.work}/logs/../logs/a.log")
        lab.write("logs/a.log", "one\n", at=WHEN + 1)
        assert lab.read() == ["1.1: one"]

    def test_a_workdir_behind_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to(tmp_path / "real")
        lab = Lab(tmp_path / "link")
        lab.attempt("a.log", str(tmp_path / "link" / "b.log"), str(tmp_path / "real" / "c.log"))
        for name in "abc":
            lab.write(f"{name}.log", name + "\n", at=WHEN + 1)
        assert lab.read() == ["1.1: a", "1.1: b", "1.1: c"]


def test_a_log_is_followed_a_little_longer_and_then_let_go(lab: Lab) -> None:
    end = time.time()
    attempt = lab.attempt("a.log", since=end - 5)
    lab.write("a.log", "one\n")
    assert lab.end(attempt, at=end) == ["1.1: one"]
    lab.write("a.log", "late\n")
    assert lab.read(0.3) == ["1.1: late"]
    assert len(lab.logs) == 1
    assert lab.read(1.0) == []
    assert (len(lab.logs), lab.logs.to_json()) == (0, {})


def test_logs_that_become_known_late_are_read_too(lab: Lab) -> None:
    attempt = lab.attempt("a.log")
    lab.write("slurm.log", "killed: out of memory\n", at=WHEN + 1)
    attempt.add_logs(["slurm.log"])
    lab.logs.follow([attempt], lab.now)
    assert lab.end(attempt, at=WHEN + 2) == ["1.1: killed: out of memory"]


def test_a_woken_log_is_read_at_once(lab: Lab) -> None:
    lab.attempt("a.log")
    lab.write("a.log", "one\n", at=WHEN + 1)
    assert lab.read() == ["1.1: one"]
    lab.read(10)
    lab.write("a.log", "two\n")
    assert lab.read(0.01) == [], "a quiet log is looked at now and then"
    lab.logs.wake([str(lab.work / "a.log")], lab.now)
    assert lab.read(0.01) == ["1.1: two"]


def test_an_attempt_that_was_over_before_its_log_was_read(lab: Lab) -> None:
    first = lab.attempt("a.log")
    lab.write("a.log", marker(WHEN) + "one\n" + marker(WHEN) + "two\n")
    assert lab.end(first, at=WHEN + 0.2)[1:] == ["1.1: one"]
    second = lab.attempt("a.log", number=2, since=WHEN + 0.3)
    assert lab.end(second, at=WHEN + 0.4)[1:] == ["1.2: two"]
