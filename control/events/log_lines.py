"""From a line of a log to a message.

A tool speaks to those who watch by printing: a JSON object of one of a few types
becomes that message, some well-known ways to write progress become `progress`, and
everything else is a `log`. Whose line it is, we say: a job cannot speak for another.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from control.events.job_attempts import JobAttempt
from control.events.journal import Draft, draft
from control.events.log_levels import INFO, LEVELS, level_of
from control.record.dead_letter import is_letter
from control.record.lines import parse
from control.record.message import MessageType
from control.record.plain_text import visible, visible_text

HIGHEST_SHARE = 99.9
"""Percent that a job can say of itself: 100 is said by its end."""

Fields = dict[str, Any]
Said = tuple[MessageType, Fields]

_quoted = json.encoder.encode_basestring_ascii
_PERCENT = re.compile(r"PROGRESS:\s*(\d{1,9}(?:\.\d{1,9})?)\s*%(?:\s*-\s*(.*))?")
_ITERATION = re.compile(
    r"(?:Chain\s+\[?(\d{1,6})\]?:?\s+)?"
    r"Iteration:\s*(\d{1,12})\s*/\s*(\d{1,12})\s*\[\s*\d{1,3}%\]\s*\((\w+)\)"
)
_RESULT = re.compile(r'\s*\{.{0,200}?"type"\s*:\s*"result"')
_PATH = re.compile(r'"path"\s*:\s*("(?:[^"\\]|\\.){1,4096}")')
_OURS = ("jobid", "rule", "wildcards", "attempt", "process", "scope", "cut")
_ENVELOPE = ("type", "job_id", "timestamp", "sequence")


def log_line(attempt: JobAttempt | None, text: str, at: str, *, cut: bool = False) -> Draft:
    """What a line says: a message that the job has formed itself, or else a `log`.

    Args:
        attempt: whose log it is; None for what Snakemake printed, which is only ever `log`.
        text: without the newline.
        at: when it was read; UTC with milliseconds.
        cut: the line is longer, and `text` is its beginning.
    """
    if attempt is not None:
        said = None
        if "{" in text[:4]:
            said = _cut_result(text) if cut else _object(text)
        elif "PROGRESS:" in text:
            said = _percent(text)
        elif "Iteration:" in text:
            said = _iteration(text)
        if said is not None:
            with suppress(ValueError):  # nested deeper than can be written
                # whose it is comes from us, whatever the line says
                return draft(said[0], at, {**said[1], **attempt.identity})
    line = visible(text)
    source = f'"job"{attempt.identity_json}' if attempt else '"snakemake"}'
    mark = '"cut":true,' if cut else ""
    data_ = f'{{"line":{_quoted(line)},"level":"{level_of(line)}",{mark}"source":{source}'
    return Draft(MessageType.LOG, at, data_)


def _object(text: str) -> Said | None:
    """A JSON object of a type that a job may send; None for any other line."""
    try:
        content = parse(text)
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    kind = content.get("type") or _untyped(content)
    form = _FORMS.get(kind) if isinstance(kind, str) else None
    if form is None:
        return None
    nested = content.get("data")
    fields = nested if isinstance(nested, dict) else content
    own = {k: v for k, v in fields.items() if k not in _OURS}
    if fields is content:
        own = {k: v for k, v in own.items() if k not in _ENVELOPE}
    return form(own)


def _untyped(content: Fields) -> str:
    """What an object without a type is: the last words of an engine, or a GPU pipeline's stage."""
    if "error_class" in content:
        return "error"
    return "stage" if isinstance(content.get("stage"), str) and "progress" in content else ""


def _log(fields: Fields) -> Said | None:
    line = fields.get("line", fields.get("message"))
    if not isinstance(line, str):
        return None
    level = fields.get("level")
    known = level if level in LEVELS else INFO
    return MessageType.LOG, {"line": visible(line), "level": known, "source": "job"}


def _progress(fields: Fields) -> Said | None:
    share = _number(fields.get("progress"))
    done, total = _number(fields.get("done")), _number(fields.get("total"))
    if share is None and done is not None and total:
        share = 100 * done / total
    if share is None and done is None:
        return None
    return MessageType.PROGRESS, _at_stage(fields.get("stage"), share, fields)


def _stage(fields: Fields) -> Said | None:
    """A bare ``{"stage", "progress", "message"}``, which nobody has told the scale of.

    A fraction up to 1 is a share of the whole (0.5 and 1.0), everything else a
    percentage; so a whole 1 is 1 %, which never claims more than was done.
    """
    share = _number(fields["progress"])
    if share is None:
        return None
    if isinstance(fields["progress"], float) and share <= 1:
        share *= 100
    return MessageType.PROGRESS, _at_stage(fields["stage"], share, fields)


def _percent(text: str) -> Said | None:
    found = _PERCENT.search(text)
    if found is None:
        return None
    return MessageType.PROGRESS, _at_stage(found[2] or "", float(found[1]), {})


def _iteration(text: str) -> Said | None:
    """Stan's progress; of one chain, where it says which."""
    found = _ITERATION.search(text)
    if found is None or not int(found[3]):
        return None
    chain, done, total, phase = found[1], int(found[2]), int(found[3]), found[4].lower()
    more: Fields = {"done": done, "total": total, "unit": "iterations"}
    stage = phase
    if chain:
        stage, more["chain"] = f"chain {chain}: {phase}", int(chain)
    return MessageType.PROGRESS, _at_stage(stage, 100 * done / total, more)


def _at_stage(stage: object, share: float | None, more: Fields) -> Fields:
    data: Fields = {"scope": "job"}
    if share is not None:
        share = min(max(round(share, 1), 0.0), HIGHEST_SHARE)
        data |= {"progress": share, "percentage": f"{share:g}%"}
    data["stage"] = visible(stage) if isinstance(stage, str) else ""
    return {**more, **data}


def _cut_result(text: str) -> Said | None:
    """A result of which only the beginning was read: its path, if that was told early."""
    if not _RESULT.match(text):
        return None
    found = _PATH.search(text)
    path = json.loads(found[1], strict=False) if found else None
    return MessageType.RESULT, {**({"path": path} if path else {}), "cut": True}


def _error(fields: Fields) -> Said | None:
    message = fields.get("message", fields.get("error"))
    if not isinstance(message, str):
        return None
    message = visible_text(message)
    kind, code, hint = (fields.get(name) for name in ("error_class", "code", "hint"))
    data = {
        "error_class": kind if kind in ("transient", "permanent") else "unknown",
        "code": code if type(code) is int and abs(code) < 2**31 else None,
        "message": message,
        "hint": visible_text(hint) if isinstance(hint, str) else "",
        "error": message,
        "source": "job",
    }
    letter = fields.get("dead_letter")
    if isinstance(letter, str) and is_letter(letter):
        data["dead_letter"] = letter
    return MessageType.ERROR, data


def _as_it_is(kind: MessageType) -> Callable[[Fields], Said]:
    return lambda fields: (kind, fields)


_FORMS: Mapping[str, Callable[[Fields], Said | None]] = {
    "log": _log,
    "progress": _progress,
    "stage": _stage,
    "result": _as_it_is(MessageType.RESULT),
    "error": _error,
    "variant_update": _as_it_is(MessageType.VARIANT_UPDATE),
    "variant_error": _as_it_is(MessageType.VARIANT_ERROR),
}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value) if math.isfinite(value) else None
    except OverflowError:
        return None
