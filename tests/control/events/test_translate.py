"""The state machine of a run: events in, messages out, with known answers."""

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from control.events.journal import Draft
from control.events.translate import Translator
from control.record.message import Message, MessageType
from control.record.request import Request
from control.record.run_dir import Run, State

Event = dict[str, Any]
Data = dict[str, Any]
UUID = "bd1270f4-80e2-535b-b69a-f92eed5a29c2"


def at(second: float) -> str:
    return f"2026-11-21T22:10:{second:06.3f}Z"


def event(name: str, second: float = 5, **fields: Any) -> Event:
    return {"time": at(second), "level": "info", "event": name, **fields}


def text(message: str, level: str = "info", second: float = 5) -> Event:
    return event("message", second, message=message) | {"level": level}


def started(*jobs: int | str, second: float = 5) -> Event:
    return event("job_started", second, jobs=list(jobs))


def info(jobid: int, rule: str = "align", second: float = 5, **fields: Any) -> Event:
    return event("job_info", second, jobid=jobid, rule_name=rule, **{"local": True, **fields})


def fail(jobid: int, second: float = 5, **fields: Any) -> Event:
    return event("job_error", second, jobid=jobid, **fields)


WORKFLOW = event("workflow_started", 1, cwd="/data/project")


class Told:
    """What a translator says about events, one after another."""

    def __init__(self, *events: Event) -> None:
        self.translator = Translator()
        self.drafts: list[Draft] = []
        self.hear(*events)

    def hear(self, *events: Event) -> "Told":
        for each in events:
            self.drafts += self.translator.event(each)
        return self

    def end(self, state: State, run: Run | None = None, request: Request | None = None) -> "Told":
        self.drafts += self.translator.status(state, run, request, at(59), owner="ada")
        return self

    def all(self, kind: MessageType) -> list[Data]:
        return [json.loads(draft.data) for draft in self.drafts if draft.type is kind]

    @property
    def rules(self) -> list[tuple[str, int, int]]:
        return [(d["state"], d["jobid"], d["attempt"]) for d in self.all(MessageType.RULE)]

    @property
    def last(self) -> Data:
        data: Data = json.loads(self.drafts[-1].data)
        return data


