"""Running the real command, in a folder of its own, from a process of its own."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "control.cli", "attempt"]
DEADLINE = 180


@dataclass(frozen=True)
class Ended:
    """How it ended: code, and what it printed where."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> dict[str, object]:
        """The last line, which is for machines."""
        return json.loads(self.err.splitlines()[-1])  # type: ignore[no-any-return]


class Workdir:
    """A working directory with jobs in it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def start(self, *arguments: str, **how: object) -> "subprocess.Popen[bytes]":
        return subprocess.Popen([*COMMAND, *arguments], cwd=self.path, **how)  # type: ignore[call-overload,no-any-return]

    def attempt(self, *arguments: str) -> Ended:
        """To its end, outputs apart."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with self.start("--wait", "0.01", *arguments, **pipes) as process:
            out, err = process.communicate(timeout=DEADLINE)
            return Ended(process.returncode, out.decode(), err.decode())

    def script(self, text: str) -> list[str]:
        """A command that runs ``text`` in bash."""
        return ["--", "bash", "-c", text]

    def marks(self) -> list[Path]:
        return sorted(self.path.glob(".plumbline/attempts/*.json"))

    def letters(self) -> list[Path]:
        return sorted(self.path.glob(".plumbline/dead_letters/*.json"))

    def lines(self, name: str) -> list[str]:
        file = self.path / name
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def workdir(tmp_path: Path) -> Workdir:
    return Workdir(tmp_path)


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a condition."""
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.01)


@pytest.fixture(name="until")
def until_fixture() -> Callable[[Callable[[], object], str], None]:
    return until
