"""How a run ended: from Snakemake's return code, its events, and what was asked of the driver."""

import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from control.record.dead_letter import FOLDER as DEAD_LETTERS
from control.record.dead_letter import is_letter
from control.record.lines import parse
from control.record.redaction import hide_secrets
from control.record.run_dir import RunDir, State
from snakemake_logger_plugin_plumbline.outcome import Outcome

_LAST_LINES = 64 << 10  # bytes of the log in which its last words are looked for
_LONGEST = 300  # characters of them
_SMALL_TALK = ("Complete log", "Elapsed time:", "Shutting down")


@dataclass(frozen=True)
class Marks:
    """Where the files that only grow ended when an attempt began."""

    events: int
    log: int

    @classmethod
    def of(cls, run_dir: RunDir) -> "Marks":
        """Where they end now."""
        return cls(_size(run_dir.events), _size(run_dir.driver_log))


@dataclass(frozen=True)
class Verdict:
    """What is to be said of an attempt that has ended.

    Attributes:
        state: final.
        why: in words.
        done: jobs that finished in it.
    """

    state: State
    why: str
    done: int


@dataclass(frozen=True)
class Ended:
    """That an attempt was ended before its time: by whom or what, in words, and as which state."""

    words: str
    state: State = State.CANCELLED


def judge(
    run_dir: RunDir, since: Marks, return_code: int | None, ended: Ended | None = None
) -> Verdict:
    """How an attempt ended.

    Args:
        run_dir: of the run.
        since: taken when the attempt began.
        return_code: of Snakemake; 128 and the number for a signal, negative when a signal
            ended its guard, None when it was never started.
        ended: that it was told to end, if it was. One that completed all the same did complete.
    """
    story = _Story(run_dir, since)
    if return_code == 0:
        why = story.why if story.state is State.COMPLETED else ""
        return Verdict(State.COMPLETED, why, story.done)
    if ended:
        return Verdict(ended.state, story.told(ended.words), story.done)
    if return_code is not None and (return_code < 0 or return_code > 128):
        return Verdict(State.FAILED, story.told(_killed(return_code)), story.done)
    if story.state is State.CANCELLED:  # somebody sent Snakemake a signal, past the driver
        return Verdict(State.CANCELLED, story.why, story.done)
    why = story.why if story.has_begun else last_words(run_dir.driver_log, since.log)
    return Verdict(State.FAILED, "; ".join([why, *story.losses()]), story.done)


class _Story(Outcome):
    """What the events of one attempt tell."""

    def __init__(self, run_dir: RunDir, since: Marks) -> None:
        super().__init__()
        self._run_dir = run_dir
        self._samples: dict[Any, str] = {}
        self.has_begun = False
        for event in read_events(run_dir.events, since.events):
            self.has_begun = True
            with suppress(LookupError, TypeError, ValueError, AttributeError):  # not the plugin's
                self.observe(event)
        self.state, self.why = self.decide()

    def observe(self, event: dict[str, Any]) -> None:
        """Take in the next event."""
        super().observe(event)
        if event["event"] == "job_info":
            self._samples[event["jobid"]] = event["wildcards"].get("sample", "")

    @property
    def done(self) -> int:
        """Jobs that finished."""
        return self._done

    def told(self, reason: str) -> str:
        """The reason, what failed before it, and how far it came."""
        return "; ".join([reason, *self._failures(), f"{self._done} of {self._total} steps done"])

    def losses(self) -> Iterator[str]:
        """Samples and dead letters, where there are any to tell of."""
        lost = {self._samples.get(jobid) for jobid in self._failed} - {None, ""}
        total = _count_samples(self._run_dir.samples)
        if lost and total >= len(lost):
            yield f"{total - len(lost)} of {total} samples"
        if letters := count_dead_letters(self._run_dir.work):
            yield f"{letters} dead letter" + "s" * (letters != 1)


def count_dead_letters(workdir: Path) -> int:
    """How many jobs of a run were given up and not redriven."""
    files = (workdir / DEAD_LETTERS).glob("*.json")
    return sum(is_letter((DEAD_LETTERS / file.name).as_posix()) for file in files)


def read_events(file: Path, offset: int = 0, word: bytes = b"") -> Iterator[dict[str, Any]]:
    """Events of the plugin; a line that a kill has torn is passed over.

    Args:
        file: ``events.ndjson``.
        offset: where to begin, in bytes.
        word: only of lines that hold it: of a large run all others cost next to nothing.
    """
    with suppress(OSError), open(file, "rb") as lines:
        lines.seek(offset)
        for line in lines:
            try:
                event = parse(line) if word in line else None
            except ValueError:
                continue
            if isinstance(event, dict) and isinstance(event.get("event"), str):
                yield event


def _count_samples(sheet: Path) -> int:
    """Rows of a sample sheet below its header; 0 without one."""
    try:
        lines = sheet.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    rows = [line for line in lines if line.strip() and not line.startswith("#")]
    return max(len(rows) - 1, 0)


def _killed(return_code: int) -> str:
    guard = return_code < 0
    number = -return_code if guard else return_code - 128
    try:
        name = signal.Signals(number).name
    except ValueError:
        name = f"signal {number}"
    return f"{'the guard of Snakemake' if guard else 'Snakemake'} was killed ({name})"


def last_words(log: Path, start: int = 0) -> str:
    """The last line that says something; Snakemake may die before it tells any event."""
    try:
        with open(log, "rb") as file:
            end = file.seek(0, 2)
            file.seek(max(start, end - _LAST_LINES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        text = ""
    for line in reversed(text.splitlines()):
        if line.strip() and not line.startswith(_SMALL_TALK):
            return hide_secrets(_message_of(line.strip())[:_LONGEST])
    return "it ended without a word"


def _message_of(line: str) -> str:
    """The message of a line that our own commands write for machines; else the line."""
    with suppress(ValueError, LookupError, TypeError):
        return str(parse(line)["message"])
    return line


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
