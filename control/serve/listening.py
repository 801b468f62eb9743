"""The socket that the service listens on: bound once, by the supervisor, and kept by it.

Web processes come and go below it; connections that arrive in between wait in its queue.
"""

import errno
import ipaddress
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engines.contract.errors import BadUsage, CannotWrite, EngineError, NotPermitted, Unavailable

BACKLOG = 2048


def listen(address: str) -> socket.socket:
    """Bind a socket and listen on it.

    Args:
        address: ``HOST:PORT`` (``[::1]:8765`` for IPv6; port 0 takes a free one) or ``unix:PATH``.

    Raises:
        BadUsage: no address.
        Unavailable: it is taken, or not one of this machine.
        NotPermitted: it is not ours to take (a port below 1024).
        CannotWrite: the unix socket cannot be made there.
    """
    if address.startswith("unix:"):
        return _listen_on_path(Path(address.removeprefix("unix:")).expanduser().absolute())
    host, port = _host_and_port(address)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        # a name such as localhost may have both: people type 127.0.0.1
        family, kind, protocol, _, where = min(found, key=lambda one: one[0] != socket.AF_INET)
        made = socket.socket(family, kind, protocol)
        with _closed_on_error(made):
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind(where)
            made.listen(BACKLOG)
    except socket.gaierror as error:
        raise Unavailable(f"{address}: no such host ({error.strerror})", hint=_LISTEN) from None
    except OSError as error:
        raise _explain(address, error) from None
    return made


def url_of(listening: socket.socket, prefix: str = "") -> tuple[str, str | None]:
    """The address to ask the service under, and the path of its unix socket, if that is it."""
    name = listening.getsockname()
    if listening.family == socket.AF_UNIX:
        return "http://localhost" + prefix, os.fsdecode(name)
    host, port = name[:2]
    if ipaddress.ip_address(host).is_unspecified:
        host = "127.0.0.1" if listening.family == socket.AF_INET else "::1"
    host = f"[{host}]" if ":" in host else host
    return f"http://{host}:{port}{prefix}", None


def is_private(listening: socket.socket) -> bool:
    """Whether only this machine reaches it."""
    if listening.family == socket.AF_UNIX:
        return True
    return ipaddress.ip_address(listening.getsockname()[0]).is_loopback


def remove(listening: socket.socket) -> None:
    """Remove the file of a unix socket."""
    if listening.family == socket.AF_UNIX:
        with suppress(OSError):
            os.unlink(listening.getsockname())


_LISTEN = "see --listen, or `listen` in the settings: HOST:PORT or unix:PATH"


def _host_and_port(address: str) -> tuple[str, int]:
    host, colon, port = address.rpartition(":")
    is_bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not port.isascii() or not port.isdigit() or int(port) > 65535 or not host:
        raise BadUsage(f"{address!r} is no address to listen on", hint=_LISTEN)
    if ":" in host and not is_bracketed:
        raise BadUsage(f"{address!r}: an IPv6 address stands in brackets", hint="[::1]:8765")
    return host.strip("[]"), int(port)


def _listen_on_path(path: Path) -> socket.socket:
    _remove_dead(path)
    made = socket.socket(socket.AF_UNIX)
    with _closed_on_error(made):
        umask = os.umask(0o117)  # the group may connect: the proxy, where it is in it
        try:
            made.bind(os.fspath(path))
        except OSError as error:
            what = error.strerror or str(error)  # also: the path is too long
            raise CannotWrite(
                f"{path}: {what}", hint="check the folder, or a shorter path"
            ) from None
        finally:
            os.umask(umask)
        made.listen(BACKLOG)
    return made


def _remove_dead(path: Path) -> None:
    """Remove the socket of a service that was killed; never anything else."""
    try:
        if not stat.S_ISSOCK(os.lstat(path).st_mode):
            raise CannotWrite(f"{path}: is there, and is no socket", hint="choose another path")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(os.fspath(path))
        except ConnectionRefusedError:
            with suppress(FileNotFoundError):
                os.unlink(path)
            return
        except OSError as error:
            raise CannotWrite(f"{path}: {error.strerror}", hint="choose another path") from None
    raise Unavailable(f"{path}: another program listens there", hint="stop it, or another path")


def _explain(address: str, error: OSError) -> EngineError:
    if error.errno == errno.EADDRINUSE:
        hint = "another program listens there; choose another port with --listen"
        return Unavailable(f"{address}: the port is taken", hint=hint)
    if error.errno in (errno.EACCES, errno.EPERM):
        hint = "ports below 1024 are the system's; choose a higher one, behind a proxy"
        return NotPermitted(f"{address}: not permitted", hint=hint)
    if error.errno == errno.EADDRNOTAVAIL:
        return Unavailable(f"{address}: no address of this machine", hint=_LISTEN)
    return Unavailable(f"{address}: {error.strerror or error}", hint=_LISTEN)


@contextmanager
def _closed_on_error(made: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        made.close()
        raise
