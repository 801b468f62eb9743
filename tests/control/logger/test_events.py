"""Records to JSON objects: every event of Snakemake, with the fields that it really has."""

import json
import logging
import math
import uuid
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from snakemake.common.tbdstring import TBDString
from snakemake.iocontainers import ResourceList
from snakemake_interface_logger_plugins.common import LogEvent

from snakemake_logger_plugin_plumbline.events import FIELDS, translate

HEAD = {"time": "2026-11-21T22:10:05.123Z", "level": "info"}


def record(event: LogEvent | None = None, msg: object = "None", **fields: Any) -> Any:
    level = fields.pop("level", logging.INFO)
    return SimpleNamespace(
        created=1795299005.123,
        levelno=level,
        levelname=logging.getLevelName(level),
        msg=msg,
        getMessage=lambda: str(msg),
        **({"event": event} if event else {}),
        **fields,
    )


def test_every_event_of_the_interface_is_in_the_table() -> None:
    ours = {"cluster_jobs"}  # of the executor for SLURM
    assert set(FIELDS) - ours == {event.value for event in LogEvent} - {"debug_dag"}


def test_what_the_executor_for_slurm_tells() -> None:
    job = {"jobid": 3, "external_id": "71", "state": "PENDING", "reason": "Resources"}
    told = record(jobs=[job, {"jobid": "a-group", "state": "RUNNING", "node": "n1"}])
    told.event = "cluster_jobs"
    group = {"jobid": "a-group", "state": "RUNNING", "node": "n1"}
    assert translate(told) == {**HEAD, "event": "cluster_jobs", "jobs": [job, group]}


def test_job_info() -> None:
    resources = ResourceList(
        fromdict={"_cores": 2, "_nodes": 1, "mem_mb": 100, "tmpdir": TBDString()}
    )
    event = translate(
        record(
            LogEvent.JOB_INFO,
            msg=" Rule: align, Jobid: 3",
            jobid=3,
            rule_name="align",
            rule_msg=None,
            local=False,
            input=["a.fq"],
            output=["out/primer_key=5/a.bam"],
            log=["logs/a.log"],
            benchmark=None,
            wildcards={"sample": "a"},
            reason="Missing output files: a.bam",
            resources=resources,
            priority="highest",
            threads=2,
            indent=True,
            is_checkpoint=False,
            printshellcmd=False,
            is_handover=False,
            shellcmd="curl --token abc https://u:p@example.org",
        )
    )
    assert event == {
        **HEAD,
        "event": "job_info",
        "jobid": 3,
        "rule_name": "align",
        "rule_msg": None,
        "wildcards": {"sample": "a"},
        "input": ["a.fq"],
        "output": ["out/primer_key=5/a.bam"],  # a path is not text: it must open
        "log": ["logs/a.log"],
        "benchmark": None,
        "threads": 2,
        "resources": {"mem_mb": 100, "tmpdir": "<TBD>"},
        "priority": "highest",
        "reason": "Missing output files: a.bam",
        "local": False,
        "is_checkpoint": False,
        "is_handover": False,
        "shellcmd": "curl --token *** https://***@example.org",
    }


