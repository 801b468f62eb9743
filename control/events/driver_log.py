"""The last words of a Snakemake that died before it could tell of anything."""

import os
from pathlib import Path

from control.events.journal import Draft, draft
from control.events.snakemake_errors import Advice, error_data
from control.events.tail import NotFollowed, open_regular
from control.record.message import MessageType
from control.record.plain_text import visible_lines
from control.record.redaction import hide_secrets

_READ = 8192  # bytes at the end of the file
_LINES = 20
_ADVICE = Advice("unknown", "Snakemake ended before its first event; driver.log has all it said")


def last_words(path: Path, uid: int, at: str, code: int | None) -> Draft | None:
    """The end of ``driver.log`` as an `error`; None where there is nothing to read.

    Args:
        path: of the file.
        uid: whose it must be.
        at: when the run ended; UTC with milliseconds.
        code: return code of Snakemake, where it is known.
    """
    try:
        fd = open_regular(path, uid)
    except (OSError, NotFollowed):
        return None
    with open(fd, "rb") as file:
        size = os.fstat(fd).st_size
        file.seek(max(0, size - _READ))
        text = file.read(_READ).decode("utf-8", "replace")
    if size > _READ:
        text = text.partition("\n")[2]  # the first line is not whole
    lines = visible_lines(hide_secrets(text))[-_LINES:]
    if not lines:
        return None
    return draft(MessageType.ERROR, at, error_data("\n".join(lines), _ADVICE, code))
