"""What can be done with a run: cancel, stop, resume, redrive one job, delete.

Nothing here waits for the run: a living driver is asked through ``requests/``, and a new
attempt is queued for the steward. What changes ``run.json`` or the directory itself holds
the lease meanwhile, so it never meets a driver. Who asked is kept in ``requests/``.
(Rerun makes a new run: see :mod:`control.runs.submit`.)
"""

import logging
import os
import time
from contextlib import suppress
from dataclasses import replace
from typing import Any

from control.events.nudges import nudge
from control.record.lines import timestamp
from control.record.request import read_request
from control.record.run_dir import Run, RunDir, State, UnreadableRun
from control.runs import launch, requests
from control.runs.dead_jobs import targets_of_letter
from control.runs.deletion import hide_run
from control.runs.errors import Conflict
from control.runs.lease import Lease
from control.runs.orphans import kill_all
from control.runs.outcome import count_dead_letters
from control.runs.ownership import see_that_ours
from control.runs.queue import wake
from control.runs.slurm import clear_queue
from control.settings import Settings, StateDir
from engines.contract.errors import BadData

_AGAIN = (State.FAILED, State.CANCELLED, State.INTERRUPTED)
_NOT_ENDED = (State.QUEUED, State.RUNNING, State.INTERRUPTED)
_LEASE_SECONDS = 2.0  # that another action may take
_QUEUE_SECONDS = 20.0  # that a cluster may take to end jobs of a dead attempt
_DONE = {
    "cancel": "it cannot be cancelled",
    "stop": "it cannot be stopped",
    "resume": "it cannot be resumed",
    "redrive": "none of its jobs can be tried again",
    "delete": "it cannot be deleted",
}

_log = logging.getLogger(__name__)


def available_actions(run_dir: RunDir) -> list[str]:
    """What can be done with a run now, of cancel, stop, resume, redrive, rerun, delete.

    ``redrive`` is possible where the run has a dead letter. Where nothing can be done the list
    is empty, and each function below says why.
    """
    try:
        state, is_asked_for = run_dir.state(), read_request(run_dir) is not None
        is_ours = run_dir.path.stat().st_uid == os.getuid()
    except (UnreadableRun, OSError):
        return []
    if not is_ours:
        return []
    return actions_in(state, run_dir, is_asked_for=is_asked_for)


def actions_in(state: State, run_dir: RunDir, *, is_asked_for: bool) -> list[str]:
    """The same of a run of ours whose state is known, without reading its files.

    Args:
        state: of the run.
        run_dir: of the run.
        is_asked_for: it was submitted; else somebody typed it.
    """
    if not is_asked_for:
        return [] if state is State.RUNNING else ["delete"]
    if state in (State.QUEUED, State.RUNNING, State.COMPLETED):
        again = []
    else:
        again = ["resume", *["redrive"] * (count_dead_letters(run_dir.work) > 0)]
    return {
        State.QUEUED: ["cancel", "rerun"],
        State.RUNNING: ["cancel", "stop", "rerun"],
        State.COMPLETED: ["rerun", "delete"],
        State.FAILED: [*again, "rerun", "delete"],
        State.CANCELLED: [*again, "rerun", "delete"],
        State.INTERRUPTED: ["cancel", *again, "rerun", "delete"],
    }[state]


def cancel(settings: Settings, run_dir: RunDir, user: str) -> None:
    """End a run now: its jobs are interrupted, and killed where they do not end.

    A queued or interrupted run is cancelled at once; a running one by its driver, in a moment.

    Raises:
        Conflict: it has ended, or somebody typed it.
        InputMissing, NotPermitted, BadData: there is no such run, it is another account's,
            or it cannot be read.
    """
    state, start = _state_of(run_dir, "cancel", _NOT_ENDED)
    if state is not State.RUNNING:
        try:
            with Lease.take(run_dir, "cancel"):
                _cancel_now(run_dir, user)
            _tell(settings, run_dir)
            return
        except Conflict:
            if state is State.INTERRUPTED:  # its last attempt is still being cleaned up
                raise
    # of a queued run that is in other hands now: a driver is about to begin, and will see it
    requests.instruct(run_dir, "cancel", user, attempt=start if state is State.RUNNING else "")


