"""Opening one source for reading, from any byte on: file://, http://, https://, s3://.

Whoever resumes names the byte to go on from and the validator (ETag, time of
change) of the object that the first bytes came from. A source that is another
object by now, or that cannot go on in the middle, starts again at byte 0;
``Stream.start`` says which of the two happened.
"""

import email.utils
import functools
import http.client
import io
import os
import re
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from engines import __version__
from engines.contract.errors import (
    BadUsage,
    EngineError,
    InputMissing,
    NotPermitted,
    Transient,
    Unavailable,
)

SCHEMES = ("file", "http", "https", "s3")
NO_SECRETS = "secrets do not belong into addresses: they end up in logs and receipts"
SILENCE = 60  # seconds without a byte after which a connection is given up

_TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
_GONE = {404, 410}
_REFUSED = {401, 403, 407}


class Busy(Transient):
    """A source that may answer later."""


@dataclass(frozen=True)
class Stream:
    """An open source.

    Attributes:
        start: the first byte it delivers: the one asked for, or 0.
        size: bytes of the whole object, None where the source does not say.
        validator: names this state of the object; empty where nothing does, and
            then a transfer of it cannot be resumed.
        ends_clearly: its end proves that the object is complete.
        read: up to so many bytes, b"" at the end; raises Transient when it breaks.
        close: gives the connection back.
    """

    start: int
    size: int | None
    validator: str
    ends_clearly: bool
    read: Callable[[int], bytes]
    close: Callable[[], None]


def open_source(url: str, start: int = 0, validator: str = "") -> Stream:
    """Open ``url``, from byte ``start`` on if it is still the object that ``validator`` names.

    Raises:
        BadUsage: an address that is none, or carries a password.
        InputMissing: nothing there. NotPermitted: refused. Transient: may pass by itself.
        Unavailable: anything else that the source will not do.
    """
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise BadUsage(
            f"{parts.scheme}://…@{parts.hostname}{parts.path}: has a user name or password in it",
            hint=NO_SECRETS,
        )
    if parts.scheme not in SCHEMES:
        raise BadUsage(
            f"{url}: not an address that can be fetched",
            hint="use " + ", ".join(f"{scheme}://…" for scheme in SCHEMES),
        )
    if not validator:
        start = 0
    if parts.scheme == "file":
        return _open_file(url, parts, start, validator)
    if parts.scheme == "s3":
        return _open_s3(url, start, validator)
    return _open_http(url, start, validator)


# --- files --------------------------------------------------------------------


def _open_file(url: str, parts: SplitResult, start: int, validator: str) -> Stream:
    if parts.netloc not in ("", "localhost"):
        raise BadUsage(f"{url}: names a host", hint="a local file is file:///absolute/path")
    path = Path(unquote(parts.path))
    try:
        if not path.is_file():
            raise InputMissing(f"{path}: no such file", hint="check the address")
        handle = io.FileIO(path)
    except PermissionError as error:
        raise NotPermitted(f"{path}: {error.strerror}") from error
    status = path.stat()
    now = f"{status.st_size}-{status.st_mtime_ns}-{status.st_ino}"
    if now != validator:
        start = 0
    handle.seek(start)
    read = functools.partial(_read, url, handle.read)
    return Stream(start, status.st_size, now, True, read, handle.close)


def _read(url: str, read: Callable[[int], bytes | None], size: int) -> bytes:
    """Read from an open source; every way it can break is transient."""
    try:
        return read(size) or b""
    except (OSError, http.client.HTTPException) as error:
        raise Transient(f"{url}: the transfer broke off ({_reason(error)})") from error


# --- http(s) ------------------------------------------------------------------


def _open_http(url: str, start: int, validator: str) -> Stream:
    headers = {"User-Agent": f"plumbline/{__version__}", "Accept-Encoding": "identity"}
    if start:
        headers |= {"Range": f"bytes={start}-", "If-Range": validator}
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    try:
        response = _web().open(request, timeout=SILENCE)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and start:  # shorter by now than what we have
            return _open_http(url, 0, "")
        raise _refusal(url, error.code, error.reason, error.headers) from error
    except http.client.InvalidURL as error:
        raise BadUsage(f"{url}: {error}", hint="check the address") from error
    except (OSError, http.client.HTTPException) as error:
        raise _no_connection(url, error) from error

    size, begins, now = _length(response), 0, _http_validator(response.headers)
    if response.status == 206:
        begins, size = _content_range(response.headers.get("Content-Range", ""))
        if begins != start or now not in ("", validator):  # not every server minds If-Range
            response.close()
            return _open_http(url, 0, "")
    return Stream(
        begins,
        size,
        now or validator,
        bool(response.chunked),
        functools.partial(_read, url, response.read1),
        response.close,
    )


