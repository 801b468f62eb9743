"""What is known of the jobs that were submitted from a working directory, in .snakemake/pbs/.

ID.job holds how a job was submitted; TOKEN.end its exit code, written by the job itself, so that
nothing of PBS's history is needed; queue.json what qstat said last. Only the standard library.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

FOLDER = Path(".snakemake/pbs")
QUEUE = FOLDER / "queue.json"
ENDED = "CFX"
"""States of jobs that have ended: completed (Torque), finished, expired."""
QUERY_SECONDS = 15
GRACE_SECONDS = 60
"""How long after its end a job's exit code may take to be seen here."""
SERVER_SECONDS = 60
AT_ONCE = 100
GONE = ("Unknown Job", "has finished", "Job is not found")


def fail(message: str) -> "None":
    """End with one line."""
    sys.exit(f"error: {message}")


def write(path: Path, content: str) -> None:
    """Write a file in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.write_text(content, encoding="utf-8")
    new.replace(path)


def jobs() -> dict[str, dict[str, Any]]:
    """The jobs whose end was not yet reported, by their id."""
    return {path.name.removesuffix(".job"): _read(path) for path in FOLDER.glob("*.job")}


def job(name: str) -> dict[str, Any]:
    """How a job was submitted; empty where nothing is known of it."""
    return _read(FOLDER / f"{name}.job")


def end_file(token: str) -> Path:
    """Where a job writes its exit code."""
    return FOLDER / f"{token}.end"


def forget(name: str) -> None:
    """Its end is reported, or it was never begun."""
    token = job(name).get("token")
    (FOLDER / f"{name}.job").unlink(missing_ok=True)
    if token:
        end_file(token).unlink(missing_ok=True)


def gone_seconds(name: str) -> float | None:
    """For how long the queue has not had a job any more; None: it has it, or nobody knows.

    qstat is asked for all jobs at once, and not more often than every 15 seconds.
    """
    known = _read(QUEUE)
    if time.time() - known.get("asked", 0) > QUERY_SECONDS:
        since, missed = known.get("gone", {}), ask(jobs())
        now = time.time()  # after qstat, which may be slow: at first a job is gone for no time
        gone = {each: since.get(each, now) for each in missed}
        known = {"asked": now, "gone": gone}
        write(QUEUE, json.dumps(known))
    return time.time() - known["gone"][name] if name in known["gone"] else None


def ask(names: Iterable[str]) -> set[str]:
    """Those of the jobs that the queue does not have any more; none where PBS does not answer."""
    listed, gone = list(names), set()
    for start in range(0, len(listed), AT_ONCE):
        some = listed[start : start + AT_ONCE]
        try:
            asked = subprocess.run(
                ["qstat", *some], capture_output=True, text=True, timeout=SERVER_SECONDS
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        numbers = {number(each): each for each in some}
        for line in asked.stdout.splitlines():
            fields = line.split()  # id, name, user, time, state, queue; a long id is cut off
            if len(fields) > 5 and fields[-2] in ENDED and number(fields[0]) in numbers:
                gone.add(numbers[number(fields[0])])
        for line in asked.stderr.splitlines():
            if any(words in line for words in GONE):
                gone |= {numbers[n] for n in map(number, line.split()) if n in numbers}
    return gone


def number(name: str) -> str:
    """The number of a job, which is the same whatever is said of its server."""
    return name.partition(".")[0]


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
