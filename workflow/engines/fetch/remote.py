"""Requests for a range of one object, sent over urllib3's pools; files of this machine alike."""

import functools
import os
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import urllib3
from urllib3.exceptions import HTTPError, LocationParseError

from engines import __version__
from engines.contract.errors import (
    BadUsage,
    InputMissing,
    NotPermitted,
    Transient,
    Unavailable,
)
from engines.fetch.items import Access, Item, shown
from engines.fetch.lane import Origin
from engines.fetch.refusals import Changed, refusal
from engines.fetch.s3 import S3
from engines.fetch.s3 import SILENCE as SILENCE

BLOCK = 1 << 20  # bytes read at a time: with fewer, threads change places too often
_OURS = {"User-Agent": f"plumbline/{__version__}", "Accept-Encoding": "identity"}

# patience is ours, so urllib3 has none; it only follows where the web leads
_ONCE = urllib3.Retry(0, raise_on_redirect=False)


class _OnlySecurely(urllib3.Retry):
    """Goes where the web leads, but never from https to http.

    What is inside a network often speaks http alone (a cloud's metadata, with credentials in
    it), and somebody else's server could else let us read it.
    """

    def increment(  # type: ignore[override]  # of it only these are looked at
        self, method: Any = None, url: Any = None, response: Any = None, **more: Any
    ) -> Any:
        """One redirect less.

        Raises:
            NotPermitted: it leads from https to http.
        """
        leads_to = response.get_redirect_location() if response else None
        if leads_to and str(url).startswith("https:") and leads_to.lower().startswith("http:"):
            raise NotPermitted(
                f"{shown(str(url))}: leads on to {shown(leads_to)}, which is not encrypted",
                hint="name an https address that is the file's own",
            )
        return super().increment(method, url, response=response, **more)


