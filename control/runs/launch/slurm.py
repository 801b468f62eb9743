"""Launches drivers as batch jobs of SLURM, so that a run survives the machine that submitted it.

The job is put back into the queue when its node fails or it is preempted (by SLURM), and
when its driver is killed or its time is over (by its own script). It then takes the run over
from where it was: see :mod:`control.runs.takeover`. Of jobs of one name SLURM runs one at a
time (``singleton``), and whoever drives a run holds its lease: there are never two.
"""

import logging
import os
import re
import threading
import time
from contextlib import suppress
from dataclasses import replace

from control.record.file_system import is_network
from control.record.launch import Launch
from control.record.lines import timestamp
from control.record.run_dir import RunDir, State, UnreadableRun
from control.record.slurm_command import NoAnswer, ask
from control.record.slurm_states import normal_state, reason_of, state_of
from control.runs import requests
from control.runs.launch import batch
from control.runs.launch.slurm_queue import OURS, Job, JobQueue
from control.runs.lease import Lease
from control.runs.outcome import last_words
from control.runs.takeover import last_beat, put_back
from control.settings import Settings, SlurmLauncher
from engines.contract.errors import EngineError, Transient, Unavailable

PROGRAM = "sbatch"
CANCELLED = 130
"""What `poll` gives of a job that somebody took out of the queue: it is not launched again."""
REFUSED = 78
"""What `poll` gives of a job that SLURM will never take: it is not tried again."""
SUBMIT_SECONDS, SCANCEL_SECONDS = 120.0, 20.0
"""How long sbatch may take, for which nobody waits, and scancel: a busy controller is slow."""
UNSURE_SECONDS = 60.0
"""How long a job is looked for of which nobody knows whether it was submitted."""
SETTLE_SECONDS = 60.0
"""How long the end of a driver is doubted where its files come late or its node cannot say."""

_PASSING = (
    "Unable to contact slurm controller",
    "Socket timed out",
    "temporarily unable",
    "MaxSubmitJob",
    "Resource temporarily unavailable",
    "Connection refused",
)
_NEVER = re.compile(
    r"invalid|not available|not allowed|permission denied|exceeds|unrecognized"
    r"|can ?not be satisfied",
    re.IGNORECASE,
)
_KEYS = {"account": "account", "qos": "qos", "time limit": "time", "partition": "partition"}
"""A word of a refusal → the option of sbatch that it is about."""
_OVER = ("Invalid job id", "already completing or completed")  # what scancel says of such a job

_log = logging.getLogger(__name__)
_queue = JobQueue()


def start(run_dir: RunDir, settings: Settings, name: str) -> "SlurmDriver":
    """Submit the driver of a queued run; SLURM's answer comes behind its back.

    Raises:
        OSError: the run directory cannot be written.
    """
    launcher = settings.launchers[name]
    assert isinstance(launcher, SlurmLauncher)
    run_dir.write_settings(settings.model_dump_json())
    arguments = batch.arguments(run_dir, settings, launcher)
    launch = Launch(name, "slurm", batch.job_name(run_dir.run_id), at=timestamp(time.time()))
    run_dir.write_launch(launch)  # first, so that whatever happens now is found again
    driver = SlurmDriver(run_dir, launch)
    threading.Thread(target=driver.submit, args=[arguments], name="sbatch", daemon=True).start()
    return driver


def again(run_dir: RunDir, settings: Settings, launch: Launch) -> "SlurmDriver":
    """The job of a launch that has not ended."""
    driver = SlurmDriver(run_dir, launch)
    driver.submitted()
    return driver


def withdraw(run_dir: RunDir, launch: Launch) -> list[str]:
    """Take the job out of the queue; gives what could not be done.

    Only a job that SLURM has cancelled, or knows no more, has ended: another is asked for again.
    """
    id = launch.external_id
    which = [id] if id.isascii() and id.isdigit() else [*OURS, f"--name={launch.name}"]
    try:
        ask(["scancel", *which], SCANCEL_SECONDS)
    except Unavailable as error:  # a job that begins all the same sees that it is not wanted
        if not any(words in error.message for words in _OVER):
            return [f"job {launch.external_id or launch.name} of the driver: {error}"]
    with suppress(OSError):
        run_dir.write_launch(replace(launch, ended=timestamp(time.time()), why="withdrawn"))
    return []