class _OnlySecurely(urllib.request.HTTPRedirectHandler):
    """Goes where the web leads, but never from https to http, as much inside a network speaks."""

    def redirect_request(
        self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Any:
        """The request for where it leads.

        Raises:
            NotPermitted: that is not encrypted any more.
        """
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise NotPermitted(
                f"{req.full_url}: leads on to {newurl}, which is not encrypted",
                hint="name an https address that is the file's own",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _web() -> urllib.request.OpenerDirector:
    """With the proxies and the certificates of the environment, as it is now."""
    trusted = ssl.create_default_context(cafile=os.environ.get("AWS_CA_BUNDLE") or None)
    secure = urllib.request.HTTPSHandler(context=trusted)
    return urllib.request.build_opener(_OnlySecurely, secure)


def _length(response: http.client.HTTPResponse) -> int | None:
    stated = response.headers.get("Content-Length", "")
    return int(stated) if stated.isdecimal() else None


def _content_range(header: str) -> tuple[int, int | None]:
    """First byte and size of the whole from ``bytes 5-9/10``; (-1, None) if it is none."""
    found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", header.strip())
    if not found:
        return -1, None
    return int(found[1]), None if found[2] == "*" else int(found[2])


def _http_validator(headers: Any) -> str:
    """A strong ETag, else the date: If-Range takes no weak ETag (RFC 9110, 13.1.5)."""
    etag: str = headers.get("ETag", "")
    return etag if etag and not etag.startswith("W/") else headers.get("Last-Modified", "")


def _refusal(url: str, status: int, reason: str, headers: Any) -> EngineError:
    what = f"{url}: the server answers {status} {reason}".rstrip()
    if status in _TRANSIENT:
        return Busy(what, retry_after=_retry_after(headers.get("Retry-After", "")))
    if status in _GONE:
        return InputMissing(what, hint="check the address, or the layout of the mirror")
    if status in _REFUSED:
        return NotPermitted(what, hint="this address needs a permission that you do not have")
    return Unavailable(what)


def _retry_after(header: str) -> float | None:
    """Seconds to wait, from a number of seconds or a date (RFC 9110, 10.2.3)."""
    if header.strip().isdecimal():
        return float(header)
    date = email.utils.parsedate_tz(header)
    return None if date is None else max(0.0, email.utils.mktime_tz(date) - time.time())


def _no_connection(url: str, error: Exception) -> EngineError:
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        return Unavailable(
            f"{url}: its certificate is not trusted ({reason.verify_message})",
            hint="a proxy of your site may need its own: set SSL_CERT_FILE or AWS_CA_BUNDLE",
        )
    return Transient(
        f"{url}: no connection ({_reason(reason)})",
        hint="on a machine without internet use a mirror, or fetch it on another one before",
    )


def _reason(error: object) -> str:
    return str(error) or type(error).__name__


# --- s3 -----------------------------------------------------------------------


def _open_s3(url: str, start: int, validator: str) -> Stream:
    from botocore.exceptions import BotoCoreError, ClientError  # slow to import

    bucket, _, key = url.removeprefix("s3://").partition("/")  # a key is taken literally
    wanted = {"Bucket": bucket, "Key": key}
    if start:
        wanted |= {"Range": f"bytes={start}-", "IfMatch": validator}
    try:
        answer = s3_client().get_object(**wanted)
    except ClientError as error:
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        if start and status in (412, 416):  # another object by now
            return _open_s3(url, 0, "")
        raise _s3_refusal(url, status, error) from error
    except BotoCoreError as error:
        raise _s3_trouble(url, error) from error

    size: int | None = answer["ContentLength"]
    begins, now, body = 0, answer.get("ETag", ""), answer["Body"]
    if "ContentRange" in answer:
        begins, size = _content_range(answer["ContentRange"])
        if begins != start or now != validator:  # not every store minds IfMatch
            body.close()
            return _open_s3(url, 0, "")

    def read(length: int) -> bytes:
        try:
            block: bytes = body.read(length)
            return block
        except (BotoCoreError, OSError, http.client.HTTPException) as error:
            raise Transient(f"{url}: the transfer broke off ({_reason(error)})") from error

    return Stream(begins, size, now, True, read, body.close)


@functools.cache
def s3_client() -> Any:
    """A client with the credentials that the environment gives, or unsigned without any.

    Endpoint, profile and region are boto3's own settings (AWS_ENDPOINT_URL_S3,
    AWS_PROFILE, AWS_REGION). Retries are ours, so boto3 makes none.
    """
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    session = boto3.session.Session()
    settings: dict[str, Any] = {
        "retries": {"total_max_attempts": 1},
        "connect_timeout": SILENCE,
        "read_timeout": SILENCE,
        "response_checksum_validation": "when_required",  # every file is hashed here anyway
    }
    if session.get_credentials() is None:
        settings["signature_version"] = UNSIGNED
    region = session.region_name or "us-east-1"
    return session.client("s3", region_name=region, config=Config(**settings))


def _s3_trouble(url: str, error: Exception) -> EngineError:
    """What boto3 says when no answer came, or when it did not even ask."""
    from botocore import exceptions as boto

    if isinstance(error, (boto.ConnectionError, boto.HTTPClientError)) and not isinstance(
        error, boto.SSLError
    ):
        return Transient(f"{url}: no connection ({error})", hint="check AWS_ENDPOINT_URL_S3")
    return Unavailable(
        f"{url}: cannot be asked for ({' '.join(str(error).split())})",
        hint="check the address, AWS_PROFILE and the other AWS settings",
    )


def _s3_refusal(url: str, status: int, error: Any) -> EngineError:
    code = error.response.get("Error", {}).get("Code", "")
    what = f"{url}: the store answers {status} {code}".rstrip()
    headers = error.response.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    if status in _TRANSIENT or code in ("SlowDown", "RequestTimeout"):
        return Busy(what, retry_after=_retry_after(headers.get("retry-after", "")))
    if status in _GONE:
        return InputMissing(what, hint="check the bucket and the key")
    if code == "InvalidObjectState":
        return Unavailable(what, hint="the object is archived: its owner must restore it first")
    if status in _REFUSED or code == "ExpiredToken":
        return NotPermitted(
            what, hint="set AWS_PROFILE, or leave all credentials away for a public bucket"
        )
    return Unavailable(what)
