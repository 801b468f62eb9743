"""What SLURM says about the jobs of a run: one query of the queue, and of what left it."""

import pwd
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from control.record.slurm_states import JobState, normal_reason, normal_state, state_of
from snakemake_executor_plugin_plumbline_slurm.commands import SECONDS, NotAnswered, ask, chunks

# In columns of fixed width, because older versions know no separators there.
_COLUMNS = (
    ("JobID", 24),
    ("State", 24),
    ("RestartCnt", 8),
    ("exit_code", 12),
    ("StartTime", 24),
    ("NodeList", 120),
    ("Reason", 120),
)
_FORMAT = ",".join(f"{name}:{width}" for name, width in _COLUMNS)
_ID = re.compile(r"\d+([_+]\d+)?")
_SACCT = "JobIDRaw,State,ExitCode,Start,NodeList,Reason"
_DAY = 86400


@dataclass(frozen=True)
class Seen:
    """How SLURM sees a job.

    Attributes:
        external_id: in SLURM.
        state: SLURM's name of it, in one word.
        reason: of waiting, or of the end; SLURM's name of it.
        node: where it runs or ran; of several nodes as SLURM writes them.
        start: UTC with milliseconds: SLURM's estimate while it waits, then the true one.
        restarts: how often it was put back into the queue.
        exit: code and signal, ``0:9``; empty while it has not ended.
    """

    external_id: str
    state: str
    reason: str = ""
    node: str = ""
    start: str = ""
    restarts: int = 0
    exit: str = ""

    @property
    def meaning(self) -> JobState:
        """What the state means."""
        return state_of(self.state)

    @property
    def has_not_begun(self) -> bool:
        """Whether it waits and has no process anywhere, not even one that was stopped."""
        has_node = self.state in ("CONFIGURING", "SUSPENDED", "STOPPED")
        return self.meaning.is_waiting and not has_node


def look(name: str, seconds: float = SECONDS) -> dict[str, Seen]:
    """All jobs of a run that the queue knows, also those that ended a while ago.

    Args:
        name: that they bear.
        seconds: that the controller may take.

    Raises:
        NotAnswered: the controller does not answer.
    """
    # --me lets the controller send our jobs only, not those of the whole site
    command = ["squeue", "--me", f"--name={name}", "--states=all", "--noheader"]
    answer = ask(*command, f"--Format={_FORMAT}", seconds=seconds)
    return {seen.external_id: seen for seen in map(_of_line, answer.splitlines()) if seen}


def look_back(ids: list[str]) -> dict[str, Seen]:
    """What accounting says about jobs that the queue does not know (any more).

    Raises:
        NotAnswered: there is no accounting, or it does not answer.
    """
    found = {}
    for some in chunks(ids):
        answer = ask("sacct", "-X", "-n", "-P", "-j", ",".join(some), f"--format={_SACCT}")
        for line in answer.splitlines():
            parts = line.split("|")
            if len(parts) == 6 and (state := normal_state(parts[1])):
                job, _, code, start, node, reason = parts
                node = "" if node.startswith("None") else node
                told = (normal_reason(reason), node, _moment(start), 0, code)
                found[job] = Seen(job, state, *told)  # of a requeued job the last line counts
    return found


@dataclass(frozen=True)
class Used:
    """What a job has used, as accounting tells people; empty where it does not."""

    memory: str = ""
    time: str = ""
    by: str = ""
    """Who cancelled it."""


def look_up_use(ids: list[str]) -> dict[str, Used]:
    """What jobs that ended have used, as far as accounting knows; nothing without accounting."""
    found: dict[str, Used] = {}
    for some in chunks(ids):
        command = ["sacct", "-n", "-P", "-j", ",".join(some)]
        try:
            answer = ask(*command, "--format=JobIDRaw,MaxRSS,Elapsed,State")
        except NotAnswered:
            break
        for line in answer.splitlines():
            parts = line.split("|")
            if len(parts) != 4:
                continue  # some sites' commands say more than they are asked
            step, memory, elapsed, state = parts
            job, _, is_step = step.partition(".")
            known = found.get(job, Used())
            by = known.by if is_step else _user(state.partition(" by ")[2])
            found[job] = Used(_greater(known.memory, memory), known.time or elapsed, by)
    return found


def _user(number: str) -> str:
    """The name of a user, or the number where it has none."""
    try:
        return pwd.getpwuid(int(number)).pw_name
    except (ValueError, KeyError):
        return number


def _greater(known: str, memory: str) -> str:
    """The greater of two amounts, in MB."""
    megabytes = max(_megabytes(memory), int(known.split()[0]) if known else 0)
    return f"{megabytes} MB" if megabytes else ""


def _of_line(line: str) -> Seen | None:
    """A job; None of a headline of a cluster, or of what a site's own squeue says besides."""
    values, at = [], 0
    for _, width in _COLUMNS:
        values.append(line[at : at + width].strip())
        at += width
    job, state, restarts, code, start, node, reason = values
    if not state or not _ID.fullmatch(job):
        return None
    state = normal_state(state)
    told = (normal_reason(reason), node, _moment(start), int(restarts) if restarts.isdigit() else 0)
    return Seen(job, state, *told, _exit(code) if state_of(state).is_ended else "")


def _exit(status: str) -> str:
    """Code and signal, of what a process leaves to its parent."""
    if not status.isdigit():
        return status
    return f"{int(status) >> 8}:{int(status) & 127}"


def _moment(epoch: str) -> str:
    """UTC, of seconds since 1970; nothing for ``N/A``, and for what lies absurdly far away."""
    if not epoch.isdigit() or not 0 < int(epoch) < time.time() + 366 * _DAY:
        return ""
    return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _megabytes(text: str) -> int:
    """MB, of what sacct writes: ``1234K``, ``1.5G``, bytes; 0 of nothing."""
    factor = {"K": 1 / 1024, "M": 1.0, "G": 1024.0, "T": 1024.0**2}.get(text[-1:])
    try:
        return round(float(text[:-1]) * factor if factor else float(text or 0) / 1024**2)
    except ValueError:
        return 0
