"""Submitting: a submission becomes a run that waits in the queue, whole or not at all.

The run directory is laid out in a hidden folder beside the runs and renamed to its name at
the end. Whoever is killed on the way leaves a hidden folder, which the steward clears away.
"""

import errno
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from control.record.request import read_request
from control.record.run_dir import RunDir, UnreadableRun, new_run_id
from control.runs import quota
from control.runs.dry_run import dry_run
from control.runs.errors import Conflict
from control.runs.idempotency import Key
from control.runs.proposal import Proposal, Submission, Tree
from control.runs.queue import wake
from control.runs.validation import NotAccepted, Report
from control.settings import LOCAL, Settings, StateDir
from engines.contract.errors import CannotWrite, NotPermitted

__all__ = ["Changes", "Submission", "changed", "merged", "rerun", "submit", "validate"]


class Changes(BaseModel):
    """What is to be different when a run is run again; what is left out stays as it was."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str | None = Field(None, max_length=200)
    analysis: str | None = Field(None, max_length=100, description="Instead of what was run")
    targets: list[str] | None = Field(None, max_length=1000, description="Instead of what was run")
    config: Tree = Field(
        default_factory=dict, description="Merged into the configuration, key by key; null removes"
    )
    samples: str | list[dict[str, str | None]] | None = Field(
        None, description="Instead of the sample sheet"
    )
    profile: str | None = Field(None, max_length=1000)
    options: Tree = Field(default_factory=dict, description="Merged into the options; null removes")
    launcher: str | None = Field(None, max_length=64, description="Where its driver lives")
    idempotency_key: str | None = Field(None, min_length=1, max_length=200)


def validate(
    settings: Settings, user: str, submission: Submission, earlier: RunDir | None = None
) -> Report:
    """Check a submission, and leave nothing behind.

    Args:
        earlier: the run that would be run again.

    Raises:
        Busy, TimedOut: the dry run could not be made now.
        CannotWrite, InputMissing, BadData: the service itself is not set up.
    """
    proposal = Proposal(settings, user, submission, earlier)
    proposal.check()
    if proposal.report.is_accepted:
        with proposal.laid_out() as run_dir:
            dry_run(settings, run_dir, proposal.request, proposal.report)
    return proposal.report


def submit(
    settings: Settings,
    user: str,
    submission: Submission,
    earlier: RunDir | None = None,
    left_out: list[str] | None = None,
) -> str:
    """Make a run of a submission; it waits in the queue.

    Args:
        settings: of the service; the run is made in the first folder of runs.
        user: who asks, as the service knows them.
        submission: what for.
        earlier: the run that is run again.
        left_out: takes what a new run will not do, and why, as the workflow says.

    Returns:
        The id of the run: the same for the same idempotency key of the same user.

    Raises:
        NotAccepted: it cannot run; with every problem.
        Conflict: the idempotency key was used for something else, or its run was deleted.
        NotPermitted: there is no room in the quota.
        Busy, TimedOut: the dry run could not be made now.
        CannotWrite: the folder of runs cannot be written.
    """
    told = [] if left_out is None else left_out
    if submission.idempotency_key is None:
        return _accept(settings, user, submission, earlier, lambda run_id: None, told)
    content = submission.model_dump(mode="json") | {"rerun_of": earlier and earlier.run_id}
    if submission.launcher == LOCAL:  # as it was before there were others: its keys still hold
        del content["launcher"]
    if not submission.tags:  # likewise
        del content["tags"]
    key = Key(settings, user, submission.idempotency_key, content)
    with key.held():
        known = key.run()
        if known is not None:
            return known
        announce = lambda run_id: key.note(run_id, is_there=False)  # noqa: E731
        run_id = _accept(settings, user, submission, earlier, announce, told)
        key.note(run_id, is_there=True)
    return run_id


def rerun(settings: Settings, user: str, run_dir: RunDir, changes: Changes) -> str:
    """Run something again, with changes, as a new run.

    Args:
        run_dir: the run, which ``user`` may see; it stays as it is.

    Returns:
        The id of the new run.

    Raises:
        Conflict, NotPermitted: as :func:`changed` does.
        NotAccepted and the others: as :func:`submit` does.
    """
    return submit(settings, user, changed(run_dir, changes), earlier=run_dir)


def changed(run_dir: RunDir, changes: Changes) -> Submission:
    """What a run was asked for, with changes.

    Raises:
        Conflict: somebody typed that run, so that nobody knows what was asked.
        NotPermitted: it belongs to another account.
    """
    try:
        if run_dir.path.stat().st_uid != os.getuid():  # which could hold links to anything
            raise NotPermitted(f"run {run_dir.run_id} belongs to another account")
        request = read_request(run_dir)
        if request is None:
            message = f"run {run_dir.run_id}: was typed by hand, not submitted"
            raise Conflict(message, hint="type it again where it was typed")
        config = yaml.safe_load(run_dir.config.read_text(encoding="utf-8"))
        sheet = run_dir.samples.read_text(encoding="utf-8")
    except (OSError, UnreadableRun, UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"run {run_dir.run_id}: what was asked cannot be read: {error}"
        raise Conflict(message, hint="submit it anew") from None
    is_other = changes.analysis is not None or changes.targets is not None
    return Submission(
        name=request.name if changes.name is None else changes.name,
        analysis=(changes.analysis or "") if is_other else request.analysis,
        targets=(changes.targets or []) if is_other else request.targets,
        config=merged(config or {}, changes.config),
        samples=sheet if changes.samples is None else changes.samples,
        profile=changes.profile or request.profile,
        options=merged(request.options, changes.options),
        launcher=changes.launcher or request.launcher,
        idempotency_key=changes.idempotency_key,
        tags=dict(request.tags),
    )


def _accept(
    settings: Settings,
    user: str,
    submission: Submission,
    earlier: RunDir | None,
    announce: Callable[[str], None],
    left_out: list[str],
) -> str:
    quota.refuse_above(settings, user)
    proposal = Proposal(settings, user, submission, earlier)
    proposal.check()
    if not proposal.report.is_accepted:
        raise NotAccepted(proposal.report)
    with proposal.laid_out() as trial:  # Snakemake leaves traces, which no run begins with
        dry_run(settings, trial, proposal.request, proposal.report)
    if not proposal.report.is_accepted:
        raise NotAccepted(proposal.report)
    left_out += proposal.report.left_out
    with proposal.laid_out() as run_dir:
        run_id = _publish(run_dir.path, settings.runs[0], announce)
    wake(StateDir(settings.state))
    return run_id


def _publish(laid_out: Path, runs: Path, announce: Callable[[str], None]) -> str:
    """Let the run appear, in one step."""
    while True:
        run_id = new_run_id(time.time())
        if (runs / run_id).exists():
            continue  # another run of this second drew the same four digits
        announce(run_id)
        try:
            os.rename(laid_out, runs / run_id)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                continue
            raise CannotWrite(f"{runs}: {error.strerror}") from None
        _flush_folder(runs)
        return run_id


def _flush_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """``old`` with the values of ``new``, group by group; None takes one away."""
    made = dict(old)
    for key, value in new.items():
        below = made.get(key)
        if value is None:
            made.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(below, Mapping):
            made[key] = merged(below, value)
        else:
            made[key] = value
    return made