def stop(settings: Settings, run_dir: RunDir, user: str) -> None:
    """Let the running jobs of a run finish, and start no more.

    Raises:
        Conflict, InputMissing, NotPermitted, BadData: as :func:`cancel`.
    """
    _, start = _state_of(run_dir, "stop", (State.RUNNING,))
    requests.instruct(run_dir, "stop", user, attempt=start)


def resume(settings: Settings, run_dir: RunDir, user: str) -> None:
    """Queue a new attempt, which does what is not done yet.

    Args:
        settings, run_dir: of the run.
        user: who asks; empty for the service itself.

    Raises:
        Conflict: it has completed, still runs, or its last attempt is still being cleaned up.
        InputMissing, NotPermitted, BadData: as :func:`cancel`.
    """
    _again(settings, run_dir, "resume", user)


def redrive(settings: Settings, run_dir: RunDir, user: str, dead_letter: str) -> None:
    """Queue a new attempt at one job that was given up, and at nothing else.

    Several can be redriven together, as long as the attempt has not begun.

    Args:
        settings, run_dir, user: as in :func:`resume`.
        dead_letter: its id, or its path as the error message names it.

    Raises:
        Conflict: as :func:`resume`; also where the job cannot be told from the run's events.
        InputMissing: there is no such dead letter (any more), or no such run.
        NotPermitted, BadData: as :func:`cancel`.
    """
    _state_of(run_dir, "redrive", (State.QUEUED, *_AGAIN))
    path, targets = targets_of_letter(run_dir, dead_letter)
    _again(settings, run_dir, "redrive", user, dead_letter=path, targets=targets)


def delete(settings: Settings, run_dir: RunDir, user: str) -> None:
    """Delete a run with all its files; nothing outside of its directory is touched.

    Raises:
        Conflict: it is queued or runs, or its last attempt is still being cleaned up, here or on
            a host that does not answer.
        CannotWrite: part of it could not be removed; the service tries again.
        InputMissing, NotPermitted: as :func:`cancel`.
    """
    see_that_ours(run_dir)
    with Lease.take(run_dir, "delete", wait=_LEASE_SECONDS):
        try:
            state = run_dir.state()
        except UnreadableRun:
            state = State.INTERRUPTED  # no run: what is left of something
        if state in (State.QUEUED, State.RUNNING):
            raise _conflict(run_dir, state, "delete")
        if state is not State.COMPLETED:
            _see_that_nothing_is_owed(run_dir, state)
            _clear(run_dir)
        launch.note_deleted(run_dir, settings)
        hide_run(run_dir)
    _tell(settings, run_dir)


def _tell(settings: Settings, run_dir: RunDir) -> None:
    """Let the service see it now; by itself it would look within a minute."""
    state = StateDir(settings.state)
    wake(state)
    with suppress(OSError):
        nudge(state, run_dir.run_id)


def _again(
    settings: Settings, run_dir: RunDir, action: requests.Action, user: str, **more: Any
) -> None:
    _state_of(run_dir, action, (State.QUEUED, *_AGAIN))
    with Lease.take(run_dir, action, wait=_LEASE_SECONDS):
        state, _ = _state_of(run_dir, action, (State.QUEUED, *_AGAIN))
        if state is State.QUEUED:
            waiting = [each.action for each in requests.pending(run_dir)]
            if action != "redrive" or "redrive" not in waiting:
                raise _conflict(run_dir, state, action)
        else:
            requests.void(run_dir)  # what was asked of earlier attempts is not for this one
            if not launch.owed(run_dir):  # else the new attempt goes on with what is there
                for problem in launch.withdraw(run_dir):
                    _log.warning("run %s: %s", run_dir.run_id, problem)
        requests.instruct(run_dir, action, user, **more)
        by = user or "the service"
        again = replace(run_dir.read_run(), state=State.QUEUED, why=f"{action} asked by {by}")
        run_dir.write_run(replace(again, process=None, start=None, end=None, return_code=None))
    _tell(settings, run_dir)