_FOLLOW = _OnlySecurely(connect=0, read=0, status=0, other=0, redirect=5)


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers in lower case, the body in blocks."""

    status: int
    headers: Mapping[str, str]
    blocks: Iterator[bytes]


class Remote(S3):
    """The sources of one call; safe to use from many threads."""

    def __init__(self, access: Access, connections: int) -> None:
        super().__init__(access)
        self._connections = connections
        self._pools: dict[tuple[str, str], Any] = {}
        self._origins: dict[str, Origin | None] = {}

    # --- asking -----------------------------------------------------------

    @contextmanager
    def get(self, item: Item, start: int, stop: int | None, etag: str) -> Iterator[Answer]:
        """Bytes ``start`` to ``stop`` of the object that ``etag`` names; all with None.

        Raises:
            Changed: it is another object by now.
            EngineError: refused, gone, or no connection.
        """
        if item.source.startswith("file:"):
            yield _file_answer(item, start, stop, etag)
            return
        headers = _if_match(etag)
        if stop is not None:
            headers["Range"] = f"bytes={start}-{stop - 1}"
        with self.ask("GET", item.source, headers) as answer:
            if stop is not None:
                _right_range(item, answer, start, stop)
            if etag and answer.headers.get("etag", etag) != etag:
                raise Changed(f"{item.shown}: is another object now")
            yield answer

    @contextmanager
    def ask(
        self, method: str, url: str, headers: dict[str, str], query: str = ""
    ) -> Iterator[Answer]:
        """One request.

        Raises:
            Changed, EngineError: as :func:`engines.fetch.refusals.refusal` says.
        """
        headers |= _OURS
        address, sent = url, headers
        if url.startswith("s3://"):
            server, target, sent = self.signed(method, url, headers, query)
            address = server + target
        response = self._send(method, url, address, sent)
        try:
            found = {name.lower(): value for name, value in response.headers.items()}
            if response.status >= 300:
                body = _read(shown(url), response, 20_000).decode("utf-8", "replace")
                if method == "HEAD" and url.startswith("s3://") and response.status in (400, 403):
                    with self.ask("GET", url, {"Range": "bytes=0-0"}):
                        pass  # an answer to HEAD has no body to say why
                raise refusal(shown(url), response.status, found, body, self.access)
            yield Answer(response.status, found, _blocks(shown(url), response))
        finally:
            if response.length_remaining == 0:
                response.drain_conn()  # nothing is left: the connection can be used again
            else:
                response.close()  # what is left must not be taken for the next answer
            response.release_conn()

    def _send(self, method: str, url: str, address: str, headers: dict[str, str]) -> Any:
        try:
            return self._pool(address).request(
                method,
                address,
                headers=headers,
                preload_content=False,
                decode_content=False,
                retries=_ONCE if url.startswith("s3://") else _FOLLOW,
            )
        except LocationParseError as error:
            raise BadUsage(f"{shown(url)}: {error}", hint="check the address") from error
        except HTTPError as error:
            raise _no_connection(url, error) from error

    def _pool(self, address: str) -> Any:
        scheme, host = urlsplit(address)[:2]
        pool = self._pools.get((scheme, host))
        if pool is None:
            proxy = _proxy(scheme, host)
            with self._lock:
                pool = self._pools[scheme, host] = _manager(proxy, self._connections)
        return pool

    # --- for the lane of small files --------------------------------------

    def origin(self, item: Item) -> Origin | None:
        """Where an object of S3 is asked for, if nothing is between it and us.

        Raises:
            EngineError: the bucket cannot be asked.
        """
        base, _ = self.bucket(item.source.removeprefix("s3://").partition("/")[0])
        if base not in self._origins:
            self._origins[base] = _origin(base)
        return self._origins[base]

    def plain_request(self, item: Item) -> bytes:
        """The request for a whole object, as it goes over the wire.

        Raises:
            EngineError: the credentials cannot be renewed.
        """
        _, target, headers = self.signed("GET", item.source, _if_match(item.etag) | _OURS)
        lines = [f"GET {target} HTTP/1.1", *map(": ".join, headers.items()), "", ""]
        return "\r\n".join(lines).encode("latin-1")


def _if_match(etag: str) -> dict[str, str]:
    return {"If-Match": etag} if etag and not etag.startswith("W/") else {}


def _origin(base: str) -> Origin | None:
    parts = urlsplit(base)
    if _proxy(parts.scheme, parts.netloc) or parts.username or not parts.hostname:
        return None
    secure = parts.scheme == "https"
    port = parts.port or (443 if secure else 80)
    return Origin(parts.hostname, port, _context() if secure else None)


def _proxy(scheme: str, host: str) -> str | None:
    """The proxy that the environment wants for a host."""
    proxy = urllib.request.getproxies().get(scheme)
    return None if proxy and urllib.request.proxy_bypass(host) else proxy


@functools.cache
def _context() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)


@functools.cache
def _manager(proxy: str | None, connections: int) -> Any:
    settings: dict[str, Any] = {
        "maxsize": connections,
        "ssl_context": _context(),
        "timeout": urllib3.Timeout(connect=SILENCE, read=SILENCE),
    }
    return urllib3.ProxyManager(proxy, **settings) if proxy else urllib3.PoolManager(**settings)


def _blocks(what: str, response: Any) -> Iterator[bytes]:
    while block := _read(what, response, BLOCK):
        yield block


def _read(what: str, response: Any, size: int) -> bytes:
    try:
        data: bytes = response.read(size)
        return data
    except (HTTPError, OSError) as error:
        raise Transient(f"{what}: the transfer broke off ({_reason(error)})") from error


def _right_range(item: Item, answer: Answer, start: int, stop: int) -> None:
    """A whole object in place of a range is taken where it is the same thing."""
    if answer.status != 206:
        if (start, stop) == (0, item.size) and _length(answer) in (None, item.size):
            return
        raise Changed(f"{item.shown}: gives no ranges any more, or has another size now")
    if answer.headers.get("content-range") != f"bytes {start}-{stop - 1}/{item.size}":
        raise Changed(f"{item.shown}: is another object now, or gives wrong ranges")


def _length(answer: Answer) -> int | None:
    stated = answer.headers.get("content-length", "")
    return int(stated) if stated.isdecimal() else None


def _no_connection(url: str, error: HTTPError) -> Transient | Unavailable:
    reason = getattr(error, "reason", error)
    if "CERTIFICATE_VERIFY_FAILED" in str(reason):
        return Unavailable(
            f"{shown(url)}: its certificate is not trusted",
            hint="a proxy of your site may need its own: set SSL_CERT_FILE or AWS_CA_BUNDLE",
        )
    return Transient(
        f"{shown(url)}: no connection ({_reason(reason)})",
        hint="check the network, and the --endpoint if there is one",
    )


def _reason(error: object) -> str:
    text = str(error)
    return text.rsplit(": ", 1)[-1] if ": " in text else text or type(error).__name__


# --- files --------------------------------------------------------------------


def path_of(url: str) -> Path:
    """The path of ``file:///…``.

    Raises:
        BadUsage: it names a host.
    """
    parts = urlsplit(url)
    if parts.netloc not in ("", "localhost"):
        raise BadUsage(f"{url}: names a host", hint="a local file is file:///absolute/path")
    return Path(unquote(url.split("://", 1)[1].removeprefix(parts.netloc)))


def state_of(path: Path) -> tuple[int, str]:
    """Size of a file in bytes, and what names its present state."""
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise InputMissing(f"{path}: no such file", hint="check the address") from error
    except PermissionError as error:
        raise NotPermitted(f"{path}: {error.strerror}") from error
    return status.st_size, f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}"


def _file_answer(item: Item, start: int, stop: int | None, etag: str) -> Answer:
    path = path_of(item.source)
    size, now = state_of(path)
    if etag and now != etag:
        raise Changed(f"{item.shown}: is another file now")
    return Answer(200, {"etag": now}, _file_blocks(path, start, size if stop is None else stop))


def _file_blocks(path: Path, start: int, stop: int) -> Iterator[bytes]:
    try:
        with open(path, "rb", buffering=0) as handle:
            handle.seek(start)
            while start < stop and (block := handle.read(min(BLOCK, stop - start))):
                start += len(block)
                yield block
    except PermissionError as error:
        raise NotPermitted(f"{path}: {error.strerror}") from error
    except OSError as error:
        raise Transient(f"{path}: cannot be read ({error.strerror})") from error
