"""Where the service is, and with which token to come.

The address is the first of ``--url``, PLUMBLINE_URL, and that of the service of this account,
which it leaves in its state folder. The token is the first of PLUMBLINE_TOKEN; for the service
of this account the one beside its address; and ``~/.config/plumbline/token``.
"""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from control.record.server import Server
from engines.contract.errors import BadUsage, NotPermitted, Unavailable

if TYPE_CHECKING:
    from control.settings import StateDir

_START = "start it with 'plumbline serve', or give --url (or PLUMBLINE_URL) of another one"


@dataclass(frozen=True)
class Place:
    """Where the service is.

    Attributes:
        url: without a slash at its end; ``http://localhost/PREFIX`` with a socket.
        socket: path of its unix socket, if that is where it listens.
        token: to come with; empty where there is none.
        is_own: it was found by its state folder; asked again after a restart, it may be elsewhere.
    """

    url: str
    socket: str | None
    token: str = field(repr=False)
    is_own: bool

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine, so that no proxy is to be asked."""
        host = urlsplit(self.url).hostname or ""
        return self.socket is not None or host == "localhost" or host in ("::1", "127.0.0.1")


def find_service(
    url: str | None = None, state: "StateDir | None" = None, token: str | None = None
) -> Place:
    """Find the service.

    Args:
        url: what ``--url`` said: ``http(s)://…`` or ``unix:PATH``.
        state: of the service that is meant, whatever the environment names; else that of
            this account's settings.
        token: to come with; None: find it too.

    Raises:
        Unavailable: none was named, and none runs here.
        BadUsage: no address.
        NotPermitted: the file of the token can be read by others.
    """
    named = url or ("" if state else os.environ.get("PLUMBLINE_URL", ""))
    if named:
        return _named(named, token)
    state = state or _own_state()
    server = Server.read(state.server)
    if server is None:
        raise Unavailable(f"no service runs here (there is no {state.server})", hint=_START)
    if not server.is_running:
        raise Unavailable(f"the service has ended; {state.server} is left of it", hint=_START)
    if token is None:
        token = os.environ.get("PLUMBLINE_TOKEN", "") or _read(state.client_token) or _own_token()
    return Place(server.url, server.socket, token, is_own=True)


def _own_state() -> "StateDir":
    from control.settings import StateDir, load  # slow to load, and not needed with an address

    return StateDir(load().state)


def _named(address: str, token: str | None) -> Place:
    if token is None:
        token = os.environ.get("PLUMBLINE_TOKEN", "") or _own_token()
    if address.startswith("unix:"):
        path = str(Path(address.removeprefix("unix:")).expanduser().absolute())
        return Place("http://localhost", path, token, is_own=False)
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadUsage(
            f"{address!r} is no address of a service", hint="http://HOST:PORT, or unix:PATH"
        )
    if parts.username or parts.password:
        raise BadUsage("the address has a user or password in it", hint="set PLUMBLINE_TOKEN")
    return Place(address.rstrip("/"), None, token, is_own=False)


def _own_token() -> str:
    home = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    return _read(home / "plumbline" / "token")


def _read(file: Path) -> str:
    """The token in a file; empty where there is none.

    Raises:
        NotPermitted: others may read the file.
    """
    try:
        with open(file, encoding="utf-8") as handle:
            mode = os.fstat(handle.fileno()).st_mode
            text = handle.read(10_000).strip()
    except (OSError, UnicodeDecodeError):
        return ""
    if stat.S_IMODE(mode) & 0o077:
        raise NotPermitted(f"{file}: others may read it", hint=f"chmod 600 {file}")
    return text
