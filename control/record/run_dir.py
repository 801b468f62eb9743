"""The run directory: what is where, who writes it, and in which state a run is (DESIGN 3).

A run directory is the interface between a run and everything that looks at it.
Every file has one writer, and is either appended to or replaced in one step.
"""

import json
import os
import re
import secrets
import stat
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, get_type_hints

from control.record.fields import read_fields
from control.record.launch import Launch
from control.record.lines import parse
from control.record.process import Process, is_alive
from control.record.small_file import read_small

HEARTBEAT_SECONDS = 10
"""How often a living run touches its heartbeat."""
STALE_SECONDS = 300
"""How old a heartbeat must be to tell of a death that cannot be seen otherwise: shared
file systems show times late, and the clocks of two hosts differ."""

_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")


class State(StrEnum):
    """In which state a run is."""

    QUEUED = "queued"
    """Asked for, not yet started."""
    RUNNING = "running"
    """Started and not ended."""
    COMPLETED = "completed"
    """Ended, and everything that was asked for is there."""
    FAILED = "failed"
    """Ended with at least one job, or Snakemake itself, in error."""
    CANCELLED = "cancelled"
    """Ended because somebody asked for it."""
    INTERRUPTED = "interrupted"
    """Died without a word (kill, power cut). Derived by readers, never written."""

    @property
    def is_final(self) -> bool:
        """Whether the run has ended and said how."""
        return self in (State.COMPLETED, State.FAILED, State.CANCELLED)


class UnreadableRun(ValueError):
    """A run directory that says nothing about its run; one line, with the file."""


@dataclass(frozen=True)
class Run:
    """The content of ``run.json``.

    Attributes:
        state: one of the states that are written.
        why: what led to the state, in words; empty while there is nothing to say.
        launched_by: ``hand`` (somebody typed it; there is no driver that could be
            asked to stop it) or ``driver``.
        command: what was typed, as a shell reads it, secrets hidden.
        workdir: where Snakemake runs; relative paths of events start here.
        version: of ``plumbline``, ``snakemake`` and the ``workflow_commit``.
        process: who runs it.
        launcher: where its driver was launched: ``local``, or a name of the settings.
        external_id: of the driver's own job in SLURM; empty where it is none.
        start, end: UTC; None where it has not come to that.
        return_code: of Snakemake; None where nobody could see it.
        plugin_errors: how many errors inside the logger plugin were caught.
    """

    state: State
    why: str = ""
    launched_by: str = "hand"
    command: str = ""
    workdir: str = ""
    version: Mapping[str, str | None] = field(default_factory=dict)
    process: Process | None = None
    launcher: str = ""
    external_id: str = ""
    start: str | None = None
    end: str | None = None
    return_code: int | None = None
    plugin_errors: int = 0

    @classmethod
    def from_json(cls, text: str) -> "Run":
        """Read ``run.json``; keys of a later version are passed over.

        Raises:
            ValueError: no JSON, no state that is ever written, or a field of another type.
        """
        nested = {"state": str, "version": dict, "process": dict | None}
        known = read_fields(parse(text), get_type_hints(cls) | nested)
        known["state"] = State(known.get("state", ""))
        if known["state"] is State.INTERRUPTED:
            raise ValueError("'interrupted' is derived, never written")
        version = known.get("version", {})
        known["version"] = read_fields(version, dict.fromkeys(version, str | None))
        if known.get("process") is not None:
            known["process"] = Process.from_fields(known["process"])
        return cls(**known)


def runs_dir(setting: str = "", environ: Mapping[str, str] | None = None) -> Path:
    """Where run directories are made, as an absolute path.

    The first of: ``setting``; the variable PLUMBLINE_RUNS; ``plumbline/runs`` in
    XDG_STATE_HOME, which is ``~/.local/state`` where it is not set.

    Raises:
        RuntimeError: the home folder is needed and nobody knows where it is.
    """
    environ = os.environ if environ is None else environ
    chosen = setting or environ.get("PLUMBLINE_RUNS", "")
    if chosen:
        return Path(chosen).expanduser().absolute()
    state_home = environ.get("XDG_STATE_HOME", "")
    # the XDG standard: a relative path is to be ignored
    base = Path(state_home) if os.path.isabs(state_home) else Path("~/.local/state").expanduser()
    return base / "plumbline" / "runs"


def new_run_id(seconds: float) -> str:
    """An id for a run that starts at ``seconds`` since 1970: ``20261121-221005-3f9a`` (UTC)."""
    return time.strftime("%Y%m%d-%H%M%S", time.gmtime(seconds)) + "-" + secrets.token_hex(2)


def is_run_id(name: str) -> bool:
    """Whether ``name`` has the form of a run id, so that it is safe as the name of a folder."""
    return _RUN_ID.fullmatch(name) is not None


