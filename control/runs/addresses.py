"""Which addresses a submission may name: what is read from there, and what is written there.

Requests to a store are signed with the credentials of the service's account, and requests
to the web come from its place in the network. So an address is taken apart as the fetching
side takes it apart, and its parts are compared: never the text as a whole.
"""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from control.notify.public_hosts import addresses_of, is_public
from control.settings import Allow
from engines.contract.errors import BadUsage, NotPermitted

_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
# no dot at the end: whether 127.0.0.1. is an address is answered in different ways
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\]")
_CREDENTIALS = "runs take their credentials from the service's environment"
_ENDLESS = 10  # times that a text may be encoded


@dataclass(frozen=True)
class Address:
    """An address, taken apart.

    Attributes:
        scheme: ``s3``, ``https`` or ``file``.
        place: bucket, or host and port; compared as it stands.
        path: of a store the key as it stands, else without its leading slash.
        host: of the web, without the port.
    """

    scheme: str
    place: str
    path: str
    host: str = ""


def parse(text: str) -> Address:
    """Take an address apart.

    Raises:
        BadUsage: it is none.
        NotPermitted: of a kind that runs may not use, with a password, or with a path that
            could lead elsewhere than it says.
    """
    scheme = text.partition("://")[0]
    if scheme not in ("s3", "https", "file"):
        raise NotPermitted(
            f"{shown(text)}: addresses of this kind are not allowed", hint="use https:// or s3://"
        )
    if "@" in text.partition("://")[2].partition("/")[0]:
        raise NotPermitted("an address with a user or password in it", hint=_CREDENTIALS)
    if scheme == "s3":
        return _of_store(text)
    return _of_web(text)


def check_source(text: str, allow: Allow, public: set[str] | None = None) -> None:
    """See that an address of a store or of the web may be read.

    Args:
        text: the address.
        allow: what the administrator allows.
        public: hosts that are known to be outside of the network; it takes more of them.

    Raises:
        BadUsage: it is no address.
        NotPermitted: it is not among those of ``allow.sources``; or, where there are none, it
            leads inside the network.
    """
    address = parse(text)
    if allow.sources is not None:
        if not _is_among(address, allow.sources):
            known = ", ".join(allow.sources) or "none"
            hint = f"allowed is what begins with: {known}"
            raise NotPermitted(f"{shown(text)}: runs may not read from there", hint=hint)
    elif address.scheme == "https" and address.host not in (public or ()):
        _see_that_public(address.host)
        if public is not None:
            public.add(address.host)


def check_upload(text: str, allow: Allow) -> None:
    """See that runs may write to an address.

    Raises:
        BadUsage: it is no address.
        NotPermitted: it is not among those of ``allow.uploads``.
    """
    address = parse(text)
    if address.scheme == "file":
        allowed = _lies_in(address.path, allow.uploads)
    else:
        allowed = address.scheme == "s3" and _is_among(address, allow.uploads)
    if not allowed:
        known = ", ".join(allow.uploads)
        hint = f"allowed is what begins with: {known}" if known else "no place is opened (ask your"
        raise NotPermitted(
            f"{shown(text)}: runs may not write there",
            hint=hint if known else f"{hint} administrator: allow.uploads)",
        )


def shown(text: str) -> str:
    """An address in a message: without what it may have been signed with."""
    return text.partition("?")[0][:200] if "://" in text else text[:200]


def _of_store(text: str) -> Address:
    bucket, _, key = text.removeprefix("s3://").partition("/")  # a key is taken literally
    if not _BUCKET.fullmatch(bucket):
        raise BadUsage(f"{text[:200]}: no address", hint="like s3://bucket/folder/")
    if any(step in (".", "..") for step in key.split("/")):
        raise NotPermitted(f"{text[:200]}: a key with . or .. in it")
    return Address("s3", bucket, key)


def _of_web(text: str) -> Address:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise BadUsage(f"{shown(text)}: no address") from None
    _see_that_plain(text, parts)
    path = parts.path.removeprefix("/")
    if parts.scheme == "file":
        if parts.netloc not in ("", "localhost"):
            raise BadUsage(f"{shown(text)}: names a host", hint="like file:///data/run7")
        return Address("file", "", unquote(path))
    host = (parts.hostname or "").lower()
    place = host if port in (None, 443) else f"{host}:{port}"
    return Address("https", place, path, host)


def _see_that_plain(text: str, parts: SplitResult) -> None:
    """Refuse what servers and programs are known to read in different ways."""
    host = parts.netloc.rpartition(":")[0] if parts.port is not None else parts.netloc
    if parts.scheme == "https" and not _HOST.fullmatch(host):
        raise BadUsage(f"{shown(text)}: no name of a host", hint="like https://example.org/run7/")
    path = parts.path
    for _ in range(_ENDLESS):
        if "\\" in path or "\0" in path or any(step in (".", "..") for step in path.split("/")):
            raise NotPermitted(f"{shown(text)}: a path with .. or a backslash in it")
        if (plain := unquote(path)) == path:
            break
        if parts.scheme == "https" and plain.count("/") != path.count("/"):
            raise NotPermitted(f"{shown(text)}: a path with an encoded slash in it")
        path = plain
    else:
        raise NotPermitted(f"{shown(text)}: encoded more than {_ENDLESS} times")


def _is_among(address: Address, prefixes: Sequence[str]) -> bool:
    return any(_begins_with(address, parse(prefix)) for prefix in prefixes)


def _begins_with(address: Address, prefix: Address) -> bool:
    """``s3://b/a`` opens what is below ``a/``, not ``ab/``; also not the listing of all ``a…``."""
    if (address.scheme, address.place) != (prefix.scheme, prefix.place):
        return False
    folder = prefix.path.rstrip("/")
    return not folder or address.path.startswith(folder + "/")


def _lies_in(path: str, prefixes: Sequence[str]) -> bool:
    folders = [parse(prefix).path for prefix in prefixes if prefix.startswith("file:")]
    real = Path(os.path.realpath("/" + path))
    return any(real.is_relative_to(os.path.realpath("/" + folder)) for folder in folders)


def _see_that_public(host: str) -> None:
    """As far as can be told now: a name may be answered with another address later."""
    name = host.strip("[]")
    for address in addresses_of(name):
        if not is_public(address):
            raise NotPermitted(
                f"{host}: is inside the network",
                hint="your administrator can open it: allow.sources",
            )
