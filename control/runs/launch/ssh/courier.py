"""Carries files over a connection: by rsync where both sides have it, else by sftp.

Both go on with a file of which a part has arrived. Files lie in one folder on each side,
under the names of their contents (see parcels.py): no name of anybody's is ever quoted.
"""

import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from control.runs.launch.ssh.connection import Connection
from control.runs.orphans import die_with_parent
from engines.contract.errors import CannotWrite, EngineError, Transient

_PAUSE = 0.5  # seconds between two looks whether to go on
_STALLED = 120  # seconds without a byte after which rsync gives up
_LAST = 500  # characters of what a program says


class Stopped(Exception):
    """Somebody asked for the end."""


class Courier:
    """What carries files.

    Args:
        connection: over which.
        has_rsync: whether the other side has it.
        goes_on: asked now and then; raises :class:`Stopped` where the work is to end.
    """

    def __init__(
        self, connection: Connection, has_rsync: bool, goes_on: Callable[[], None]
    ) -> None:
        self._connection, self._goes_on = connection, goes_on
        self._by_rsync = has_rsync and shutil.which("rsync") is not None

    @property
    def means(self) -> str:
        """By which program."""
        return "rsync" if self._by_rsync else "sftp"

    def send(self, folder: Path, there: str, names: Mapping[str, int]) -> None:
        """Send files.

        Args:
            folder: holds them, or links to them.
            there: folder on the other side.
            names: of them → how many bytes of each have arrived there.

        Raises:
            Transient: the connection broke, or a disk is full.
            Stopped: see ``goes_on``.
        """
        if self._by_rsync:
            self._rsync(f"{folder}/", f"{self._connection.host}:{there}/")
        else:
            steps = [f"{'re' * (part > 0)}put {name}" for name, part in names.items()]
            self._sftp(folder, there, steps)

    def fetch(self, there: str, folder: Path, names: Mapping[str, int]) -> None:
        """Fetch files; the arguments are those of :meth:`send`.

        Raises:
            Transient: the connection broke, or a disk is full.
            Stopped: see ``goes_on``.
        """
        if self._by_rsync:
            self._rsync(f"{self._connection.host}:{there}/", f"{folder}/")
        else:
            steps = [f"{'re' * (part > 0)}get {name}" for name, part in names.items()]
            self._sftp(folder, there, steps)

    def _rsync(self, source: str, target: str) -> None:
        shell = shlex.join(["ssh", *self._connection.options()])
        words = ["--recursive", "--copy-links", "--partial", "--append-verify", "--protect-args"]
        self._run(["rsync", *words, f"--timeout={_STALLED}", "-e", shell, "--", source, target])

    def _sftp(self, folder: Path, there: str, steps: list[str]) -> None:
        batch = [f"lcd {_quoted(str(folder))}", f"cd {_quoted(there)}", *steps]
        # sftp takes the colon of an IPv6 address for the beginning of a path: aliases have none
        words = ["sftp", "-q", "-b", "-", *self._connection.options(), "--", self._connection.host]
        self._run(words, "\n".join(batch) + "\n")

    def _run(self, words: list[str], stdin: str = "") -> None:
        with tempfile.TemporaryFile() as told, tempfile.TemporaryFile() as given:
            given.write(stdin.encode("utf-8", "surrogateescape"))
            given.seek(0)
            process = subprocess.Popen(
                words, stdin=given, stdout=told, stderr=told, preexec_fn=die_with_parent
            )
            try:
                while (code := _wait(process)) is None:
                    self._goes_on()
            finally:
                if process.poll() is None:
                    process.terminate()
                    process.wait()
            if code:
                told.seek(0)
                raise self._problem(words[0], told.read().decode("utf-8", "replace"), code)

    def _problem(self, program: str, told: str, code: int) -> EngineError:
        if not self._connection.is_open():
            return self._connection.problem(told)
        lines = [line.strip() for line in told.splitlines() if line.strip()]
        told_to, summary = "sftp> ", "rsync error:"
        said = [line for line in lines if not line.startswith((told_to, summary))] or lines
        last = -1 if program == "sftp" else 0  # rsync goes on to what follows from it
        shown = (said[last] if said else f"ended with {code}")[:_LAST]
        where = f"{self._connection.host}: {program}: {shown}"
        if "protocol version mismatch" in told or "is your shell clean" in told:
            return CannotWrite(where, hint="its login files print something: they must be silent")
        return Transient(where)


def _wait(process: subprocess.Popen[bytes]) -> int | None:
    try:
        return process.wait(_PAUSE)
    except subprocess.TimeoutExpired:
        return None


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
