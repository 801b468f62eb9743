"""What SLURM's words mean: states, reasons, refusals, the ends of jobs."""

import logging
import time
from dataclasses import replace
from logging.handlers import QueueHandler
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace

import pytest
from snakemake_interface_common.exceptions import WorkflowError

from control.record.slurm_states import STATES, normal_reason, normal_state, reason_of, state_of
from snakemake_executor_plugin_plumbline_slurm import submission
from snakemake_executor_plugin_plumbline_slurm.decisions import (
    Asked,
    Step,
    decide,
    exit_code,
    explain,
    hint_of,
)
from snakemake_executor_plugin_plumbline_slurm.job_log import with_cause
from snakemake_executor_plugin_plumbline_slurm.letters import job_name
from snakemake_executor_plugin_plumbline_slurm.pace import Pace
from snakemake_executor_plugin_plumbline_slurm.preparation import reach
from snakemake_executor_plugin_plumbline_slurm.queue_view import Seen, Used
from snakemake_executor_plugin_plumbline_slurm.stuck import Stuck
from snakemake_executor_plugin_plumbline_slurm.submission import Call, Refused, Submitter, _passes
from snakemake_executor_plugin_plumbline_slurm.telling import Teller
from snakemake_executor_plugin_plumbline_slurm.vanished import Vanished


def test_states_are_known_however_slurm_writes_them():
    assert normal_state("CANCELLED by 1000") == "CANCELLED"
    assert normal_state("CANCELLED+") == "CANCELLED"
    assert normal_state("NODE_FAIL,REQUEUED") == "NODE_FAIL"
    assert not state_of("SOMETHING_NEW").is_ended
    assert all(state.is_ended or not state.is_failure for state in STATES.values())
    assert all(
        state.hint for name, state in STATES.items() if state.is_failure and name != "FAILED"
    )


@pytest.mark.parametrize(
    ("reason", "passes"),
    [
        ("Resources", True),
        ("(Priority)", True),
        ("QOSMaxJobsPerUserLimit", True),
        ("QOSGrpCpuLimit", True),
        ("AssocGrpMemLimit", True),
        ("ReqNodeNotAvail, UnavailableNodes:n[1-4]", True),
        ("QOSMaxMemoryPerJob", False),
        ("AssocGrpCPUMinutesLimit", False),
        ("PartitionTimeLimit", False),
        ("JobHeldAdmin", False),
        ("DependencyNeverSatisfied", False),
        ("AReasonOfNextYear", True),
    ],
)
def test_whether_a_reason_passes_by_itself(reason: str, passes: bool):
    told = reason_of(reason)
    assert told.passes is passes
    assert told.words
    assert told.passes or told.hint
    assert " " not in normal_reason(reason)


@pytest.mark.parametrize(
    ("state", "resubmissions", "step"),
    [
        ("PENDING", 0, Step.KEEP),
        ("COMPLETING", 0, Step.KEEP),
        ("COMPLETED", 0, Step.SUCCEEDED),
        ("FAILED", 0, Step.FAILED),
        ("TIMEOUT", 0, Step.FAILED),
        ("OUT_OF_MEMORY", 0, Step.FAILED),
        ("GONE", 0, Step.FAILED),
        ("CANCELLED", 0, Step.GIVEN_UP),
        ("DEADLINE", 0, Step.GIVEN_UP),
        ("NODE_FAIL", 2, Step.RESUBMIT),
        ("NODE_FAIL", 3, Step.GIVEN_UP),
        ("PREEMPTED", 0, Step.RESUBMIT),
    ],
)
def test_what_follows_from_a_state(state: str, resubmissions: int, step: Step):
    assert decide(Seen("7", state), resubmissions) is step


def test_an_end_is_explained_in_one_line():
    asked = Asked(mem_mb="4000", runtime="60")
    killed = Seen("7", "OUT_OF_MEMORY", node="n1", exit="0:125")
    assert "on n1" in explain(killed, asked, Used("4100 MB"))
    assert "asked for 4000 MB, used 4100 MB" in explain(killed, asked, Used("4100 MB"))
    late = explain(Seen("7", "TIMEOUT", node="n1"), asked, Used(time="01:00:12"))
    assert "asked for 60 min, took 01:00:12" in late
    assert explain(Seen("7", "FAILED", node="n1", exit="3:0"), asked, Used()) == (
        "FAILED on n1, exit code 3"
    )
    assert [exit_code(Seen("7", "FAILED", exit=told)) for told in ("3:0", "0:9")] == [3, 137]
    assert exit_code(Seen("7", "TIMEOUT", exit="0:0")) == 124


