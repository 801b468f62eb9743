"""Handing jobs to SLURM: what ``sbatch`` is asked, and what its refusals mean.

A refusal that passes (busy controller, a limit on waiting jobs) is waited out, for as long
as it takes. One that does not pass is told once in full, and is not tried again with jobs
that ask for the same.
"""

import re
import shlex
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from snakemake_executor_plugin_plumbline_slurm.commands import NotAnswered, ask

LONGEST_WAIT = 60.0
"""Seconds between two tries while SLURM takes no jobs."""

_SAY_AGAIN = 600.0  # seconds
_LOOK_AGAIN = 5.0  # seconds; the controller may take a job after sbatch has given up
_UNKNOWN_SECONDS = 600.0
"""For how long jobs of one kind are tried again whose refusal is not known; then each once."""

# The controller itself is not well; whatever else it says beside this does not count.
_CONTROLLER = re.compile(
    r"timed out|unable to contact|temporarily|try again|connection (?:refused|reset)"
    r"|no answer within|zero bytes|not responding|standby|authentication|credential"
    r"|configuration source|error writing script|node not available",
    re.IGNORECASE,
)
_LIMIT = re.compile(r"MaxSubmit|violates accounting/QOS policy|rate limit", re.IGNORECASE)
# SLURM has one sentence for several limits; the name of the limit is told beside it.
_NEVER_PASSES = re.compile(
    r"invalid(?! user id)|not available(?! now)|not allowed|not permitted"
    r"|permission denied|exceeds|unrecognized|can ?not be satisfied"
    r"|(?:QOS|Assoc)\w*(?:PerJob|PerNode|MaxWall|TimeLimit)",
    re.IGNORECASE,
)
# After these the job may be in the queue all the same.
_UNCERTAIN = re.compile(r"timed out|no answer within|zero bytes|connection reset", re.IGNORECASE)
_HINTS = (
    (r"partition name|partition specified", "correct slurm_partition (sinfo lists what there is)"),
    (r"account", "correct slurm_account (sacctmgr show assoc user=$USER lists yours)"),
    (r"qos", "correct qos (sacctmgr show assoc user=$USER format=qos lists yours)"),
    (r"time limit", "set a shorter runtime for the rule, or another slurm_partition"),
    (r"gres|generic resource", "correct gpu, gpu_model or gres of the rule"),
    (r"memory", "set a smaller mem_mb for the rule, or another slurm_partition"),
    (r"node configuration|node count|cpu count", "no node has what the rule asks for (threads,"
     " mem_mb, gpu): ask for less, or for another slurm_partition"),
    (r"constraint|feature", "correct constraint of the rule"),
    (r"reservation", "correct reservation"),
    (r"unrecognized option|invalid option|ambiguous", "correct slurm_extra of the rule"),
)  # fmt: skip


class Refused(Exception):
    """SLURM does not take a job, and never will; one line, with what to change."""


@dataclass(frozen=True)
class Call:
    """What is asked of sbatch for one job.

    Attributes:
        asked: options that say what the job needs; the same for jobs of one kind.
        comment: the job's own, by which it is found.
        script: what the job runs.
        log: of the job, with ``%j`` for its id.
        name: that all jobs of the run bear.
    """

    asked: tuple[str, ...]
    comment: str
    script: str
    log: Path
    name: str

    @property
    def own(self) -> tuple[str, ...]:
        """Options that are the job's own."""
        folder = str(self.log.parent).replace("%", "%%")
        return (f"--comment={self.comment}", f"--output={folder}/{self.log.name}")

    def anew(self, count: int, but_not_on: str) -> "Call":
        """The same for another submission, and not on a node where there is another."""
        comment = f"{self.comment} again {count}"
        if not but_not_on:
            return replace(self, comment=comment)
        kept, given = _split_exclusions(self.asked)
        excluded = f"--exclude={','.join(dict.fromkeys([*given, but_not_on]))}"
        return replace(self, asked=(*kept, excluded), comment=comment)


