"""From SLURM to messages: real jobs of a real Snakemake, told as they wait, run and end."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from slurm_cluster import SlurmCluster
from waiting import poll

from control.events.followed_log import LogRules
from control.events.index import Index
from control.events.index_rows import JobRow
from control.events.index_writer import IndexWriter
from control.events.run_ingest import RunIngest
from control.record.run_dir import RunDir

WORKFLOW = """
rule all:
    input: "wide.1", "wide.2", "bad"

rule wide:
    output: "wide.{n}"
    threads: 8
    priority: 1
    shell: "until test -e go; do sleep 0.1; done; touch {output}"

rule bad:
    output: "bad"
    resources: mem_mb=60000
    shell: "exit 3"
"""
Data = dict[str, Any]


class Seen:
    """A run of two jobs that need the whole node, and one that fails; one is requeued.

    It is read while it goes on, as the service does.
    """

    def __init__(self, cluster: SlurmCluster, folder: Path) -> None:
        self._folder, self._cluster = folder, cluster
        (folder / "work").mkdir(parents=True)
        (folder / "work" / "Snakefile").write_text(WORKFLOW)
        process = self._start()
        try:
            poll(lambda: list(folder.glob("runs/*/run.json")), 300)
            self._ingest = RunIngest(
                RunDir(next((folder / "runs").iterdir())), folder / "journals", LogRules()
            )
            self._requeue_one()
            poll(lambda: self.read() and process.poll() is not None, 300)
        finally:
            process.kill()
            process.wait()
        self.code, self.printed = process.returncode, (folder / "printed").read_text()
        poll(lambda: self.read()[-1]["type"] == "status")
        self.messages = self.read()
        writer = IndexWriter(folder / "index.db")
        writer.catch_up(self._ingest.facts)
        writer.close()
        self.jobs = self._jobs()

    def _start(self) -> subprocess.Popen[bytes]:
        runs = ["--logger-plumbline-runs", str(self._folder / "runs"), "--logger", "plumbline"]
        command = [sys.executable, "-m", "snakemake", "--executor", "plumbline-slurm", "-j", "9"]
        resources = ["runtime=5", "mem_mb=100", "slurm_partition=cpu"]
        with open(self._folder / "printed", "wb") as printed:
            return subprocess.Popen(
                [*command, *runs, "--keep-going", "--default-resources", *resources],
                cwd=self._folder / "work",
                env={**os.environ, **self._cluster.environ()},
                stdout=printed,
                stderr=printed,
            )

    def _requeue_one(self) -> None:
        """The first of the long ones of which it is told that it runs."""
        self.requeued = poll(self._running, 300)["external_id"]
        self._cluster.run("scontrol", "requeue", self.requeued)
        poll(self._waits_again, 90, every=0.1)  # on a busy machine looks are seldom
        (self._folder / "work" / "go").touch()
        self._cluster.let_begin(self.requeued)

    def _running(self) -> Data | None:
        told = [m["data"] for m in self.read() if m["data"].get("state") == "running"]
        return next((data for data in told if data["rule"] == "wide"), None)

    def _waits_again(self) -> bool:
        """Whether it is told so; it does for two minutes."""
        told = [m["data"] for m in self.read() if m["data"].get("restarts") == 1]
        return any(data["state"] == "submitted" for data in told)

    def read(self) -> list[Data]:
        """The messages so far."""
        while self._ingest.step(time.monotonic()):
            pass
        files = self._ingest.facts.journal
        text = files.messages.read_bytes()[: files.committed().length]
        return [json.loads(line) for line in text.splitlines()]

    def _jobs(self) -> list[JobRow]:
        index = Index.open(self._folder / "index.db")
        try:
            return index.jobs(self._ingest.facts.run_id).rows
        finally:
            index.close()

    def of(self, external_id: str) -> list[Data]:
        """The `rule` messages of a job of SLURM, with their times."""
        rules = [m for m in self.messages if m["type"] == "rule"]
        ids = {m["data"]["jobid"] for m in rules if m["data"].get("external_id") == external_id}
        return [m["data"] | {"at": m["timestamp"]} for m in rules if m["data"]["jobid"] in ids]


@pytest.fixture(scope="module")
def seen(cluster: SlurmCluster, cluster_folder: Path) -> Iterator[Seen]:
    yield Seen(cluster, cluster_folder / "messages")


def test_a_job_is_told_to_wait_run_go_back_and_run_again(seen: Seen) -> None:
    assert seen.code == 1, seen.printed
    told = [(m["state"], m.get("restarts", 0)) for m in seen.of(seen.requeued)]
    known = [each for n, each in enumerate(told) if each != told[n - 1] or not n]
    known = [each for each in known if each != ("running", 1)]  # it may be too short to be seen
    assert known[-3:] == [("running", 0), ("submitted", 1), ("finished", 1)]
    assert [state for state, _ in known[:2]] == ["selected", "submitted"]
    end = seen.of(seen.requeued)[-1]
    waited = seconds(end["started"]) - seconds(seen.of(seen.requeued)[0]["at"])
    took = seconds(end["at"]) - seconds(end["started"])
    assert end["duration"] == pytest.approx(took, abs=0.01) and waited > 1


def test_what_waits_says_why_and_where_it_ran(seen: Seen) -> None:
    ran = [job for job in seen.jobs if job.external_id]
    assert {job.node for job in ran} == {"n1"} and len(ran) == 3
    queues = [m["data"]["queue"] for m in seen.messages if m["data"].get("queue")]
    assert {"Resources", "Priority"} & {queue.get("reason") for queue in queues}
    for job in ran:
        assert job.submitted and job.started and seconds(job.started) > seconds(job.submitted) - 1
        assert (job.queue == {}) is (job.state == "finished")


def test_a_failure_has_slurms_own_words(seen: Seen) -> None:
    (failed,) = (job for job in seen.jobs if job.state == "failed")
    assert (failed.rule, failed.queue["state"]) == ("bad", "FAILED")
    assert failed.queue["exit"] == "1:0", "of the Snakemake inside"
    assert "FAILED on n1" in failed.message


def test_it_is_not_told_too_often(seen: Seen) -> None:
    told = [m["data"]["jobid"] for m in seen.messages if m["type"] == "rule"]
    assert all(told.count(job.jobid) <= 12 for job in seen.jobs)


def seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
