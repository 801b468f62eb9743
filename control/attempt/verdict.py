"""Whether a failure may pass: by what the command says of itself, its exit code, or its words."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from control.attempt.command import Outcome
from control.attempt.words import SIGNS
from control.record.redaction import hide_secrets, hide_user

CLASSES = ("transient", "permanent", "unknown")

LINES = 50
"""How many lines from the end are looked at."""
LONGEST_LINE = 2000
LONGEST_MESSAGE = 300

# After sysexits, timeout(1), and shells. What is not here says nothing by its number.
_BY_CODE = {
    64: ("permanent", "usage"),
    65: ("permanent", "bad data"),
    66: ("permanent", "input missing"),
    69: ("transient", "service or device not there"),
    73: ("permanent", "cannot write"),
    75: ("transient", "temporary failure"),
    77: ("permanent", "not permitted"),
    78: ("permanent", "bad configuration"),
    124: ("transient", "timed out"),
    126: ("permanent", "not executable"),
    127: ("permanent", "command not found"),
}
_WAIT_LATER = re.compile(
    r"\bretry-after[\"']?\s*[:=]\s*(?P<header>[^\r\n]{1,40})"
    r"|\b(?:retry|try again|come back)\s+(?:in|after)\s+(?P<seconds>\d{1,6}(?:\.\d+)?)"
    r"\s*(?P<unit>s|sec|seconds?|m|min|minutes?)?\b",
    re.IGNORECASE,
)
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True)
class Verdict:
    """What is to be made of a failed try.

    Attributes:
        error_class: ``transient``, ``permanent`` or ``unknown``.
        code: exit code of the command.
        message, hint: for people, secrets hidden.
        by: what it was classified by.
        retry_after: seconds that a server asked to wait, where one did.
    """

    error_class: str
    code: int
    message: str
    hint: str
    by: str
    retry_after: float | None = None


def judge(outcome: Outcome) -> Verdict:
    """Classify a try that did not succeed.

    First by the JSON line that it ended with, then by its exit code, then by known
    words in its last lines; what none of them tells is ``unknown``.
    """
    lines = [line[:LONGEST_LINE] for line in _last_lines(outcome.tail)]
    words = [] if outcome.timed_out else lines
    return (
        _by_json(words, outcome.code)
        or _by_code(outcome, lines)
        or _by_words(lines, outcome.code)
        or _unknown(lines, outcome.code)
    )


def _last_lines(tail: bytes) -> list[str]:
    """The last lines with anything in them, the last one first."""
    text = _CONTROL.sub("", tail.decode("utf-8", "replace").replace("\r", "\n"))
    return [line.strip() for line in reversed(text.split("\n")) if line.strip()][:LINES]


def _by_json(lines: list[str], code: int) -> Verdict | None:
    """By the last line that is an error of the engines' contract.

    It must be the very last one, or tell the code that the command ended with: what
    failed before and was got over says nothing about the end.
    """
    for place, line in enumerate(lines):
        if not line.startswith("{") or '"error_class"' not in line:
            continue
        try:
            said = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if said.get("error_class") not in CLASSES or not (place == 0 or said.get("code") == code):
            continue
        wait = _seconds(said.get("retry_after"))
        return Verdict(
            said["error_class"],
            code,
            _clean(str(said.get("message", ""))) or _said(lines, code),
            _clean(str(said.get("hint", ""))),
            "its last line",
            wait if wait is not None else _asked_to_wait(lines),
        )
    return None


def _by_code(outcome: Outcome, lines: list[str]) -> Verdict | None:
    if outcome.code not in _BY_CODE:
        return None
    error_class, meaning = _BY_CODE[outcome.code]
    message = "its time was over" if outcome.timed_out else _said(lines, outcome.code)
    by = f"exit code {outcome.code} ({meaning})"
    return Verdict(error_class, outcome.code, message, "", by, _asked_to_wait(lines))


def _by_words(lines: list[str], code: int) -> Verdict | None:
    if code >= 128:  # killed or crashed: its words are of before
        return None
    for line in lines:
        for sign in SIGNS:
            if found := sign.pattern.search(line):
                by = f"the words {found[0]!r}"
                wait = _asked_to_wait(lines)
                return Verdict(sign.error_class, code, _clean(line), sign.hint, by, wait)
    return None


def _unknown(lines: list[str], code: int) -> Verdict:
    by = f"exit code {code}, which says nothing"
    return Verdict("unknown", code, _said(lines, code), "", by, _asked_to_wait(lines))


def _said(lines: list[str], code: int) -> str:
    """What a command says last, or by which signal it died."""
    if code == 137:
        return "killed (SIGKILL), as by the system when memory runs out"
    if code in (132, 134, 135, 136, 139):
        return f"crashed (signal {code - 128})" + (f": {_clean(lines[0])}" if lines else "")
    return _clean(lines[0]) if lines else f"ended with exit code {code} and said nothing"


def _clean(text: str) -> str:
    text = hide_secrets(hide_user(text))
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"


def _asked_to_wait(lines: list[str]) -> float | None:
    """What the last line with a ``Retry-After``, or with words like it, asks for."""
    return next((wait for line in lines for wait in _waits(line)), None)


def _waits(line: str) -> Iterator[float]:
    for found in _WAIT_LATER.finditer(line):
        if header := found["header"]:
            number = re.match(r'["\s]*(\d{1,7})\b(?!\s+\w{3}\b)', header)
            seconds = float(number[1]) if number else _until(header)
        else:
            seconds = float(found["seconds"])
            seconds *= 60 if (found["unit"] or "s").lower().startswith("m") else 1
        if seconds is not None:
            yield seconds


def _until(header: str) -> float | None:
    """Seconds until a date of HTTP."""
    import email.utils  # seldom needed, and slow to load

    parts = email.utils.parsedate_tz(header)
    return max(0.0, email.utils.mktime_tz(parts) - time.time()) if parts else None


def _seconds(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 <= value < 1e7 else None  # type: ignore[arg-type,operator]
