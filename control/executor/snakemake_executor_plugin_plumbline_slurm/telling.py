"""What the executor tells: each change of a job as an event, and a line for people now and then."""

import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from logging.handlers import QueueHandler
from typing import Any

from control.record.slurm_states import reason_of
from snakemake_executor_plugin_plumbline_slurm.queue_view import Seen

EVENT = "cluster_jobs"
SECONDS = 30.0
"""Between two lines for people."""
_MOST = 500  # jobs in one event
_KEYS = re.compile(r"runtime|mem_mb|slurm_|qos|constraint")  # which a rule may have for itself
_ESTIMATE_SECONDS = 600.0  # between two estimates of when a job begins, which change all the time


class Teller:
    """Remembers what was told.

    Args:
        logger: Snakemake's.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._told: dict[str, tuple[Seen, float]] = {}  # and when
        self._line, self._line_at = "", time.monotonic()
        self._warned: set[str] = set()

    def tell(
        self,
        jobs: Mapping[str, int | str],
        seen: Mapping[str, Seen],
        called: Callable[[str], str] = str,
    ) -> bool:
        """Tell what changed since the last time.

        Args:
            jobs: those of the run that are still followed: id in SLURM → Snakemake's.
            seen: how SLURM sees them.
            called: id in SLURM → what people call the job; asked only where it is told.

        Returns:
            Whether anything changed but estimates.
        """
        current = {job: seen[job] for job in jobs if job in seen}
        now = time.monotonic()
        known = {job: self._told[job] for job in current if job in self._told}
        changed = {job for job, how in current.items() if _changed(known.get(job), how)}
        due = {job for job in known if now - known[job][1] >= _ESTIMATE_SECONDS}
        news = [job for job in current if job in changed]
        news += [job for job in due - changed if known[job][0] != current[job]]
        for start in range(0, len(news), _MOST):
            some = news[start : start + _MOST]
            self._emit([_fields(jobs[job], current[job]) for job in some])
        self._told = known | {job: (current[job], now) for job in news}
        self._say(current.values())
        self._warn(current, called)
        return bool(changed)

    def _emit(self, jobs: list[dict[str, Any]]) -> None:
        """Hand an event to the logger plugins, and to nothing that people read."""
        name, level = self._logger.name, logging.INFO
        record = logging.LogRecord(name, level, __file__, 0, None, None, None)
        record.event, record.jobs = EVENT, jobs
        for handler in self._logger.handlers:
            if isinstance(handler, QueueHandler):  # through it the plugins get their records
                handler.handle(record)

    def _say(self, seen: Iterable[Seen]) -> None:
        """How many wait and run; only when the numbers changed, and not too often."""
        reasons: Counter[str] = Counter()
        running = 0
        for each in seen:
            if each.meaning.is_waiting:
                reasons[each.reason.replace("None", "") or each.state] += 1
            running += each.state == "RUNNING"
        why = ", ".join(f"{name} {n}" if len(reasons) > 1 else name for name, n in reasons.items())
        waiting = f"{reasons.total()} waiting ({why})" if reasons else "0 waiting"
        line = f"SLURM: {waiting}, {running} running"
        now = time.monotonic()
        if line != self._line and now - self._line_at >= SECONDS and (reasons or running):
            self._line, self._line_at = line, now
            self._logger.info(line)

    def _warn(self, seen: Mapping[str, Seen], called: Callable[[str], str]) -> None:
        """Say once for what reason jobs wait that will not begin by themselves."""
        for job, each in seen.items():
            if not each.meaning.is_waiting or each.reason in self._warned:
                continue
            reason = reason_of(each.reason)
            if not reason.passes:
                self._warned.add(each.reason)
                alike = sum(other.reason == each.reason for other in seen.values()) - 1
                more = f", and {alike} more for the same reason" if alike else ""
                what = (
                    f"{called(job)}, SLURM job {each.external_id}{more}: will not begin by itself"
                )
                where = " (under set-resources in the profile)" if _KEYS.search(reason.hint) else ""
                hint = f"{reason.hint}{where}"
                self._logger.warning(f"{what} ({each.reason}): {reason.words}; {hint}")


def named(job: Any) -> str:
    """What people call a job of Snakemake or a group: ``align (sample=A)``."""
    if job.is_group():
        return f"group {job.groupid}"
    wildcards = ", ".join(f"{name}={value}" for name, value in job.wildcards_dict.items())
    return f"{job.rule.name} ({wildcards})" if wildcards else str(job.rule.name)


def _changed(told: tuple[Seen, float] | None, seen: Seen) -> bool:
    """Whether anything but the estimate of when it begins is new."""
    return told is None or _sure(told[0]) != _sure(seen)


def _sure(seen: Seen) -> Seen:
    return replace(seen, start="") if seen.meaning.is_waiting else seen


def _fields(job: int | str, seen: Seen) -> dict[str, Any]:
    return {
        "jobid": job,
        "external_id": seen.external_id,
        "state": seen.state,
        "reason": seen.reason,
        "node": seen.node,
        "start": seen.start,
        "restarts": seen.restarts,
        "exit": seen.exit,
    }
