#!/usr/bin/env python3
"""Say how a job is: running, success or failed; why it failed goes to stderr.

It never ends with an error: Snakemake would end the whole run.
"""

import subprocess
import sys

import pbs_jobs

WORDS = {
    "-25": "it used more processors than it had asked for",
    "-27": "it used more memory than it had asked for",
    "-29": "its time was over",
    "271": "it was ended (SIGTERM): cancelled, or its time was over",
    "265": "it was killed (SIGKILL)",
}


def status(name: str) -> str:
    """As Snakemake's cluster-generic executor wants it; forgets nothing: who asks may be killed."""
    job = pbs_jobs.job(name)
    if not job:
        print(f"PBS job {name}: nothing is known of it here", file=sys.stderr)
        return "failed"
    end = pbs_jobs.end_file(job["token"])
    if not end.exists():
        gone = pbs_jobs.gone_seconds(name)
        if gone is None or gone < pbs_jobs.GRACE_SECONDS:
            return "running"
        print(f"PBS job {name}: {_why(name)}; its output: {job['log']}", file=sys.stderr)
        return "failed"
    code = end.read_text(encoding="ascii").strip()
    return "success" if code == "0" else "failed"


def _why(name: str) -> str:
    """What PBS's history says, where it is kept."""
    try:
        asked = subprocess.run(
            ["qstat", "-x", "-f", name],
            capture_output=True,
            text=True,
            timeout=pbs_jobs.SERVER_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "it is gone from the queue"
    fields = dict(
        line.strip().split(" = ", 1) for line in asked.stdout.splitlines() if " = " in line
    )
    code = fields.get("Exit_status", "")
    told = [WORDS.get(code) or (f"it ended with {code}" if code else "")]
    return ", ".join(filter(None, [*told, fields.get("comment")])) or "it is gone from the queue"


if __name__ == "__main__":
    try:
        print(told := status(sys.argv[1]), flush=True)
        if told != "running":
            pbs_jobs.forget(sys.argv[1])
    except OSError as error:  # of the file system: it is looked at again
        print(f"PBS job {sys.argv[1:]}: {error}", file=sys.stderr)
        print("running")
