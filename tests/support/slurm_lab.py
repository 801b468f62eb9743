"""Snakemake typed by hand on a SLURM cluster of our own: tiny workflows, real jobs."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slurm_cluster import SlurmCluster

from control.runs.orphans import die_with_parent

ROOT = Path(__file__).resolve().parents[2]
_PATHS = (".", "workflow", "control/logger", "control/executor")


@dataclass
class SlurmLab:
    """A folder with a Snakefile, whose jobs go to a cluster.

    Args:
        folder: where everything lies.
        cluster: that takes the jobs.
    """

    folder: Path
    cluster: SlurmCluster

    def write(self, snakefile: str) -> None:
        """The workflow."""
        self.folder.mkdir(exist_ok=True)
        (self.folder / "Snakefile").write_text(snakefile)

    def start(self, *arguments: str, **environ: str) -> "subprocess.Popen[bytes]":
        """Start Snakemake; what it prints is in :attr:`log`."""
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen(
                self.command(*arguments),
                cwd=self.folder,
                env=self.environ() | environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    def environ(self) -> dict[str, str]:
        """In which Snakemake finds our plugins, and SLURM's commands the cluster."""
        paths = os.pathsep.join(str(ROOT / path) for path in _PATHS)
        runs = str(self.folder / "runs")
        return self.cluster.environ(PYTHONPATH=paths, SNAKEMAKE_LOGGER_PLUMBLINE_RUNS=runs)

    @staticmethod
    def command(*arguments: str) -> list[str]:
        """What is typed."""
        words = [sys.executable, "-P", "-m", "snakemake", "--executor", "plumbline-slurm"]
        words += ["--default-resources", "mem_mb=100", "runtime=5", "disk_mb=1"]
        words += [
            "--jobs",
            "50",
            "--plumbline-slurm-poll-seconds",
            "1",
            "--scheduler",
            "greedy",
            "--nocolor",
            "--logger",
            "plumbline",
        ]
        return [*words, "--keep-going", "--latency-wait", "5", *arguments]

    def run(self, *arguments: str, seconds: float = 300, **environ: str) -> int:
        """Run Snakemake to its end; gives its exit code."""
        process = self.start(*arguments, **environ)
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"it did not end:\n{self.log[-3000:]}") from None

    @property
    def log(self) -> str:
        """What Snakemake has printed so far."""
        return (self.folder / "log").read_text()

    def errors(self) -> dict[str, str]:
        """Rule → the message of its last error."""
        parts = self.log.split("Error in rule ")[1:]
        told = (part.split("\n    message: ") for part in parts)
        return {name.split(":")[0]: text.split("\n")[0] for name, text in told}

    def submissions(self) -> Counter[str]:
        """Snakemake's id of a job → how often it was submitted."""
        lines = [line for line in self.log.splitlines() if " has been submitted with " in line]
        return Counter(line.split()[1] for line in lines)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Events of the last run."""
        folder = max((self.folder / "runs").iterdir(), key=lambda each: each.stat().st_mtime_ns)
        lines = (folder / "events.ndjson").read_text().splitlines()
        return [event for line in lines if (event := json.loads(line))["event"] == name]

    def letters(self) -> dict[str, dict[str, Any]]:
        """Job → its dead letter."""
        found = (self.folder / ".plumbline" / "dead_letters").glob("*.json")
        return {letter["job"]: letter for letter in (json.loads(f.read_text()) for f in found)}
