"""Requests for a range of one object: signed by botocore, sent over urllib3's pools.

botocore alone makes a request for 1.7 ms of CPU, this way it is 0.4 ms; with a thousand small
files that is what the time goes into. Files of this machine are read through the same door.
"""

import functools
import os
import ssl
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

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
from engines.fetch.refusals import Changed, boto_trouble, refusal

SILENCE = 60.0  # seconds without a byte after which a connection is given up
BLOCK = 1 << 18  # bytes read at a time: larger ones are no faster, and cost memory


# patience is ours, so urllib3 has none; it only follows where the web leads
_ONCE = urllib3.Retry(0, raise_on_redirect=False)
_FOLLOW = urllib3.Retry(connect=0, read=0, status=0, other=0, redirect=5)


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers in lower case, the body in blocks."""

    status: int
    headers: Mapping[str, str]
    blocks: Iterator[bytes]


class Remote:
    """The sources of one call; safe to use from many threads."""

    def __init__(self, access: Access, connections: int) -> None:
        self.access = access
        self._connections = connections
        self._lock = threading.Lock()
        self._bases: dict[str, tuple[str, str]] = {}
        self._clients: dict[str, Any] = {}
        self._pools: dict[tuple[str, str], Any] = {}

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
        headers: dict[str, str] = {}
        if stop is not None:
            headers["Range"] = f"bytes={start}-{stop - 1}"
        if etag and not etag.startswith("W/"):
            headers["If-Match"] = etag
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
        headers |= {"User-Agent": f"plumbline/{__version__}", "Accept-Encoding": "identity"}
        address, signed = url, headers
        if url.startswith("s3://"):
            address, signed = self._signed(method, url, headers, query)
        response = self._send(method, url, address, signed)
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
            proxy = urllib.request.getproxies().get(scheme)
            if proxy and urllib.request.proxy_bypass(host):
                proxy = None
            with self._lock:
                pool = self._pools[scheme, host] = _manager(proxy, self._connections)
        return pool

    # --- s3 ---------------------------------------------------------------

    @functools.cached_property
    def session(self) -> Any:
        import boto3
        from botocore.exceptions import BotoCoreError

        try:
            return boto3.session.Session(
                profile_name=self.access.profile, region_name=self.access.region
            )
        except BotoCoreError as error:
            raise boto_trouble("AWS", error, self.access) from error

    @functools.cached_property
    def credentials(self) -> Any:
        """None asks unsigned: as wished, or because there are none."""
        if self.access.unsigned:
            return None
        from botocore.exceptions import BotoCoreError

        try:
            return self.session.get_credentials()
        except BotoCoreError as error:
            raise boto_trouble("AWS", error, self.access) from error

    def client(self, region: str | None = None) -> Any:
        """A boto3 client, for listing; our own patience covers its retries."""
        region = region or self.session.region_name or "us-east-1"
        if region not in self._clients:
            self._clients[region] = self._make_client(region)
        return self._clients[region]

    def _make_client(self, region: str) -> Any:
        from botocore import UNSIGNED
        from botocore.config import Config

        more = {} if self.credentials is not None else {"signature_version": UNSIGNED}
        config = Config(
            retries={"total_max_attempts": 1},
            connect_timeout=SILENCE,
            read_timeout=SILENCE,
            **more,
        )
        return self.session.client(
            "s3",
            region_name=region,
            endpoint_url=self.access.endpoint,
            config=config,
        )

    def bucket(self, name: str) -> tuple[str, str]:
        """Address and region of a bucket, asked for once.

        Raises:
            EngineError: the bucket cannot be asked.
        """
        with self._lock:
            if name not in self._bases:
                self._bases[name] = self._find_bucket(name)
            return self._bases[name]

    def _find_bucket(self, name: str) -> tuple[str, str]:
        from botocore.exceptions import BotoCoreError, ClientError

        client = self.client()
        try:
            answer = client.head_bucket(Bucket=name)
        except ClientError as error:  # a refusal names the region too
            answer = error.response
        except (BotoCoreError, ValueError) as error:
            raise boto_trouble(f"s3://{name}", error, self.access) from error
        told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("x-amz-bucket-region")
        region = self.access.region or told or client.meta.region_name
        client = self.client(region)
        # botocore knows the rules of addressing; a presigned address shows what they give
        probe = client.generate_presigned_url("get_object", {"Bucket": name, "Key": "x"})
        return probe.split("?")[0][:-1], region

    def _signed(
        self, method: str, url: str, headers: dict[str, str], query: str
    ) -> tuple[str, dict[str, str]]:
        from botocore.auth import S3SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError

        bucket, _, key = url.removeprefix("s3://").partition("/")
        base, region = self.bucket(bucket)
        address = base + quote(key, safe="/~") + (f"?{query}" if query else "")
        headers = headers | {"x-amz-checksum-mode": "ENABLED"}
        if self.access.requester_pays:
            headers["x-amz-request-payer"] = "requester"
        if self.credentials is None:
            return address, headers
        try:
            frozen = self.credentials.get_frozen_credentials()
        except BotoCoreError as error:
            raise boto_trouble(url, error, self.access) from error
        request = AWSRequest(method, address, headers=headers)
        S3SigV4Auth(frozen, "s3", region).add_auth(request)
        return address, dict(request.headers)


@functools.cache
def _manager(proxy: str | None, connections: int) -> Any:
    context = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
    settings: dict[str, Any] = {
        "maxsize": connections,
        "ssl_context": context,
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
