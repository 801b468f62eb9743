"""A job of the doctor's own: what a node sees of this machine's folders, and how soon."""

import json
import shlex
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from control.doctor.cluster.asked import Asked, Job
from control.doctor.cluster.commands import ask, pairs
from control.doctor.cluster.fits import arguments
from control.doctor.findings import Finding, fail, ok, warn
from control.record.slurm_states import reason_of, state_of
from control.runs.launch.slurm_queue import OURS
from engines import __version__
from engines.contract.errors import EngineError, Unavailable

MINUTES, MEGABYTES = 10, 1000
"""What the job asks for: the least that every site gives."""
WAIT_SECONDS = 300.0
"""For the job to begin, and for its answer after its end."""
LATE_SECONDS = 90.0
GONE_SECONDS = 15.0
SKEW_SECONDS = 5.0
LEAST_SCRATCH = 10 << 30
_ASK_EVERY = 1.0
_LOOK_EVERY = 0.05


@dataclass(frozen=True)
class Answer:
    """What came back from a node.

    Attributes:
        about: what it says of itself.
        seen: folders that it could read and write.
        waited: seconds from submission to the first answer.
        round_trip: seconds that a file took to be seen there, and another to be seen here.
        skew: seconds that its clock is ahead of ours.
    """

    about: dict[str, Any]
    seen: list[Path]
    waited: float
    round_trip: float
    skew: float


def looked_at(asked: Asked, jobs: list[Job], folders: list[Path]) -> Iterator[Finding]:
    """Submit one small job, and one more where rules ask for a GPU, and tell what they saw.

    Args:
        jobs: what the rules ask for; the first is the default.
        folders: that nodes have to see.
    """
    small = {"runtime": str(MINUTES), "mem_mb": str(MEGABYTES), "threads": "1"}
    with_gpu = next((job for job in jobs if job.gpus), None)
    for job in filter(None, (jobs[0], with_gpu)):
        wanted = replace(job, resources={**job.resources, **small})
        try:
            answer = ask_node(wanted, folders)
        except EngineError as error:
            yield fail("test job", error.message, error.hint)
        else:
            yield from told(asked, wanted, folders, answer)


def ask_node(job: Job, folders: list[Path]) -> Answer:
    """Submit the job, and wait for what it says; leaves neither job nor files behind.

    Raises:
        Unavailable: it was refused, did not begin in time, or failed.
    """
    with ExitStack() as stack:
        token = uuid4().hex
        places = {}
        for folder in folders:
            made = tempfile.TemporaryDirectory(
                dir=folder, prefix=".doctor-", ignore_cleanup_errors=True
            )
            place = places[folder] = Path(stack.enter_context(made))
            (place / "asked").write_text(token, encoding="utf-8")
        first = next(iter(places.values()))
        log = str(first / "job.log").replace("%", "%%")
        command = [
            sys.executable,
            "-P",
            "-m",
            "control.doctor.cluster.node",
            *map(str, places.values()),
        ]
        begin = time.monotonic()
        name = f"plumbline-doctor-{token[:12]}"
        stack.callback(_cancel, name)  # first: who is told to end while it is submitted leaves none
        number = ask(
            "sbatch", "--parsable", f"--job-name={name}", f"--output={log}",
            *arguments(job), f"--wrap=exec {shlex.join(command)}",
        ).strip().partition(";")[0]  # fmt: skip
        _wait_for_any(number, [place / "seen.json" for place in places.values()], first / "job.log")
        waited = time.monotonic() - begin
        round_trip, skew = _echo(places.values())
        answers = {folder: _read(place / "seen.json") for folder, place in places.items()}
        seen = [folder for folder, answer in answers.items() if answer.get("asked") == token]
        about = next(answer for answer in answers.values() if answer)
        return Answer(about, seen, waited, round_trip, skew)


def told(asked: Asked, job: Job, folders: list[Path], answer: Answer) -> Iterator[Finding]:
    """What an answer means."""
    node, about = answer.about["node"], answer.about
    yield ok("test job", f"ran on {node} {answer.waited:.1f} s after it was submitted")
    for folder in folders:
        if folder in answer.seen:
            yield ok("shared folder", f"{folder} is seen from {node}, and back")
        else:
            hint = "work on a shared file system, and set `runs` of the service to a folder there"
            yield fail("shared folder", f"{folder}: {node} does not see it", hint)
    if about["plumbline"] == __version__ and about["python"] == sys.version.split()[0]:
        yield ok("installation", f"the same on {node}")
    else:
        theirs = f"plumbline {about['plumbline']}, Python {about['python']}"
        yield fail("installation", f"{node} has {theirs}", "install on a shared file system")
    yield _latency(asked, answer)
    if abs(answer.skew) > SKEW_SECONDS + answer.round_trip / 2:
        hint = "ask for NTP there: times on the page are wrong, and files may seem out of date"
        yield warn("clock", f"{node} is {answer.skew:+.0f} s away from this machine", hint)
    yield _scratch(node, about["scratch"])
    if job.gpus:
        yield _gpu(job, node, about)


