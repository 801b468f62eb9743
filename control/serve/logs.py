"""Logs of the service: one line an event on stderr, JSON, or plain where that is a terminal."""

import logging
import os
import sys
import time
from typing import Any

from control.record.lines import timestamp, to_line
from control.record.redaction import hide_secrets

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_COLOURS = {"debug": "2", "warning": "33", "error": "31", "critical": "31;1"}
_QUIET = ("watchfiles", "urllib3", "requests", "apprise", "werkzeug", "geventwebsocket")
"""Libraries of which only warnings are of interest."""


class JsonFormatter(logging.Formatter):
    """``{"time", "level", "event", "process", "pid", "logger", …}``; secrets are hidden.

    What is logged with ``extra=`` becomes keys of its own; a traceback is in ``traceback``.

    Args:
        process: which process of the service this is.
    """

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        fields = {
            "time": timestamp(record.created),
            "level": record.levelname.lower(),
            "event": hide_secrets(record.getMessage()),
            "process": self._process,
            "pid": os.getpid(),
            "logger": record.name,
            **_extra(record),
        }
        if record.exc_info:
            fields["traceback"] = hide_secrets(self.formatException(record.exc_info))
        return to_line(fields)


class PlainFormatter(logging.Formatter):
    """``12:30:05 warning web: what happened  key=value``.

    Args:
        process: which process of the service this is.
        colours: whether levels are coloured.
    """

    def __init__(self, process: str, colours: bool) -> None:
        super().__init__()
        self._process, self._colours = process, colours

    def format(self, record: logging.LogRecord) -> str:
        """One line, and a traceback below it."""
        level = record.levelname.lower()
        if self._colours and level in _COLOURS:
            level = f"\x1b[{_COLOURS[level]}m{level}\x1b[0m"
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        extra = "".join(f"  {key}={value}" for key, value in _extra(record).items())
        event = hide_secrets(record.getMessage()).replace("\n", " | ")
        line = f"{clock} {level} {self._process}: {event}{extra}"
        if record.exc_info:
            line += "\n" + hide_secrets(self.formatException(record.exc_info))
        return line


def set_up(level: str, process: str) -> None:
    """Let everything that is logged in this process go to stderr.

    Args:
        level: the least one that is shown.
        process: name of this process in the lines.
    """
    handler = _Handler()
    is_terminal = sys.stderr.isatty()
    colours = is_terminal and "NO_COLOR" not in os.environ
    handler.setFormatter(
        PlainFormatter(process, colours) if is_terminal else JsonFormatter(process)
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Handler(logging.Handler):
    """Writes each line in one go, so that those of several processes never mix."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            data = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
            while data:
                data = data[os.write(2, data) :]
        except OSError:  # the terminal or the pipe is gone: work goes on without a log
            pass
        except Exception:
            self.handleError(record)


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    """What was given with ``extra=``; values that JSON does not know, as text."""
    given = {key: value for key, value in vars(record).items() if key not in _PLAIN}
    known = (str, int, float, bool, type(None))
    return {
        key: hide_secrets(value) if isinstance(value, str) else value
        for key, value in ((k, v if isinstance(v, known) else str(v)) for k, v in given.items())
    }
