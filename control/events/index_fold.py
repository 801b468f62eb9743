"""What the messages of a run add up to: no database here, only one message after another.

A record is a row of a table of index_schema.sql, by the names of its columns.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from control.events.failure_fold import FailureFold
from control.events.index_file import Record
from control.events.job_attempts import RuleState
from control.events.rule_graph import RuleGraph
from control.record.message import MessageType
from control.record.run_dir import State

Fields = Mapping[str, Any]

# They make up most of a journal, and nothing of them is in the index.
_PASSED_OVER = tuple(
    f'{{"type":"{kind.value}"'.encode()
    for kind in (MessageType.LOG, MessageType.VARIANT_UPDATE, MessageType.VARIANT_ERROR)
)
_JOB_TEXTS = ("rule", "group", "external_id", "node")
_TIMES = ("selected", "submitted", "started", "ended", "duration")
_OF_ATTEMPT = ("attempt", *_TIMES, "external_id", "node")
_MEASURED = ("peak_memory_mb", "cpu_s", "read_mb", "written_mb")
_LISTED_RESOURCES, _LISTED_TEXT = 20, 300  # of a job in a list; all are in its message
_LISTED_ATTEMPTS = 20  # of one job, the latest ones
_RUN_TEXTS = ("name", "analysis", "created", "launched_by", "command", "workdir")


class Fold:
    """Folds messages of one run, in their order, each once.

    Args:
        run: the record of the run; changed in place.
        find_job: what the index has of a job, by process and job id.
        letters: the dead letters of the run, by path; changed in place.
        plan: what the run was to do, as far as it is known.
        failures: folds what is told of failures.

    Attributes:
        plan: as it is now; None where nobody has told it.
        jobs: records that changed or are new, by process and job id.
        results, happenings: new records.
        again: rule and wildcards of jobs that a later Snakemake of the run began: its number;
            what earlier ones did of them counts no more.
        misread: messages that are not as this version writes them; they were passed over.
    """

    def __init__(
        self,
        run: Record,
        find_job: Callable[[int, int], Record | None],
        letters: dict[str, Record],
        plan: Record | None,
        failures: FailureFold,
    ) -> None:
        self.plan, self.failures = plan, failures
        self.run, self.letters, self._find_job = run, letters, find_job
        self.jobs: dict[tuple[int, int], Record] = {}
        self.results: list[Record] = []
        self.happenings: list[Record] = []
        self.again: dict[tuple[str, str], int] = {}
        self.misread = 0
        self._folders: Mapping[str, Callable[[Fields, Record, int], None]] = {
            MessageType.STATUS: self._status,
            MessageType.RULE: self._rule,
            MessageType.PROGRESS: self._progress,
            MessageType.RESULT: self._result,
            MessageType.ERROR: self._error,
        }

    def take(self, line: bytes) -> None:
        """Fold one line of the journal."""
        if line.startswith(_PASSED_OVER):
            return
        try:
            message = json.loads(line)
            fold = self._folders.get(message["type"])
            if fold is not None:
                where = {name: message[name] for name in ("sequence", "timestamp")}
                fold(message["data"], {"run_id": self.run["run_id"], **where}, len(line))
        except (ValueError, KeyError, TypeError, AttributeError):
            self.misread += 1

    def _status(self, data: Fields, where: Record, _size: int) -> None:
        run = self.run
        run["state"], run["why"] = data["status"], data["message"]
        run |= {name: data[name] for name in _RUN_TEXTS if name in data}
        if "version" in data:
            run["version"] = json.dumps(data["version"])
        run["start"] = data.get("start", run["start"])
        run["end"], run["return_code"] = data.get("end"), data.get("return_code")
        if State(data["status"]).is_final:
            run["end"] = run["end"] or where["timestamp"]
        if "jobs" in data:
            self._count(data["jobs"])
        self._happens(where, data["status"], data["message"])

    def _progress(self, data: Fields, where: Record, _size: int) -> None:
        if data["scope"] == "run":
            self.run["progress"] = data["progress"]
            self._count(data)
            if "rules" in data:
                self._plan(data)
            return
        job = self._job(data)
        if job["attempt"] == data["attempt"] and job["ended"] is None:  # it may come late
            job |= {"progress": data.get("progress"), "stage": data["stage"]}

    def _plan(self, data: Fields) -> None:
        graph = RuleGraph.from_json(data.get("graph", RuleGraph().to_json()))
        if self.plan is not None:
            graph = graph.joined(RuleGraph.from_json(json.loads(self.plan["graph"])))
        told = {"run_id": self.run["run_id"], "process": data.get("process", 1)}
        self.plan = {**told, "rules": _json(data["rules"]), "graph": _json(graph.to_json())}

    def _rule(self, data: Fields, where: Record, _size: int) -> None:
        job, now = self._job(data), where["timestamp"]
        self.run["process"] = max(self.run["process"], job["process"])
        state = RuleState(data["state"])
        if data["attempt"] != job["attempt"] or state is RuleState.SELECTED:
            earlier = _earlier(job) if data["attempt"] > job["attempt"] else {}
            job |= {**earlier, **_new_attempt(data["attempt"], now)}
        job["state"] = state.value
        if state is not RuleState.RETRIED:  # why it failed is still true
            job["message"] = data.get("message", "")
        job |= {name: data[name] for name in _JOB_TEXTS if name in data}
        if "rule" in data:
            job["wildcards"] = _json(data["wildcards"])
        if job["process"] > 1:
            self.again[job["rule"], job["wildcards"]] = job["process"]
        if data.get("restarts", 0) > job["restarts"]:
            job |= {"restarts": data["restarts"], "node": data.get("node", ""), "started": None}
        job["queue"] = _json(data.get("queue", {}))
        if state in (RuleState.SUBMITTED, RuleState.RUNNING):
            job |= _times(job, state, data, now)
            if not job["told"]:
                job |= {"told": where["sequence"], **_needs(data)}
        elif state in (RuleState.FINISHED, RuleState.FAILED, RuleState.CANCELLED):
            took = data["duration"]
            began = job["started"] or (
                job["submitted"] if took else None
            )  # it may only have waited
            job |= {"started": data.get("started", began), "ended": now, "duration": took}
        if state is RuleState.FAILED:
            job["failures"] += 1
            self.failures.failed(data, where)
        elif state is RuleState.FINISHED:
            job |= {"progress": None if job["progress"] is None else 100.0, "stage": ""}
            job |= {name: data.get("usage", {}).get(name) for name in _MEASURED}
            self._resolve(job, now)

    def _result(self, data: Fields, where: Record, size: int) -> None:
        self.results.append({**where, **_whose(data), "size": size})

    def _error(self, data: Fields, where: Record, _size: int) -> None:
        self.failures.error(data, where)
        path = data.get("dead_letter")
        if path is None:
            return
        told = {"error_class": data["error_class"], "message": data["message"]}
        letter = {**where, "path": path, **_whose(data), **told, "resolved": None}
        self.letters[path] = letter
        self._happens(where, "dead_letter", data["message"])

    def _happens(self, where: Record, kind: str, message: str) -> None:
        self.happenings.append({**where, "kind": kind, "message": message})

    def _count(self, jobs: Fields) -> None:
        self.run |= {"jobs_total": jobs["total"], "jobs_done": jobs["done"]}

    def _resolve(self, job: Record, now: str) -> None:
        for letter in self.letters.values():
            of = (letter["rule"], letter["wildcards"])
            if of == (job["rule"], job["wildcards"]):
                letter["resolved"] = letter["resolved"] or now

    def _job(self, data: Fields) -> Record:
        key = data.get("process", 1), data["jobid"]
        if key not in self.jobs:
            self.jobs[key] = self._find_job(*key) or _new_job(self.run["run_id"], *key)
        return self.jobs[key]


def new_run(run_id: str) -> Record:
    """A run of which no message has been read."""
    day, time, _ = run_id.split("-")
    date = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    created = f"{date}T{time[:2]}:{time[2:4]}:{time[4:]}.000Z"
    texts = dict.fromkeys(("why", *_RUN_TEXTS), "")
    nothing = dict.fromkeys(
        ("start", "end", "return_code", "jobs_total", "jobs_done", "progress"), None
    )
    first = {"state": State.QUEUED.value, "version": "{}", "created": created}
    zeros = {"process": 1, "jobs_failed": 0, "last_sequence": 0}
    return {"run_id": run_id, **texts, **nothing, **first, **zeros}


def _new_job(run_id: str, process: int, jobid: int) -> Record:
    job: Record = {"run_id": run_id, "process": process, "jobid": jobid}
    job |= {"rule": "", "wildcards": "{}", "state": "", "failures": 0, "group": ""}
    return job | {"message": "", "earlier": "[]"} | _new_attempt(1, None)


def _new_attempt(attempt: int, selected: str | None) -> Record:
    fresh: Record = dict.fromkeys(("submitted", "started", "ended", "duration", "progress"), None)
    fresh |= {"attempt": attempt, "selected": selected}
    fresh |= dict.fromkeys(_MEASURED)
    fresh |= {"external_id": "", "node": "", "restarts": 0, "queue": "{}"}
    return fresh | {"stage": "", "told": 0, **_needs({})}


def _times(job: Record, state: RuleState, data: Fields, now: str) -> Record:
    """When a job was given to a cluster, and when it began: only the scheduler knows that."""
    if state is RuleState.RUNNING:
        return {"started": data.get("started", job["started"] or now)}
    waits = "queue" in data
    started = None if waits or job["restarts"] else job["started"] or now
    return {"submitted": job["submitted"] or now, "started": started}


def _earlier(job: Record) -> Record:
    """What is kept of an attempt when the next one begins."""
    if not job["state"]:
        return {}  # nobody has told of it
    told = {name: job[name] for name in _OF_ATTEMPT}
    before = json.loads(job["earlier"])[1 - _LISTED_ATTEMPTS :]
    return {"earlier": _json([*before, told | {"message": _cut(job["message"])}])}


def _needs(data: Fields) -> Record:
    """Why a job runs, and what it was given; of long ones the beginning."""
    resources = list(data.get("resources", {}).items())[:_LISTED_RESOURCES]
    short = {name: _cut(value) if isinstance(value, str) else value for name, value in resources}
    threads = data.get("threads")
    known = threads if type(threads) is int and abs(threads) < 2**31 else None
    return {"threads": known, "resources": _json(short), "reason": _cut(data.get("reason", ""))}


def _cut(text: str) -> str:
    return text if len(text) <= _LISTED_TEXT else text[: _LISTED_TEXT - 1] + "…"


def _whose(data: Fields) -> Record:
    wildcards = _json(data.get("wildcards", {}))
    rule = {"rule": data.get("rule", ""), "wildcards": wildcards}
    return {"jobid": data.get("jobid"), **rule}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