def test_only_the_log_may_tell_of_memory(tmp_path: Path):
    log, seen = tmp_path / "log", Seen("7", "FAILED", exit="0:9")
    log.write_text("the command says: out of memory\n")
    assert with_cause(seen, log) == seen
    log.write_text("slurmstepd-n1: error: StepId=8.batch exceeded memory limit (9 > 2), killed\n")
    assert with_cause(seen, log).state == "OUT_OF_MEMORY"
    assert with_cause(Seen("7", "COMPLETED", exit="0:0"), log).state == "COMPLETED"


def test_a_job_that_ended_well_while_the_controller_was_away_has_not_failed(tmp_path: Path):
    log, seen = tmp_path / "log", Seen("7", "FAILED", node="n1", exit="1:0")
    log.write_text("plumbline: SLURM job 7 ended with exit code 0\n")
    assert (with_cause(seen, log).state, with_cause(seen, log).exit) == ("COMPLETED", "0:0")
    log.write_text("plumbline: SLURM job 7 ended with exit code 1\n")
    assert with_cause(seen, log) == seen


def test_a_job_that_left_the_queue_is_never_waited_for_for_ever(tmp_path: Path):
    ended = "plumbline: SLURM job 7 ended with exit code {}\n"
    for name, text in {
        "7": ended.format(0),
        "8": ended.replace("7", "8").format(3),
        "9": "",
    }.items():
        (tmp_path / name).write_text(text)
    logs = {name: tmp_path / name for name in ("7", "8", "9")}
    patient, impatient = Vanished(60), Vanished(-1)
    states = {job: seen.state for job, seen in patient.settle(logs).items()}
    assert states == {"7": "COMPLETED", "8": "FAILED"}
    assert impatient.settle(logs)["9"].state == "GONE"


CALL = Call(("--mem=1",), "comment", "#!/bin/sh\n", Path("/nowhere/%j.log"), "run")


