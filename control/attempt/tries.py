"""The tries of one attempt: run, judge, wait, run again, give up."""

import json
import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from control.attempt.command import Outcome, Signals, run
from control.attempt.ledger import Job, Ledger
from control.record.dead_letter import Failure, Try
from engines.contract.clock import utc
from engines.contract.errors import EngineError

if TYPE_CHECKING:
    from control.attempt.verdict import Verdict

SAY_EVERY = 30.0
"""Seconds between two lines while waiting."""


@dataclass(frozen=True)
class Patience:
    """How long to go on.

    Attributes:
        tries: how often the command is run at most.
        wait: seconds before the second try; doubled before each later one.
        max_wait: seconds of the longest wait, whatever a server asks for.
        timeout: seconds of one try; None for no limit.
    """

    tries: int = 3
    wait: float = 5.0
    max_wait: float = 300.0
    timeout: float | None = None


@dataclass(frozen=True)
class Turn:
    """Which attempt of the scheduler this is.

    Attributes:
        number: from 1.
        of: how many there are; 0 where nobody knows, and then each may be the last.
    """

    number: int = 1
    of: int = 0

    @property
    def is_last(self) -> bool:
        return self.number >= self.of


def carry_out(job: Job, turn: Turn, patience: Patience) -> int:
    """Run the job's command until it succeeds, or is given up.

    Returns:
        Its exit code; 128 and the number of the signal that ended us.
    """
    ledger = Ledger(job)
    if turn.number == 1:
        _keep(ledger.forget)
    elif ledger.ended_by:
        _say(f"not tried again: an earlier attempt failed for good; see {ledger.letter}")
        return _fail(ledger.ended_by)  # whose dead letter has been announced
    with Signals() as signals:
        return _try(ledger, turn, patience, signals)


def _try(ledger: Ledger, turn: Turn, patience: Patience, signals: Signals) -> int:
    number = 0
    while True:
        number, start = number + 1, utc()
        outcome = run(ledger.job.command, signals, patience.timeout)
        if outcome.unwritten:
            _say(f"{outcome.unwritten} bytes of the output could not be written")
        if outcome.code == 0:
            _keep(ledger.succeed)
            return 0
        if signals.received is None:
            verdict = _judge(outcome, f"try {number} of {patience.tries}")
            error = Failure(verdict.error_class, verdict.code, verdict.message, verdict.hint)
            _record(ledger, error, verdict.by, turn, start)
            if ledger.ended_by or number == patience.tries:
                return _give_up(ledger, error, turn, outcome.tail)
            _wait(_seconds(verdict.retry_after, number, patience), number + 1, signals)
        if signals.received is not None:
            return 128 + signals.received


def _judge(outcome: Outcome, which: str) -> "Verdict":
    from control.attempt.verdict import judge  # its many expressions are for failures only

    verdict = judge(outcome)
    _say(f"{which} failed ({verdict.error_class}, told by {verdict.by}): {verdict.message}")
    return verdict


def _record(ledger: Ledger, error: Failure, by: str, turn: Turn, start: str) -> None:
    about = (error.code, error.error_class, error.message)
    failed = Try(turn.number, start, utc(), *about, by)
    _keep(lambda: ledger.record(failed, error if error.error_class == "permanent" else None))


def _give_up(ledger: Ledger, error: Failure, turn: Turn, tail: bytes) -> int:
    if not (turn.is_last or ledger.ended_by):
        _say(f"attempt {turn.number} of {turn.of} has failed; the next one goes on")
        return _fail(error)
    written = _keep(lambda: ledger.give_up(error, tail))
    return _fail(error, ledger.letter if written else None)


def _keep(write: Callable[[], object]) -> bool:
    """Write what is remembered. A disk that does not take it changes nothing about the job."""
    try:
        write()
    except (OSError, EngineError) as error:
        _say(f"cannot remember this attempt: {error}")
        return False
    return True


def _seconds(asked: float | None, failures: int, patience: Patience) -> float:
    """How long to wait: what a server asks for, else doubling; with jitter, and within bounds."""
    if asked is None:
        usual = min(patience.max_wait, patience.wait * 2.0 ** (failures - 1))
        return usual * random.uniform(0.5, 1.0)  # noqa: S311
    if asked > patience.max_wait:
        _say(f"asked to wait {asked:.0f} s; {patience.max_wait:g} s are the most (--max-wait)")
        return patience.max_wait
    return min(patience.max_wait, asked * random.uniform(1.0, 1.1))  # noqa: S311


def _wait(seconds: float, number: int, signals: Signals) -> None:
    """Wait, and say so now and then; a signal ends it."""
    end = time.monotonic() + seconds
    say_at = 0.0
    while signals.received is None and (left := end - time.monotonic()) > 0:
        if time.monotonic() >= say_at:
            say_at = time.monotonic() + SAY_EVERY
            stage = f"waiting {left:.1f} s before try {number}"
            _print({"type": "progress", "data": {"stage": stage, "eta_seconds": round(left)}})
        time.sleep(min(left, 0.2))


def _fail(error: Failure, letter: Path | None = None) -> int:
    line = {"type": "error", **asdict(error)}
    if letter:
        _say(f"given up; everything about it is in {letter}")
        line["dead_letter"] = str(letter)
    _print(line)
    return error.code


def _say(text: str) -> None:
    _write(f"plumbline attempt: {text}")


def _print(line: dict[str, object]) -> None:
    _write(json.dumps(line, ensure_ascii=False))


def _write(text: str) -> None:
    with suppress(OSError):  # a full disk takes no log either
        print(text, file=sys.stderr, flush=True)
