"""A run that is busy, and what reads it into its journal."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

from recorded_run import RecordedRun

from control.events.followed_log import LogRules
from control.events.run_ingest import RunIngest
from control.record.message import Message


class Lab:
    """A run, and the process that reads it."""

    def __init__(self, runs: Path, number: int = 1) -> None:
        self.run = RecordedRun(runs, number)
        self.journals = runs.parent / "journals"
        self.journals.mkdir(exist_ok=True)
        self.ingest: RunIngest | None = None

    def open(self) -> RunIngest:
        rules = LogRules(grace=0.05)
        self.ingest = self.ingest or RunIngest(self.run.run_dir, self.journals, rules)
        return self.ingest

    def close(self) -> None:
        ingest, self.ingest = self.ingest, None
        if ingest is not None:
            ingest.close()

    def step(self) -> bool:
        ingest = self.open()
        ingest.wake((), time.monotonic())
        return ingest.step(time.monotonic())

    def read(self) -> list[str]:
        """Everything that there is; the messages so far, in short."""
        while self.step():
            pass
        return self.told()

    def rest(self) -> list[str]:
        """Until nothing more is expected."""
        deadline = time.monotonic() + 180
        while not self.open().at_rest:
            self.open().step(time.monotonic())
            assert time.monotonic() < deadline, self.told()
        self.close()
        return self.told()

    def told(self) -> list[str]:
        messages = self.run.messages(self.journals)
        assert [m["sequence"] for m in messages] == [*range(1, len(messages) + 1)]
        for message in messages:
            Message.from_json(json.dumps(message))
        return self.run.told(self.journals)


def busy_run(run: RecordedRun) -> Iterator[None]:
    """A run of some jobs, with a retry; each yield is a moment at which it can be looked at."""
    run.start(total=3)
    yield
    run.job(1, "logs/a.log")
    run.job(2, "logs/b.log")
    run.attempt("logs/a.log", "one\n")
    run.log("logs/b.log", "b one\nb tw")
    yield
    run.log("logs/a.log", "two\nPROGRESS: 50% - half")
    run.log("logs/b.log", "o\n")
    run.raw_event('{"time": "2026')
    yield
    run.raw_event("\n")
    run.log("logs/a.log", "\nthree")
    run.fail(1, again=True)
    run.job(1, "logs/a.log")
    run.attempt("logs/a.log", "again one\n")
    run.finish(2)
    yield
    run.log("logs/a.log", '{"type": "result", "f1": 0.98}\n')
    run.finish(1)
    run.job(3)
    run.finish(3)
    yield
    run.end()
    yield


EXPECTED = [
    "status running",
    "progress run 0.0",
    "job 1.1 selected",
    "job 1.1 running",
    "job 2.1 selected",
    "job 2.1 running",
    "1.1: one",
    "2.1: b one",
    "1.1: two",
    "2.1: b two",
    "-.-: 1 unreadable lines in events.ndjson were passed over",
    "progress job 50.0",
    "1.1: three",
    "error align (sample=s1): exit code 1",
    "job 1.1 failed",
    "-.-: Trying to restart job 1.",
    "job 1.1 retried",
    "job 1.2 selected",
    "job 1.2 running",
    "job 2.1 finished",
    "1.2: again one",
    "result",
    "job 1.2 finished",
    "job 3.1 selected",
    "job 3.1 running",
    "job 3.1 finished",
    "status completed",
]


def facts(told: list[str]) -> list[str]:
    """Without beginnings of attempts, and steps of the whole run: they come as they come."""
    return [
        text
        for text in told
        if "===" not in text and (text == "progress run 0.0" or "progress run" not in text)
    ]


def streams(told: list[str]) -> dict[str, list[str]]:
    """What must be in order: the lines of each attempt, and everything of each job."""
    found: dict[str, list[str]] = {}
    for text in facts(told):
        key = (
            text.split(".")[0].removeprefix("job ")
            if text[0].isdigit() or "job " in text[:4]
            else ""
        )
        found.setdefault(key if key.isdigit() else text.split()[0], []).append(text)
    return found
