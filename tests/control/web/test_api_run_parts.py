"""What the API tells of a run: jobs, rules, results, failures, where it runs."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from web_lab import LATER, WHEN, WebLab, body

from control.events.journal import Draft, draft
from control.record.launch import Launch
from control.record.message import MessageType
from control.record.process import this_process
from control.record.run_dir import RunDir, State
from control.runs.requests import pending

RUNS = "/api/v1/runs"
LAST = "2026-11-21T22:30:00.000Z"


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    """For tests that leave nothing behind that another would see."""
    return WebLab(tmp_path_factory.mktemp("shared"))


def test_jobs_and_rules(shared: WebLab) -> None:
    made, client = shared.run(State.FAILED), shared.client()
    jobs = body(client.get(f"{RUNS}/{made.run_id}/jobs"))
    assert jobs["total"] == 2
    assert [(j["jobid"], j["wildcards"], j["state"]) for j in jobs["items"]] == [
        (1, {"sample": "A"}, "finished"),
        (2, {"sample": "B"}, "failed"),
    ]
    assert jobs["items"][1]["message"] == "B is empty"
    failed = body(client.get(f"{RUNS}/{made.run_id}/jobs?state=failed"))
    assert [job["jobid"] for job in failed["items"]] == [2]
    first = body(client.get(f"{RUNS}/{made.run_id}/jobs?limit=1"))
    assert [job["jobid"] for job in body(client.get(first["next"]))["items"]] == [2]
    job = body(client.get(f"{RUNS}/{made.run_id}/jobs/1"))
    assert (job["details"]["threads"], job["details"]["log"]) == (2, ["logs/align-A.log"])
    assert client.get(f"{RUNS}/{made.run_id}/jobs/77").status_code == 404
    assert client.get(f"{RUNS}/{made.run_id}/jobs/1?process=2").status_code == 404
    rules = body(client.get(f"{RUNS}/{made.run_id}/rules"))["items"]
    assert [(rule["rule"], rule["state"], rule["jobs"]) for rule in rules] == [
        ("align", "failed", 1),
        ("align", "finished", 1),
    ]


def test_results_are_listed_and_read_one_by_one(shared: WebLab) -> None:
    made, client = shared.run(), shared.client()
    (listed,) = body(client.get(f"{RUNS}/{made.run_id}/results"))["items"]
    assert (listed["rule"], listed["wildcards"]) == ("align", {"sample": "A"})
    assert body(client.get(listed["link"]))["data"]["precision"] == 0.99
    assert client.get(f"{RUNS}/{made.run_id}/results/1").status_code == 404


def test_a_dead_letter_is_listed_read_and_redriven(shared: WebLab) -> None:
    made, client = shared.run(State.FAILED), shared.client()
    (listed,) = body(client.get(f"{RUNS}/{made.run_id}/dead-letters"))["items"]
    assert (listed["message"], listed["error_class"]) == ("B is empty", "permanent")
    letter = body(client.get(listed["link"]))
    assert letter["error"]["hint"] == "send it again"
    assert letter["inputs"][0] == {"path": "B.fastq", "size": None, "mtime": None}
    assert letter["attempts"][0]["code"] == 65
    _let_its_job_name_the_letter(made, listed["letter"])
    answer = client.post(listed["link"] + "/redrive")
    assert (answer.status_code, body(answer)["state"]) == (202, "queued")
    (asked,) = pending(made)
    assert (asked.action, asked.targets) == ("redrive", ["results/B.bam"])
    assert client.get(f"{RUNS}/{made.run_id}/dead-letters/none-00000000").status_code == 404


def _let_its_job_name_the_letter(made: RunDir, letter: str) -> None:
    """What Snakemake and the job leave: from there a redrive learns what to make."""
    path = f".plumbline/dead_letters/{letter}.json"
    (made.work / "logs" / "align-B.log").write_text(json.dumps({"dead_letter": path}) + "\n")
    events: list[dict[str, Any]] = [
        {"event": "job_info", "jobid": 2, "rule_name": "align", "output": ["results/B.bam"]},
        {"event": "job_error", "jobid": 2, "output": ["results/B.bam"]},
    ]
    for event in events:
        event |= {"log": ["logs/align-B.log"], "time": WHEN, "level": "info"}
    made.events.write_text("".join(json.dumps(event) + "\n" for event in events))


def test_the_rules_of_a_run_as_a_graph_with_its_jobs(shared: WebLab) -> None:
    made, client = shared.run(State.FAILED), shared.client()
    answer = client.get(f"{RUNS}/{made.run_id}/rulegraph")
    assert body(answer) == {
        "nodes": [
            {"rule": "fetch", "level": 0, "jobs": {}},
            {"rule": "align", "level": 1, "jobs": {"failed": 1, "finished": 1}},
        ],
        "edges": [["fetch", "align"]],
    }
    has = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(f"{RUNS}/{made.run_id}/rulegraph", headers=has).status_code == 304
    queued = shared.run(State.QUEUED)
    found = body(client.get(f"{RUNS}/{queued.run_id}/rulegraph"))
    assert found == {"nodes": [], "edges": []}


def test_the_graph_counts_what_waits_and_what_a_checkpoint_brought(lab: WebLab) -> None:
    plan = {
        **{"scope": "run", "progress": 0.0, "done": 0, "total": 9, "process": 2},
        "rules": {"align": 3, "all": 1},
        "graph": {"rules": ["align", "all"], "edges": [["align", "all"]]},
    }
    brought = {
        **{"state": "selected", "jobid": 7, "rule": "copy", "wildcards": {}, "attempt": 1},
        "process": 2,
    }
    made = lab.run(
        State.RUNNING,
        more=[draft(MessageType.PROGRESS, WHEN, plan), draft(MessageType.RULE, WHEN, brought)],
    )
    found = body(lab.client().get(f"{RUNS}/{made.run_id}/rulegraph"))
    assert found["nodes"] == [
        {"rule": "align", "level": 1, "jobs": {"running": 2, "waiting": 3}},
        {"rule": "all", "level": 2, "jobs": {"waiting": 1}},
        {"rule": "fetch", "level": 0, "jobs": {}},
        {"rule": "copy", "level": 0, "jobs": {"selected": 1}},
    ]
    assert found["edges"] == [["align", "all"], ["fetch", "align"]]


def test_a_job_tells_why_it_runs_what_it_was_given_and_what_it_took(lab: WebLab) -> None:
    job = {"jobid": 7, "rule": "call", "wildcards": {}, "attempt": 1}
    given = {"threads": 2, "resources": {"mem_mb": 8000}, "reason": "Forced execution"}
    took = {"peak_memory_mb": 512.5, "cpu_s": 3.25, "read_mb": 1.0, "written_mb": 0.5}
    told = [
        {**job, "state": "selected"},
        {**job, "state": "running", **given},
        {**job, "state": "finished", "duration": 2.0, "usage": took},
    ]
    made = lab.run(State.RUNNING, more=[draft(MessageType.RULE, WHEN, data) for data in told])
    client = lab.client()
    (listed,) = body(client.get(f"{RUNS}/{made.run_id}/jobs?rule=call"))["items"]
    assert given.items() <= listed.items() and took.items() <= listed.items()
    details = body(client.get(f"{RUNS}/{made.run_id}/jobs/7"))
    assert listed.items() <= details.items()
    assert given.items() <= details["details"].items()


def test_a_running_run_says_when_it_may_end(lab: WebLab) -> None:
    first = lab.run(State.RUNNING)
    assert body(lab.client().get(f"{RUNS}/{first.run_id}"))["eta"] is None  # nothing is known
    lab.run(State.COMPLETED)  # align took 2.5 and 3.5 s
    lab.run(State.COMPLETED, "bob")
    plan = {
        **{"scope": "run", "progress": 0.0, "done": 0, "total": 103},
        **{"rules": {"align": 102, "new": 1}},
    }
    made = lab.run(State.RUNNING, more=[draft(MessageType.PROGRESS, WHEN, plan)])
    eta = body(lab.client().get(f"{RUNS}/{made.run_id}"))["eta"]
    # two run since long ago; 100 wait, of 3 s each, two at once; `new` never ran
    assert eta == {"seconds": 150, "based_on": 2, "without_basis": 1}
    (listed,) = body(lab.client().get(f"{RUNS}?text={made.run_id}"))["items"]
    assert listed["eta"] == eta
    assert body(lab.client("root").get(f"{RUNS}/{made.run_id}"))["eta"]["based_on"] == 4
    done = lab.run(State.COMPLETED)
    assert body(lab.client().get(f"{RUNS}/{done.run_id}"))["eta"] is None


def odd(sample: str, at: str) -> list[Draft]:
    """A job fails, and says why."""
    job = {"jobid": 7, "rule": "align", "wildcards": {"sample": sample}, "attempt": 2}
    error = {"error_class": "permanent", "code": 65, "message": f"{sample} is odd", "hint": "look"}
    logs = ["none", "logs/align-A.log"]
    return [
        draft(MessageType.ERROR, at, {**error, "source": "job", **job}),
        draft(MessageType.RULE, at, {**job, "state": "failed", "duration": 1.5, "log": logs}),
    ]


def test_what_went_wrong_with_the_end_of_its_log_and_where_it_did_before(lab: WebLab) -> None:
    mine = lab.run(State.FAILED, name="first", more=odd("X", WHEN))
    bobs = lab.run(State.FAILED, "bob", more=odd("Y", LATER))
    made = lab.run(State.FAILED, more=odd("Z", LAST))
    found = body(lab.client().get(f"{RUNS}/{made.run_id}/failures"))
    assert found["total"] == 2
    first, second = found["items"]
    assert (first["jobid"], first["message"], first["log"]) == (2, "B is empty", None)
    earlier = second.pop("earlier")
    assert second == {
        **{"process": 1, "jobid": 7, "attempt": 2, "rule": "align", "wildcards": {"sample": "Z"}},
        **{"timestamp": LAST, "sequence": second["sequence"], "error_class": "permanent"},
        **{"code": 65, "message": "Z is odd", "hint": "look", "kind": "* is odd"},
        "log": {
            **{"number": 1, "path": "logs/align-A.log"},
            "lines": ["reading", "45.5% <b>done</b>"],
        },
    }
    assert earlier == [
        {
            **{"run_id": mine.run_id, "name": "first", "state": "failed", "why": ""},
            **{"timestamp": WHEN, "wildcards": {"sample": "X"}, "message": "X is odd"},
            **{"job_state": "failed", "link": f"{RUNS}/{mine.run_id}"},
        }
    ]
    everything = body(lab.client("root").get(f"{RUNS}/{made.run_id}/failures"))["items"][1]
    assert [each["run_id"] for each in everything["earlier"]] == [bobs.run_id, mine.run_id]
    few = body(lab.client().get(f"{RUNS}/{made.run_id}/failures?limit=1"))
    assert (len(few["items"]), few["total"]) == (1, 2)
    rest = body(lab.client().get(few["next"]))
    assert [each["jobid"] for each in few["items"] + rest["items"]] == [2, 7]
    assert (rest["next"], rest["total"]) == (None, 2)


def test_nothing_went_wrong(shared: WebLab) -> None:
    made = shared.run(State.COMPLETED)
    found = body(shared.client().get(f"{RUNS}/{made.run_id}/failures"))
    assert found == {"items": [], "next": None, "total": 0}


def test_where_the_driver_lives(tmp_path: Path) -> None:
    """Of a run that waits it is told where it was sent, then where it is."""
    lab = WebLab(tmp_path)
    waits, runs = lab.run(State.QUEUED), lab.run(State.RUNNING)

    def told(made: RunDir) -> Any:
        return body(lab.client().get(f"{RUNS}/{made.run_id}"))["driver"]

    assert told(waits)["words"] == ""
    waits.write_launch(Launch("night", "slurm", name="plumbline-1", external_id="70"))
    assert told(waits)["words"] == "SLURM job 70 by launcher night"
    host = this_process().host
    assert told(runs)["words"] == f"on {host}"
    runs.write_run(replace(runs.read_run(), launcher="night", external_id="71"))
    assert told(runs) == {
        **{"launcher": "night", "host": host, "external_id": "71"},
        "words": f"SLURM job 71 on {host} by launcher night",
    }


def test_how_the_jobs_stand_on_a_cluster(lab: WebLab) -> None:
    told = {"rule": "align", "attempt": 1, "external_id": "71"}
    why = {"state": "PENDING", "reason": "InvalidAccount", "passes": False, "hint": "mend it"}
    rules = [
        {"state": "submitted", "jobid": 5, "wildcards": {"s": "A"}, "queue": why, **told},
        {"state": "submitted", "jobid": 6, "wildcards": {"s": "B"}, "queue": why, **told},
        {"state": "running", "jobid": 7, "wildcards": {}, "node": "n1", "started": LATER, **told},
    ]
    made = lab.run(State.RUNNING, more=[draft(MessageType.RULE, LAST, rule) for rule in rules])
    base = f"{RUNS}/{made.run_id}"
    waiting, running = body(lab.client().get(f"{base}/queue"))["items"]
    assert (waiting["jobs"], waiting["state"], waiting["node"]) == (2, "submitted", "")
    assert waiting["queue"]["reason"] == "InvalidAccount" and not waiting["queue"]["passes"]
    assert (running["jobs"], running["node"]) == (1, "n1")
    (job,) = body(lab.client().get(f"{base}/jobs?node=n1"))["items"]
    assert (job["jobid"], job["started"], job["queue"]) == (7, LATER, None)
    (job,) = body(lab.client().get(f"{base}/jobs?state=submitted&limit=1"))["items"]
    assert (job["submitted"], job["started"]) == (LAST, None)
    assert job["queue"]["hint"] == "mend it"
    assert lab.client("bob").get(f"{base}/queue").status_code == 403
