"""`plumbline tail`: what it prints of a run, and how it ends."""

import json
import os
import pty
import re
import select
import subprocess
import sys

import pytest
from service import poll

from control.record.run_dir import State

TAIL = [sys.executable, "-m", "control.cli", "tail"]


def work(made, first: int, count: int) -> None:
    """The job of a run prints lines."""
    made.log("logs/1.log", "".join(f"line {n}\n" for n in range(first, first + count)))


@pytest.fixture
def working(recorded):
    made = recorded(1)
    made.job(1, "logs/1.log")
    work(made, 0, 50)
    return made


class TestCommand:
    def test_lines_and_the_exit_code(self, run, working):
        work(working, 50, 1)
        working.fail(1)
        working.end(State.FAILED, "1 job failed", 1)
        poll(lambda: "failed" in run("runs", "show", working.run_id).out)
        ended = run("tail", working.run_id)
        assert ended.code == 1
        assert "align[sample=s1] | line 50" in ended.lines
        assert ended.lines[-1] == "● run failed: 1 job failed"
        past = run("tail", working.run_id, "--no-follow")
        assert (past.code, past.out) == (1, ended.out)
        quiet = run("tail", working.run_id, "--level", "error", "--rule", "call")
        assert quiet.lines == [line for line in ended.lines if line.startswith("●")]
        as_json = [json.loads(line) for line in run("tail", working.run_id, "--json").lines]
        assert [each["sequence"] for each in as_json] == list(range(1, len(as_json) + 1))

    def test_a_long_past_is_not_poured_out(self, run, working):
        work(working, 50, 500)
        working.finish(1)
        working.end()
        poll(lambda: "completed" in run("runs", "show", working.run_id).out)
        ended = run("tail", working.run_id)
        assert ended.code == 0
        assert "line 0" not in ended.out
        assert "earlier messages are not shown; --since 0 shows them" in ended.err
        assert "align[sample=s1] | line 0" in run("tail", working.run_id, "--since", "0").lines

    def test_a_run_that_died_ends_it(self, run, here, working):
        gone = working.run_dir.read_run()
        process = type(gone.process)(
            gone.process.host, gone.process.boot_id, gone.process.pid_namespace, 2**31 - 2, "1"
        )
        working.run_dir.write_run(type(gone)(**{**vars(gone), "process": process}))
        ended = run("tail", working.run_id)
        assert ended.code == 3
        assert ended.lines[-1].startswith("● run interrupted")
        assert f"plumbline runs resume {working.run_id}" in ended.err

    def test_a_terminal_has_bars_and_obeys_no_log(self, here, working):
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [*TAIL, working.run_id, "--since", "0"],
            env={**here.environ, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"},
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        seen = Seen(master)
        poll(lambda: "line 49" in seen.text and "all jobs" in seen.text)
        working.log("logs/1.log", "\x1b]0;owned\x07\x1b[2J\x1b[31mred\n")
        working.finish(1)
        working.end()
        poll(lambda: "run completed" in seen.text)
        assert process.wait(120) == 0
        text = seen.text
        os.close(master)
        assert "█" * 24 + "  1/1" in text
        assert "\x1b]0;owned" not in text and "\x1b[2J" not in text
        assert re.search(r"align\[sample=s1\] \| (\x1b\[0m)?red", text)


class Seen:
    """What a terminal has been sent."""

    def __init__(self, master: int) -> None:
        self._master, self._text = master, ""

    @property
    def text(self) -> str:
        self.read()
        return self._text

    def read(self) -> None:
        while select.select([self._master], [], [], 0)[0]:
            try:
                block = os.read(self._master, 1 << 16)
            except OSError:  # the other end is closed
                return
            self._text += block.decode("utf-8", "replace")
