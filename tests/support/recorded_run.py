"""A run directory as the logger plugin and jobs write it, without Snakemake."""

import json
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from control.events.journal import JournalFiles
from control.record.lines import timestamp, to_line
from control.record.process import this_process
from control.record.run_dir import Run, RunDir, State

Json = dict[str, Any]


class RecordedRun:
    """One run that a test writes.

    Args:
        runs: folder of run directories.
        number: tells runs apart.

    Attributes:
        before: added to the numbers; where several modules of tests have one folder of runs.
    """

    before = 0

    def __init__(self, runs: Path, number: int = 1) -> None:
        name = f"20261121-2210{number % 60:02d}-{self.before + number:04x}"
        self.run_dir = RunDir(runs / name)
        self.run_dir.path.mkdir(mode=0o700, parents=True)
        self.work = self.run_dir.path / "work"
        self.work.mkdir()
        self.attempts: dict[int, int] = {}
        self.done = 0

    @classmethod
    def of(cls, path: Path) -> "RecordedRun":
        """A run that is there already."""
        run = cls.__new__(cls)
        run.run_dir, run.work = RunDir(path), path
        return run

    @property
    def run_id(self) -> str:
        return self.run_dir.run_id

    def start(self, total: int = 1, **more: Any) -> "RecordedRun":
        """The run runs; its process is this one unless another is given."""
        self.begin(**more)
        self.event("workflow_started", cwd=str(self.work), snakemake_version="9.27.1")
        self.event("run_info", stats={"align": total, "total": total})
        return self

    def begin(self, **more: Any) -> None:
        """Only run.json, and nothing of Snakemake yet."""
        process, start = this_process(), timestamp(time.time())
        given: Json = {"workdir": str(self.work), "process": process, "start": start, **more}
        self.run_dir.write_run(Run(State.RUNNING, **given))
        self.run_dir.beat()

    def end(self, state: State = State.COMPLETED, why: str = "", code: int | None = 0) -> None:
        """The run ends."""
        run = self.run_dir.read_run()
        end = timestamp(time.time())
        self.run_dir.write_run(replace(run, state=state, why=why, end=end, return_code=code))

    def event(self, name: str, *, at: float | None = None, **fields: Any) -> None:
        """Snakemake tells something."""
        when = timestamp(time.time() if at is None else at)
        self.raw_event(to_line({"time": when, "level": "info", "event": name, **fields}) + "\n")

    def raw_event(self, text: str) -> None:
        with self.run_dir.events.open("a") as file:
            file.write(text)

    def job(
        self,
        jobid: int,
        *logs: str,
        rule: str = "align",
        at: float | None = None,
        benchmark: str | None = None,
    ) -> None:
        """A job starts, or starts again."""
        self.attempts[jobid] = self.attempts.get(jobid, 0) + 1
        self.event("job_started", jobs=[jobid], at=at)
        self.event(
            "job_info",
            at=at,
            jobid=jobid,
            rule_name=rule,
            wildcards={"sample": f"s{jobid}"},
            log=list(logs),
            input=[],
            output=[],
            local=True,
            threads=1,
            benchmark=benchmark,
        )

    def finish(self, jobid: int) -> None:
        """A job has done its work."""
        self.done += 1
        self.event("job_finished", jobid=jobid)
        self.event("progress", done=self.done, total=max(self.done, len(self.attempts)))

    def fail(self, jobid: int, rule: str = "align", *, again: bool = False) -> None:
        """An attempt fails; with `again` another one follows."""
        self.event("job_error", jobid=jobid, rule_name=rule, log=[], rule_msg="exit code 1", aux={})
        if again:
            self.event("message", message=f"Trying to restart job {jobid}.")

    def log(self, path: str, text: str) -> Path:
        """A job appends to its log."""
        file = self.work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a") as opened:
            opened.write(text)
        return file

    def attempt(self, path: str, text: str = "", *, at: float | None = None) -> None:
        """What log_to.sh does before a command: the log is kept under a hidden name as well."""
        file = self.work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = file.with_name(f".{file.name}")
        file.unlink(missing_ok=True)  # Snakemake does that
        kept.touch()
        os.link(kept, file)
        second = timestamp(time.time() if at is None else at)[:19] + "Z"
        self.log(path, f"=== attempt started {second} on {os.uname().nodename}\n{text}")

    def journal(self, journals: Path) -> JournalFiles:
        return JournalFiles.of(self.run_dir, journals)

    def messages(self, journals: Path | None = None) -> list[Json]:
        """The committed messages."""
        files = self.journal(journals or self.run_dir.path.parent / "no-journals")
        committed = files.committed()
        if not committed.length:
            return []
        text = files.messages.read_bytes()[: committed.length]
        return [json.loads(line) for line in text.splitlines()]

    def told(self, journals: Path | None = None) -> list[str]:
        """The messages in short."""
        return [short(message) for message in self.messages(journals)]


def short(message: Json) -> str:
    """What a message tells, in a few words."""
    data = message["data"]
    match message["type"]:
        case "log":
            return f"{data.get('jobid', '-')}.{data.get('attempt', '-')}: {data['line']}"
        case "rule":
            return f"job {data['jobid']}.{data['attempt']} {data['state']}"
        case "status":
            return f"status {data['status']}"
        case "progress":
            return f"progress {data['scope']} {data.get('progress')}"
    return f"{message['type']} {data.get('message', '')}".strip()
