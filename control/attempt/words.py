"""Words by which a failure is told when neither its last line nor its exit code says anything.

Only the last resort: words change with versions and languages. What may pass stands first.
"""

import re
from typing import NamedTuple


class Sign(NamedTuple):
    """Words of a failure, its class, and what to do about it."""

    pattern: re.Pattern[str]
    error_class: str
    hint: str


def _sign(error_class: str, hint: str, *patterns: str) -> Sign:
    return Sign(re.compile("|".join(patterns), re.IGNORECASE), error_class, hint)


_STATUS = r"\b(?:HTTP(?:/[\d.]+)?|HTTP error|status(?: code)?|error(?: code)?|answers|returned)"

SIGNS = (
    _sign(
        "transient",
        "free some space",
        r"no space left on device",
        r"disk quota exceeded",
    ),
    _sign(
        "transient",
        "fewer jobs on the device at once, or smaller batches",
        r"CUDA(?: error:| driver error:)? out of memory",
        r"CUDA_ERROR_OUT_OF_MEMORY",
        r"cudaErrorMemoryAllocation",
        r"hipErrorOutOfMemory",
    ),
    _sign(
        "transient",
        "look at the device (nvidia-smi)",
        r"cudaErrorDevicesUnavailable",
        r"devices? (?:is|are|\(s\) is/are) busy or unavailable",
        r"uncorrectable ECC error",
        r"GPU (?:has fallen off the bus|is lost)",
    ),
    _sign(
        "transient",
        "the store or server is busy",
        r"\bSlowDown\b",
        r"\bRequestTimeout\b",
        r"\bRequestLimitExceeded\b",
        r"\bThrottling(?:Exception)?\b",
        r"reduce your request rate",
        r"too many requests",
        r"service (?:temporarily )?unavailable",
        r"\bServiceUnavailable\b",
        r"\bInternalError\b",
        r"bad gateway",
        r"gateway time-?out",
        _STATUS + r"[ :=(]*(?:408|425|429|500|502|503|504)\b",
    ),
    _sign(
        "transient",
        "look at the network",
        r"connection (?:was )?(?:reset|refused|aborted|timed out|closed)",
        r"connection broken",
        r"(?:read|operation|connect\w*|request) timed out",
        r"\btimeout was reached",
        r"network is unreachable",
        r"no route to host",
        r"could not resolve host",
        r"temporary failure in name resolution",
        r"name or service not known",
        r"TLS handshake timeout",
        r"remote end closed connection",
        r"unexpected EOF (?:while|during|on) (?:reading|download|transfer)",
        r"\bIncompleteRead\b",
    ),
    _sign(
        "transient",
        "look at what else runs on this machine",
        r"resource temporarily unavailable",
        r"cannot allocate memory",
        r"\bout of memory\b",
        r"\bMemoryError\b",
        r"stale (?:NFS )?file handle",
        r"database is locked",
        r"too many open files",
        r"input/output error",
    ),
    _sign(
        "permanent",
        "check the credentials",
        r"\bAccessDenied\b",
        r"\bInvalidAccessKeyId\b",
        r"\bSignatureDoesNotMatch\b",
        r"\bExpiredToken\b",
        r"unable to locate credentials",
        _STATUS + r"[ :=(]*(?:401|403|407)\b",
    ),
    _sign(
        "permanent",
        "check the address or path",
        r"\bNoSuchKey\b",
        r"\bNoSuchBucket\b",
        r"no such file or directory",
        r"\bFileNotFoundError\b",
        _STATUS + r"[ :=(]*(?:400|404|405|410)\b",
    ),
    _sign("permanent", "check who owns the file and its folder", r"permission denied"),
    _sign("permanent", "the file system is read-only", r"read-only file system"),
    _sign(
        "permanent",
        "check the command and its environment",
        r"command not found",
        r"\bModuleNotFoundError\b",
        r"\bImportError\b",
        r"error while loading shared libraries",
        r"unrecogni[sz]ed (?:arguments?|option)",
        r"\b(?:unknown|invalid|illegal) option",
        r"\bSyntaxError\b",
        r"no kernel image is available for execution",
        r"CUDA driver version is insufficient",
    ),
    _sign(
        "permanent",
        "the input is damaged: get it again",
        r"not in gzip format",
        r"invalid compressed data",
        r"truncated file",
        r"\bBGZF\b.{0,20}\b(?:error|truncated|missing)",
        r"checksum (?:mismatch|does not match|failed)",
    ),
)
