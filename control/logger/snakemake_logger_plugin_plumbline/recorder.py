"""One run being recorded: its directory, its events, its heartbeat and how it ends."""

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from control.record.code_version import code_version
from control.record.heartbeat import Heartbeat
from control.record.lines import timestamp
from control.record.process import this_process
from control.record.redaction import command_line, hide_secrets
from control.record.run_dir import Run, RunDir, State, runs_dir
from snakemake_logger_plugin_plumbline.events import Event, translate
from snakemake_logger_plugin_plumbline.outcome import Outcome
from snakemake_logger_plugin_plumbline.settings import LogHandlerSettings
from snakemake_logger_plugin_plumbline.warning import warn
from snakemake_logger_plugin_plumbline.writer import ErrorLog, LineWriter

KEPT_BEFORE_START = 1000  # events before a run is known to be one; more are counted

# Commands that run nothing. They start no run, and where one fails no run has failed.
NOT_A_RUN = frozenset(
    {
        "--lint",
        "--list",
        "--list-rules",
        "-l",
        "--list-target-rules",
        "--lt",
        "--print-compilation",
        "--dag",
        "--rulegraph",
        "--filegraph",
        "--d3dag",
        "--unlock",
        "--cleanup-metadata",
        "--cm",
        "--conda-cleanup-envs",
        "--conda-create-envs-only",
        "--list-conda-envs",
        "--cleanup-shadow",
        "--container-cleanup-images",
        "--containerize",
        "--list-changes",
        "--list-input-changes",
        "--list-params-changes",
        "--list-untracked",
        "--lu",
        "--summary",
        "-S",
        "--detailed-summary",
        "-D",
        "--archive",
        "--delete-all-output",
        "--delete-temp-output",
        "--generate-unit-tests",
        "--report",
        "--deploy-sources",
    }
)


class Recorder:
    """Records the run of this process.

    For a run that somebody typed, the directory is made when the workflow starts, or
    fails to; commands that run nothing (``--unlock``, ``--lint`` …) leave none. In a
    directory that a driver has made, only the events are written.

    Args:
        settings: where to.
        argv: the command of this process.
    """

    def __init__(self, settings: LogHandlerSettings, argv: Sequence[str]) -> None:
        self._started = time.time()
        self._settings, self._argv = settings, argv
        self._errors = ErrorLog()
        self._outcome = Outcome()
        self._waiting: list[Event] = []
        self._lost_before_start = 0
        self._events: LineWriter | None = None
        self._heartbeat: Heartbeat | None = None
        self._run_dir: RunDir | None = None
        self._run: Run | None = None  # None where run.json is the driver's
        self._off = False
        # now, because Snakemake has yet to change to its own working directory
        if settings.run_dir:
            self._open(RunDir(Path(settings.run_dir).expanduser()))
        else:
            self._runs = runs_dir(settings.runs)

    def add(self, record: logging.LogRecord) -> None:
        """Record one event; what cannot be recorded is counted."""
        if self._off:
            return
        try:
            event = translate(record)
        except Exception as error:
            self.note_error("an event could not be translated", error, record)
            self._lose(1)
            return
        if event is None:
            return
        if event["event"] == "workflow_started":
            # Snakemake's own text has lost where one argument ends and the next begins
            event["cmd"] = command_line(self._argv)
        self._take(event)

    def note_error(
        self, what: str, error: BaseException, record: logging.LogRecord | None = None
    ) -> None:
        """Count an error inside the plugin."""
        self._errors.note(what, error, record)

    def close(self, leaving_with: BaseException | None = None) -> None:
        """Write how the run ended.

        Args:
            leaving_with: the exception that is ending Snakemake itself, if one is.
        """
        if isinstance(leaving_with, Exception) and not self._off:
            self._take(_event_of(leaving_with))
        if self._heartbeat is not None:
            self._heartbeat.stop()
        if self._events is not None:
            self._events.close()
        if self._run_dir is not None and self._run is not None:
            self._finish(self._run_dir, self._run, leaving_with)
        self._errors.close()

    def _take(self, event: Event) -> None:
        if self._events is None and self._starts_a_run(event):
            try:
                self._start(event)
            except Exception as error:  # no more threads, for one; the event is kept all the same
                self.note_error("the start of the run was not recorded in full", error)
        self._keep(event)
        self._outcome.observe(event)

    def _keep(self, event: Event) -> None:
        if self._events is not None:
            self._events.append(event)
        elif len(self._waiting) < KEPT_BEFORE_START:
            self._waiting.append(event)
        else:
            self._lose(1)

    def _lose(self, count: int) -> None:
        if self._events is not None:
            self._events.lose(count)
        else:
            self._lost_before_start += count

    def _starts_a_run(self, event: Event) -> bool:
        if event["event"] == "workflow_started":
            return True
        # A workflow that cannot even be read is a run that failed, unless none was meant.
        names = {argument.partition("=")[0] for argument in self._argv}
        meant = not names & NOT_A_RUN or "--report-after-run" in names
        return event["event"] == "error" and meant

    def _start(self, event: Event) -> None:
        try:
            run_dir = RunDir.create(
                self._runs, self._started, group_readable=self._settings.group_readable
            )
        except OSError as error:
            self._turn_off(error, self._runs)
            return
        self._open(run_dir)
        self._run = self._describe(event)
        self._write_run(run_dir, self._run)
        self._heartbeat = Heartbeat(run_dir, lambda e: self.note_error("no heartbeat", e))
        self._heartbeat.start()

    def _open(self, run_dir: RunDir) -> None:
        try:
            mode = run_dir.file_mode()
        except OSError as error:
            self._turn_off(error, run_dir.path)
            return
        self._run_dir = run_dir
        self._errors.open(run_dir.plugin_errors, mode)
        self._events = LineWriter(
            run_dir.events, lambda e: self.note_error("an event was not written", e), mode
        )
        for event in self._waiting:
            self._events.append(event)
        self._waiting.clear()
        self._events.lose(self._lost_before_start)

    def _turn_off(self, error: OSError, path: Path) -> None:
        self._off = True
        self._waiting.clear()
        warn(f"this run is not recorded: {error.filename or path}: {error.strerror}")

    def _describe(self, event: Event) -> Run:
        snakefile = event.get("snakefile_main")
        version = code_version(Path(snakefile) if snakefile else None)
        return Run(
            state=State.RUNNING,
            launched_by="hand",
            command=command_line(self._argv),
            workdir=os.getcwd(),
            version={**version, "snakemake": event.get("snakemake_version")},
            process=this_process(),
            start=timestamp(self._started),
        )

    def _finish(self, run_dir: RunDir, run: Run, leaving_with: BaseException | None) -> None:
        state, why = self._outcome.decide()
        if isinstance(leaving_with, KeyboardInterrupt) and state is State.FAILED:
            state, why = State.CANCELLED, "cancelled on request before any job ran"
        end = timestamp(time.time())
        errors = self._errors.count
        self._write_run(run_dir, replace(run, state=state, why=why, end=end, plugin_errors=errors))

    def _write_run(self, run_dir: RunDir, run: Run) -> None:
        try:
            run_dir.write_run(run)
        except OSError as error:
            self.note_error("run.json was not written", error)


def _event_of(error: Exception) -> Event:
    """The error event that Snakemake owes us: some mistakes break its own error messages."""
    told = f"{type(error).__name__}: {error}"
    if error.__context__ is not None:
        told += f" (after {type(error.__context__).__name__}: {error.__context__})"
    return {
        "time": timestamp(time.time()),
        "level": "error",
        "event": "error",
        "exception": type(error).__name__,
        "message": hide_secrets(told),
    }
