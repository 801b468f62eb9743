"""Addresses of notifications, as Apprise writes them: what they may be, and how they are shown."""

import logging
import re
import sys
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from control.notify.public_hosts import addresses_of, is_public
from engines.contract.errors import BadUsage, NotPermitted

LONGEST = 2000
MAIL = "mail to "
"""What is shown of an address of mail begins so."""
_EXAMPLES = "like mailto://… slack://… jsons://host/path; see docs/notifications.md"
# These name a file of this machine, whose content would be sent.
_FILES = frozenset({"template", "keyfile", "subfile", "pgp", "pgpkey", "pgppub", "pgpprv"})


def read_address(address: str) -> Any:
    """The Apprise service that an address names.

    Raises:
        BadUsage: it names none. The text holds nothing of the address but its scheme.
    """
    import apprise  # slow to load, and only needed where an address is

    # it writes whole addresses into its log; what it says of a failure, send.py asks for
    logging.getLogger("apprise").propagate = False
    if len(address) > LONGEST or not address.isprintable():
        raise BadUsage("address: longer than 2,000 characters, or with odd ones", hint=_EXAMPLES)
    scheme = _scheme_of(address)
    service = apprise.Apprise.instantiate(address) if scheme else None
    if service is None:
        hint = _EXAMPLES
        if scheme in ("http", "https"):
            hint = f"for a webhook that takes JSON write json{'s' * (scheme == 'https')}://…"
        shown = f"address {scheme}://…" if scheme else "this address"  # the rest may be a secret
        raise BadUsage(f"{shown}: not one that Apprise knows", hint=hint)
    return service


def check_address(address: str, *, allow_private_hosts: bool) -> str:
    """Check an address that a user gives; tells how it is shown.

    Raises:
        BadUsage: it is none.
        NotPermitted: it would do something on this machine, read a file of it, or (unless
            that is allowed) send into the network that it is in.
    """
    service = read_address(address)
    scheme = urlsplit(address.strip()).scheme
    if not _only_sends(service):
        raise NotPermitted(
            f"address {scheme}://…: not a service that is reached over HTTP or mail",
            hint="an administrator can add it to notifications.addresses_file",
        )
    if named := _named_files(service, address):
        raise NotPermitted(f"address {scheme}://…: {named}= would read a file of the service")
    if not allow_private_hosts:
        refuse_private_hosts(service)
    return shown(service)


def refuse_private_hosts(service: Any) -> None:
    """Refuse a service whose host is inside the network. One that is not found is let pass:
    its connection is checked when it is made.

    Raises:
        NotPermitted: it is inside.
    """
    for host in hosts(service):
        if any(not is_public(address) for address in addresses_of(host)):
            raise NotPermitted(
                f"address {service.schema}://…: {host} is inside the network",
                hint="an administrator can set notifications.allow_private_hosts",
            )


def hosts(service: Any) -> list[str]:
    """The hosts that an address names; none where the service has one of its own (Slack)."""
    if not any("{host}" in template for template in service.templates):
        return []
    named = (service.host, getattr(service, "smtp_host", None))
    return list(dict.fromkeys(unquote(host) for host in named if host))


def shown(service: Any) -> str:
    """An address for people: service and host or recipients, nothing that opens anything."""
    if getattr(service, "smtp_host", None):
        to = ", ".join(address for _, address in service.targets) or service.host
        return f"{MAIL}{to}"
    if hosts(service):
        port = f":{service.port}" if service.port else ""
        return f"{service.schema}://{service.host}{port}/…"
    masked = str(service.url(privacy=True)).partition("?")[0]
    return f"{service.service_name}: {unquote(masked).rstrip('/')}"


def without_secrets(text: str, address: str) -> str:
    """Take every part of an address out of a text, except the scheme and a host with a dot."""
    parts = urlsplit(address.strip())
    pieces = re.split(r"[/?&=@:,#]", f"{parts.netloc}/{parts.path}/{parts.query}/{parts.fragment}")
    for piece in sorted({*pieces, *map(unquote, pieces)}, key=len, reverse=True):
        if len(piece) > 3 and piece != parts.hostname:
            text = text.replace(piece, "***")
    return text


def _scheme_of(address: str) -> str | None:
    found = re.match(r"\s*([A-Za-z][A-Za-z0-9+.-]{0,30})://", address)
    return found[1].lower() if found else None


def _named_files(service: Any, address: str) -> str | None:
    """An option that names a file of this machine, in the address or in what Apprise made of it."""
    import apprise

    asked = {key.strip(" +:-").lower() for key, _ in parse_qsl(address.partition("?")[2])}
    for name, value in vars(service).items():
        if isinstance(value, apprise.AppriseAttachment) and len(value):
            asked.add("template")
        if name.lstrip("_") in ("keyfile", "subfile") and isinstance(value, str) and value:
            asked.add("keyfile")
    return min(asked & _FILES, default=None)


def _only_sends(service: Any) -> bool:
    """Whether a service only speaks HTTP or SMTP: the others start programs, write to the
    system's log or desktop, or have network code of their own."""
    module = sys.modules[type(service).__module__]
    return hasattr(module, "requests") or hasattr(module, "smtplib")
