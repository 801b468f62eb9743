"""Logs: one JSON object a line, or plain; never a secret."""

import json
import logging
import os
import subprocess
import sys

import pytest

from control.serve.logs import JsonFormatter, PlainFormatter


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("plumbline.x", logging.WARNING, __file__, 1, message, args, None)
    vars(made).update(extra)
    return made


def test_json_line() -> None:
    line = JsonFormatter("web").format(record("%s of\n%d", "one", 2, run="r1", ms=1.5, path=os))
    fields = json.loads(line)
    assert "\n" not in line
    assert fields["event"] == "one of\n2" and fields["level"] == "warning"
    assert fields["process"] == "web" and fields["logger"] == "plumbline.x"
    assert fields["run"] == "r1" and fields["ms"] == 1.5 and "module 'os'" in fields["path"]
    assert fields["time"].endswith("Z") and fields["pid"] == os.getpid()


def test_traceback_is_one_field() -> None:
    try:
        raise ValueError("token=abc123")
    except ValueError:
        made = record("failed")
        made.exc_info = sys.exc_info()
    fields = json.loads(JsonFormatter("web").format(made))
    assert fields["traceback"].startswith("Traceback") and "abc123" not in fields["traceback"]


@pytest.mark.parametrize("formatter", [JsonFormatter("web"), PlainFormatter("web", False)])
def test_secrets_are_hidden(formatter: logging.Formatter) -> None:
    made = record(
        "get https://ada:pw@host/?token=plb_secret", header="Authorization: Bearer abcdefgh"
    )
    line = formatter.format(made)
    assert "pw@" not in line and "plb_secret" not in line and "abcdefgh" not in line


def test_plain_line_stays_one_line() -> None:
    line = PlainFormatter("ingest", False).format(record("bad\nname", run="r1"))
    assert line.endswith("warning ingest: bad | name  run=r1")
    assert "\x1b[33m" in PlainFormatter("ingest", True).format(record("x"))


def test_whole_lines_on_stderr_from_several_processes() -> None:
    code = (
        "import logging, os; from control.serve.logs import set_up\n"
        "set_up('info', 'x'); pid = os.fork()\n"
        "for n in range(300): logging.getLogger('t').info('x' * 500, extra={'n': n})\n"
        "logging.getLogger('t').debug('not shown')\n"
        "if pid: os.waitpid(pid, 0)\n"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environ, capture_output=True, check=True
    )
    numbers = [json.loads(line)["n"] for line in done.stderr.splitlines()]
    assert sorted(numbers) == sorted([*range(300), *range(300)])