@pytest.mark.parametrize(
    ("event", "given", "expected"),
    [
        (LogEvent.JOB_STARTED, {"jobs": [1, "uuid"]}, {"jobs": [1, "uuid"]}),
        (LogEvent.JOB_FINISHED, {"job_id": 3}, {"jobid": 3}),
        (LogEvent.PROGRESS, {"done": 1, "total": 2}, {"done": 1, "total": 2}),
        (LogEvent.RUN_INFO, {"stats": {"a": 1, "total": 1}}, {"stats": {"a": 1, "total": 1}}),
        (LogEvent.RULEGRAPH, {"rulegraph": {"nodes": []}}, {"rulegraph": {"nodes": []}}),
        (
            LogEvent.RESOURCES_INFO,
            {"cores": 2, "msg": "Cores: 2"},
            {"cores": 2, "message": "Cores: 2"},
        ),
        (
            LogEvent.ERROR,
            {"exception": "WorkflowError", "msg": "no", "level": logging.ERROR},
            {"exception": "WorkflowError", "message": "no", "level": "error"},
        ),
        (
            LogEvent.JOB_ERROR,
            {"jobid": 3, "aux": {"external_jobid": "89"}, "indent": False},
            {"jobid": 3, "aux": {"external_jobid": "89"}},
        ),
        (
            LogEvent.GROUP_ERROR,
            {"groupid": "g", "aux_logs": ["x"], "job_error_info": [{"jobid": 4}, {"jobid": 2}]},
            {"group_id": "g", "aux_logs": ["x"], "jobs": [2, 4]},
        ),
        (LogEvent.SHELLCMD, {"cmd": "wget --password x"}, {"cmd": "wget --password ***"}),
    ],
)
def test_other_events(event: LogEvent, given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert translate(record(event, **given)) == {**HEAD, "event": event.value, **expected}


def test_workflow_started_leaves_out_what_misleads() -> None:
    identity = uuid.uuid4()
    event = translate(
        record(
            LogEvent.WORKFLOW_STARTED,
            workflow_id=identity,
            cmd="snakemake --config token=abc",
            configfiles=[Path("config.yaml")],
            snakefile="site-packages/snakemake/workflow.py",
            snakefile_main="/w/Snakefile",
            quietness=3,
        )
    )
    assert event == {
        **HEAD,
        "event": "workflow_started",
        "workflow_id": str(identity),
        "cmd": "snakemake --config token=***",
        "configfiles": ["config.yaml"],
        "snakefile_main": "/w/Snakefile",
    }


class Job(SimpleNamespace):
    """As Snakemake's: can be in a set."""

    __hash__ = object.__hash__  # type: ignore[assignment]


def test_a_group_is_known_by_both_of_its_ids() -> None:
    dag = SimpleNamespace(get_job_group=lambda _job: SimpleNamespace(jobid="uuid"))
    jobs = frozenset(Job(jobid=jobid, dag=dag) for jobid in (12, 3))
    assert translate(record(LogEvent.GROUP_INFO, group_id="g1", jobs=jobs)) == {
        **HEAD,
        "event": "group_info",
        "group_id": "g1",
        "jobs": [3, 12],
        "jobid": "uuid",
    }


def test_plain_texts() -> None:
    assert translate(record(msg="Trying to restart job 3.")) == {
        **HEAD,
        "event": "message",
        "message": "Trying to restart job 3.",
    }
    warning = translate(record(msg="password=x", level=logging.WARNING))
    assert warning is not None and (warning["level"], warning["message"]) == (
        "warning",
        "password=***",
    )


@pytest.mark.parametrize(
    "dropped",
    [
        record(LogEvent.SHELLCMD, shellcmd="true", indent=False),
        record(LogEvent.DEBUG_DAG, status="candidate", job=object()),
        record(msg="Ready jobs: 3", level=logging.DEBUG),
        record(msg=""),
        record(),  # a text that was None before the queue
    ],
)
def test_what_is_dropped(dropped: Any) -> None:
    assert translate(dropped) is None


def test_an_event_of_a_later_snakemake_keeps_name_and_text() -> None:
    event = translate(record("job_suspended", msg="Job 3 suspended"))  # type: ignore[arg-type]
    assert event == {**HEAD, "event": "job_suspended", "message": "Job 3 suspended"}


def test_values_that_json_does_not_have() -> None:
    odd = {"a": math.nan, "b": {1: {2}}, "c": object, "d": (1.5, None, True), "e": "\udcff"}
    event = translate(record(LogEvent.RUN_INFO, stats=odd))
    assert event is not None
    assert event["stats"] == {
        "a": "nan",
        "b": {"1": [2]},
        "c": "<class 'object'>",
        "d": [1.5, None, True],
        "e": "\udcff",
    }
    assert json.loads(json.dumps(event, allow_nan=False)) == event
