"""Launchers: where the driver of a run lives, and how it is started there and found again.

    local   a process of this machine; always there
    slurm   a batch job with requeue: the run survives the machine that submitted it
    ssh     a process of another host

The settings name them (``launchers``), a run chooses one (``launcher`` of its request).
"""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from control.record.launch import Launch
from control.record.request import read_request
from control.record.run_dir import RunDir, UnreadableRun
from control.runs.launch import local, slurm, ssh
from control.runs.launch.slurm import CANCELLED, REFUSED
from control.settings import LOCAL, Settings
from engines.contract.errors import BadUsage, Unavailable, nearest

__all__ = [
    "CANCELLED",
    "REFUSED",
    "Kind",
    "Launched",
    "again",
    "check",
    "launchers_of",
    "note_deleted",
    "owed",
    "start",
    "withdraw",
]


class Launched(Protocol):
    """A driver that was launched; its text says what it is: ``process 123``, ``SLURM job 71``."""

    def poll(self) -> int | None:
        """None while it waits or lives, else how it ended; never blocks.

        0 and 1 are a driver's own codes; 75 when it could not begin for a reason that passes;
        CANCELLED when somebody there has taken it back, REFUSED where it will never be taken.
        """

    def waits(self) -> str:
        """Why it has not begun: "in SLURM's queue: Resources"; empty when it has, or will now."""

    def why(self) -> str:
        """How it ended, in words; for a run that has not begun."""


class Kind(Protocol):
    """What the module of a kind of launcher offers."""

    PROGRAM: str
    """Command that it needs on this machine."""

    def start(self, run_dir: RunDir, settings: Settings, name: str) -> Launched:
        """Launch a driver by the launcher of this name.

        It does not block for long: what may take a while is done behind its back.

        Raises:
            OSError: it cannot be started.
        """

    def again(self, run_dir: RunDir, settings: Settings, launch: Launch) -> Launched | None:
        """The driver of a launch that has not ended; None where it has to be launched anew."""

    def withdraw(self, run_dir: RunDir, launch: Launch) -> list[str]:
        """End a driver that has not begun, or has died; gives what could not be done."""

    def note_deleted(self, run_dir: RunDir, settings: Settings, launch: Launch) -> None:
        """Note that the run is about to be deleted.

        Raises:
            OSError: it cannot be written.
        """

    def owed(self, run_dir: RunDir, launch: Launch) -> str:
        """What `withdraw` has to do, where that may take minutes; empty where it is quick."""


_KINDS: Mapping[str, Kind] = {"slurm": slurm, "ssh": ssh}


def launchers_of(settings: Settings) -> list[str]:
    """What a run may name as its launcher."""
    return [LOCAL, *settings.launchers]


def check(settings: Settings, name: str) -> None:
    """See that drivers can be launched there, as far as this machine can tell.

    Raises:
        BadUsage: there is no launcher of this name.
        Unavailable: what it needs is not installed here.
    """
    kind = _kind(settings, name)
    if kind is not None and not shutil.which(kind.PROGRAM):
        raise Unavailable(
            f"launcher {name}: the command {kind.PROGRAM} is not on this machine",
            hint="choose another launcher, or run the service where that command works",
        )


def start(run_dir: RunDir, settings: Settings) -> Launched:
    """Launch the driver of a queued run, where its request says.

    Raises:
        OSError: it cannot be started.
        BadUsage, Unavailable, UnreadableRun: its request names no launcher that there is.
    """
    request = read_request(run_dir)
    if request is None:
        raise UnreadableRun(f"{run_dir.request}: is not there")
    kind = _kind(settings, request.launcher)
    if kind is None:
        return local.start(run_dir, settings)
    return kind.start(run_dir, settings, request.launcher)


def again(run_dir: RunDir, settings: Settings) -> Launched | None:
    """The driver that was launched already, as ``launch.json`` says; None where there is none.

    A local one is not found by this: the lease tells of it, and it begins within a moment.
    """
    launch = run_dir.read_launch()
    if launch is None or launch.ended or launch.kind not in _KINDS:
        return None
    return _KINDS[launch.kind].again(run_dir, settings, launch)


def withdraw(run_dir: RunDir) -> list[str]:
    """End a driver elsewhere that has not begun, or has died; gives what could not be done.

    The caller holds the lease of the run, so no driver of it is at work.
    """
    launch = run_dir.read_launch()
    if launch is None or launch.ended or launch.kind not in _KINDS:
        return []
    return _KINDS[launch.kind].withdraw(run_dir, launch)


def note_deleted(run_dir: RunDir, settings: Settings) -> None:
    """Note that a run is deleted, where something of it may be elsewhere; before it is."""
    launch = run_dir.read_launch()
    if launch is not None and launch.kind in _KINDS:
        with suppress(OSError):  # then a copy too many stays there
            _KINDS[launch.kind].note_deleted(run_dir, settings, launch)


def owed(run_dir: RunDir) -> str:
    """What is left to :func:`withdraw`, where that may take minutes; empty where it is quick.

    The steward does it behind everybody's back, once the run has ended.
    """
    launch = run_dir.read_launch()
    if launch is None or launch.ended or launch.kind not in _KINDS:
        return ""
    return _KINDS[launch.kind].owed(run_dir, launch)


def _kind(settings: Settings, name: str) -> Kind | None:
    """The kind of a launcher; None for the local one."""
    if name == LOCAL:
        return None
    known = launchers_of(settings)
    if name not in known:
        near = nearest(name, known)
        hint = f"did you mean {near}?" if near else f"there is {', '.join(known)}"
        raise BadUsage(f"there is no launcher {name[:64]!r}", hint=hint)
    kind = settings.launchers[name].kind
    if kind not in _KINDS:
        raise Unavailable(f"launcher {name}: this version has none of kind {kind}")
    return _KINDS[kind]
