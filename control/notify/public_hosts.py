"""Addresses inside the network are not for users to send to: the service would be their arm.

A user could otherwise let the service talk to a machine that only it can reach (a cloud's
metadata, a database, itself). Names are no help, since a name can answer with another
address at each question; so the check is made on the address that is connected to.
"""

import socket
import threading
import urllib.request
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

_NAT64 = ip_network("64:ff9b::/96")
_seen = threading.local()


class PrivateAddress(OSError):
    """A connection that was not made, because it leads inside the network."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the internet; False for what is none."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public(found)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address):
        for inner in (address.ipv4_mapped, address.sixtofour, *(address.teredo or ())):
            if inner is not None and not _is_public(inner):
                return False
        if address in _NAT64 and not _is_public(IPv4Address(int(address) & 0xFFFFFFFF)):
            return False
        if address.ipv4_mapped:
            return True
    return address.is_global and not address.is_multicast


def addresses_of(host: str) -> list[str]:
    """The IP addresses of a host; none where it is not known."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return sorted({str(each[4][0]) for each in found})


def allow_public_only() -> None:
    """From now on no socket of this process connects to an address inside the network.

    The proxy that the environment names is allowed: it is the operator's.
    """
    proxies = {urlsplit(url).hostname for url in urllib.request.getproxies().values()}
    allowed = {address for proxy in proxies if proxy for address in addresses_of(proxy)}
    for name in ("connect", "connect_ex"):
        _guard(name, allowed)


def refused() -> str | None:
    """The address that the last connection of this thread was refused to; asking forgets it."""
    address: str | None = getattr(_seen, "address", None)
    _seen.address = None
    return address


def _guard(name: str, allowed: set[str]) -> None:
    connect = getattr(socket.socket, name)

    def guarded(self: socket.socket, address: Any) -> Any:
        host = str(address[0]) if isinstance(address, tuple) else "a socket of this machine"
        if not is_public(host) and host not in allowed:
            _seen.address = host
            raise PrivateAddress(f"{host} is inside the network")
        return connect(self, address)

    setattr(socket.socket, name, guarded)
