"""What a store or a web server means by refusing, and what to do about it."""

import email.utils
import re
import time
from collections.abc import Mapping

from engines.contract.errors import (
    BadUsage,
    EngineError,
    InputMissing,
    NotPermitted,
    Transient,
    Unavailable,
)
from engines.fetch.items import Access

TRANSIENT = {408, 425, 429, 500, 502, 503, 504}
BUSY_CODES = {"SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "Throttling"}
EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}


class Changed(Exception):
    """The object is another one than the one that was asked for."""


class Busy(Transient):
    """The server is there and wants to be asked later; nobody should ask it before."""


def refusal(
    what: str, status: int, headers: Mapping[str, str], body: str, access: Access
) -> EngineError | Changed:
    """The error for an answer that is none.

    Args:
        what: the address, for people.
        body: S3 says why in XML, the rest of the world is not read.
    """
    code = _tag(body, "Code")
    said = f"{what}: the server answers {status} {code}".rstrip()
    if status in (412, 416):
        return Changed(said)
    if code in EXPIRED or "request has expired" in body.lower():
        return NotPermitted(f"{said}: the credentials have expired", hint=_sign_in(access))
    if status in TRANSIENT or code in BUSY_CODES:
        return Busy(said, retry_after=retry_after(headers.get("retry-after", "")))
    if status in (404, 410):
        return InputMissing(said, hint="check the bucket, the key and the profile")
    if code == "InvalidObjectState":
        return Unavailable(said, hint="the object is archived: its owner must restore it first")
    if code == "RequestTimeTooSkewed":
        return Unavailable(said, hint="the clock of this machine is wrong")
    if status in (301, 307) or code in ("AuthorizationHeaderMalformed", "PermanentRedirect"):
        return Unavailable(said, hint="the bucket is in another region: give its --region")
    if status in (401, 403, 407):
        return _not_permitted(said, code, _tag(body, "Message"), access)
    return Unavailable(said)


def _not_permitted(said: str, code: str, message: str, access: Access) -> NotPermitted:
    if "kms" in message.lower():
        return NotPermitted(
            f"{said}: the key that it is encrypted with may not be used",
            hint="ask the owner of the KMS key for kms:Decrypt; the object alone is not enough",
        )
    if code in ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken"):
        return NotPermitted(f"{said}: the credentials are wrong", hint=_sign_in(access))
    if access.unsigned:
        hint = "it is not public: leave --unsigned away, and name a --profile"
    else:
        hint = (
            "without credentials, or with those of somebody else: name a --profile; "
            "--unsigned for public data; --requester-pays where asked"
        )
    return NotPermitted(said, hint=hint)


def _sign_in(access: Access) -> str:
    name = f" --profile {access.profile}" if access.profile else ""
    return (
        f"get new ones (such as: aws sso login{name}), then start again: "
        "what is here is kept, and it goes on from there"
    )


def _tag(body: str, name: str) -> str:
    found = re.search(rf"<{name}>([^<]{{1,300}})</{name}>", body)
    return found[1] if found else ""


def retry_after(header: str) -> float | None:
    """Seconds to wait, from a number of seconds or a date (RFC 9110, 10.2.3)."""
    if header.strip().isdecimal():
        return float(header)
    date = email.utils.parsedate_tz(header)
    return None if date is None else max(0.0, email.utils.mktime_tz(date) - time.time())


def boto_trouble(what: str, error: Exception, access: Access) -> EngineError:
    """The error for what boto3 raises while it lists or looks for credentials."""
    from botocore import exceptions as boto

    if isinstance(error, boto.ClientError):
        answer = error.response.get("ResponseMetadata", {})
        described = error.response.get("Error", {})
        body = "".join(f"<{k}>{described.get(k, '')}</{k}>" for k in ("Code", "Message"))
        status = int(answer.get("HTTPStatusCode", 0))
        meant = refusal(what, status, answer.get("HTTPHeaders", {}), body, access)
        return meant if isinstance(meant, EngineError) else Transient(str(meant))
    said = f"{what}: {' '.join(str(error).split())}"
    if isinstance(error, (boto.TokenRetrievalError, boto.UnauthorizedSSOTokenError)):
        return NotPermitted(f"{said}: the credentials have expired", hint=_sign_in(access))
    if isinstance(error, (boto.CredentialRetrievalError, boto.NoCredentialsError)):
        return NotPermitted(said, hint=_sign_in(access))
    if isinstance(error, boto.ProfileNotFound):
        return BadUsage(said, hint="`aws configure list-profiles` shows those that exist")
    if isinstance(error, (boto.ConnectionError, boto.HTTPClientError)) and not isinstance(
        error, boto.SSLError
    ):
        return Transient(said, hint="check the network, and the --endpoint if there is one")
    return Unavailable(said, hint="check the address and the AWS settings")