class RunDir:
    """One run directory.

    Args:
        path: the directory; it need not exist for its files to be named.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        # what was asked: written once by the submitter
        self.request = self.path / "request.json"
        self.config = self.path / "config.yaml"
        self.samples = self.path / "samples.tsv"
        self.inputs = self.path / "inputs"  # uploaded files, by names of their own
        # the driver, or the logger plugin for a hand-typed run
        self.run = self.path / "run.json"
        self.heartbeat = self.path / "heartbeat"
        self.driver_log = self.path / "driver.log"
        self.report = self.path / "report.html"
        self.launch = self.path / "launch.json"  # of a driver elsewhere: whoever sent it
        self.settings = self.path / "settings.json"  # of the service, for such a driver
        self.lock = self.path / "driver.lock"  # whoever drives or changes the run holds it
        # the logger plugin
        self.events = self.path / "events.ndjson"
        self.plugin_errors = self.path / "plugin_errors.ndjson"
        # the control plane
        self.requests = self.path / "requests"
        self.messages = self.path / "messages.ndjson"
        self.messages_state = self.path / "messages.state"
        self.keep = self.path / "keep"  # there while nobody may delete the run for its age
        # snakemake
        self.work = self.path / "work"

    @property
    def run_id(self) -> str:
        """The id of the run, which is the name of the directory."""
        return self.path.name

    @classmethod
    def create(cls, runs: Path, seconds: float, *, group_readable: bool = False) -> "RunDir":
        """Make the directory of a new run that starts at ``seconds`` since 1970.

        It is for its owner alone (0700), or also for the group to read (0750).

        Raises:
            OSError: it cannot be made.
        """
        runs.mkdir(parents=True, exist_ok=True)
        while True:
            made = cls(runs / new_run_id(seconds))
            try:
                made.path.mkdir(mode=0o700)
            except FileExistsError:
                continue  # another run of this second drew the same four digits
            if group_readable:  # beyond the umask; a set-group-id bit is inherited and kept
                inherited = made.path.stat().st_mode & stat.S_ISGID
                made.path.chmod(0o750 | inherited)
            return made

    def file_mode(self) -> int:
        """Permissions for files in it: the group reads them where it may enter (0640, 0600)."""
        return 0o640 if self.path.stat().st_mode & stat.S_IRGRP else 0o600

    def write_run(self, run: Run) -> None:
        """Replace ``run.json`` in one step.

        Raises:
            OSError: it cannot be written; the earlier one is still there.
        """
        content: dict[str, Any] = {"run_id": self.run_id, **asdict(run)}
        self._replace(self.run, json.dumps(content, indent=2) + "\n")

    def write_launch(self, launch: Launch) -> None:
        """Replace ``launch.json`` in one step; of one that has ended ``settings.json`` goes.

        Raises:
            OSError: it cannot be written; the earlier one is still there.
        """
        self._replace(self.launch, launch.to_json())
        if launch.ended:  # nobody starts by them any more: the next launch writes them anew
            self.settings.unlink(missing_ok=True)

    def read_launch(self) -> Launch | None:
        """Where the driver was sent; None where it was not, or where the file says nothing."""
        try:
            return Launch.from_json(read_small(self.launch))
        except (OSError, ValueError):
            return None

    def write_settings(self, text: str) -> None:
        """Replace ``settings.json`` in one step; it is for its owner alone.

        Raises:
            OSError: it cannot be written; the earlier one is still there.
        """
        self._replace(self.settings, text, 0o600)

    def _replace(self, file: Path, text: str, mode: int | None = None) -> None:
        """Replace one of its small files in one step."""
        handle, scratch = tempfile.mkstemp(prefix=f".{file.stem}.", suffix=".json", dir=self.path)
        try:
            with open(handle, "w", encoding="utf-8") as written:
                written.write(text)
                written.flush()
                os.fsync(written.fileno())
            os.chmod(scratch, self.file_mode() if mode is None else mode)
            os.replace(scratch, file)
        except BaseException:
            with suppress(OSError):
                os.unlink(scratch)
            raise

    def read_run(self) -> Run:
        """What ``run.json`` says.

        Raises:
            UnreadableRun: it is not there, or nonsense.
        """
        try:
            return Run.from_json(read_small(self.run))
        except OSError as error:
            raise UnreadableRun(f"{self.run}: {error.strerror}") from error
        except ValueError as error:
            raise UnreadableRun(f"{self.run}: {error}") from error

    def beat(self) -> None:
        """Touch the heartbeat; never makes a directory that somebody has deleted.

        Raises:
            OSError: it cannot be touched.
        """
        try:
            os.utime(self.heartbeat)
        except FileNotFoundError:
            os.close(os.open(self.heartbeat, os.O_CREAT | os.O_WRONLY, self.file_mode()))

    def seconds_since_beat(self, now: float | None = None) -> float:
        """Age of the heartbeat in seconds; infinite where there is none."""
        try:
            return (time.time() if now is None else now) - self.heartbeat.stat().st_mtime
        except OSError:
            return float("inf")

    def state(self, now: float | None = None) -> State:
        """The state of the run, ``interrupted`` included.

        A run that says ``running`` is interrupted when its process is proven dead
        (same host and boot: process id and its start), or, where that cannot be told
        from here, when whoever launched it has seen it end, or when the heartbeat is
        older than STALE_SECONDS.

        Raises:
            UnreadableRun: there is neither a readable ``run.json`` nor a request.
        """
        if not self.run.exists() and self.request.exists():
            return State.QUEUED
        run = self.read_run()
        if run.state is not State.RUNNING or self._seems_alive(run, now):
            return run.state
        # it may have ended, and said so, between the two looks
        run = self.read_run()
        return run.state if run.state.is_final else State.INTERRUPTED

    def _seems_alive(self, run: Run, now: float | None) -> bool:
        alive = is_alive(run.process) if run.process is not None else None
        if alive is not None:
            return alive
        launch = self.read_launch()
        if launch is not None and launch.ended > (run.start or ""):  # both UTC, of one form
            return False
        return self.seconds_since_beat(now) <= STALE_SECONDS
