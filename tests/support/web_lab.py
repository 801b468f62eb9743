"""The whole app with real users, tokens and index, and runs in every state."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient

from control.access import database, tokens, users
from control.access.audit import SERVICE
from control.access.roles import Role
from control.events.index_writer import IndexWriter
from control.events.journal import Draft, Journal, JournalFiles, draft
from control.events.run_facts import RunFacts
from control.record.dead_letter import DeadLetter, Failure, Input, Try, name_of
from control.record.message import MessageType
from control.record.process import this_process
from control.record.request import Request, read_request
from control.record.run_dir import Run, RunDir, State
from control.settings import Settings, StateDir
from control.web.app import create_app

WHEN = "2026-11-21T22:10:05.123Z"
LATER = "2026-11-21T22:20:05.123Z"
PEOPLE = {"ada": Role.OPERATOR, "bob": Role.OPERATOR, "vera": Role.VIEWER, "root": Role.ADMIN}
LOST_JOB = "align sample=B"


class WebLab:
    """An app, its users (ada and bob: operators, vera: viewer, root: admin), and runs.

    Args:
        folder: of the test.
        settings: keys of the service's settings.
    """

    def __init__(self, folder: Path, **settings: Any) -> None:
        own = {"runs": [folder / "runs"], "state": folder / "state"}
        many = {"access": {"requests_per_minute": 1_000_000}}
        self.settings = Settings.model_validate({**own, **many, **settings})
        self.state = StateDir(self.settings.state).make()
        self.runs = self.settings.runs[0]
        self.runs.mkdir()
        self.index = IndexWriter(self.state.index)
        self.tokens = _people(self.state)
        self.app: Flask = create_app(self.settings, check_answers=True)
        self._made = 0

    def client(self, user: str | None = "ada") -> FlaskClient:
        """What somebody sends their requests with; None: nobody we know."""
        made = self.app.test_client()
        if user is not None:
            made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {self.tokens[user]}"
        return made

    def run(
        self,
        state: State = State.COMPLETED,
        user: str = "ada",
        *,
        name: str = "",
        is_indexed: bool = True,
        why: str = "",
        more: Sequence[Draft] = (),
    ) -> RunDir:
        """A run with jobs, logs, results, and a dead letter where it failed.

        ``user`` "" is a run that somebody typed. ``more`` is told in the end.
        """
        self._made += 1
        made = RunDir(self.runs / f"20261121-{221000 + self._made:06d}-{self._made:04x}")
        made.path.mkdir(mode=0o700)
        if user:
            asked = Request(user=user, name=name, analysis="all", created=WHEN)
            made.request.write_text(asked.to_json())
            made.config.write_text("build: GRCh38\n")
            made.samples.write_text("sample\n")
        _write_work(made)
        if state is not State.QUEUED:
            made.driver_log.write_text("".join(f"line {n}\n" for n in range(1000)))
            made.write_run(_run_of(made, state, "driver" if user else "hand", why))
            made.beat()
        self._tell(made, state, name, why, more)
        if is_indexed:
            self.index.catch_up(RunFacts.of(made, self.state.journals))
        return made

    def end(self, made: RunDir, state: State = State.COMPLETED) -> None:
        """A run of this folder that goes on ends, and the index knows."""
        made.write_run(Run(state, start=WHEN, end=LATER))
        name = (read_request(made) or Request()).name
        journal = Journal(JournalFiles.of(made, self.state.journals), made.run_id)
        journal.append([_status(state, name, "", end=LATER)], {}, closed=True)
        journal.close()
        self.index.catch_up(RunFacts.of(made, self.state.journals))

    def _tell(self, made: RunDir, state: State, name: str, why: str, more: Sequence[Draft]) -> None:
        journal = Journal(JournalFiles.of(made, self.state.journals), made.run_id)
        try:
            drafts = _messages(made, state, name, why)
            journal.append([*drafts, *more], {}, closed=state.is_final)
        finally:
            journal.close()


def _people(state: StateDir) -> dict[str, str]:
    """Make the users; gives a token of each."""
    made = {}
    db_ = database.connect(state)
    with db_.write() as db:
        for name, role in PEOPLE.items():
            users.add(db, name, role, SERVICE, "root" if name == "root" else None)
            made[name] = tokens.create(db, name, "tests", SERVICE)
    db_.close()
    return made


def _run_of(made: RunDir, state: State, launched_by: str, why: str) -> Run:
    gone = replace(this_process(), pid=2**31 - 2)
    running = state in (State.RUNNING, State.INTERRUPTED)
    return Run(
        state=State.RUNNING if running else state,
        why=why,
        launched_by=launched_by,
        command="snakemake --cores 2",
        workdir=str(made.work),
        version={"plumbline": "0.1.0", "snakemake": "9.27.1", "workflow_commit": None},
        process=gone if state is State.INTERRUPTED else this_process(),
        start=WHEN,
        end=None if running else LATER,
        return_code=None if running else int(state is not State.COMPLETED),
    )


def _write_work(made: RunDir) -> None:
    results = made.work / "results"
    (results / "tables").mkdir(parents=True)
    (results / "tables" / "A.tsv").write_text("a\tb\n1\t2\n")
    (results / "page.html").write_text("<script>alert(1)</script>")
    (results / "bytes.bin").write_bytes(bytes(range(256)) * 4000)
    (results / "naïve name.txt").write_text("ü\n")
    (results / ".hidden").write_text("secret")
    os.symlink("/etc/passwd", results / "passwd")
    (made.work / "logs").mkdir()
    (made.work / "logs" / "align-A.log").write_text("reading\n45.5% <b>done</b>\n")
    made.report.write_text("<!doctype html><title>Report</title>")
    letters = made.work / ".plumbline" / "dead_letters"
    letters.mkdir(parents=True)
    (letters / f"{name_of(LOST_JOB)}.json").write_text(_letter(made.work).to_json())


def _letter(workdir: Path) -> DeadLetter:
    return DeadLetter(
        id=name_of(LOST_JOB),
        job=LOST_JOB,
        command="align B",
        workdir=str(workdir),
        host="here",
        created=LATER,
        error=Failure("permanent", 65, "B is empty", "send it again"),
        inputs=[Input("B.fastq", None, None), Input("A.fastq", 7, 1.5)],
        attempts=[Try(1, WHEN, LATER, 65, "permanent", "B is empty", "json")],
        log="reading\nB is empty\n",
    )


def _messages(made: RunDir, state: State, name: str, why: str) -> list[Draft]:
    told = [_status(State.QUEUED, name, "")]
    if state is State.QUEUED:
        return told
    told.append(_status(State.RUNNING, name, "", workdir=str(made.work), start=WHEN))
    told.append(draft(MessageType.PROGRESS, WHEN, _PLAN))
    for jobid, sample in enumerate("AB", start=1):
        job = {"jobid": jobid, "rule": "align", "wildcards": {"sample": sample}, "attempt": 1}
        log = f"logs/align-{sample}.log"
        told += [
            _rule({**job, "state": "selected"}),
            _rule({**job, "state": "running", "threads": 2, "log": [log], "input": ["x"]}),
            draft(
                MessageType.LOG,
                WHEN,
                {"line": "reading", "level": "info", "source": "job", **job},
            ),
        ]
    told.append(draft(MessageType.RESULT, WHEN, {"precision": 0.99, **_JOB_A}))
    if state.is_final or state is State.INTERRUPTED:
        told.append(_rule({**_JOB_A, "state": "finished", "duration": 2.5}))
        told.append(_progress(1, 2))
    if state is State.FAILED:
        told += _given_up()
    if state is State.COMPLETED:
        told.append(_rule({**_JOB_B, "state": "finished", "duration": 3.5}))
        told.append(_progress(2, 2))
    if state is not State.RUNNING:
        told.append(_status(state, name, why, end=LATER, return_code=int(state != "completed")))
    return told


_PLAN = {
    **{"scope": "run", "progress": 0.0, "done": 0, "total": 2, "rules": {"align": 2}},
    "graph": {"rules": ["fetch", "align"], "edges": [["fetch", "align"]]},
}
_JOB_A: Mapping[str, Any] = {
    "jobid": 1,
    "rule": "align",
    "wildcards": {"sample": "A"},
    "attempt": 1,
}
_JOB_B = {**_JOB_A, "jobid": 2, "wildcards": {"sample": "B"}}


def _given_up() -> list[Draft]:
    path = f".plumbline/dead_letters/{name_of(LOST_JOB)}.json"
    error = {"error_class": "permanent", "code": 65, "message": "B is empty", "hint": ""}
    error |= {"error": "B is empty", "dead_letter": path}
    return [
        draft(MessageType.ERROR, LATER, {**error, **_JOB_B}),
        _rule({**_JOB_B, "state": "failed", "duration": 1.5, "message": "B is empty"}),
    ]


def _rule(data: Mapping[str, Any]) -> Draft:
    return draft(MessageType.RULE, WHEN, data)


def _progress(done: int, total: int) -> Draft:
    data = {"scope": "run", "progress": 100 * done / total, "done": done, "total": total}
    return draft(MessageType.PROGRESS, WHEN, data)


def _status(state: State, name: str, why: str, **more: Any) -> Draft:
    data = {"status": state.value, "message": why, "name": name, "analysis": "all"}
    data |= {"launched_by": "driver", "command": "snakemake --cores 2"}
    return draft(MessageType.STATUS, WHEN, {**data, **more})


def body(answer: Any) -> Any:
    """The JSON of an answer."""
    return json.loads(answer.get_data(as_text=True))
