"""One connection to another host, by the system's OpenSSH, over which everything goes.

``ssh`` reads the user's own configuration: keys, known hosts, ProxyJump and aliases are as
they are when somebody types it. It is never asked to trust a host that it does not know.
"""

import os
import re
import shlex
import stat
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from control.runs.orphans import die_with_parent
from control.settings import SshLauncher
from engines.contract.errors import (
    BadData,
    CannotWrite,
    EngineError,
    NotPermitted,
    Transient,
    Unavailable,
)

CONNECT_SECONDS = 60.0
"""How long a connection may take in all, by way of other hosts too."""
_CLOSE_SECONDS = 5.0
_PAUSE = 0.02
_OURS = (
    "BatchMode=yes",  # nobody is there who could be asked
    "StrictHostKeyChecking=yes",
    "ClearAllForwardings=yes",
    "ForwardAgent=no",
    "ForwardX11=no",
    "PermitLocalCommand=no",
    "RemoteCommand=none",
    "RequestTTY=no",
)
_UNLESS_SET = ("ConnectTimeout=15", "ServerAliveInterval=10", "ServerAliveCountMax=3")
_LONGEST = 300  # characters of what ssh says


class Connection:
    """A connection that is open from ``with`` to the end of its block.

    It ends with the process that opened it, however that ends.

    Args:
        launcher: where to, and how.
        name: of the folder for its socket: one connection of this name at a time.

    Raises (on entering):
        Transient: the host does not answer now, or the connection broke.
        NotPermitted: its key is not known, or ours is refused.
        Unavailable: there is no such host.
        BadData: the configuration of ssh makes no sense.
    """

    def __init__(self, launcher: SshLauncher, name: str) -> None:
        self._launcher = launcher
        self._folder = _private_folder(name)
        self._socket, self._log = self._folder / "s", self._folder / "log"
        self._master: subprocess.Popen[bytes] | None = None

    @property
    def host(self) -> str:
        """As the settings call it."""
        return self._launcher.host

    def __enter__(self) -> "Connection":
        try:
            self._open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._master is not None:
            self._master.terminate()
            try:
                self._master.wait(_CLOSE_SECONDS)
            except subprocess.TimeoutExpired:
                self._master.kill()
                self._master.wait()
        for file in (self._socket, self._log):
            with suppress(OSError):
                file.unlink()
        with suppress(OSError):
            self._folder.rmdir()

    def session(self, words: Sequence[str], stderr: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a command there, which is spoken with through pipes.

        Args:
            words: the command; the login shell there gets them quoted.
            stderr: gets what it and ssh complain of.
        """
        return subprocess.Popen(
            ["ssh", *self.options(), "--", self.host, shlex.join(words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            preexec_fn=die_with_parent,
        )

    def options(self) -> list[str]:
        """Options with which ssh, sftp and rsync's ssh go over this connection."""
        return [*self._common(), "-o", f"ControlPath={self._socket}", "-o", "ControlMaster=no"]

    def is_open(self) -> bool:
        """Whether it still stands, as far as is known."""
        return self._master is not None and self._master.poll() is None

    def problem(self, told: str = "") -> EngineError:
        """What is wrong with it, told by what ssh has said."""
        said = told + "\n" + self._said()
        return explain(said, self.host, self._typed())

    def _open(self) -> None:
        with suppress(FileNotFoundError):
            self._socket.unlink()  # of a process that was killed
        words = ["-o", f"ControlPath={self._socket}", "-o", "ControlMaster=yes"]
        with open(self._log, "wb") as log:
            self._master = subprocess.Popen(
                ["ssh", *self._common(), *words, "-o", "ControlPersist=no", "-N", "--", self.host],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                preexec_fn=die_with_parent,
            )
        deadline = time.monotonic() + CONNECT_SECONDS
        while not self._socket.exists():  # it is made when everything else is done
            if self._master.poll() is not None:
                raise self.problem()
            if time.monotonic() > deadline:
                raise Transient(f"{self.host}: no connection within {CONNECT_SECONDS:g} seconds")
            time.sleep(_PAUSE)

    def _common(self) -> list[str]:
        file = self._launcher.config_file
        # of two, the first one counts
        options = [*_OURS, *self._launcher.options, *_UNLESS_SET]
        named = ["-F", str(file)] if file else []
        return [*named, *(word for option in options for word in ("-o", option))]

    def _typed(self) -> str:
        """What somebody types to connect by hand."""
        file = self._launcher.config_file
        words = ["ssh", *(["-F", str(file)] if file else [])]
        for option in self._launcher.options:
            words += ["-o", option]
        return shlex.join([*words, self.host])

    def _said(self) -> str:
        try:
            return self._log.read_text("utf-8", "replace")[-4000:]
        except OSError:
            return ""


def explain(said: str, host: str, typed: str) -> EngineError:
    """The error that a message of ssh stands for.

    Args:
        said: what ssh has printed.
        host: as the settings call it.
        typed: the command that connects by hand.
    """
    found = _line(r"REMOTE HOST IDENTIFICATION HAS CHANGED", said)
    if found:
        return NotPermitted(
            f"{host}: its host key is not the one that is known: another machine may answer",
            hint=f"ask who runs it; then, with the new key checked, remove the old one: {typed}",
        )
    if _line(r"Host key verification failed|host key is known for", said):
        return NotPermitted(
            f"{host}: its host key is not known here",
            hint=f"type this once, and compare the key with what its owner tells you: {typed}",
        )
    if found := _line(r"Permission denied \(", said):
        return NotPermitted(
            f"{host}: the key is refused: {found}",
            hint=f"see that this works without a password: {typed}",
        )
    if found := _line(r"Could not resolve hostname", said):
        if "Temporary failure" in found:
            return Transient(f"{host}: {found}")
        return Unavailable(
            f"{host}: there is no such host: {found}", hint="check `host` of the launcher"
        )
    if found := _line(r"[Bb]ad configuration option|terminating, \d+ bad config|no argument", said):
        return BadData(f"{host}: the configuration of ssh: {found}", hint=f"try: {typed}")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    why = lines[-1][:_LONGEST] if lines else "the connection broke"
    return Transient(f"{host}: {why}", hint=f"see whether this works: {typed}")


def _line(pattern: str, said: str) -> str:
    for line in said.splitlines():
        if re.search(pattern, line):
            return line.strip()[:_LONGEST]
    return ""


def _private_folder(name: str) -> Path:
    """A folder that nobody else may enter, with a short path: a socket lies in it."""
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")  # noqa: S108 - checked below
    if len(str(base)) > 40 or not os.access(base, os.W_OK):
        base = Path("/tmp")  # noqa: S108
    folder = base / f"plumbline-{name}"
    try:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        status = folder.lstat()
        is_ours = status.st_uid == os.getuid() and stat.S_ISDIR(status.st_mode)
        if is_ours and not status.st_mode & 0o077:
            return folder
        return Path(tempfile.mkdtemp(prefix="plumbline-", dir=base))
    except OSError as error:
        raise CannotWrite(f"{folder}: {error.strerror}", hint="set XDG_RUNTIME_DIR") from None
