"""How a run ended, judged by its events alone: a logger never sees the return code.

What makes this less than obvious (all seen in real runs): a failed attempt that
is tried again is no failure; a job without its output fails by an ``error`` alone;
cancelled jobs say nothing; a run with nothing to do has no progress.
"""

import re
from typing import Any

from control.record.run_dir import State
from snakemake_logger_plugin_plumbline.events import Event

_NAMED = 3  # failed jobs that are named in the reason; the rest is counted

_RESTART = re.compile(r"Trying to restart job (\S+)\.")
_MISSING_OUTPUT = re.compile(r"Job (\d+)\s+completed successfully, but")
_NOTHING = "Nothing to be done"
_CANCELLED = "Terminating processes on user request"
_STOPPED = "Will exit after finishing currently running jobs"
_ENDED = "Elapsed time:"  # the last words of a run that came to its end
_SUMMARY = "At least one job did not complete successfully."


class Outcome:
    """Follows the events of a run, and says at the end how it went."""

    def __init__(self) -> None:
        self._jobs: dict[Any, str] = {}  # open jobs: id → rule and wildcards
        self._failed: dict[Any, str] = {}
        self._done = self._total = 0
        self._cancelled = self._stopped = self._nothing_to_do = self._ended = False
        self._last_error = ""  # one that no later job event has made a thing of the past

    def observe(self, event: Event) -> None:
        """Take in the next event."""
        follow = getattr(self, f"_on_{event['event']}", None)
        if follow is not None:
            follow(event)

    def decide(self) -> tuple[State, str]:
        """The state, and why in words."""
        steps = f"{self._done} of {self._total} steps done"
        if self._cancelled or self._stopped:
            how = "cancelled" if self._cancelled else "stopped after the running jobs"
            return State.CANCELLED, "; ".join([f"{how} on request", steps, *self._failures()])
        if self._failed:
            return State.FAILED, "; ".join([*self._failures(), steps])
        if self._last_error:
            return State.FAILED, self._last_error
        if self._nothing_to_do:
            return State.COMPLETED, "nothing to be done: everything is there and up to date"
        if self._ended or 0 < self._total <= self._done:
            return State.COMPLETED, steps
        return State.FAILED, f"Snakemake ended early; {steps}"

    def _failures(self) -> list[str]:
        if not self._failed:
            return []
        names = list(self._failed.values())
        named = ", ".join(names[:_NAMED])
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        jobs = "job" if len(names) == 1 else "jobs"
        return [f"{len(names)} {jobs} failed: {named}{more}"]

    def _on_job_started(self, _event: Event) -> None:
        self._last_error = ""

    def _on_job_info(self, event: Event) -> None:
        wildcards = ", ".join(f"{k}={v}" for k, v in event.get("wildcards", {}).items())
        name = event["rule_name"] + (f" ({wildcards})" if wildcards else "")
        self._jobs[event["jobid"]] = name
        self._failed.pop(event["jobid"], None)  # a new attempt

    def _on_job_finished(self, event: Event) -> None:
        self._failed.pop(event["jobid"], None)
        self._jobs.pop(event["jobid"], None)

    def _on_progress(self, event: Event) -> None:
        self._done, self._total = event["done"], event["total"]
        self._last_error = ""

    def _on_run_info(self, event: Event) -> None:
        self._total = event.get("stats", {}).get("total", self._total)

    def _on_job_error(self, event: Event) -> None:
        self._fail(event["jobid"], event.get("rule_name", ""))

    def _on_error(self, event: Event) -> None:
        text = event["message"].strip()
        missing = _MISSING_OUTPUT.search(text)
        if missing:
            self._fail(int(missing[1]), "")
        elif text != f"WorkflowError:\n{_SUMMARY}":
            self._last_error = _first_lines(text) or event.get("exception", "")
        elif not self._last_error:
            self._last_error = _SUMMARY

    def _on_message(self, event: Event) -> None:
        text = event["message"]
        restart = _RESTART.match(text)
        if restart:
            self._failed.pop(int(restart[1]) if restart[1].isdigit() else restart[1], None)
            self._last_error = ""
        elif event["level"] in ("error", "critical") and not self._last_error:
            self._last_error = _first_lines(text)
        self._nothing_to_do |= text.startswith(_NOTHING)
        self._cancelled |= text.startswith(_CANCELLED)
        self._stopped |= text.startswith(_STOPPED)
        self._ended |= text.startswith(_ENDED)

    def _fail(self, jobid: Any, rule: str) -> None:
        if not self._cancelled:  # afterwards jobs end because they were told to
            self._failed[jobid] = self._jobs.get(jobid) or rule or f"job {jobid}"


def _first_lines(text: str, limit: int = 300) -> str:
    """The first two lines of an error, which name it, as one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return " ".join(lines[:2])[:limit]
