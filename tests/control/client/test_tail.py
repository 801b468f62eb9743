"""Following a run: every message once and in order, whatever breaks on the way."""

import json
import os
import pty
import re
import select
import subprocess
import sys
import threading

import pytest
from service import RealService, poll
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from control.client import follow, following
from control.client.follow import follow as read
from control.client.following import Following
from control.record.run_dir import State
from engines.contract.errors import EngineError

TAIL = [sys.executable, "-m", "control.cli", "tail"]


def log_lines(messages):
    return [each["data"]["line"] for each in messages if each["type"] == "log"]


def work(made, first: int, count: int) -> None:
    """The job of a run prints lines."""
    made.log("logs/1.log", "".join(f"line {n}\n" for n in range(first, first + count)))


@pytest.fixture
def working(recorded):
    made = recorded(1)
    made.job(1, "logs/1.log")
    work(made, 0, 50)
    return made


def collect(following: Following) -> tuple[threading.Thread, list[dict], list[BaseException]]:
    """Follow in a thread."""
    got: list[dict] = []
    failed: list[BaseException] = []

    def go() -> None:
        try:
            for message in read(following):
                got.append(message)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=go, daemon=True)
    thread.start()
    return thread, got, failed


class TestFollowing:
    def test_to_the_end(self, api, working):
        thread, got, failed = collect(Following(api, working.run_id))
        poll(lambda: len(log_lines(got)) == 50)
        work(working, 50, 50)
        working.finish(1)
        working.end()
        thread.join(20)
        assert not thread.is_alive() and not failed
        assert [each["sequence"] for each in got] == list(range(1, len(got) + 1))
        assert log_lines(got) == [f"line {n}" for n in range(100)]
        assert got[-1]["data"]["status"] == "completed"

    def test_only_what_comes_after(self, api, working):
        working.finish(1)
        working.end()
        whole = list(read(Following(api, working.run_id)))
        rest = list(read(Following(api, working.run_id, since=20)))
        assert rest == whole[20:]

    def test_without_websockets_the_same_comes_by_asking(self, api, working, monkeypatch):
        said: list[str] = []
        monkeypatch.setattr(follow, "connect", refuse_websockets)
        thread, got, failed = collect(Following(api, working.run_id, say=said.append))
        poll(lambda: len(log_lines(got)) == 50)
        work(working, 50, 5)
        working.finish(1)
        working.end()
        thread.join(20)
        assert not thread.is_alive() and not failed
        assert [each["sequence"] for each in got] == list(range(1, len(got) + 1))
        assert log_lines(got) == [f"line {n}" for n in range(55)]
        assert len(said) == 1

    def test_connections_that_break_after_every_few_messages(self, api, working, monkeypatch):
        cuts: list[int] = []
        monkeypatch.setattr(following, "FIRST_PAUSE", 0.001)
        monkeypatch.setattr(following, "COALESCE", 0)
        monkeypatch.setattr(follow, "connect", cut_after(7, cuts))
        working.finish(1)
        working.end()
        got = list(read(Following(api, working.run_id)))
        assert [each["sequence"] for each in got] == list(range(1, len(got) + 1))
        assert len(cuts) >= len(got) // 7

    def test_a_gap_is_asked_for_again(self, api, working):
        """It cannot be; if it ever is, nothing is shown as if it were whole."""
        far = Following(api, working.run_id, since=3)
        with pytest.raises(EngineError, match="message 4 is missing"):
            list(far.new([{"type": "log", "sequence": 5, "data": {}}]))
        assert far.since == 3

    def test_nobodys_run(self, api):
        with pytest.raises(EngineError) as caught:
            list(read(Following(api, "20200101-000000-0000")))
        assert caught.value.code == 66

    def test_a_token_that_does_not_hold(self, here, working, monkeypatch):
        from control.client.api import Api

        monkeypatch.setenv("PLUMBLINE_TOKEN", "plb_wrong")
        with pytest.raises(EngineError) as caught:
            list(read(Following(Api(here.url), working.run_id)))
        assert caught.value.code == 77

    def test_a_service_that_is_away_for_too_long(self, api, working, monkeypatch):
        monkeypatch.setattr(following, "FIRST_PAUSE", 0.01)
        monkeypatch.setattr(follow, "connect", refuse_connections)
        with pytest.raises(EngineError) as caught:
            list(read(Following(api, working.run_id, patience=0.05)))
        assert caught.value.code == 75


def refuse_websockets(*_: object, **__: object) -> object:
    from websockets.exceptions import InvalidUpgrade

    raise InvalidUpgrade("Connection", "close")


def refuse_connections(*_: object, **__: object) -> object:
    raise ConnectionRefusedError(111, "Connection refused")


def cut_after(count: int, cuts: list[int]):
    """Connections that are lost after so many frames."""

    class Cut:
        def __init__(self, *arguments: object, **options: object) -> None:
            self._made = connect(*arguments, **options)  # type: ignore[arg-type]

        def __enter__(self) -> "Cut":
            self._socket, self._left = self._made.__enter__(), count
            return self

        def __exit__(self, *error: object) -> None:
            self._made.__exit__(None, None, None)

        def recv(self, timeout: float) -> str | bytes:
            if not self._left:
                cuts.append(1)
                self._socket.socket.shutdown(2)
                raise ConnectionClosedError(None, None)
            self._left -= 1
            return self._socket.recv(timeout)

    return Cut


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


def test_over_a_restart_of_the_service(tmp_path):
    """Killed while a client follows; back on another port, with another token for us."""
    from recorded_run import RecordedRun

    with RealService(tmp_path / "own") as service:
        made = RecordedRun(service.runs, 1).start(1)
        made.job(1, "logs/1.log")
        work(made, 0, 20)
        poll(lambda: service.get(f"/api/v1/runs/{made.run_id}").ok)
        process = subprocess.Popen(
            [*TAIL, made.run_id, "--json", "--since", "0"],
            env=service.environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        got = [json.loads(process.stdout.readline())]
        while not log_lines(got) or log_lines(got)[-1] != "line 19":
            got.append(json.loads(process.stdout.readline()))
        service.kill()
        work(made, 20, 20)
        service.start()
        made.finish(1)
        made.end()
        rest, _ = process.communicate(timeout=180)
        assert process.returncode == 0
        got += [json.loads(line) for line in rest.splitlines()]
        assert [each["sequence"] for each in got] == list(range(1, len(got) + 1))
        assert log_lines(got) == [f"line {n}" for n in range(40)]
