#!/usr/bin/env python3
"""Submit a job script of Snakemake to PBS, and print the id of the job.

What it needs stands in the script's line "# properties = {…}". Nothing of it is read by a shell.
"""

import json
import os
import shlex
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pbs_jobs

PASSED_ON = ("PATH", "LANG", "PYTHONPATH", "LD_LIBRARY_PATH", "SSL_CERT_FILE")
PREFIXES = ("PLUMBLINE_", "SNAKEMAKE_", "AWS_", "XDG_CACHE", "LC_")
SUFFIXES = ("_proxy", "_PROXY")
CLEARING_SECONDS = 60


def properties(jobscript: Path) -> dict[str, Any]:
    """What Snakemake wrote of the job."""
    for line in jobscript.read_text(encoding="utf-8").splitlines():
        if line.startswith("# properties = "):
            found: dict[str, Any] = json.loads(line.removeprefix("# properties = "))
            return found
    raise SystemExit(f"error: {jobscript}: not a job script of Snakemake")


def options(job: Mapping[str, Any], log: Path) -> list[str]:
    """The options of qsub: queue, account, processors, memory, GPUs and time."""
    asked = job.get("resources", {})
    chunk = f"select=1:ncpus={max(1, int(job.get('threads') or 1))}"
    if asked.get("mem_mb"):
        chunk += f":mem={int(asked['mem_mb'])}mb"
    if asked.get("gpu"):
        chunk += f":ngpus={int(asked['gpu'])}"
    given = ["-N", f"{job.get('rule') or 'group'}"[:15], "-j", "oe", "-o", str(log), "-r", "n"]
    given += ["-l", chunk]
    if asked.get("runtime"):
        hours, minutes = divmod(int(asked["runtime"]), 60)
        given += ["-l", f"walltime={hours:02}:{minutes:02}:00"]
    for option, name in (("-q", "pbs_queue"), ("-A", "pbs_account"), ("-P", "pbs_project")):
        if asked.get(name):
            given += [option, str(asked[name])]
    return given + shlex.split(str(asked.get("pbs_extra") or ""))


def script(jobscript: Path, end: Path) -> str:
    """What runs on the node: the job, then its exit code in a file, whole or not at all.

    The environment is in here and not in qsub's -v: that, everybody can read by qstat -f.
    """
    passed = {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(PREFIXES) or name.endswith(SUFFIXES)
        if name != "PLUMBLINE_TOKEN"  # jobs do not talk to the service
    }
    there = shlex.quote(str(end))
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(passed.items())]
    lines += [
        f"cd {shlex.quote(os.getcwd())} || exit 1",
        f"/bin/sh {shlex.quote(str(jobscript))}",
        "code=$?",
        f"echo $code > {there}.new && mv {there}.new {there}",
        "exit $code",
    ]
    return "\n".join(["#!/bin/sh", *lines, ""])


def clear(driver: str) -> None:
    """See that nothing runs any more of what an earlier Snakemake left here: it was killed."""
    left = {name for name, job in pbs_jobs.jobs().items() if job.get("driver") != driver}
    deadline = time.monotonic() + CLEARING_SECONDS
    while left:
        subprocess.run(["qdel", *left], capture_output=True, timeout=CLEARING_SECONDS, check=False)
        for name in pbs_jobs.ask(left):
            pbs_jobs.forget(name)
            left.discard(name)
        if left and time.monotonic() > deadline:
            raise SystemExit(
                f"error: jobs of an earlier run are still in the queue: qdel {' '.join(left)}"
            )
        if left:
            time.sleep(1)


def submit(jobscript: Path) -> str:
    """Submit it; gives the id."""
    job, driver = properties(jobscript), jobscript.parent.name
    clear(driver)
    token = uuid.uuid4().hex
    log = (pbs_jobs.FOLDER / "logs" / f"{job.get('rule') or 'group'}.{token[:12]}.log").absolute()
    log.parent.mkdir(parents=True, exist_ok=True)
    asked = subprocess.run(
        ["qsub", *options(job, log)],
        input=script(jobscript.absolute(), pbs_jobs.end_file(token).absolute()),
        capture_output=True,
        text=True,
        check=False,
    )
    name = asked.stdout.strip()
    if asked.returncode or not name:
        raise SystemExit(f"error: qsub: {asked.stderr.strip() or 'gave no id'}")
    told = {"token": token, "driver": driver, "log": str(log)}
    pbs_jobs.write(pbs_jobs.FOLDER / f"{name}.job", json.dumps(told))
    return name


if __name__ == "__main__":
    try:
        print(submit(Path(sys.argv[1])))
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        sys.exit(f"error: {sys.argv[1:]}: {error}")