@pytest.fixture
def sbatch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An sbatch that says what is in a file, line by line, and counts how often it was asked."""
    program = tmp_path / "sbatch"
    program.write_text(
        "#!/bin/sh\ncat > /dev/null; cd $(dirname $0); echo x >> asked\n"
        "line=$(head -n 1 says); sed -i 1d says\n"
        'case "$line" in [0-9]*) echo "$line";; *) echo "sbatch: error: $line" >&2; exit 1;; esac\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


@pytest.mark.parametrize(
    "answer",
    [
        "Batch job submission failed: Invalid partition name specified",
        "Batch job submission failed: Invalid account or account/partition combination specified",
        "Batch job submission failed: Requested node configuration is not available",
        "Batch job submission failed: Requested time limit is invalid (missing or exceeds limit)",
        "QOSMaxMemoryPerJob; Job violates accounting/QOS policy (job submit limit)",
    ],
)
def test_a_refusal_that_does_not_pass_is_asked_for_once(sbatch: Path, answer: str):
    (sbatch / "says").write_text(f"{answer}\n")
    submitter = Submitter(print)
    for _ in range(3):
        with pytest.raises(Refused):
            submitter.submit(CALL)
    assert (sbatch / "asked").read_text().count("x") == 1


@pytest.mark.parametrize(
    "answer",
    [
        "QOSMaxSubmitJobPerUserLimit; Job violates accounting/QOS policy (job submit limit)",
        "Unable to contact slurm controller (connect failure)",
        "Slurm temporarily unable to accept job, sleeping and retrying",
    ],
)
def test_a_refusal_that_passes_is_waited_out(sbatch: Path, answer: str):
    (sbatch / "says").write_text(f"{answer}\n71\n")
    said: list[str] = []
    submitter = Submitter(said.append)
    submitter._say = lambda line: (said.append(line), submitter.ended())  # type: ignore[assignment]
    start = time.monotonic()
    assert submitter.submit(CALL) == "71"
    assert len(said) == 1
    assert time.monotonic() - start < 2  # a job that ends makes room at once


@pytest.mark.parametrize(
    ("answer", "is_there"),
    [
        ("squeue: fatal: Could not establish a configuration source", False),
        ("slurm_load_jobs error: Unable to contact slurm controller (connect failure)", False),
        ("slurm_load_jobs error: Socket timed out on send/recv operation", True),
    ],
)
def test_a_run_does_not_begin_without_slurm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, is_there: bool
):
    squeue = tmp_path / "squeue"
    squeue.write_text(f"#!/bin/sh\necho '{answer}' >&2; exit 1\n")
    squeue.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.delenv("SLURM_CONF", raising=False)
    if is_there:
        reach("run")
        return
    with pytest.raises(WorkflowError, match=r"not in reach.*plumbline doctor") as error:
        reach("run")
    assert "\n" not in str(error.value)


def test_a_configuration_that_is_not_there_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLURM_CONF", "/nowhere/slurm.conf")
    with pytest.raises(WorkflowError, match=r"SLURM_CONF=\S+ is not there"):
        reach("run")


def test_the_queue_is_left_alone_when_it_is_slow():
    pace = Pace(5)
    pace.looked(3.0, jobs=10, has_changed=True)
    assert pace.at_least == 60
    pace.looked(0.01, jobs=10, has_changed=True)
    assert pace.at_least == 1
    assert pace.at_most <= 2.2
    for _ in range(20):
        pace.looked(0.01, jobs=10, has_changed=False)
    assert 4.5 <= pace.at_most <= 5.5


def test_a_slow_controller_is_not_left_alone_for_longer_than_a_minute():
    pace = Pace(5)
    pace.looked(60.0, jobs=10, has_changed=False)
    assert pace.at_least == 60
    assert pace.at_most <= 66


@pytest.mark.parametrize(
    ("answer", "passes"),
    [
        ("Batch job submission failed: Invalid authentication credential", True),
        ("Unable to allocate resources: Munge: Invalid credential", True),
        ("Required node not available (down, drained or reserved)", True),
        ("Socket timed out on send/recv operation; Invalid account or partition", True),
        ("fatal: Could not establish a configuration source", True),
        ("Slurm backup controller in standby mode", True),
        ("I/O error writing script/environment to file", True),
        ("Incompatible versions of client and server code", None),
        ("Invalid user id", None),
        ("Requested partition configuration not available now", None),
        ("Requested node configuration is not available", False),
        ("Access/permission denied", False),
    ],
)
def test_whether_a_refusal_passes(answer: str, passes: bool | None):
    assert _passes(answer) is passes


def test_a_refusal_that_is_not_known_is_only_of_the_job_that_it_was_given_to(
    sbatch: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(submission, "_UNKNOWN_SECONDS", 0)
    (sbatch / "says").write_text("Something of next year\n71\n")
    submitter = Submitter(print)
    with pytest.raises(Refused):
        submitter.submit(CALL)
    assert submitter.submit(CALL) == "71"


def test_a_job_that_slurm_does_not_let_go_is_judged_by_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    log, now = tmp_path / "log", [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    stuck, completing = Stuck(1800), {"7": Seen("7", "COMPLETING", node="n1")}
    log.write_text("plumbline: SLURM job 7 ended with exit code 0\n")
    assert stuck.settle(completing, {"7": log}) == {}
    now[0] = 61
    assert stuck.settle(completing, {"7": log})["7"] == Seen("7", "COMPLETED", "", "n1", exit="0:0")
    log.write_text("it says nothing yet\n")
    assert stuck.settle(completing, {"7": log}) == {}


@pytest.mark.parametrize(
    ("reason", "gives_up"),
    [
        ("PartitionTimeLimit", True),
        ("BadConstraints", True),
        ("DependencyNeverSatisfied", True),
        ("QOSMaxMemoryPerJob", True),
        ("JobHeldAdmin", False),
        ("JobHeldUser", False),
        ("PartitionDown", False),
        ("AssocGrpCPUMinutesLimit", False),
        ("Priority", False),
    ],
)
def test_what_can_never_begin_is_given_up_after_a_while(
    reason: str, gives_up: bool, monkeypatch: pytest.MonkeyPatch
):
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    stuck, logs = Stuck(1800), {"7": Path("/nowhere")}
    waiting = Seen("7", "PENDING", reason)
    assert stuck.settle({"7": Seen("7", "PENDING", "Resources")}, logs) == {}
    now[0] = 2000
    assert stuck.settle({"7": waiting}, logs) == {}
    now[0] = 3801
    ended = stuck.settle({"7": waiting}, logs)
    assert bool(ended) is gives_up
    if ended:
        assert decide(ended["7"], 0) is Step.GIVEN_UP
        assert hint_of(ended["7"]) == reason_of(reason).hint
        assert f"{reason}: {reason_of(reason).words}" in explain(ended["7"], Asked(), Used())


def test_a_job_whose_node_could_not_begin_it_goes_to_another():
    stuck, logs = Stuck(1800), {"7": Path("/nowhere")}
    stuck.settle({"7": Seen("7", "CONFIGURING", node="n3")}, logs)
    held = Seen("7", "PENDING", normal_reason("(launch failed requeued held)"))
    ended = stuck.settle({"7": held}, logs)["7"]
    assert (ended.node, decide(ended, 0)) == ("n3", Step.RESUBMIT)


def test_an_estimate_alone_is_no_news():
    records: list[dict] = []

    class Plugin(QueueHandler):
        def handle(self, record: logging.LogRecord) -> bool:
            records.extend(record.jobs)  # type: ignore[attr-defined]
            return True

    logger = logging.Logger("slurm")
    logger.addHandler(Plugin(SimpleQueue()))
    teller, waiting = Teller(logger), Seen("7", "PENDING", "Resources", start="12:00")
    assert teller.tell({"7": 1}, {"7": waiting})
    assert not teller.tell({"7": 1}, {"7": replace(waiting, start="12:01")})
    assert [each["start"] for each in records] == ["12:00"]
    assert teller.tell({"7": 1}, {"7": replace(waiting, reason="Priority", start="12:02")})
    assert teller.tell({"7": 1}, {"7": Seen("7", "RUNNING", node="n1", start="12:03")})
    assert [each["start"] for each in records] == ["12:00", "12:02", "12:03"]


def test_a_job_that_never_begins_is_named_with_what_to_change(caplog: pytest.LogCaptureFixture):
    logger = logging.Logger("slurm")
    logger.addHandler(caplog.handler)
    seen = {str(n): Seen(str(n), "PENDING", "PartitionTimeLimit") for n in (55, 56)}
    Teller(logger).tell({"55": 1, "56": 2}, seen, {"55": "align (s=A)"}.__getitem__)
    assert caplog.messages == [
        "align (s=A), SLURM job 55, and 1 more for the same reason: will not begin by itself"
        " (PartitionTimeLimit): its runtime is longer than the partition allows; set a shorter"
        " runtime for the rule, or another slurm_partition (under set-resources in the profile)"
    ]


def test_an_estimate_is_told_after_a_while(monkeypatch: pytest.MonkeyPatch):
    now, told = [0.0], []
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    teller, waiting = Teller(logging.Logger("slurm")), Seen("7", "PENDING", start="12:00")
    monkeypatch.setattr(teller, "_emit", told.extend)
    for second in (0, 599, 601, 602):
        now[0] = second
        teller.tell({"7": 1}, {"7": replace(waiting, start=f"12:{second}")})
    assert [each["start"] for each in told] == ["12:0", "12:601"]


def test_no_two_jobs_have_one_name():
    def name(**wildcards: str) -> str:
        return job_name(SimpleNamespace(rule=SimpleNamespace(name="r"), wildcards_dict=wildcards))

    assert (name(), name(a="x.y"), name(a="x.y", b="z")) == ("r", "r/x.y", "r/x.y.z")
    pairs = [("x.y", "z"), ("x", "y.z"), ("x", "y%2Ez"), ("x.y.", "z"), ("x", "y%252Ez")]
    assert len({name(a=a, b=b) for a, b in pairs}) == len(pairs)
