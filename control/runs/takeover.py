"""A driver that SLURM starts again takes its run over from the attempt that died.

SLURM says that the earlier attempt is over, and is wrong where a node was only cut off. So it
has to be proven: its process is dead, or, on another machine, the lease of the run is free
and its heartbeat stands still for a while.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import replace

from control.record.lines import timestamp
from control.record.process import is_alive
from control.record.run_dir import HEARTBEAT_SECONDS, Run, RunDir, State, UnreadableRun
from control.runs import requests
from control.runs.errors import Conflict
from control.runs.lease import DRIVER, Lease
from control.runs.slurm import clear_queue

QUIET_SECONDS = 3.5 * HEARTBEAT_SECONDS
"""How long a heartbeat has to stand still on another machine to tell of a death."""
LEASE_SECONDS = 120.0
"""How long a dead driver may hold its lease: its guard ends its jobs, a file server its locks."""
QUEUE_SECONDS = 20.0
"""How long a cluster may take to end the jobs of a dead driver that was told to end."""

_PAUSE = 0.5


def is_started_again(run_dir: RunDir, environ: Mapping[str, str]) -> bool:
    """Whether this process is the driver's job, started again while the run says it runs.

    Raises:
        Conflict: the driver of the run was launched anew: this job is no longer wanted.
    """
    job = environ.get("SLURM_JOB_ID", "")
    launch = run_dir.read_launch()
    if launch is None or launch.ended or launch.kind != "slurm" or not job:
        return False
    if launch.external_id not in ("", job):
        raise Conflict(f"run {run_dir.run_id} is driven by SLURM job {launch.external_id} now")
    try:
        run = run_dir.read_run()
    except UnreadableRun:
        return False
    return run.state is State.RUNNING and run.external_id == job


def take_over(run_dir: RunDir) -> Lease:
    """The lease of a run whose earlier driver is proven dead; it is queued now, or cancelled.

    Raises:
        Conflict: that driver lives, or somebody else is at the run.
    """
    lease = _lease(run_dir)
    try:
        run = run_dir.read_run()
        if run.state is State.RUNNING:
            _see_that_dead(run_dir, run)
            put_back(run_dir, "its driver's job was started again by SLURM")
    except BaseException:
        lease.release()
        raise
    return lease


def put_back(run_dir: RunDir, why: str) -> None:
    """Queue a run whose driver is dead, as Resume does; the caller holds its lease.

    A run that somebody had told to end is cancelled instead.

    Raises:
        OSError, UnreadableRun: its files cannot be read or written.
    """
    run = run_dir.read_run()
    told = [each for each in requests.pending(run_dir) if each.action in ("cancel", "stop")]
    due = next((each for each in told if each.is_for(run.start)), None)
    if due is not None:
        left = clear_queue(run_dir, QUEUE_SECONDS)
        requests.acknowledge(run_dir, due, "obeyed")
        by = f" by {due.user}" if due.user else ""
        why = "; ".join([f"cancelled{by} after it was interrupted", *left])
        ended = replace(run, state=State.CANCELLED, why=why)
        run_dir.write_run(replace(ended, process=None, end=timestamp(time.time())))
        return
    requests.void(run_dir)
    requests.instruct(run_dir, "resume", "")
    again = replace(run, state=State.QUEUED, why=why, process=None, start=None)
    run_dir.write_run(replace(again, end=None, return_code=None))


def last_beat(run_dir: RunDir) -> float | None:
    """When the heartbeat was touched, in seconds since 1970; None where there is none.

    It is opened, so that a network file system asks its server.
    """
    try:
        fd = os.open(run_dir.heartbeat, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.fstat(fd).st_mtime
    finally:
        os.close(fd)


def _lease(run_dir: RunDir) -> Lease:
    deadline = time.monotonic() + LEASE_SECONDS
    while True:
        try:
            return Lease.take(run_dir, DRIVER)
        except Conflict:
            if time.monotonic() >= deadline:
                raise
        time.sleep(_PAUSE)


def _see_that_dead(run_dir: RunDir, run: Run) -> None:
    alive = is_alive(run.process) if run.process is not None else None
    if alive is None:
        alive = _beats(run_dir)
    if alive:
        where = f" on {run.process.host}" if run.process is not None else ""
        raise Conflict(f"run {run_dir.run_id}: its earlier driver{where} is still at work")


def _beats(run_dir: RunDir) -> bool:
    first, deadline = last_beat(run_dir), time.monotonic() + QUIET_SECONDS
    while time.monotonic() < deadline:
        time.sleep(_PAUSE)
        if last_beat(run_dir) != first:
            return True
    return False
