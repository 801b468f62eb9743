"""From SLURM's own time of a change to the message of it at a client of the service."""

import json
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from scaling.queue import OURS
from scaling.workflows import trivial
from service import RealService, poll
from slurm_cluster import SlurmCluster


def latency(folder: Path, jobs: int) -> dict[str, list[float]]:
    """Seconds from the start and the end of each job to a client that is told of them.

    SLURM tells whole seconds, the last one begun: what is given here is up to 1 s too long. Most
    jobs wait, since the node has room for four.
    """
    work = trivial(folder / "work", jobs, "sleep 3; touch {output}")
    with (
        SlurmCluster(folder / "slurm", cpus=4) as cluster,
        RealService(folder / "service") as service,
    ):
        command = [sys.executable, "-m", "snakemake", "--workflow-profile", "none", *OURS]
        command += ["--jobs", str(jobs), "--default-resources", "slurm_partition=cpu"]
        environ = cluster.environ(SNAKEMAKE_LOGGER_PLUMBLINE_RUNS=str(service.runs))
        with open(work / "said", "wb") as said:
            run = subprocess.Popen(command, cwd=work, env=environ, stdout=said, stderr=said)
            heard = _listen(service)
            if run.wait():
                raise SystemExit((work / "said").read_text())
        told = cluster.run("scontrol", "--oneliner", "show", "job")
    return _late(heard, told)


def _listen(service: RealService) -> list[tuple[float, dict[str, Any]]]:
    """Time and content of each message about a job, until the run has ended."""
    poll(lambda: any(service.runs.glob("*/events.ndjson")), 60)
    run_id = next(service.runs.glob("*/events.ndjson")).parent.name
    poll(lambda: service.get(f"/api/v1/runs/{run_id}").status_code == 200, 60)
    heard = []
    with service.connect(f"/ws/runs/{run_id}") as client:
        while True:
            message = json.loads(client.recv(timeout=300))
            if message["type"] == "rule":
                heard.append((time.time(), message["data"]))
            elif message["type"] == "status" and message["data"]["status"] not in _OPEN:
                return heard


_OPEN = ("queued", "running")


def _late(heard: list[tuple[float, dict[str, Any]]], jobs: str) -> dict[str, list[float]]:
    """Change → how late it was told, of every job."""
    late: dict[str, list[float]] = {"a job starts": [], "a job ends": []}
    ids = {data["jobid"]: data["external_id"] for _, data in heard if data.get("external_id")}
    first: dict[tuple[str, str], float] = {}
    for at, data in heard:
        state, job = data["state"], ids.get(data["jobid"])
        if job and state in ("running", "finished"):
            first.setdefault((job, state), at)
    for line in jobs.splitlines():
        said = dict(word.split("=", 1) for word in line.split() if "=" in word)
        for state, field, what in (
            ("running", "StartTime", "a job starts"),
            ("finished", "EndTime", "a job ends"),
        ):
            if at := first.get((said["JobId"], state)):
                late[what].append(at - datetime.fromisoformat(said[field]).timestamp())
    return late
