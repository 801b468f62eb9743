"""A real sshd of our own on loopback: own keys, own port, no root, gone when its owner is.

    with SshServer(folder) as server:
        subprocess.run(["ssh", "-F", server.config, "lab", "true"])

It needs Debian's openssh-server and openssh-client, and touches neither a running sshd nor
anybody's ~/.ssh: clients find keys, port and known_hosts by the configuration that it writes.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from waiting import poll

from control.runs.orphans import die_with_parent

PROGRAMS = ("sshd", "ssh", "ssh-keygen", "sftp")
ROOT = Path(__file__).resolve().parents[2]

_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
_SEPARATION = Path("/run/sshd")  # an sshd of root insists on it


def missing_programs() -> list[str]:
    """Programs that a server needs and that are not here."""
    return [name for name in PROGRAMS if not shutil.which(name, path=_PATH)]


@dataclass
class SshServer:
    """One server; a context manager that starts and stops it.

    Args:
        folder: for all its files.
        environ: of every session, besides PATH.

    Attributes:
        config: for ``ssh -F``. It knows the server as ``lab``; as ``stranger``, whose host key is
            not known; as ``locked-out``, with a key that it refuses; and as ``behind``, which
            is reached through ``lab``.
        plumbline: a command there that is ours.
        service: settings of that one; whoever needs any writes them.
    """

    folder: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder = self.folder.absolute()
        self.config = self.folder / "client.conf"
        self.plumbline = self.folder / "plumbline"
        self.service = self.folder / "service.yaml"
        self._log = self.folder / "sshd.log"
        self._process: subprocess.Popen[bytes] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    def __enter__(self) -> "SshServer":
        try:
            self._write_files()
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = shutil.which("sshd", path=_PATH)
        assert program, "no sshd"
        command = [program, "-D", "-f", str(self.folder / "sshd.conf"), "-E", str(self._log)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=die_with_parent
        )
        poll(self._answers, 120)

    def stop(self) -> None:
        """Kill it, and every connection to it."""
        if self._process is not None:
            self.cut()
            self._process.kill()
            self._process.wait()
            self._process = None

    def cut(self) -> int:
        """Cut every connection, as a network does that fails; gives how many there were.

        What the sessions have started goes on, unless it notices.
        """
        assert self._process is not None
        daemons = psutil.Process(self._process.pid).children(recursive=True)
        daemons = [each for each in daemons if _name(each) == "sshd"]
        for each in daemons:
            with suppress(psutil.Error):
                each.kill()
        return len(daemons)

    @property
    def log(self) -> str:
        """What it has logged."""
        return self._log.read_text() if self._log.exists() else ""

    def _answers(self) -> bool:
        assert self._process is not None and self._process.poll() is None, self.log
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def _write_files(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.getuid() == 0:
            _SEPARATION.mkdir(mode=0o755, exist_ok=True)
        for name in ("host_key", "key", "other_key"):
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.folder / name)]
            subprocess.run(command, check=True)
        shutil.copy(self.folder / "key.pub", self.folder / "authorized_keys")
        host_key = (self.folder / "host_key.pub").read_text()
        (self.folder / "known_hosts").write_text(f"plumbline-lab {host_key}")
        self._write_server_configuration()
        self._write_client_configuration()
        paths = os.pathsep.join(
            str(ROOT / each) for each in (".", "workflow", "control/logger", "control/executor")
        )
        self.plumbline.write_text(
            f"#!/bin/sh\nexport PYTHONPATH='{paths}' PLUMBLINE_CONFIG='{self.service}'\n"
            f"exec '{sys.executable}' -P -m control.cli \"$@\"\n"
        )
        self.plumbline.chmod(0o700)

    def _write_server_configuration(self) -> None:
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        variables = {"HOME": str(home), "PATH": os.environ.get("PATH", ""), **self.environ}
        told = " ".join(f'"{name}={value}"' for name, value in variables.items())
        (self.folder / "sshd.conf").write_text(
            f"Port {self.port}\n"
            "ListenAddress 127.0.0.1\n"
            f"HostKey {self.folder / 'host_key'}\n"
            f"AuthorizedKeysFile {self.folder / 'authorized_keys'}\n"
            "PidFile none\n"
            "UsePAM no\n"
            "StrictModes no\n"  # the folder of a test may lie below one that others may write
            "PasswordAuthentication no\n"
            "KbdInteractiveAuthentication no\n"
            "PermitRootLogin prohibit-password\n"
            "PrintMotd no\n"
            "PrintLastLog no\n"
            "MaxStartups 100\n"
            "Subsystem sftp internal-sftp\n"
            f"SetEnv {told}\n"
        )

    def _write_client_configuration(self) -> None:
        common = (
            "  HostName 127.0.0.1\n"
            f"  Port {self.port}\n"
            f"  UserKnownHostsFile {self.folder / 'known_hosts'}\n"
            "  GlobalKnownHostsFile /dev/null\n"
            "  IdentitiesOnly yes\n"
        )
        key = f"  IdentityFile {self.folder / 'key'}\n"
        known = "  HostKeyAlias plumbline-lab\n"
        self.config.write_text(
            f"Host lab\n{common}{key}{known}"
            f"Host stranger\n{common}{key}  HostKeyAlias stranger\n"
            f"Host locked-out\n{common}{known}  IdentityFile {self.folder / 'other_key'}\n"
            f"Host behind\n{common}{key}{known}  ProxyJump lab\n"
        )


def _name(process: psutil.Process) -> str:
    with suppress(psutil.Error):
        return str(process.name())
    return ""
