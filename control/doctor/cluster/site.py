"""How the site has set SLURM up, as far as it matters to runs: versions, accounting, memory …"""

import re
import shutil
import time
from collections.abc import Iterator, Mapping

from control.doctor.cluster.commands import ask
from control.doctor.findings import Finding, ok, warn
from engines.contract.errors import EngineError

OLDEST = (20, 11)
"""Since then squeue and sacct print all that is asked of them."""
SHORTEST_MEMORY = 60
"""Seconds for which a controller without accounting should know of a job that has ended."""
SLOW_SECONDS = 2.0
SKEW_SECONDS = 5.0


def configuration() -> dict[str, str]:
    """SLURM's own settings, by name; read from the controller.

    Raises:
        Unavailable: it does not tell them.
    """
    lines = ask("scontrol", "show", "config").splitlines()
    return {
        key.strip(): value.strip()
        for key, sep, value in (each.partition("=") for each in lines)
        if sep
    }


def looked_at(settings: Mapping[str, str]) -> Iterator[Finding]:
    """Every finding about the site."""
    yield _version(settings)
    yield _queue()
    yield from _clock()
    yield _accounting(settings)
    yield _processes(settings)
    yield _memory(settings)
    yield _requeue(settings)


def _version(settings: Mapping[str, str]) -> Finding:
    told = settings.get("SLURM_VERSION", "")
    found = tuple(int(part) for part in re.findall(r"\d+", told)[:2])
    if found and found < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        return warn("SLURM", f"{told} is older than {oldest}", "states of jobs may be missed")
    return ok("SLURM", f"{told}, cluster {settings.get('ClusterName', '?')}")


def _queue() -> Finding:
    """How fast the queue is told: the price of looking at it every few seconds."""
    begin = time.monotonic()
    ask("squeue", "--me", "--noheader", "--format=%i")
    took = time.monotonic() - begin
    if took > SLOW_SECONDS:
        hint = "states on the page will be later than 5 s: a run never asks more often than that"
        return warn("queue", f"squeue takes {took:.1f} s: the controller is busy", hint)
    return ok("queue", f"squeue answers in {took:.2f} s")


def _clock() -> Iterator[Finding]:
    """The controller's clock, by what sdiag says; a site may not let everybody ask."""
    try:
        before = time.time()
        told = re.search(r"output at .*\((\d+)\)", ask("sdiag"))
    except EngineError:
        return
    if not told:
        return
    skew = int(told[1]) - before
    if not -SKEW_SECONDS < skew < time.time() - before + SKEW_SECONDS:
        hint = "synchronise both (NTP): times of jobs on the page would be wrong"
        yield warn("clock", f"the controller is {skew:+.0f} s away from this machine", hint)
    else:
        yield ok("clock", "agrees with the controller")


def _accounting(settings: Mapping[str, str]) -> Finding:
    what, kept = "accounting", _seconds(settings.get("MinJobAge", "300"))
    if settings.get("AccountingStorageType", "").endswith("slurmdbd"):
        if shutil.which("sacct"):
            return ok(what, "sacct tells what ended jobs used")
        return warn(what, "sacct is not here", "install it with SLURM's client programs")
    if kept < SHORTEST_MEMORY:
        told = f"none, and the controller forgets a job {kept} s after its end (MinJobAge)"
        hint = "ask for MinJobAge of 300 s; until then the end of a job is read from its log"
        return warn(what, told, hint)
    return ok(what, f"none: ends are seen in the queue, kept {kept} s; no memory used, no limits")


def _seconds(value: str) -> int:
    return int(re.match(r"\d*", value)[0] or 300)  # type: ignore[index]


def _processes(settings: Mapping[str, str]) -> Finding:
    kind = settings.get("ProctrackType", "").rpartition("/")[2]
    if kind == "linuxproc":
        hint = "ask for ProctrackType=proctrack/cgroup (or pgid)"
        return warn("processes", "linuxproc: a cancelled job may leave processes behind", hint)
    return ok("processes", f"{kind}: nothing outlives its job")


def _memory(settings: Mapping[str, str]) -> Finding:
    what = "memory"
    if "MEMORY" not in settings.get("SelectTypeParameters", "").upper():
        hint = (
            "ask for SelectTypeParameters with Memory; until then give rules that need much of it"
        )
        return warn(what, "is not counted: jobs share a node's", f"{hint} all threads of a node")
    confined = settings.get("ConstrainRAMSpace", "no").lower() == "yes"
    if confined or "OverMemoryKill" in settings.get("JobAcctGatherParams", ""):
        return ok(what, "a job that takes more than its mem_mb is killed, and tried with more")
    return ok(what, "counted, not enforced: a job may take more than its mem_mb from others")


def _requeue(settings: Mapping[str, str]) -> Finding:
    if settings.get("JobRequeue") == "0":
        return ok("requeue", "off unless asked for: jobs of a node that failed are submitted anew")
    return ok("requeue", "jobs of a node that failed go back into the queue")