class Submitter:
    """Hands jobs to sbatch; several threads may share one.

    Args:
        say: tells people a line.

    Attributes:
        live: ids of jobs that were submitted and have not :meth:`ended`.
        is_uncertain: whether sbatch ever failed to say if it had submitted a job.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._changed = threading.Condition()  # and the lock of what follows
        self._is_stopped = False
        self.live: set[str] = set()
        self.is_uncertain = False
        self._under_way: dict[str, float] = {}
        self._strange: dict[str, float] = {}
        self._refused: dict[tuple[str, ...], str] = {}
        self._unknown: dict[tuple[str, ...], float] = {}  # since when none of a kind was taken
        self._wait, self._not_before = 0.0, 0.0
        self._told: dict[str, float] = {}

    def stop(self) -> None:
        """No more jobs are submitted."""
        with self._changed:
            self._is_stopped = True
            self._changed.notify_all()

    def ended(self, job: str = "") -> None:
        """A job has ended: where a limit kept others back, they are tried at once."""
        with self._changed:
            self.live.discard(job)
            self._not_before = 0.0
            self._changed.notify_all()

    def submit(self, call: Call) -> str | None:
        """Submit one job.

        Returns:
            Its id in SLURM; None where everything was stopped before it got one.

        Raises:
            Refused: this job will never be taken.
        """
        while self._may_go_on(call):
            with self._being_submitted(call):
                try:
                    # what sbatch reads is the script; no argument is ever seen by a shell
                    answer = ask("sbatch", *call.asked, *call.own, text=call.script)
                    self._wait = 0.0
                    self._unknown.pop(call.asked, None)
                    return self._taken(_id_in(answer))
                except NotAnswered as error:
                    if is_uncertain := bool(_UNCERTAIN.search(str(error))):
                        self.is_uncertain = True
                    passes = _passes(str(error))
                    if passes is None:
                        now = time.monotonic()
                        since = self._unknown.setdefault(call.asked, now)
                        passes = now - since < _UNKNOWN_SECONDS or None
                    self._judge(str(error), call, passes)
                    if is_uncertain and (job := self._find(call)):
                        return self._taken(job)
        return None

    def strays(self, living: Iterable[str]) -> list[str]:
        """Jobs that nobody follows: SLURM took them, and never said so.

        Args:
            living: jobs of our name that the queue has shown just now.

        Returns:
            Those that were there before anything began that is being submitted now.
        """
        now = time.monotonic()
        with self._changed:
            strange = [job for job in living if job not in self.live]
            self._strange = {job: self._strange.get(job, now) for job in strange}
            oldest = min(self._under_way.values(), default=now)
        return [job for job, since in self._strange.items() if since < oldest]

    @contextmanager
    def _being_submitted(self, call: Call) -> Iterator[None]:
        with self._changed:
            self._under_way[call.comment] = time.monotonic()
        try:
            yield
        finally:
            with self._changed:
                del self._under_way[call.comment]

    def _taken(self, job: str) -> str:
        with self._changed:
            self.live.add(job)
        return job

    def _may_go_on(self, call: Call) -> bool:
        """Wait while SLURM takes no jobs; False when no more are to be submitted.

        Raises:
            Refused: a job that asked for the same was refused.
        """
        with self._changed:
            while not self._is_stopped:
                if known := self._refused.get(call.asked):
                    raise Refused(f"{known} (as of an earlier job that asked for the same)")
                wait = self._not_before - time.monotonic()
                if wait <= 0:
                    return True
                self._changed.wait(wait)
        return False

    def _judge(self, error: str, call: Call, passes: bool | None) -> None:
        """Note a refusal that passes, or does not; None: not known, and tried for long enough.

        Raises:
            Refused: it does not pass.
        """
        now = time.monotonic()
        with self._changed:
            if not passes:
                text = f"SLURM does not take the job: {_short(error)}; {_hint(error)}"
                if passes is False:  # what is not known may be this job's alone
                    self._refused[call.asked] = text
                raise Refused(text)
            if self._not_before <= now:  # else another thread has just said so
                self._wait = min(LONGEST_WAIT, max(2.0, self._wait * 1.5))
                self._not_before = now + self._wait
            if is_new := now - self._told.get(error, float("-inf")) > _SAY_AGAIN:
                self._told[error] = now
        if is_new:
            self._say(f"SLURM takes no more jobs for now ({_short(error)}); they wait here")

    def _find(self, call: Call) -> str | None:
        """A job that got into the queue although nobody said so, found by its comment.

        Returns:
            None where it is not there, which takes two answers, or where all was stopped.
        """
        absent = 0
        while not self._is_stopped:
            command = ["squeue", "--me", "--states=all", "-h", f"--name={call.name}", "-o%i|%k"]
            with suppress(NotAnswered):
                lines = (line.partition("|") for line in ask(*command).splitlines())
                job = next((job for job, _, comment in lines if comment == call.comment), None)
                absent += not job
                if job or absent == 2:
                    return job
            with self._changed:
                self._changed.wait_for(lambda: self._is_stopped, _LOOK_AGAIN)
        return None


def _split_exclusions(asked: Iterable[str]) -> tuple[list[str], list[str]]:
    """The options but for those that exclude nodes, and these nodes."""
    kept: list[str] = []
    excluded: list[str] = []
    rest = iter(asked)
    for word in rest:
        if word in ("--exclude", "-x"):
            excluded += [next(rest, "")]
        elif found := re.fullmatch(r"(?:--exclude=|-x)(.+)", word):
            excluded.append(found[1])
        else:
            kept.append(word)
    return kept, excluded


def script_of(command: Iterable[str], before: str = "") -> str:
    """The script of a job: one command that takes the shell's place, so that signals reach it.

    Args:
        command: program and arguments; the shell finds nothing to expand in them.
        before: what the user wants to be run first, for a shell.
    """
    lines = ["#!/bin/sh", *([f"{before} || exit"] if before else []), f"exec {shlex.join(command)}"]
    return "\n".join(lines) + "\n"


def _passes(error: str) -> bool | None:
    """Whether a refusal passes by itself; None: it is not known."""
    if _CONTROLLER.search(error):
        return True
    if _NEVER_PASSES.search(error):
        return False
    return True if _LIMIT.search(error) else None


def _id_in(answer: str) -> str:
    """The id, of ``71`` or ``71;cluster``; some sites let sbatch print more around it."""
    for line in reversed(answer.splitlines()):
        if found := re.match(r"(\d+)(;\S*)?\s*$", line):
            return found[1]
    if found := re.search(r"\b(?:job|id)\D{0,3}(\d+)", answer, re.IGNORECASE):
        return found[1]
    raise Refused(f"sbatch answers {answer.strip()[:200]!r}, which holds no id of a job")


def _hint(error: str) -> str:
    found = (hint for words, hint in _HINTS if re.search(words, error, re.IGNORECASE))
    return next(found, "see `sbatch` by hand")


def _short(error: str) -> str:
    parts = [part.removeprefix("sbatch: ").removeprefix("error: ") for part in error.split("; ")]
    return "; ".join(dict.fromkeys(parts))
