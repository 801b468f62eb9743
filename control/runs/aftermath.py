"""What follows when Snakemake has ended: is anything left to be done, and the HTML report."""

import os
import re
import tempfile
from contextlib import suppress
from dataclasses import replace

from control.record.request import Request
from control.record.run_dir import RunDir, State
from control.runs import command
from control.runs.outcome import Verdict
from control.runs.supervisor import Supervisor
from control.settings import Settings

_REPORT_SECONDS = 3600.0
_NOTHING = b"Nothing to be done"
_TOTAL = re.compile(rb"^total\s+(\d+)\s*$", re.MULTILINE)


class Aftermath:
    """The end of an attempt.

    Args:
        settings, run_dir, request: of the run.
        supervisor: runs the commands.
    """

    def __init__(
        self, settings: Settings, run_dir: RunDir, request: Request, supervisor: Supervisor
    ) -> None:
        self._settings, self._run_dir, self._request = settings, run_dir, request
        self._supervisor = supervisor

    def after_redrive(self, verdict: Verdict) -> Verdict:
        """A job that was redriven alone has succeeded: is the run complete now?"""
        targets = command.targets_of(self._settings, self._request)
        dry_run = command.dry_run_command(self._settings, self._run_dir, self._request, targets)
        with tempfile.TemporaryFile() as answer:
            code = self._supervisor.execute(dry_run, answer)
            answer.seek(0)
            told = answer.read()
        if code == 0 and _NOTHING in told:
            return replace(verdict, why="redriven; nothing is left to be done")
        totals = _TOTAL.findall(told)
        left = f"{totals[-1].decode()} steps are" if code == 0 and totals else "more may be"
        return replace(
            verdict, state=State.FAILED, why=f"redriven; {left} left to be done: resume the run"
        )

    def report(self, verdict: Verdict) -> Verdict:
        """Make ``report.html``; where that fails the reason says so, and the state stays."""
        is_missing = verdict.state is State.COMPLETED and not self._run_dir.report.exists()
        if not verdict.done and not is_missing:
            self._supervisor.say("no new report: no job finished")
            return verdict
        targets = command.targets_of(self._settings, self._request)
        # hidden until it is whole; Snakemake wants the ending
        scratch = self._run_dir.path / ".new-report.html"
        making = command.report_command(self._settings, self._run_dir, scratch, targets)
        self._supervisor.say("report")
        self._supervisor.ending.set_limit(_REPORT_SECONDS)
        try:
            if self._supervisor.execute(making) == 0:
                os.replace(scratch, self._run_dir.report)
                return verdict
        except OSError as error:
            self._supervisor.say(f"report: {error}")
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
        told = f"no report: see the driver's log, /api/v1/runs/{self._run_dir.run_id}/log"
        return replace(verdict, why="; ".join(filter(None, [verdict.why, told])))