class TestAttempts:
    def test_a_local_job_runs_at_once_and_tells_all_about_itself_once(self) -> None:
        details = {
            "wildcards": {"sample": "A"},
            "input": [f"{number}.fq" for number in range(101)],
            "output": ["A.bam"],
            "log": ["logs/A.log"],
            "threads": 4,
            "resources": {"mem_mb": 100, "tmpdir": "<TBD>", "weight": math.inf},
            "benchmark": None,
            "reason": "Missing output files: A.bam",
            "shellcmd": "bwa mem\n  > A.bam",
        }
        told = Told(WORKFLOW, started(3), info(3, second=6, **details))
        assert told.last == {
            **{"state": "running", "jobid": 3, "rule": "align", "wildcards": {"sample": "A"}},
            **{"attempt": 1, "threads": 4, "log": ["logs/A.log"], "output": ["A.bam"]},
            "resources": {"mem_mb": 100, "tmpdir": "<TBD>", "weight": "inf"},
            **{"reason": "Missing output files: A.bam", "command": "bwa mem\n  > A.bam"},
            **{"input": [f"{number}.fq" for number in range(100)], "input_total": 101},
        }
        told.hear(event("job_finished", 8.5, jobid=3))
        assert told.last == {
            **{"state": "finished", "jobid": 3, "rule": "align", "wildcards": {"sample": "A"}},
            **{"attempt": 1, "duration": 2.5},
        }
        assert told.translator.jobs == {} and told.translator.workdir == "/data/project"

    def test_open_attempts_say_which_logs_to_follow(self) -> None:
        told = Told(WORKFLOW, started(3), info(3, log=["logs/A.log"], wildcards={"n": "1"}))
        (attempt,) = told.translator.jobs.values()
        assert (attempt.key, attempt.logs, attempt.since) == ("1/3/1", ["logs/A.log"], at(5))
        assert (
            attempt.identity_json == ',"jobid":3,"rule":"align","wildcards":{"n":"1"},"attempt":1}'
        )

    def test_an_end_is_announced_before_it_is_told(self) -> None:
        told = Told(WORKFLOW, started(3, 4), info(3, log=["a.log"]), info(4))
        end = fail(3, log=["a.log", ".snakemake/slurm_logs/71.log"])
        (attempt,) = told.translator.ended_by(end)
        assert attempt.is_open and attempt.logs == ["a.log", ".snakemake/slurm_logs/71.log"]
        assert told.translator.ended_by(info(3)) == []
        assert told.translator.ended_by(event("job_finished", jobid=99)) == []
        assert {a.jobid for a in told.translator.ended_by(WORKFLOW)} == {3, 4}

    def test_the_second_attempt_goes_on_counting(self) -> None:
        told = Told(WORKFLOW, started(3), info(3), fail(3), text("Trying to restart job 3."))
        told.hear(started(3))
        assert told.last == {
            **{"state": "selected", "jobid": 3, "rule": "align", "wildcards": {}, "attempt": 2}
        }
        told.hear(info(3), event("job_finished", jobid=3)).end(State.COMPLETED)
        assert told.rules[2:4] == [("failed", 3, 1), ("retried", 3, 1)]
        assert told.last["jobs"]["failed"] == 0

    def test_a_failure_without_a_word_is_told_as_one(self) -> None:
        told = Told(WORKFLOW, started(3), info(3), fail(3, rule_name="align"))
        (error,) = told.all(MessageType.ERROR)
        assert error["message"] == "align: failed; Snakemake does not say why"

    def test_one_failure_is_one_error(self) -> None:
        words = 'RuleException:\nCalledProcessError in file "Snakefile", line 3:\nCommand \'set -e;'
        died = f"{words} sort A' died with <Signals.SIGKILL: 9>."
        told = Told(
            WORKFLOW, started(3, 4), info(3, shellcmd="sort A"), info(4, shellcmd="sort AB")
        )
        told.hear(event("error", exception="RuleException", message=died), fail(3))
        (error,) = told.all(MessageType.ERROR)
        assert (error["code"], error["jobid"]) == (137, 3) and "mem_mb" in error["hint"]
        assert error["detail"].startswith("RuleException:") and told.last["jobid"] == 3

    def test_whose_error_it_is_stays_open_where_two_could_be_meant(self) -> None:
        died = "CalledProcessError: Command 'true; exit 1' returned non-zero exit status 1."
        same = {"shellcmd": "true; exit 1"}
        told = Told(WORKFLOW, started(3, 4), info(3, **same), info(4, **same))
        told.hear(event("error", exception="RuleException", message=died))
        assert "jobid" not in told.last and told.last["message"] == died

    def test_a_script_that_failed_was_the_only_one_running(self) -> None:
        died = "Command 'set -e; python x.py' returned non-zero exit status 75."
        told = Told(WORKFLOW, started(3, 4), info(3), info(4, shellcmd="sleep 1"))
        told.hear(event("error", exception="RuleException", message=died))
        assert (told.last["jobid"], told.last["error_class"]) == (3, "transient")

    def test_an_attempt_that_starts_again_without_an_end_was_cancelled(self) -> None:
        told = Told(WORKFLOW, started(3), info(3), started(3))
        assert told.rules[2:] == [("cancelled", 3, 1), ("selected", 3, 2)]

    def test_a_dry_run_starts_no_job(self) -> None:
        stats = {"align": 1, "all": 1, "total": 2}
        told = Told(WORKFLOW, event("run_info", stats=stats), info(0), info(1))
        assert told.rules == []


