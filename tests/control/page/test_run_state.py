"""run_state.js: what messages add up to, in any order and with what the API tells."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from index_lab import IndexLab, at, event, job
from service import RealService

from control.record.run_dir import State

FOLD = """async ([rows, messages]) => {
  const {RunState} = await import('/static/js/run/run_state.js')
  const run = new RunState()
  run.addJobs(rows)
  for (const message of messages) run.take(message)
  return {
    run: run.run, jobs: [...run.jobs.values()], errors: run.errors,
    rules: Object.fromEntries([...run.rules].map(([name, rule]) => [name, rule])),
    failed: run.failed().map((job) => job.jobid), logs: run.logs, last: run.last,
  }
}"""
FIELDS = (
    "process",
    "jobid",
    "rule",
    "wildcards",
    "attempt",
    "state",
    "failures",
    "submitted",
    "started",
    "node",
    "restarts",
    "earlier",
)


@pytest.fixture
def lab(page: Any, service: RealService) -> Any:
    page.goto("/sign-in")
    return page


def fold(page: Any, messages: list[Any], rows: list[Any] = []) -> Any:  # noqa: B006
    return page.evaluate(FOLD, [rows, messages])


def numbered(*messages: tuple[str, dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"type": kind, "job_id": "r", "timestamp": f"2026-11-21T22:10:{n:02d}.000Z"}
        | {"sequence": n, "data": data}
        for n, (kind, data) in enumerate(messages, start=1)
    ]


def rule(jobid: int, state: str, attempt: int = 1, **more: Any) -> tuple[str, dict[str, Any]]:
    told: dict[str, Any] = {"rule": "align", "wildcards": {"sample": f"s{jobid}"}}
    return "rule", {"state": state, "jobid": jobid, "attempt": attempt, **told, **more}


def on_a_cluster(jobid: int, rule: str, **wildcards: str) -> list[dict[str, Any]]:
    """A job that waits, runs, is put back into the queue, and runs again on another node."""
    facts = {"rule_name": rule, "wildcards": wildcards, "local": False}
    words = f"Job {jobid} has been submitted with SLURM jobid 71 (log: slurm/71.log)."
    seen = [
        {"state": "PENDING", "reason": "Resources"},
        {"state": "RUNNING", "node": "n1", "start": at(12)},
        {"state": "PENDING", "reason": "BeginTime", "restarts": 1},
        {"state": "RUNNING", "node": "n2", "start": at(18), "restarts": 1},
    ]
    return [
        event("job_started", 10, jobs=[jobid]),
        event("job_info", 10, jobid=jobid, **facts),
        event("message", 10, message=words),
        *(
            event("cluster_jobs", 11 + 2 * n, jobs=[{"jobid": jobid, "external_id": "71"} | each])
            for n, each in enumerate(seen)
        ),
        event("job_finished", 20, jobid=jobid),
    ]


def life(tmp_path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]], dict[str, Any]]:
    """Messages of a run as ingest writes them, and what the index makes of all of them."""
    made = IndexLab(tmp_path)
    run = made.run(1).status(State.RUNNING)
    run.tell(event("run_info", stats={"align": 3, "call": 1, "total": 4}))
    run.tell(*job(1, "align", sample="A"), *job(2, "align", "failed", sample="B"))
    run.tell(event("message", message="Trying to restart job 2."))
    run.tell(*job(2, "align", "failed", second=8, sample="B"), *job(3, "call", "", sample="A"))
    run.tell(*on_a_cluster(4, "align", sample="C"))
    run.status(State.FAILED, 30, why="1 job failed")
    made.catch_up()
    messages = [json.loads(line) for line in run.facts.journal.messages.read_text().splitlines()]
    rows = []
    for row in made.index.jobs(run.run_dir.run_id).rows:
        fields = {name: getattr(row, name) for name in row.__slots__ if name != "duration"}
        earlier = [{**each, "duration_s": each["duration"]} for each in row.earlier]
        for each in earlier:
            del each["duration"]
        rows.append({**fields, "duration_s": row.duration, "earlier": earlier})
    counts: dict[str, Any] = {}
    for stat in made.index.rules(run.run_dir.run_id):
        counts.setdefault(stat.rule, {})[stat.state] = stat.jobs
    return messages, rows, counts


def shown(told: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    jobs = [{name: each[name] for name in FIELDS} for each in told["jobs"]]
    rules = {
        name: {state: n for state, n in each["counts"].items() if n}
        for name, each in told["rules"].items()
    }
    return sorted(jobs, key=lambda each: each["jobid"]), {k: v for k, v in rules.items() if v}


def test_adds_up_to_what_the_index_has(lab: Any, tmp_path: Path) -> None:
    messages, rows, counts = life(tmp_path)
    told = fold(lab, messages)
    jobs, rules = shown(told)
    assert jobs == [{name: row[name] for name in FIELDS} for row in rows]
    assert rules == counts
    assert told["run"]["state"] == "failed" and told["run"]["why"] == "1 job failed"
    assert [len(each["earlier"]) for each in jobs] == [0, 1, 0, 0]
    assert told["rules"]["align"]["expected"] == 3
    assert told["failed"] == [2, 3], "the first one first; 3 ended because the run did"
    assert told["last"] == messages[-1]["sequence"]


def test_may_begin_with_what_the_api_told_at_any_time(lab: Any, tmp_path: Path) -> None:
    messages, rows, _ = life(tmp_path)
    whole = shown(fold(lab, messages))
    for since in range(0, len(messages), 2):
        assert shown(fold(lab, messages[since:], rows)) == whole, f"since {since}"
    assert shown(fold(lab, messages * 2)) == whole


def test_later_snakemake_takes_the_place_of_the_earlier_one(lab: Any) -> None:
    first = [rule(1, "running"), rule(1, "failed", duration=1.0), rule(2, "running")]
    again = [rule(2, "finished", duration=1.0)]
    second = [rule(7, "running", process=2, wildcards={"sample": "s1"})]
    told = fold(lab, numbered(*first, *again, *second))
    assert [(each["process"], each["jobid"]) for each in told["jobs"]] == [(1, 2), (2, 7)]
    assert shown(told)[1] == {"align": {"finished": 1, "running": 1}}
    assert told["failed"] == []


def test_errors_are_of_their_job_or_of_the_run(lab: Any) -> None:
    error = {"error_class": "permanent", "code": 65, "message": "empty", "hint": "send it again"}
    told = fold(
        lab,
        numbered(
            rule(1, "running"),
            ("error", {**error, "jobid": 1, "attempt": 1}),
            ("error", {**error, "message": "no rule"}),
            ("log", {"line": "x"}),
        ),
    )
    assert told["jobs"][0]["error"]["hint"] == "send it again"
    assert [each["message"] for each in told["errors"]] == ["no rule"]
    assert told["logs"] == 1


def test_progress_of_a_job_that_is_over_changes_nothing(lab: Any) -> None:
    told = fold(
        lab,
        numbered(
            rule(1, "running"),
            ("progress", {"scope": "job", "jobid": 1, "attempt": 1, "progress": 40, "stage": "a"}),
            rule(1, "finished", duration=2.0),
            ("progress", {"scope": "job", "jobid": 1, "attempt": 1, "progress": 50, "stage": "b"}),
            ("progress", {"scope": "run", "done": 1, "total": 2, "progress": 50}),
        ),
    )
    assert (told["jobs"][0]["progress"], told["jobs"][0]["stage"]) == (100, "")
    assert (told["run"]["done"], told["run"]["total"]) == (1, 2)


def test_a_running_job_says_its_stage_and_how_fast_it_is(lab: Any) -> None:
    at = {"scope": "job", "jobid": 1, "attempt": 1, "stage": "Screening reads", "progress": 41.2}
    fast, bytes_ = {"unit": "reads", "rate": 812_345.6}, {"unit": "bytes", "rate": 9_400_000}
    told = [
        fold(lab, numbered(rule(1, "running", message="Of B"), ("progress", {**at, **more})))[
            "jobs"
        ][0]
        for more in (fast, bytes_, {}, {"progress": None, "stage": ""})
    ]
    said = lab.evaluate(
        "async (jobs) => jobs.map((await import('/static/js/run/job_columns.js')).said)", told
    )
    assert said == [
        "41.2 % Screening reads, 812 k reads/s",
        "41.2 % Screening reads, 9.40 MB/s",
        "41.2 % Screening reads",
        "Of B",
    ]


def test_what_a_job_took_is_known(lab: Any) -> None:
    usage = {"peak_memory_mb": 812.5, "cpu_s": 31.0}
    told = fold(lab, numbered(rule(1, "running"), rule(1, "finished", duration=2.0, usage=usage)))
    assert {name: told["jobs"][0][name] for name in usage} == usage


def test_a_hundred_thousand_messages(lab: Any) -> None:
    """Counted right; how long it takes is for benchmarks."""
    chance = random.Random(6)
    ends = [chance.choice(("finished", "failed")) for _ in range(20_000)]
    told = lab.evaluate(
        """async (ends) => {
          const {RunState} = await import('/static/js/run/run_state.js')
          const run = new RunState(), messages = []
          const tell = (type, data) => messages.push({
            type, sequence: messages.length + 1, timestamp: '2026-11-21T22:10:05.123Z', data,
          })
          ends.forEach((end, jobid) => {
            const job = {jobid, rule: `rule_${jobid % 60}`, wildcards: {n: `${jobid}`}, attempt: 1}
            tell('rule', {...job, state: 'selected'})
            tell('rule', {...job, state: 'running'})
            tell('log', {...job, line: 'hello'})
            tell('progress', {...job, scope: 'job', progress: 50})
            tell('rule', {...job, state: end, duration: 1})
          })
          const begin = performance.now()
          for (const message of messages) run.take(message)
          const took = performance.now() - begin
          const sums = {}
          for (const {counts} of run.rules.values())
            for (const [state, jobs] of Object.entries(counts))
              sums[state] = (sums[state] ?? 0) + jobs
          return {sums, took, last: run.last, rules: run.rules.size}
        }""",
        ends,
    )
    print(f"{told['last']} messages in {told['took']:.0f} ms")
    assert told["last"] == 100_000 and told["rules"] == 60
    sums = {state: n for state, n in told["sums"].items() if n}
    assert sums == {end: ends.count(end) for end in ("finished", "failed")}
