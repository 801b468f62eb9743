"""A real `plumbline serve` whose runs go to a real SLURM cluster; for faults from end to end.

Its workflow makes one file a sample. What a job does besides is the sample's command; each time
that one begins is noted, so that a test sees what was made twice.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import yaml
from service import RealService
from slurm_cluster import SlurmCluster
from waiting import poll

from control.record.run_dir import RunDir, State
from control.runs.orphans import kill_all

SECONDS = 300.0
"""For whatever a run has to come to."""

_ANALYSES = {
    "analyses": {"all": {"title": "Everything", "targets": ["all"]}},
    "schemas": {"configuration": "workflow/schemas/c.yaml", "samples": "workflow/schemas/s.yaml"},
    "sheet": "samples",
}
_TEXT = {"type": "string"}
_CONFIGURATION = {"type": "object", "properties": {"samples": _TEXT}}
_SAMPLES = {"type": "object", "properties": {"sample": _TEXT, "command": _TEXT}}
_SNAKEFILE = """
import csv
with open(config["samples"]) as file:
    COMMANDS = {row["sample"]: row["command"] for row in csv.DictReader(file, delimiter="\\t")}

rule all:
    input: expand("results/{sample}.txt", sample=COMMANDS)

rule make:
    output: "results/{sample}.txt"
    log: "logs/{sample}.log"
    params: command=lambda wildcards: COMMANDS[wildcards.sample], lab="LAB"
    resources: mem_mb=100, runtime=10
    shell:
        "( echo {wildcards.sample} >> {params.lab}/begun; cd {params.lab};"
        " {params.command} ) >> {log} 2>&1 && echo done > {output}"
"""
_PROFILE = {
    "executor": "plumbline-slurm",
    "jobs": 100,
    "default-resources": {"slurm_partition": "cpu"},
    "latency-wait": 10,
    "plumbline-slurm-poll-seconds": 1,
}


class SlurmService(RealService):
    """See the module.

    Args:
        folder: for everything that it writes; nodes of the cluster see it.
        cluster: where jobs run.
        profile: keys of the workflow's profile ``slurm`` that differ from the above.
        settings: of the service.

    Attributes:
        lab: where the samples' commands run.
    """

    def __init__(
        self,
        folder: Path,
        cluster: SlurmCluster,
        profile: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        self.cluster, self.lab = cluster, folder / "lab"
        self.lab.mkdir(parents=True)
        workflow = folder / "w"
        _write(workflow / "workflow/Snakefile", _SNAKEFILE.replace("LAB", str(self.lab)))
        _write(workflow / "workflow/analyses.yaml", yaml.safe_dump(_ANALYSES))
        _write(workflow / "workflow/schemas/c.yaml", json.dumps(_CONFIGURATION))
        _write(workflow / "workflow/schemas/s.yaml", json.dumps(_SAMPLES))
        content = yaml.safe_dump(_PROFILE | dict(profile or {}))
        _write(workflow / "profiles/slurm/config.yaml", content)
        super().__init__(folder, {"workflow": str(workflow), **settings}, cluster.environ())

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        for run_dir in map(RunDir, self.runs.glob("2*")):
            kill_all(run_dir, descendants=False)

    def submit(self, commands: Mapping[str, str], **asked: Any) -> RunDir:
        """A run with a job for each sample, submitted as anybody would."""
        rows = [{"sample": sample, "command": command} for sample, command in commands.items()]
        given = {
            "analysis": "all",
            "profile": "slurm",
            "samples": rows,
            "options": {"report": False},
            **asked,
        }
        answer = self.request("POST", "/api/v1/runs", json=given)
        assert answer.ok, answer.text + self.log.read_text()[-3000:]
        return RunDir(self.runs / answer.json()["run_id"])

    def act(self, run_dir: RunDir, action: str) -> None:
        """Cancel, stop or resume a run, or redrive ``dead-letters/ID/redrive``."""
        answer = self.request("POST", f"/api/v1/runs/{run_dir.run_id}/{action}")
        assert answer.status_code == 202, answer.text

    def waiting(self, name: str) -> str:
        """A command that waits until `let_go` of this name."""
        return f"touch {name}.waits; while [ ! -e {name}.go ]; do sleep 0.1; done"

    def wait_for(self, *names: str) -> None:
        """Until jobs that wait have begun."""
        poll(lambda: all((self.lab / f"{name}.waits").exists() for name in names), SECONDS)

    def let_go(self, *names: str) -> None:
        """Let jobs that wait come to their end."""
        for name in names:
            (self.lab / f"{name}.go").touch()

    def begun(self) -> Counter[str]:
        """How often the command of each sample has begun."""
        with suppress(FileNotFoundError):
            return Counter((self.lab / "begun").read_text().split())
        return Counter()

    def made(self, run_dir: RunDir) -> set[str]:
        """Samples whose result is there."""
        return {file.stem for file in (run_dir.work / "results").glob("*.txt")}

    def jobs(self, run_dir: RunDir) -> Counter[str]:
        """How many jobs of a run are in each state of SLURM's queue."""
        lines = self.cluster.run("squeue", "--noheader", "--format=%j %T").splitlines()
        words = [line.split() for line in lines]
        return Counter(state for name, state in words if name.startswith(run_dir.run_id))

    def comes_to(self, run_dir: RunDir, *states: State, seconds: float = SECONDS) -> State:
        """Wait until the run is in one of these states."""
        try:
            poll(lambda: run_dir.state() in states, seconds, 0.1)
        except AssertionError:
            log = run_dir.driver_log.read_text() if run_dir.driver_log.exists() else "no log"
            raise AssertionError(f"{run_dir.state()}, not {states}; {log}") from None
        return run_dir.state()

    def processes(self, run_dir: RunDir) -> list[psutil.Process]:
        """Every process of a run: here and, as it is the same machine, on the nodes."""
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                words = [*process.cmdline(), process.environ().get("PLUMBLINE_RUN_DIR", "")]
                if process.pid != os.getpid() and any(str(run_dir.path) in word for word in words):
                    found.append(process)
        return found


def _write(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)
