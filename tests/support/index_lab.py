"""Run directories with journals, as ingest would leave them, for tests of the index."""

import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from control.events.index import Index
from control.events.index_rows import RunFilter
from control.events.index_writer import IndexWriter
from control.events.journal import Draft, Journal, draft
from control.events.run_facts import RunFacts
from control.events.translate import Translator
from control.record.message import MessageType
from control.record.request import Request
from control.record.run_dir import Run, RunDir, State
from control.settings import StateDir

TABLES = ("runs", "plans", "jobs", "failures", "dead_letters", "results", "happenings")


def at(second: float) -> str:
    return f"2026-11-21T22:10:{second:06.3f}Z"


def event(name: str, second: float = 5, **fields: Any) -> dict[str, Any]:
    return {"time": at(second), "level": "info", "event": name, **fields}


WORKFLOW = event("workflow_started", 1, cwd="/data")


def job(jobid: int, rule: str, end: str = "finished", second: float = 5, **wildcards: str) -> Any:
    """The events of a job from its beginning to its end ("" for none)."""
    facts = {"rule_name": rule, "wildcards": wildcards, "log": [f"logs/{jobid}.log"]}
    events = [
        event("job_started", second, jobs=[jobid]),
        event("job_info", second, jobid=jobid, local=True, threads=2, **facts),
    ]
    if end:
        name = {"finished": "job_finished", "failed": "job_error"}[end]
        events.append(event(name, second + 1, jobid=jobid))
    return events


def dead_letter(jobid: int, rule: str, name: str, **wildcards: str) -> Draft:
    told = {"jobid": jobid, "rule": rule, "wildcards": wildcards, "attempt": 1}
    error = {"error_class": "permanent", "message": "given up", "dead_letter": name}
    return draft(MessageType.ERROR, at(20), error | told)


class RunLab:
    """One run and its journal."""

    def __init__(self, runs: Path, state: StateDir, run_id: str, owner: str = "") -> None:
        self.run_dir = RunDir(runs / run_id)
        self.run_dir.path.mkdir(parents=True)
        if owner:
            self.run_dir.request.write_text(Request(user=owner).to_json())
        self.facts = RunFacts.of(self.run_dir, state.journals)
        self.translator, self.request = Translator(), Request(user=owner)

    def tell(self, *events: dict[str, Any]) -> "RunLab":
        return self.write(self.translate(*events))

    def translate(self, *events: dict[str, Any]) -> list[Draft]:
        return [each for e in events for each in self.translator.event(e)]

    def status(self, state: State, second: float = 0, **facts: Any) -> "RunLab":
        names = ("name", "analysis", "created")
        asked = {name: facts.pop(name) for name in names if name in facts}
        self.request = replace(self.request, **asked)
        run = Run(state, **facts)
        return self.write(self.translator.status(state, run, self.request, at(second)))

    def write(self, drafts: Iterable[Draft]) -> "RunLab":
        journal = Journal(self.facts.journal, self.run_dir.run_id)
        journal.append(list(drafts), {})
        journal.close()
        return self


class IndexLab:
    """A state folder with an index, and runs."""

    def __init__(self, folder: Path) -> None:
        self.runs, self.state = folder / "runs", StateDir(folder / "state").make()
        self.made: dict[str, RunLab] = {}
        self.index = Index.open(self.state.index)

    def run(self, number: int, owner: str = "") -> RunLab:
        run_id = f"20261121-221{number:03d}-{number:04x}"
        if run_id not in self.made:
            self.made[run_id] = RunLab(self.runs, self.state, run_id, owner)
        return self.made[run_id]

    def writer(self) -> IndexWriter:
        return IndexWriter(self.state.index)

    def catch_up(self) -> None:
        writer = self.writer()
        for run in self.made.values():
            writer.catch_up(run.facts)
        writer.close()

    def content(self) -> dict[str, list[Any]]:
        """Everything that is in the index."""
        db = sqlite3.connect(self.state.index)
        try:
            return {name: sorted(map(repr, db.execute(f"SELECT * FROM {name}"))) for name in TABLES}
        finally:
            db.close()


def four_runs(lab: IndexLab) -> IndexLab:
    """Four runs: two submitted by Ada and Bob, two typed; one is done, one failed, two run."""
    ada, bob = lab.run(1, "ada"), lab.run(2, "bob")
    ada.status(State.RUNNING, 1, name="Truth HG002", analysis="compare", start=at(1))
    ada.tell(WORKFLOW, *job(1, "align", sample="HG002")).status(
        State.COMPLETED, 9, why="1 of 1 steps done", start=at(1), end=at(9), return_code=0
    )
    bob.status(State.RUNNING, 2, name="screen 50%", analysis="screen", start=at(2))
    bob.tell(WORKFLOW, *job(1, "map", "failed", patient="Zoë")).status(
        State.FAILED, 5, why="1 job failed: map", start=at(2), end=at(5)
    )
    lab.run(3).status(State.RUNNING, 3, command="snakemake --cores 8", start=at(3))
    lab.run(4).status(State.QUEUED, 4, created=at(3))
    lab.catch_up()
    return lab


def numbers(index: Index, **wanted: Any) -> list[int]:
    """The numbers of the runs that the index lists."""
    return sorted(int(row.run_id[-4:], 16) for row in index.runs(RunFilter(**wanted)).rows)
