"""Runs of a tiny workflow: real Snakemake, jobs that wait for files, and no trace afterwards."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import psutil

from control.record.request import Request
from control.record.run_dir import Run, RunDir, State
from control.settings import Settings

Value = TypeVar("Value")
DEADLINE = 300  # seconds; only a broken test waits so long

_IN_PLACE = """
import sys
from control.runs import command, driver
script = sys.argv.pop(1)
command.run_command = lambda *_: ["bash", "-c", script]
driver.main()
"""

SNAKEFILE = """
rule all:
    default_target: True
    input:
        expand("results/{sample}.txt", sample=config["jobs"]),

rule make:
    output:
        "results/{sample}.txt",
    log:
        "logs/{sample}.log",
    params:
        how=lambda wildcards: config["jobs"][wildcards.sample],
    shell:
        "( {params.how} ) > {log} 2>&1 && echo done > {output}"
"""


def wait_until(look: Callable[[], Value], what: str = "what the test waits for") -> Value:
    """Look again and again until there is something to see."""
    deadline = time.monotonic() + DEADLINE
    while not (seen := look()):
        assert time.monotonic() < deadline, f"no sign of {what}"
        time.sleep(0.02)
    return seen


class Lab:
    """A folder with a workflow, runs and the service's own files.

    Args:
        folder: of the test.
        settings: keys of the service's settings.
    """

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        workflow = folder / "a workflow"
        (workflow / "workflow").mkdir(parents=True)
        (workflow / "workflow" / "Snakefile").write_text(SNAKEFILE)
        self.settings = Settings.model_validate(
            {
                "runs": [folder / "runs"],
                "state": folder / "state",
                "workflow": workflow,
                **settings,
            }
        )
        self.settings_file = folder / "service.yaml"
        self.settings_file.write_text(self.settings.model_dump_json())
        self.runs = self.settings.runs[0]
        self._children: list[subprocess.Popen[bytes]] = []

    def queue(self, jobs: Mapping[str, str], **request: Any) -> RunDir:
        """A run that waits to be started; ``jobs`` are the commands that make each result."""
        run_dir = RunDir.create(self.runs, 1_700_000_000)
        run_dir.config.write_text(json.dumps({"jobs": jobs}))
        options = {"cores": 2, "report": False, **request.pop("options", {})}
        asked = Request(**{"user": "ann", "options": options, **request})
        run_dir.request.write_text(asked.to_json())
        return run_dir

    def waiting(self, name: str) -> str:
        """The command of a job that says it has begun, and waits to be let go."""
        begun, go = self.folder / f"{name}.begun", self.folder / f"{name}.go"
        return f"touch '{begun}'; while [ ! -e '{go}' ]; do sleep 0.05; done"

    def wait_for(self, name: str) -> None:
        """Wait until a job that waits has begun."""
        wait_until((self.folder / f"{name}.begun").exists, f"job {name}")

    def let_go(self, name: str) -> None:
        """Let a waiting job finish."""
        (self.folder / f"{name}.go").touch()

    def drive(
        self, run_dir: RunDir, grace: float = 20, script: str | None = None, faults: str = ""
    ) -> subprocess.Popen[bytes]:
        """Start a driver, as somebody would type it.

        Args:
            run_dir: a queued run.
            grace: seconds between asking, telling and killing.
            script: for bash, run in the place of Snakemake where that makes no difference.
            faults: Python, run before it.
        """
        begin = ["-m", "control.runs.driver"]
        if script is not None:
            begin = ["-c", faults + _IN_PLACE, script]
        options = ["--config", str(self.settings_file), "--grace", str(grace)]
        return self.start(*begin, str(run_dir.path), *options)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a Python process, which ends with the test at the latest."""
        child = subprocess.Popen(
            [sys.executable, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._children.append(child)
        return child

    def begun(self, run_dir: RunDir) -> Run:
        """``run.json`` as soon as the run is running."""
        wait_until(lambda: run_dir.run.exists() and run_dir.state() is State.RUNNING, "the run")
        return run_dir.read_run()

    def ended(self, run_dir: RunDir) -> Run:
        """``run.json`` as soon as it is final."""
        wait_until(lambda: run_dir.run.exists() and run_dir.state().is_final, "the end of the run")
        return run_dir.read_run()

    def processes(self) -> list[psutil.Process]:
        """Every living process that has to do with this folder."""
        return [process for process in psutil.process_iter() if self._is_of_us(process)]

    def _is_of_us(self, process: psutil.Process) -> bool:
        with suppress(psutil.Error):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                return False
            words = [*process.cmdline(), *process.environ().values()]
            return any(str(self.folder) in word for word in words)
        return False

    def close(self) -> None:
        """End whatever a test has left: guards first have the time to do their work."""
        for child in self._children:
            child.kill()
            child.communicate()
        patience = time.monotonic() + 5
        while (left := self.processes()) and time.monotonic() < patience:
            time.sleep(0.02)
        for process in left:
            with suppress(psutil.Error):
                process.kill()
