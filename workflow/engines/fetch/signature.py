"""The signature of a request without a body: AWS Signature Version 4, as S3 wants it.

https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html. botocore's signer
does the same in five times the time, which is what thousands of small files wait for.
"""

import functools
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Protocol

NOTHING = hashlib.sha256(b"").hexdigest()


class Credentials(Protocol):
    """What botocore calls frozen credentials."""

    @property
    def access_key(self) -> str: ...
    @property
    def secret_key(self) -> str: ...
    @property
    def token(self) -> str | None: ...


def signed(
    credentials: Credentials,
    region: str,
    method: str,
    target: str,
    headers: Mapping[str, str],
    now: float | None = None,
) -> dict[str, str]:
    """The headers with those that sign them: the host and all that begin with ``x-amz-``.

    Args:
        target: path and query, percent-encoded, as they will be sent.
        headers: one of them is ``Host``.
        now: seconds since 1970, None for the present.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    given = {**headers, "x-amz-date": stamp, "x-amz-content-sha256": NOTHING}
    if credentials.token:
        given["x-amz-security-token"] = credentials.token
    scope = f"{stamp[:8]}/{region}/s3/aws4_request"
    names, request = _canonical(method, target, given)
    digest = hashlib.sha256(request.encode()).hexdigest()
    key = _key(credentials.secret_key, stamp[:8], region)
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}"
    given["Authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={names}, Signature={_hmac(key, text).hex()}"
    )
    return given


def _canonical(method: str, target: str, headers: Mapping[str, str]) -> tuple[str, str]:
    """Names of the signed headers, and the request in the form that is hashed."""
    path, _, query = target.partition("?")
    query = "&".join(sorted(query.split("&")))
    chosen = {
        name.lower(): " ".join(value.split())
        for name, value in headers.items()
        if name == "Host" or name.startswith("x-amz-")
    }
    names = sorted(chosen)
    lines = "".join([f"{name}:{chosen[name]}\n" for name in names])
    signing = ";".join(names)
    return signing, f"{method}\n{path or '/'}\n{query}\n{lines}\n{signing}\n{NOTHING}"


@functools.lru_cache(maxsize=8)
def _key(secret: str, day: str, region: str) -> bytes:
    """One key for a day and a region."""
    key = f"AWS4{secret}".encode()
    for word in (day, region, "s3", "aws4_request"):
        key = _hmac(key, word)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
