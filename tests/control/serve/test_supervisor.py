"""The supervisor with real processes: restarts, order of the end, and a kill -9 of itself."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import os, signal, sys, threading, time
from pathlib import Path
from control.serve import supervisor as module
from control.serve.supervisor import Supervisor
from engines.contract.errors import BadData

folder, first = Path(sys.argv[1]), sys.argv[2]
module.STOP_SECONDS = module.ORPHAN_SECONDS = float(sys.argv[3])

def note(word):
    with open(folder / "notes", "a") as file:
        file.write(word + "\\n")

def wait(name):
    def work():
        stopped = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stopped.set())
        note(f"{name} {os.getpid()}")
        while not stopped.wait(0.01):
            pass
        note(f"{name} ended")
        return 0
    return work

def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note(f"first {os.getpid()}")
    time.sleep(60)

def web():
    if first == "no web":
        raise BadData("the web cannot start", hint="mend it")
    def work():
        supervisor.report_ready()
        return wait("web")()
    return work()

works = {"first": stubborn if first == "stubborn" else wait("first"), "web": web}
supervisor = Supervisor(works, lambda: note("ready"))
note(f"supervisor {os.getpid()}")
code = supervisor.run()
note("over")
sys.exit(code)
"""


def poll(condition: Callable[[], Any], seconds: float = 180) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)
    return found


class Supervised:
    """A supervisor in a process of its own, and what its children note."""

    def __init__(self, folder: Path, first: str, patience: float) -> None:
        self._notes = folder / "notes"
        self._notes.touch()
        environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", SCRIPT, str(folder), first, str(patience)]
        self.process = subprocess.Popen(
            command, env=environ, stderr=subprocess.PIPE, start_new_session=True
        )

    @property
    def notes(self) -> list[str]:
        return self._notes.read_text().splitlines()

    def pids(self, name: str) -> list[int]:
        words = [note.split() for note in self.notes]
        return [int(word[1]) for word in words if word[0] == name and word[1].isdigit()]

    def wait_ready(self) -> None:
        poll(lambda: "ready" in self.notes and self.pids("first") and self.pids("web"))

    def end(self) -> None:
        for pid in [*self.pids("first"), *self.pids("web"), self.process.pid]:
            if is_there(pid):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(120)
        assert self.process.stderr is not None
        self.process.stderr.close()


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Supervised]]:
    made: list[Supervised] = []

    def begin(first: str = "waits", patience: float = 1.0) -> Supervised:
        made.append(Supervised(tmp_path, first, patience))
        return made[-1]

    yield begin
    for supervised in made:
        supervised.end()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_stops_in_order(start: Callable[..., Supervised], number: int) -> None:
    supervised = start()
    supervised.wait_ready()
    supervised.process.send_signal(number)
    assert supervised.process.wait(120) == 0
    assert supervised.notes[-3:] == ["first ended", "web ended", "over"]


def test_dead_child_is_started_again(start: Callable[..., Supervised]) -> None:
    supervised = start()
    supervised.wait_ready()
    for count in (1, 2):
        os.kill(supervised.pids("first")[-1], signal.SIGKILL)
        poll(lambda count=count: len(supervised.pids("first")) == count + 1)
    os.kill(supervised.pids("web")[-1], signal.SIGKILL)
    poll(lambda: len(supervised.pids("web")) == 2)
    assert supervised.notes.count("ready") == 1
    supervised.process.terminate()
    assert supervised.process.wait(120) == 0


@pytest.mark.parametrize("first", ["waits", "stubborn"])
def test_children_end_when_the_supervisor_is_killed(
    start: Callable[..., Supervised], first: str
) -> None:
    supervised = start(first)
    supervised.wait_ready()
    supervised.process.kill()
    poll(lambda: not any(map(is_there, supervised.pids("first") + supervised.pids("web"))))
    assert ("first ended" in supervised.notes) == (first == "waits")


def test_stubborn_child_is_killed(start: Callable[..., Supervised]) -> None:
    supervised = start("stubborn")
    supervised.wait_ready()
    supervised.process.terminate()
    assert supervised.process.wait(120) == 0
    assert not is_there(supervised.pids("first")[0])
    assert supervised.notes[-2:] == ["web ended", "over"]


def test_second_signal_ends_the_patience(start: Callable[..., Supervised]) -> None:
    supervised = start("stubborn", patience=60)
    supervised.wait_ready()
    poll(lambda: supervised.process.poll() is not None or supervised.process.terminate())
    assert not is_there(supervised.pids("first")[0])


def test_service_that_cannot_start_says_why_and_ends(start: Callable[..., Supervised]) -> None:
    supervised = start("no web")
    assert supervised.process.wait(120) == 65
    assert "ready" not in supervised.notes
    assert not any(map(is_there, supervised.pids("first")))
    assert supervised.process.stderr is not None
    errors = supervised.process.stderr.read().decode()
    assert "the web cannot start" in errors and "Traceback" not in errors


def test_ctrl_c_reaches_the_supervisor_alone(start: Callable[..., Supervised]) -> None:
    supervised = start()
    supervised.wait_ready()
    groups = {os.getpgid(pid) for pid in supervised.pids("first") + supervised.pids("web")}
    assert os.getpgid(supervised.process.pid) not in groups
