"""The last lines of a job's log: of the log that says something."""

from collections.abc import Sequence
from dataclasses import dataclass

from control.record.plain_text import visible
from control.record.run_dir import RunDir
from control.runs.downloads import open_log
from engines.contract.errors import EngineError

_READ = 1 << 14  # bytes at the end of a log
_LINES = 20
_LONGEST_LINE = 1000
_ATTEMPT = "=== attempt started "


@dataclass(frozen=True)
class LogEnd:
    """The end of one log.

    Attributes:
        number: which of the job's logs, from 0.
        path: as Snakemake names it.
        lines: the last ones, of the last attempt; nothing hidden in them.
    """

    number: int
    path: str
    lines: list[str]


def log_end(run_dir: RunDir, logs: Sequence[str]) -> LogEnd | None:
    """The end of the first log in which something is written; None where there is none.

    Args:
        run_dir: the run.
        logs: of the job, its own before the cluster's. What lies outside of the working
            directory, is reached through a link, or is not the run's owner's is passed over.
    """
    for number, path in enumerate(logs):
        if lines := _last_lines(run_dir, path):
            return LogEnd(number, path, lines)
    return None


def _last_lines(run_dir: RunDir, path: str) -> list[str]:
    try:
        with open_log(run_dir, path) as file:
            start = max(0, file.size - _READ)
            text = b"".join(file.chunks(start)).decode("utf-8", "replace")
    except (EngineError, OSError):
        return []
    lines = text.split("\n")[1 if start else 0 :]
    begins = [number for number, line in enumerate(lines) if line.startswith(_ATTEMPT)]
    lines = [line for line in lines[begins[-1] + 1 if begins else 0 :] if line.strip()]
    return [_cut(visible(line)) for line in lines[-_LINES:]]


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else line[: _LONGEST_LINE - 1] + "…"