class TestCluster:
    def test_a_submitted_job_gets_its_id_from_a_text(self) -> None:
        told = Told(WORKFLOW, started(3), info(3, local=False, log=["a.log"]))
        assert told.last["state"] == "submitted"
        told.hear(text("Job 3 has been submitted with SLURM jobid 71 (log: slurm/71.log)."))
        assert told.last["external_id"] == "71" and told.rules[-1] == ("submitted", 3, 1)
        assert told.translator.jobs[3].logs == ["a.log"]
        told.hear(event("job_finished", jobid=3))
        assert told.last["external_id"] == "71"

    def test_the_queues_log_is_followed_where_there_is_no_other(self) -> None:
        told = Told(WORKFLOW, started(3), info(3, local=False))
        told.hear(text("Job 3 has been submitted with SLURM jobid 71 (log: slurm/71.log)."))
        assert told.translator.jobs[3].logs == ["slurm/71.log"]

    def test_a_refused_job_has_no_log(self) -> None:
        told = Told(WORKFLOW, started(3), info(3, local=False, log=["a.log"]))
        told.hear(event("job_error", jobid=3, rule_msg="SLURM does not take it", log=[]))
        (error,) = told.all(MessageType.ERROR)
        assert "a.log" not in error["hint"] and "SLURM does not take it" in error["message"]
        assert (told.last["state"], told.last["log"], told.last["duration"]) == ("failed", [], 0)

    def test_tasks_of_an_array(self) -> None:
        told = Told(WORKFLOW, started(2, 3), info(2, local=False), info(3, local=False))
        words = "Submitted array job with Snakemake IDs 2,3 and SLURM job ID 1000."
        told.hear(text(f"{words} The individual task IDs are 4-5."))
        ids = {data["jobid"]: data.get("external_id") for data in told.all(MessageType.RULE)}
        assert ids == {2: "1000_4", 3: "1000_5"}

    def test_members_of_a_group_share_an_id_and_a_fate(self) -> None:
        told = Told(WORKFLOW, started(UUID))
        told.hear(event("group_info", group_id="pair", jobid=UUID, jobs=[1, 2]))
        told.hear(info(1, "a", local=False), info(2, "b", local=False))
        told.hear(text(f"Job {UUID} has been submitted with SLURM jobid 9 (log: g/9.log)."))
        error = event("group_error", group_id="pair", jobs=[1, 2], aux_logs=["g/9.log"])
        assert len(told.translator.ended_by(error)) == 2
        told.hear(error, fail(1), fail(2), text(f"Trying to restart job {UUID}."))
        assert [state for state, _, _ in told.rules] == [
            *("selected", "selected", "submitted", "submitted", "submitted", "submitted"),
            *("failed", "failed", "retried", "retried"),
        ]
        assert len(told.all(MessageType.ERROR)) == 1
        assert {d["external_id"] for d in told.all(MessageType.RULE) if d["state"] == "failed"} == {
            "9"
        }

    def test_what_the_queue_says_of_a_failure(self) -> None:
        why = "SLURM-job '71' failed, SLURM status is: 'OUT_OF_MEMORY'."
        told = Told(WORKFLOW, started(3), info(3, local=False))
        told.hear(fail(3, rule_msg=why, log=["slurm/71.log"], aux={"external_jobid": "71"}))
        assert (told.last["message"], told.last["external_id"]) == (why, "71")
        (error,) = told.all(MessageType.ERROR)
        assert error["message"] == f"align: {why}" and "slurm/71.log" in error["hint"]


class TestEnds:
    def test_cancelled_jobs_are_not_failed_ones(self) -> None:
        told = Told(WORKFLOW, started(3, 4), info(3, local=False), info(4, local=False))
        told.hear(text("Terminating processes on user request, this might take some time."))
        told.hear(fail(3)).end(State.CANCELLED)
        assert told.rules[-2:] == [("cancelled", 3, 1), ("cancelled", 4, 1)]
        assert told.all(MessageType.ERROR) == [] and told.last["jobs"]["failed"] == 0

    @pytest.mark.parametrize(
        ("state", "ends"),
        [
            (State.COMPLETED, ["finished", "finished"]),
            (State.FAILED, ["failed", "cancelled"]),
            (State.CANCELLED, ["cancelled", "cancelled"]),
            (State.INTERRUPTED, []),
        ],
    )
    def test_open_jobs_end_with_the_run(self, state: State, ends: list[str]) -> None:
        told = Told(WORKFLOW, started(3, 4), info(3)).end(state)
        assert [each for each, _, _ in told.rules[3:]] == ends

    def test_a_completed_run_is_at_100_percent(self) -> None:
        told = Told(WORKFLOW, event("progress", done=999, total=1000))
        assert told.last["progress"] == 99.9
        told.end(State.COMPLETED)
        assert [d["progress"] for d in told.all(MessageType.PROGRESS)] == [99.9, 100.0]
        assert told.last["jobs"] == {"total": 1000, "done": 1000, "failed": 0}

    def test_nothing_rounds_up_to_100(self) -> None:
        told = Told(WORKFLOW, event("progress", done=99_999, total=100_000))
        assert told.last["progress"] == 99.9

    def test_a_resumed_run_numbers_its_jobs_anew(self) -> None:
        told = Told(WORKFLOW, started(3), info(3), started(4), info(4), fail(4))
        told.hear(WORKFLOW, started(3), info(3, "sort"))
        assert told.rules[5:] == [("cancelled", 3, 1), ("selected", 3, 1), ("running", 3, 1)]
        assert told.last["process"] == 2 and told.last["attempt"] == 1
        assert told.translator.jobs[3].key == "2/3/1"
        assert told.end(State.COMPLETED).last["jobs"]["failed"] == 0

    def test_a_status_says_what_is_known(self) -> None:
        run = Run(
            State.FAILED,
            why="1 job failed: align",
            launched_by="driver",
            command="snakemake --cores 8",
            workdir="/data/project",
            version={"plumbline": "1", "workflow_commit": None},
            start=at(0),
            end="yesterday",
            return_code=1,
        )
        asked = Request(user="eve", name="HG002", analysis="compare")
        assert Told().end(State.FAILED, run, asked).last == {
            **{"status": "failed", "message": "1 job failed: align", "timestamp": at(59)},
            **{"name": "HG002", "analysis": "compare", "owner": "ada", "launched_by": "driver"},
            **{"command": "snakemake --cores 8", "workdir": "/data/project"},
            **{"version": {"plumbline": "1", "workflow_commit": ""}, "start": at(0)},
            "return_code": 1,
        }

    def test_a_why_of_another_state_is_not_told(self) -> None:
        run = Run(State.RUNNING, why="resumed")
        assert "died" in Told().end(State.INTERRUPTED, run).last["message"]