def _cancel_now(run_dir: RunDir, user: str) -> None:
    """Cancel a run that no driver has; the caller holds its lease."""
    state, _ = _state_of(run_dir, "cancel", (State.QUEUED, State.INTERRUPTED))
    requests.void(run_dir)
    given = requests.instruct(run_dir, "cancel", user)
    left = _clear(run_dir)
    before = "before it started" if state is State.QUEUED else "after it was interrupted"
    why = "; ".join([f"cancelled by {user} {before}" if user else f"cancelled {before}", *left])
    run = run_dir.read_run() if run_dir.run.exists() else Run(State.QUEUED, launched_by="driver")
    ended = replace(run, state=State.CANCELLED, why=why, process=None)
    run_dir.write_run(replace(ended, end=timestamp(time.time())))
    requests.acknowledge(run_dir, given, "obeyed")


def _clear(run_dir: RunDir) -> list[str]:
    """Remove what a dead attempt may have left: processes here, jobs in a cluster's queue.

    Returns:
        What may still be there, a line each.
    """
    processes = kill_all(run_dir, descendants=False)
    left = [f"process {pid} cannot be killed" for pid in processes]
    owed = launch.owed(run_dir)
    left += [owed] if owed else launch.withdraw(run_dir)
    left += clear_queue(run_dir, _QUEUE_SECONDS)
    for line in left:
        _log.warning("run %s: %s", run_dir.run_id, line)
    return left


def _see_that_nothing_is_owed(run_dir: RunDir, state: State) -> None:
    """With its directory would go what is known of a driver that another host may still have."""
    sent, owed = run_dir.read_launch(), launch.owed(run_dir)
    if sent is None or not owed:
        return
    first = "" if state.is_final else "cancel it first; "
    hint = (
        f"{first}if {sent.host} is gone for good, take launcher {sent.launcher} out of the settings"
    )
    raise Conflict(f"run {run_dir.run_id} cannot be deleted yet: {owed}", hint=hint)


def _state_of(run_dir: RunDir, action: str, possible: tuple[State, ...]) -> tuple[State, str]:
    """State and start of a run of ours.

    Raises:
        Conflict: ``action`` is not possible in that state, or for a run that somebody typed.
        InputMissing, NotPermitted, BadData: see :func:`cancel`.
    """
    see_that_ours(run_dir)
    try:
        state = run_dir.state()
        if read_request(run_dir) is None:
            _refuse_typed(run_dir, action, state)
        start = run_dir.read_run().start if run_dir.run.exists() else None
    except UnreadableRun as error:
        raise BadData(str(error)) from None
    if state not in possible:
        raise _conflict(run_dir, state, action)
    return state, start or ""


def _conflict(run_dir: RunDir, state: State, action: str) -> Conflict:
    there = ", ".join(available_actions(run_dir)) or "nothing"
    message = f"run {run_dir.run_id} is {state}: {_DONE[action]}"
    return Conflict(message, hint=f"possible now: {there}")


def _refuse_typed(run_dir: RunDir, action: str, state: State) -> None:
    process = run_dir.read_run().process
    hint = "type its command again"
    if state is State.RUNNING and process is not None:
        hint = f"press Ctrl-C where it runs: process {process.pid} on {process.host}"
    typed = "was typed by somebody: there is no driver that could be asked"
    raise Conflict(f"run {run_dir.run_id} {typed}, so {_DONE[action]}", hint=hint)
