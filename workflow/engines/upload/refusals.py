"""What a store means by refusing to take something, and what to do about it."""

from typing import Any

from engines.contract.errors import CannotWrite, EngineError, InputMissing, NotPermitted, Transient
from engines.fetch.items import Access
from engines.fetch.refusals import boto_trouble

DENIED = {"AccessDenied", "AllAccessDisabled", "403"}
SPOILED = {"BadDigest", "XAmzContentChecksumMismatch", "InvalidDigest", "IncompleteBody"}
TAKEN = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchKey"}


class Taken(Exception):
    """The condition does not hold: somebody else put something there, or took it away."""


class Gone(Exception):
    """The multipart upload is not there any more: completed, or aborted by somebody."""


class Unconditional(Exception):
    """The store knows no conditional requests."""


class Denied(NotPermitted):
    """The credentials are good, and may not do this one thing."""


def code_of(error: BaseException) -> str:
    """S3's own word for an error; its status where there is no word; else empty."""
    response: dict[str, Any] = getattr(error, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


def write_trouble(what: str, error: Exception, access: Access) -> Exception:
    """The error for what boto3 raises while something is written.

    Args:
        what: the address, for people.
    """
    code = code_of(error)
    if code in TAKEN:
        return Taken(f"{what}: {code}")
    if code == "NoSuchUpload":
        return Gone(f"{what}: {code}")
    if code in SPOILED:
        return Transient(f"{what}: spoiled on the way ({code})", hint="check the network")
    meant = boto_trouble(what, error, access)
    if code == "NoSuchBucket":
        return CannotWrite(
            f"{what}: there is no such bucket",
            hint="make it first, or check its name, --endpoint and --profile",
        )
    if code in DENIED:
        return _denied(meant)
    if isinstance(meant, InputMissing):
        return CannotWrite(meant.message, hint="check the bucket, --endpoint and --profile")
    return meant


def _denied(meant: EngineError) -> Denied:
    if "kms" in meant.hint.lower():
        hint = "ask the owner of the KMS key for kms:GenerateDataKey and kms:Decrypt"
    else:
        hint = (
            "name another --profile, or ask for s3:PutObject, s3:GetObject, s3:ListBucket, "
            "s3:AbortMultipartUpload and s3:ListMultipartUploadParts below that prefix"
        )
    return Denied(meant.message, hint=hint)
