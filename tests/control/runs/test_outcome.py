"""How a run ended, from what it left behind."""

import json
from pathlib import Path
from typing import Any

import pytest

from control.record.run_dir import RunDir, State
from control.runs.outcome import Ended, Marks, judge, last_words

START = Marks(0, 0)


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    return RunDir.create(tmp_path, 0)


def tell(run_dir: RunDir, *events: dict[str, Any]) -> None:
    with open(run_dir.events, "a") as file:
        for event in events:
            file.write(json.dumps(event) + "\n")


def job(jobid: int, **wildcards: str) -> dict[str, Any]:
    return {"event": "job_info", "jobid": jobid, "rule_name": "call", "wildcards": wildcards}


def failed(jobid: int) -> dict[str, Any]:
    return {"event": "job_error", "jobid": jobid, "rule_name": "call"}


def progress(done: int, total: int) -> dict[str, Any]:
    return {"event": "progress", "done": done, "total": total}


def test_the_return_code_decides_whether_it_completed(run_dir: RunDir) -> None:
    tell(run_dir, job(1), progress(1, 1))
    verdict = judge(run_dir, START, 0, Ended("cancelled by ann"))
    assert (verdict.state, verdict.why, verdict.done) == (
        State.COMPLETED,
        "1 of 1 steps done",
        1,
    )


def test_lost_samples_and_dead_letters_are_counted(run_dir: RunDir) -> None:
    run_dir.samples.write_text("sample\tcalls\n\n# no\n" + "".join(f"s{n}\tx\n" for n in range(40)))
    tell(run_dir, job(1, sample="s1"), job(2, sample="s2"), job(3, sample="s2"), job(4))
    tell(run_dir, failed(1), failed(2), failed(3), failed(4), progress(7, 12))
    letters = run_dir.work / ".plumbline/dead_letters"
    letters.mkdir(parents=True)
    for name in ("a-01234567.json", "b-89abcdef.json", "notes.txt", "no letter.json"):
        (letters / name).touch()
    verdict = judge(run_dir, START, 1)
    assert verdict.state is State.FAILED
    assert verdict.why == (
        "4 jobs failed: call (sample=s1), call (sample=s2), call (sample=s2) and 1 more; "
        "7 of 12 steps done; 38 of 40 samples; 2 dead letters"
    )


def test_only_this_attempt_counts(run_dir: RunDir) -> None:
    tell(run_dir, job(1), failed(1), progress(0, 5))
    since = Marks.of(run_dir)
    tell(run_dir, job(1), progress(1, 2))
    assert judge(run_dir, since, 1).why == "Snakemake ended early; 1 of 2 steps done"


def test_an_end_that_was_asked_for_says_by_whom_and_what_had_failed_before(
    run_dir: RunDir,
) -> None:
    tell(run_dir, job(1, x="1"), failed(1), progress(2, 5))
    verdict = judge(run_dir, START, 1, Ended("cancelled by ann"))
    assert verdict.state is State.CANCELLED
    assert verdict.why == "cancelled by ann; 1 job failed: call (x=1); 2 of 5 steps done"
    assert judge(run_dir, START, 1, Ended("too long", State.FAILED)).state is State.FAILED


def test_a_signal_past_the_driver_cancels_too(run_dir: RunDir) -> None:
    said = {"event": "message", "level": "info", "message": "Terminating processes on user request"}
    tell(run_dir, job(1), said, progress(0, 1))
    verdict = judge(run_dir, START, 1)
    assert (verdict.state, verdict.why) == (
        State.CANCELLED,
        "cancelled on request; 0 of 1 steps done",
    )


@pytest.mark.parametrize(
    ("code", "who"),
    [(137, "Snakemake was killed (SIGKILL)"), (-9, "the guard of Snakemake was killed (SIGKILL)")],
)
def test_a_kill_is_told_with_its_signal(run_dir: RunDir, code: int, who: str) -> None:
    assert judge(run_dir, START, code).why == f"{who}; 0 of 0 steps done"


def test_lines_that_a_kill_or_somebody_else_wrote_change_nothing(run_dir: RunDir) -> None:
    run_dir.events.write_bytes(
        b'{"event":"job_in\n[1]\n{"event":5}\n{"event":"progress"}\n\xff\n'
        b'{"event":"job_info","jobid":1}\n'
    )
    tell(run_dir, progress(1, 2))
    assert judge(run_dir, START, 1).why.endswith("1 of 2 steps done")


def test_without_events_the_last_words_of_the_log_say_why(run_dir: RunDir) -> None:
    run_dir.driver_log.write_text("of an earlier attempt\n")
    since = Marks.of(run_dir)
    assert judge(run_dir, since, 1).why == "it ended without a word"
    with open(run_dir.driver_log, "a") as log:
        log.write("Error: no such thing\nComplete log(s): x\n\n")
    assert judge(run_dir, since, 1).why == "Error: no such thing"


def test_the_last_words_of_our_own_commands_are_their_message(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text('error: x\n{"error_class":"permanent","code":65,"message":"x is torn"}\n')
    assert last_words(log) == "x is torn"
