"""Launches drivers on another host, through the system's OpenSSH.

    driver      the process here: one for each run · logbook: what it says of the run
    connection  ssh itself · remote, frames: what goes over it
    agent       the process there · watcher: what it tells of a run
    mirror      what has come here while the run works
    origin      which runs there are ours, and which of them were deleted here
    transfer    inputs there, results back · luggage, parcels, courier

Where both sides see one disk (``files: shared``), the process here only starts a driver
there, which does everything else as a driver here would.
"""

import subprocess
import time
from contextlib import suppress
from dataclasses import replace

from control.record.launch import Launch
from control.record.lines import timestamp
from control.record.run_dir import RunDir, State, UnreadableRun
from control.runs.launch import detached
from control.runs.launch.ssh import origin
from control.runs.launch.ssh.connection import Connection
from control.runs.launch.ssh.kept_settings import read_settings
from control.runs.launch.ssh.remote import Remote, understood
from control.runs.lease import is_free
from control.runs.outcome import last_words
from control.settings import Settings, SshLauncher
from engines.contract.errors import EngineError

PROGRAM = "ssh"
LOG = "launch.log"
"""File of the run directory: what the process here has to say of itself."""


class SshLaunch:
    """A driver on another host; see :class:`control.runs.launch.Launched`.

    Args:
        run_dir: of its run.
        host: where it is.
        process: that sees to it here; None where an earlier steward has started that one.
    """

    def __init__(
        self, run_dir: RunDir, host: str, process: subprocess.Popen[bytes] | None = None
    ) -> None:
        self._run_dir, self._host, self._process = run_dir, host, process

    def __str__(self) -> str:
        here = f", process {self._process.pid} here" if self._process else ""
        return f"a driver on {self._host}{here}"

    def poll(self) -> int | None:
        """Exit code of the process here; None while it lives."""
        if self._process is not None:
            return self._process.poll()
        return 0 if is_free(self._run_dir) else None

    def waits(self) -> str:
        """That it is being connected with, where it has not begun."""
        return f"connecting with {self._host}" if _is_queued(self._run_dir) else ""

    def why(self) -> str:
        """What the process here said last."""
        return last_words(self._run_dir.path / LOG)


def start(run_dir: RunDir, settings: Settings, name: str) -> SshLaunch:
    """Start the process that launches a queued run's driver by the launcher of this name.

    Raises:
        OSError: it cannot be started.
    """
    launcher = settings.launchers[name]
    assert isinstance(launcher, SshLauncher)
    at = timestamp(time.time())
    run_dir.write_settings(settings.model_dump_json())
    run_dir.write_launch(Launch(launcher=name, kind="ssh", host=launcher.host, at=at))
    return _start(run_dir, launcher.host)


def again(run_dir: RunDir, settings: Settings, launch: Launch) -> SshLaunch | None:
    """The driver of a launch that has not ended; where nobody here sees to it, somebody does now.

    None where it shares a disk with us, and needs nobody, or has not begun.
    """
    launcher = settings.launchers.get(launch.launcher)
    if not isinstance(launcher, SshLauncher) or launcher.files == "shared":
        return None
    if not is_free(run_dir):
        return SshLaunch(run_dir, launch.host)
    if _is_queued(run_dir):
        return None
    run_dir.write_settings(settings.model_dump_json())
    return _start(run_dir, launch.host)


def withdraw(run_dir: RunDir, launch: Launch) -> list[str]:
    """End a driver there, whatever it does; gives what could not be done."""
    try:
        settings = read_settings(run_dir)
        launcher = settings.launchers.get(launch.launcher)
        if not isinstance(launcher, SshLauncher) or launcher.files == "shared":
            return []
        with (
            understood(launch.host),
            Connection(launcher, run_dir.run_id) as connection,
            Remote(connection, launcher.plumbline, lambda: None) as remote,
        ):
            there = remote.open(run_dir, launcher.folder, origin.origin_of(settings))
            remote.order("end" if there["is_asked"] else "remove")  # where nothing was begun
        run_dir.write_launch(replace(launch, ended=timestamp(time.time()), why="withdrawn"))
    except (EngineError, OSError) as error:
        return [f"its driver on {launch.host} may go on: {error}"]
    return []


def note_deleted(run_dir: RunDir, settings: Settings, launch: Launch) -> None:
    """Note that a run is about to be deleted here, so that its copy there goes, too.

    Raises:
        OSError: it cannot be written.
    """
    launcher = settings.launchers.get(launch.launcher)
    if isinstance(launcher, SshLauncher) and launcher.files == "copy":
        origin.note_deleted(run_dir, settings, launch.launcher)


def owed(run_dir: RunDir, launch: Launch) -> str:
    """That its host has to be asked, which may not answer now."""
    with suppress(EngineError):
        launcher = read_settings(run_dir).launchers.get(launch.launcher)
        if isinstance(launcher, SshLauncher) and launcher.files == "shared":
            return ""
    return f"its driver on {launch.host} is ended as soon as {launch.host} answers"


def _start(run_dir: RunDir, host: str) -> SshLaunch:
    module, log = "control.runs.launch.ssh.driver", run_dir.path / LOG
    process = detached.start(run_dir, module, str(run_dir.path), log=log)
    return SshLaunch(run_dir, host, process)


def _is_queued(run_dir: RunDir) -> bool:
    try:
        return run_dir.state() is State.QUEUED
    except UnreadableRun:
        return False
