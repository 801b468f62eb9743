"""How a run ended, from its events: the traps that real runs have shown."""

from typing import Any

from control.record.run_dir import State
from snakemake_logger_plugin_plumbline.outcome import Outcome

SUMMARY = {
    "event": "error",
    "exception": "WorkflowError",
    "message": "WorkflowError:\nAt least one job did not complete successfully.",
}


def message(text: str, level: str = "info") -> dict[str, Any]:
    return {"event": "message", "level": level, "message": text}


def started(jobid: int, rule: str = "align", **wildcards: str) -> list[dict[str, Any]]:
    info = {"event": "job_info", "jobid": jobid, "rule_name": rule, "wildcards": wildcards}
    return [{"event": "job_started", "jobs": [jobid]}, info]


def finished(jobid: int, done: int, total: int) -> list[dict[str, Any]]:
    return [
        {"event": "job_finished", "jobid": jobid},
        {"event": "progress", "done": done, "total": total},
    ]


def failed(jobid: int, rule: str = "align") -> list[dict[str, Any]]:
    error = {"event": "error", "exception": "RuleException", "message": "RuleException:\nexit 1"}
    return [error, {"event": "job_error", "jobid": jobid, "rule_name": rule}]


ENDED = [message("Elapsed time: 0:00:01")]


def decide(*events: dict[str, Any]) -> tuple[State, str]:
    outcome = Outcome()
    for event in [{"event": "run_info", "stats": {"total": 3}}, *events]:
        outcome.observe(event)
    return outcome.decide()


def test_all_done() -> None:
    events = [*started(1), *finished(1, 2, 3), *started(0), *finished(0, 3, 3), *ENDED]
    assert decide(*events) == (State.COMPLETED, "3 of 3 steps done")


def test_a_retry_that_succeeds_is_no_failure() -> None:
    again = message("Trying to restart job 1.")
    events = [*started(1), *failed(1), again, *started(1), *finished(1, 3, 3), *ENDED]
    assert decide(*events)[0] is State.COMPLETED


def test_a_member_of_a_group_that_was_tried_again_is_no_failure() -> None:
    again = message("Trying to restart job 8a5ca0ec-8da0.")
    events = [*started(1), *failed(1), again, *started(1)]
    assert decide(*events, *finished(1, 3, 3), *ENDED)[0] is State.COMPLETED
    request = message("Terminating processes on user request, this might take some time.")
    assert decide(*events, request)[1] == "cancelled on request; 0 of 3 steps done"


def test_the_last_attempt_counts() -> None:
    again = message("Trying to restart job 1.")
    events = [*started(1, sample="A"), *failed(1), again, *started(1, sample="A"), *failed(1)]
    state, why = decide(*events, *ENDED, SUMMARY)
    assert (state, why) == (State.FAILED, "1 job failed: align (sample=A); 0 of 3 steps done")


def test_other_jobs_that_finish_do_not_heal_a_failure() -> None:
    events = [*started(1), *started(2), *failed(1), *finished(2, 3, 3), *ENDED]
    assert decide(*events)[0] is State.FAILED


def test_missing_output_has_no_job_error() -> None:
    missing = {
        "event": "error",
        "exception": "MissingOutputException",
        "message": "MissingOutputException in rule align in file x, line 18:\n"
        "Job 1  completed successfully, but some output files are missing.",
    }
    events = [*started(1, sample="A"), missing, *finished(2, 1, 3), *ENDED, SUMMARY]
    assert decide(*events) == (State.FAILED, "1 job failed: align (sample=A); 1 of 3 steps done")


def test_cancelled_jobs_are_not_failed_ones() -> None:
    request = message("Terminating processes on user request, this might take some time.")
    events = [*started(1), *started(2), *failed(2, "call"), request, *failed(1), *ENDED, SUMMARY]
    assert decide(*events) == (
        State.CANCELLED,
        "cancelled on request; 0 of 3 steps done; 1 job failed: align",
    )


def test_stopped_after_the_running_jobs() -> None:
    stop = message("Will exit after finishing currently running jobs (scheduler).")
    state, why = decide(*started(1), stop, *finished(1, 1, 3), *ENDED, SUMMARY)
    assert state is State.CANCELLED and why.startswith("stopped after the running jobs on request")


def test_nothing_to_do() -> None:
    nothing = "Nothing to be done (all requested files are present and up to date)."
    assert decide(message(nothing))[0] is State.COMPLETED


def test_an_error_before_any_job() -> None:
    error = {
        "event": "error",
        "exception": "MissingInputException",
        "message": "MissingInputException in rule align:\n\n  Missing input files:\nreads.fq",
    }
    assert decide(error) == (
        State.FAILED,
        "MissingInputException in rule align: Missing input files:",
    )


def test_an_error_after_all_jobs() -> None:
    hook = {"event": "error", "exception": "OSError", "message": "onsuccess: no mail"}
    assert decide(*started(1), *finished(1, 3, 3), hook) == (State.FAILED, "onsuccess: no mail")


def test_a_run_with_until_may_end_below_its_total() -> None:
    assert decide(*started(1), *finished(1, 1, 3), *ENDED)[0] is State.COMPLETED


def test_an_end_out_of_the_blue() -> None:
    assert decide(*started(1)) == (State.FAILED, "Snakemake ended early; 0 of 3 steps done")


def test_many_failures_are_counted() -> None:
    events = [event for jobid in range(5) for event in [*started(jobid), *failed(jobid)]]
    assert decide(*events)[1].startswith("5 jobs failed: align, align, align and 2 more")