class TestErrors:
    @pytest.mark.parametrize(
        ("exception", "error_class", "hint"),
        [
            ("LockException", "transient", "resume"),
            ("IncompleteFilesException", "permanent", "--rerun-incomplete"),
            ("AmbiguousRuleException", "permanent", "ruleorder"),
            ("MissingInputException", "permanent", "sample sheet"),
            ("WorkflowError", "unknown", "log"),
            ("SomethingNew", "unknown", ""),
        ],
    )
    def test_what_to_do(self, exception: str, error_class: str, hint: str) -> None:
        told = Told(event("error", exception=exception, message=f"{exception}:\n  because"))
        assert told.last["error_class"] == error_class and hint in told.last["hint"]
        assert told.last["message"] == told.last["error"] == f"{exception}:\n  because"

    def test_a_summary_is_only_a_log(self) -> None:
        summary = "WorkflowError:\nAt least one job did not complete successfully."
        told = Told(WORKFLOW, event("error", exception="WorkflowError", message=summary))
        assert {draft.type for draft in told.drafts} == {MessageType.LOG}

    def test_lost_events_are_told_and_jobs_appear_all_the_same(self) -> None:
        told = Told(WORKFLOW, event("events_lost", count=7))
        assert told.last["message"] == "7 events of Snakemake were not recorded"
        told.hear(info(5), event("job_finished", jobid=6))
        assert told.rules == [("running", 5, 1), ("finished", 6, 1)]

    @pytest.mark.parametrize(
        "broken",
        [
            {"event": "job_info", "time": at(1)},
            {"event": "job_info", "jobid": 1},
            {"event": "job_started", "time": at(1), "jobs": [None]},
            {"event": "progress", "time": "2026-02-31T00:00:00.000Z", "done": 1, "total": 1},
        ],
    )
    def test_an_event_that_makes_no_sense_is_told(self, broken: Event) -> None:
        (draft,) = Translator().event(broken)
        assert draft.type is MessageType.ERROR and "cannot be understood" in draft.data

    def test_long_and_unseemly_texts_are_cut_and_made_visible(self) -> None:
        told = Told(event("error", exception="X", message="\x1b[31mred\x07\n" + "a" * 20_000))
        first, second = told.last["message"].split("\n")
        assert first == "red␇" and second.endswith("more characters)") and len(second) < 10_100


GRAPH = {
    "nodes": [{"rule": "align"}, {"rule": "all"}],
    "links": [{"source": 0, "target": 1, "sourcerule": "align", "targetrule": "all"}],
}


class TestPlan:
    def test_what_is_to_be_done_is_told_with_its_graph(self) -> None:
        graph, plan = event("rulegraph", rulegraph=GRAPH), {"align": 2, "all": 1}
        told = Told(WORKFLOW, graph)
        assert told.drafts == []
        assert told.hear(event("run_info", stats=plan | {"total": 3})).last == {
            **{"scope": "run", "progress": 0.0, "done": 0, "total": 3, "rules": plan},
            "graph": {"rules": ["align", "all"], "edges": [["align", "all"]]},
        }
        told.hear(started(1), WORKFLOW, event("run_info", stats={"all": 1, "total": 1}))
        assert told.last["process"] == 2 and "graph" not in told.last
        told.hear(event("progress", done=1, total=1))
        assert "process" not in told.last and "rules" not in told.last

    def test_a_graph_that_is_none_or_too_large_is_said(self) -> None:
        told = Told(WORKFLOW, event("rulegraph", rulegraph={}))
        assert "event rulegraph" in told.last["message"]
        nodes = [{"rule": str(number)} for number in range(1001)]
        told.hear(event("rulegraph", rulegraph={"nodes": nodes, "links": []}))
        assert told.last == {
            **{"line": "the graph of rules is left out: it has 1001 rules and 0 edges"},
            **{"level": "warning", "source": "snakemake"},
        }


