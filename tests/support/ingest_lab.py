"""A folder of runs, and the ingest process that serves it."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from recorded_run import RecordedRun

from control.events.ingest import main
from control.settings import Settings, StateDir


class Lab:
    """A folder of runs, and the process that serves it."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.runs = folder / "runs"
        self.settings = Settings(runs=[self.runs], state=folder / "state", **settings)
        self.state = StateDir(self.settings.state).make()
        self.children: list[int] = []

    def run(self, number: int = 1) -> RecordedRun:
        return RecordedRun(self.runs, number)

    def fork(self, work: Callable[[], object]) -> int:
        if (child := os.fork()) == 0:
            code = 1
            try:
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                work()
                code = 0
            finally:
                os._exit(code)
        self.children.append(child)
        return child

    def start(self) -> int:
        """The real thing, in a process of its own."""
        return self.fork(lambda: main(self.settings))

    def end(self, child: int, number: signal.Signals = signal.SIGTERM) -> int:
        self.children.remove(child)
        os.kill(child, number)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def wait(self, child: int) -> int:
        self.children.remove(child)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    def is_closed(self, run: RecordedRun) -> bool:
        return run.journal(self.state.journals).committed().closed

    def report(self) -> dict[str, Any]:
        try:
            report: dict[str, Any] = json.loads(self.state.ingest_report.read_text())
        except FileNotFoundError:
            return {"problems": [], "known_runs": 0}
        return report

    def close(self) -> None:
        for child in list(self.children):
            self.end(child, signal.SIGKILL)