def _latency(asked: Asked, answer: Answer) -> Finding:
    what, took = "file system", answer.round_trip
    needed = int(took * 2) + 5
    if asked.latency_wait < needed:
        hint = f"{asked.file}, latency-wait: {max(needed, 60)}"
        return warn(what, f"a file takes up to {took:.1f} s to be seen elsewhere", hint)
    return ok(what, f"a file there and one back take {took:.1f} s: latency-wait is long enough")


def _scratch(node: str, scratch: dict[str, Any]) -> Finding:
    free = scratch["free"]
    named = f"${scratch['variable']}" if scratch["variable"] else "no TMPDIR is set"
    text = f"{scratch['folder']} on {node} ({named}), {free / (1 << 30):,.1f} GiB free"
    if free < LEAST_SCRATCH:
        return warn("scratch", text, "set default-resources: tmpdir to a larger folder of nodes")
    return ok("scratch", text)


def _gpu(job: Job, node: str, about: dict[str, Any]) -> Finding:
    shown = [each for each in about["gpus"].split(",") if each]
    if len(shown) < job.gpus:
        hint = "ask for gres with devices (File= in gres.conf): each job must be shown its own"
        return fail("GPU", f"{node} shows {len(shown)} to a job that asked for {job.gpus}", hint)
    if not about["driver"]:
        return warn(
            "GPU", f"{node}: CUDA_VISIBLE_DEVICES={about['gpus']}, no nvidia-smi", "ask why"
        )
    return ok("GPU", f"{node}: {about['driver']}")


def _wait_for_any(number: str, files: list[Path], log: Path) -> None:
    begun = next_look = time.monotonic()
    ended_at = None
    while not any(_read(file) for file in files):
        now = time.monotonic()
        if now >= next_look:
            state, reason, _ = _look(number)
            if state_of(state).is_waiting and now - begun > WAIT_SECONDS:
                why = reason_of(reason)
                told = f"waited {WAIT_SECONDS:.0f} s in the queue: {why.words} ({reason})"
                raise Unavailable(told, hint=why.hint or "try again when the cluster is less busy")
            if state_of(state).is_ended and ended_at is None:
                ended_at = now
                if state_of(state).is_failure:
                    _explain(number, log)
            next_look = now + _ASK_EVERY
        if ended_at and now - ended_at > LATE_SECONDS:
            _explain(number, log)
        time.sleep(_LOOK_EVERY)


def _look(number: str) -> tuple[str, str, dict[str, str]]:
    """State and reason of the job; the controller knows it for minutes after its end."""
    told = pairs(ask("scontrol", "show", "job", number, "--oneliner"))
    return told.get("JobState", ""), told.get("Reason", ""), told


def _explain(number: str, log: Path) -> None:
    """Why the job ended without an answer.

    Raises:
        Unavailable: always.
    """
    state, reason, told = _look(number)
    node, code = told.get("BatchHost", "its node"), told.get("ExitCode", "")
    with suppress(OSError):
        if said := log.read_text(encoding="utf-8", errors="replace").strip():
            last = said.splitlines()[-1]
            hint = "the same Python and Plumbline must be there, at the same place as here"
            raise Unavailable(f"{state} on {node}: {last[:200]}", hint=hint)
    hint = f"{log.parent.parent} has to be on a file system that nodes see, and {sys.prefix} too"
    raise Unavailable(f"{state} on {node} ({reason}, exit {code}): it left no word", hint=hint)


def _echo(places: Any) -> tuple[float, float]:
    """How long a file there and one back take, and the node's clock against ours."""
    place = next(place for place in places if _read(place / "seen.json"))
    sent, began = time.time(), time.monotonic()
    (place / ".again").write_text("again", encoding="utf-8")
    (place / ".again").replace(place / "again")
    while not (echo := _read(place / "echo")):
        if time.monotonic() - began > WAIT_SECONDS:
            raise Unavailable("the job began, and then gave no sign", hint="look at the node")
        time.sleep(_LOOK_EVERY)
    took = time.monotonic() - began
    return took, float(echo["time"]) - (sent + took / 2)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _cancel(name: str) -> None:
    """See the job out of the queue: a file that it has open could not be removed."""
    deadline = time.monotonic() + GONE_SECONDS
    with suppress(EngineError):
        ask("scancel", *OURS, f"--name={name}")
        while ask("squeue", *OURS, "--noheader", f"--name={name}", "--format=%i").strip():
            if time.monotonic() > deadline:
                return
            time.sleep(_LOOK_EVERY)