def note_deleted(run_dir: RunDir, settings: Settings, launch: Launch) -> None:
    """Nothing of a run is elsewhere: its directory is seen by all of the cluster."""


def owed(run_dir: RunDir, launch: Launch) -> str:
    """Nothing: the queue is asked at once."""
    return ""


class SlurmDriver:
    """A driver that is a batch job; see :class:`control.runs.launch.Launched`.

    Args:
        run_dir: of its run.
        launch: as in ``launch.json``.
    """

    def __init__(self, run_dir: RunDir, launch: Launch) -> None:
        self._run_dir, self._launch = run_dir, launch
        self._since = float("inf")  # answers of the queue that were asked for later count
        self._refused, self._is_for_good = "", False
        self._job: Job | None = None
        self._problem = ""
        self._gone_since: float | None = None
        self._doubt: tuple[float, float] | None = None
        self._seen_to = float("-inf")  # the answer about which something is done
        self._code: int | None = None
        self._why = ""

    def __str__(self) -> str:
        return f"SLURM job {self._launch.external_id or self._launch.name}"

    def submit(self, arguments: list[str]) -> None:
        """Submit it, and note its id; takes as long as SLURM does."""
        try:
            text = batch.script(self._run_dir)
            told = ask(["sbatch", *arguments], SUBMIT_SECONDS, text, batch.environ(os.environ))
            id = told.strip().split(";")[0]  # "71;cluster" where there are several
            self._launch = replace(self._launch, external_id=id)
            self._run_dir.write_launch(self._launch)
        except NoAnswer:
            pass  # it may have been submitted, and is looked for
        except Unavailable as error:
            self._refused, self._is_for_good = self._judge(error.message, arguments)
        except OSError as error:  # found again by its name
            _log.warning("%s: %s", self._run_dir.launch, error.strerror)
        self.submitted()

    def _judge(self, error: str, arguments: list[str]) -> tuple[str, bool]:
        """A refusal in words, with what to change where it will never pass; and whether so."""
        if any(words in error for words in _PASSING) or not _NEVER.search(error):
            return error, False
        name, said = f"launchers.{self._launch.launcher}", error.lower()
        option = next((option for word, option in _KEYS.items() if word in said), "")
        given = next((each for each in arguments if option and each.startswith(f"--{option}=")), "")
        key = {"": name, "time": f"{name}.runtime"}.get(option, f"{name}.{option}")
        is_about = f"{given}: " if given else ""
        return f"{is_about}{error}; correct {key} in the settings", True

    def submitted(self) -> None:
        """From now on the queue knows of it."""
        self._since = time.monotonic()
        _queue.watch(self._launch.name)

    def poll(self) -> int | None:
        """None while it waits or lives; else how it ended, which is noted in ``launch.json``."""
        if self._code is None and (ended := self._look()):
            _queue.forget(self._launch.name)
            if self._run_dir.read_launch() != self._launch:  # withdrawn, or the run was deleted
                ended = 0, ""
            else:
                self._note_end(*ended)
            self._code, self._why = ended
        return self._code

    def waits(self) -> str:
        """What the queue says of it."""
        if self._code is not None:
            return ""
        if self._problem:
            return f"SLURM does not answer: {self._problem}"
        if self._job is None:
            known = self._launch.external_id
            return f"SLURM is asked about job {known}" if known else "is being submitted to SLURM"
        if not state_of(self._job.state).is_waiting:
            return ""
        reason = reason_of(self._job.reason)
        words = f"in SLURM's queue as job {self._job.id}: {reason.words}"
        return f"{words}; {reason.hint}" if reason.hint else words

    def why(self) -> str:
        """What SLURM says of its end."""
        return self._why

    def _look(self) -> tuple[int, str] | None:
        """How it ended: code and words; None while it has not."""
        if self._refused:
            if self._is_for_good:
                return REFUSED, self._refused
            will_pass = any(words in self._refused for words in _PASSING)
            return Transient.code if will_pass else 1, self._refused
        answer = _queue.answer
        if answer is None or answer.began < self._since or self._launch.name not in answer.names:
            return None
        self._problem = answer.problem
        if answer.problem:
            return None
        self._job = job = self._mine(answer.jobs)
        if job is not None and not state_of(job.state).is_ended:
            self._gone_since = None
            if not state_of(job.state).is_waiting:
                self._doubt = None
            elif answer.began != self._seen_to:
                self._seen_to = answer.began
                self._see_to_run()
            return None
        self._gone_since = self._gone_since or answer.began
        if self._gone_since == answer.began:  # it may be on its way back into the queue
            return None
        return self._ended(job) if job is not None else self._not_there(answer.began)

    def _note_end(self, code: int, why: str) -> None:
        ended = replace(self._launch, ended=timestamp(time.time()), why=why)
        with suppress(OSError, EngineError):
            self._run_dir.write_launch(ended)
            if code == CANCELLED and self._state() is State.INTERRUPTED:
                # somebody wanted its end, with another command: it is not resumed by itself
                wish = requests.instruct(self._run_dir, "cancel", "")
                requests.acknowledge(self._run_dir, wish, "obeyed")

    def _mine(self, jobs: tuple[Job, ...]) -> Job | None:
        """Of the jobs of that name the one; where its id is not known, one that lives."""
        jobs = tuple(job for job in jobs if job.name == self._launch.name)
        if self._launch.external_id:
            return next((job for job in jobs if job.id == self._launch.external_id), None)
        living = [job for job in jobs if not state_of(job.state).is_ended]
        if not living:
            return None
        self._launch = replace(self._launch, external_id=living[-1].id)
        with suppress(OSError):
            self._run_dir.write_launch(self._launch)
        return living[-1]

    def _not_there(self, asked: float) -> tuple[int, str] | None:
        if self._launch.external_id:
            if self._is_doubtful(is_certain=False):
                return None
            return 1, f"{self} has left the queue"
        if asked - self._since <= UNSURE_SECONDS:
            return None
        return Transient.code, "nobody knows whether its job was submitted; it is not in the queue"

    def _ended(self, job: Job) -> tuple[int, str] | None:
        state = normal_state(job.state)
        if self._is_doubtful(is_certain=state != "NODE_FAIL"):
            return None
        if state == "COMPLETED":
            return 0, ""
        at = f" on {job.node}" if job.node else ""
        words = f"{self} was {state_of(state).words}{at} ({state})"
        if state == "CANCELLED":
            return CANCELLED, f"{self} was cancelled from outside (scancel)"
        if state == "FAILED":
            words = f"{self} failed{at}: {last_words(self._run_dir.driver_log)}"
        return 1, words

    def _is_doubtful(self, *, is_certain: bool) -> bool:
        """Whether the driver may still be at work, or may have said something not seen yet.

        So it is where its node could not be asked, and where its files come late from another
        machine: then its heartbeat has to be quiet for a while.
        """
        if is_certain and not is_network(str(self._run_dir.path)):
            return False
        if self._state() is not State.RUNNING:
            return False
        beat = last_beat(self._run_dir)
        if beat is None:
            return False  # it has never begun
        if self._doubt is None or self._doubt[1] != beat:
            self._doubt = time.monotonic(), beat
        return time.monotonic() - self._doubt[0] < SETTLE_SECONDS

    def _state(self) -> State | None:
        try:
            return self._run_dir.state()
        except UnreadableRun:  # deleted
            return None

    def _see_to_run(self) -> None:
        """The job waits: so its run is queued, too, unless it needs no driver any more.

        Either takes as long as SLURM does, so the thread of the queue sees to it.
        """
        state = self._state()
        if state is None or state.is_final:
            _queue.order(self._withdraw)
        elif state is not State.QUEUED and not self._is_doubtful(is_certain=False):
            _queue.order(self._put_back)

    def _withdraw(self) -> None:
        for problem in withdraw(self._run_dir, self._launch):
            _log.warning("run %s: %s", self._run_dir.run_id, problem)

    def _put_back(self) -> None:
        with (
            suppress(EngineError, UnreadableRun, OSError),  # it is looked at again
            Lease.take(self._run_dir, "requeue"),
        ):
            if self._run_dir.read_run().state is State.RUNNING:
                put_back(self._run_dir, f"{self} was put back into SLURM's queue")
