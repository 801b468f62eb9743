"""The log lines of all jobs of a run as one text, in the order in which they came."""

import time
from collections.abc import Iterator

from control.record.lines import parse

_LOG = b'{"type":"log"'


def as_text(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """Time, job and line of each log message, with tabs between them; block by block.

    Args:
        blocks: whole lines of a journal.
    """
    for block in blocks:
        if _LOG in block:
            lines = (line for line in block.splitlines() if line.startswith(_LOG))
            yield "".join(_line(each) for each in lines).encode("utf-8", "replace")
        time.sleep(0)  # under gevent: others may run between two blocks


def _line(message: bytes) -> str:
    found = parse(message.decode("utf-8", "replace"))
    data = found["data"]
    wildcards = (f"{name}={value}" for name, value in (data.get("wildcards") or {}).items())
    job = " ".join([data.get("rule") or data.get("source") or "", *wildcards])
    return f"{found['timestamp']}\t{job}\t{data['line']}\n"