class TestLogs:
    def test_each_line_of_a_text_is_one(self) -> None:
        told = Told(text("one\n\n  two", "warning"))
        assert told.all(MessageType.LOG) == [
            {"line": "one", "level": "warning", "source": "snakemake"},
            {"line": "  two", "level": "warning", "source": "snakemake"},
        ]

    def test_an_event_of_a_later_snakemake(self) -> None:
        told = Told(event("weather", message="rain"))
        assert told.all(MessageType.LOG) == [
            {"line": "rain", "level": "info", "source": "snakemake"}
        ]

    def test_a_command_of_a_run_block_and_chatter_are_for_those_who_debug(self) -> None:
        told = Told(event("shellcmd", cmd="ls"), text("Select jobs to execute..."))
        assert [log["level"] for log in told.all(MessageType.LOG)] == ["debug", "debug"]


JOBS = st.integers(0, 4)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
TEXTS = st.sampled_from(
    [
        "Trying to restart job 2.",
        f"Trying to restart job {UUID}.",
        "Job 3 has been submitted with SLURM jobid 71 (log: x.log).",
        "Submitted array job with Snakemake IDs 2,x and SLURM job ID 7."
        " The individual task IDs are 1-2.",
        "Terminating processes on user request",
        "Job 1  completed successfully, but",
        "RuleException in rule align",
        "Command 'x' returned non-zero exit status 1.",
        "Command 'x' died with <Signals.SIGINT: 2>.",
    ]
)
SENSIBLE = st.one_of(
    st.just(WORKFLOW),
    st.builds(started, JOBS | st.just(UUID)),
    st.builds(info, JOBS, st.sampled_from(["align", "sort"]), local=st.booleans()),
    st.builds(lambda jobid: event("job_finished", jobid=jobid), JOBS),
    st.builds(fail, JOBS),
    st.builds(text, TEXTS),
    st.builds(lambda message: event("error", exception="X", message=message), TEXTS),
    st.builds(
        lambda jobs: event("group_info", group_id="g", jobid=UUID, jobs=jobs), st.lists(JOBS)
    ),
    st.builds(lambda jobs: event("group_error", group_id="g", jobs=jobs), st.lists(JOBS)),
    st.just(event("events_lost", count=1)),
    st.builds(
        lambda second, **job: event("cluster_jobs", second, jobs=[job]),
        st.integers(1, 59),
        jobid=JOBS | st.just(UUID),
        external_id=st.sampled_from(["71", "72"]),
        state=st.sampled_from(["PENDING", "RUNNING", "COMPLETING", "COMPLETED", "NODE_FAIL"]),
        reason=st.sampled_from(["", "Priority", "Resources", "JobHeldAdmin"]),
        node=st.sampled_from(["", "n1"]),
        restarts=st.integers(0, 2),
    ),
)
FIELDS = (
    "jobid jobs rule_name wildcards log resources threads input shellcmd message exception stats"
    " done total count rulegraph aux aux_logs group_id local level time"
)
WILD = st.builds(
    lambda name, fields: {**event(name), **fields},
    st.sampled_from([*Translator()._handlers, "new"]),
    st.dictionaries(st.sampled_from(FIELDS.split()), ANYTHING, max_size=6),
)


@settings(deadline=None)  # of a busy machine
@given(st.lists(SENSIBLE | WILD, max_size=30), st.sampled_from(list(State)))
def test_any_events_give_valid_messages_and_always_the_same(
    events: list[Event], state: State
) -> None:
    told = Told(*events).end(state)
    for number, each in enumerate(told.drafts, 1):
        data = json.loads(each.data, parse_constant=pytest.fail)
        Message(each.type, "20261121-221005-3f9a", each.timestamp, number, data).to_json()
    assert Told(*events).end(state).drafts == told.drafts
    if state.is_final:
        assert told.translator.jobs == {}
    asked = Translator()
    for each in events:
        assert all(attempt.is_open for attempt in asked.ended_by(each))
        asked.event(each)


@settings(deadline=None)  # of a busy machine
@given(st.lists(SENSIBLE, max_size=40))
def test_every_attempt_ends_once(events: list[Event]) -> None:
    told: dict[tuple[int, int, int], list[str]] = {}
    for data in Told(*events).end(State.FAILED).all(MessageType.RULE):
        key = data.get("process", 1), data["jobid"], data["attempt"]
        told.setdefault(key, []).append(data["state"])
    for states in told.values():
        ends = [state for state in states if state not in ("selected", "submitted", "running")]
        assert states[-len(ends) :] == ends  # and nothing comes to life again
        assert ends[0] in ("finished", "failed", "cancelled")
        # a failed attempt is tried again; or its success was told after all
        assert ends[1:] in ([], ["retried"], ["finished"], ["retried", "finished"])
