"""Is a fetched file what it should be? Size, checksums, and that it is data at all."""

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import BadData
from engines.contract.progress import Progress
from engines.formats.bgzf import has_end, is_bgzf

BLOCK = 1 << 20

_WEB_PAGES = (".html", ".htm", ".xml")


@dataclass(frozen=True)
class Expected:
    """What is known of a file before it is fetched; None where nothing is.

    ``known_from`` says where from, and ``hint`` what to do with another file, for people.
    """

    bytes: int | None = None
    md5: str | None = None
    sha256: str | None = None
    known_from: str = "the catalogue"
    hint: str = "the download is damaged, or its publisher replaced the file; nothing was kept"

    @property
    def pinned(self) -> bool:
        """Whether a checksum decides, and not only plausibility."""
        return bool(self.md5 or self.sha256)


@dataclass(frozen=True)
class Digests:
    """What a file is: its size in bytes and its checksums in hexadecimal."""

    bytes: int
    md5: str
    sha256: str


def digests(path: Path) -> Digests:
    """Size, MD5 and SHA-256 of a file, in one reading."""
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    size = path.stat().st_size
    progress = Progress(f"checking {path.name.removesuffix('.part')}", size, "bytes")
    with open(path, "rb") as handle:
        while block := handle.read(BLOCK):
            md5.update(block)
            sha256.update(block)
            progress.advance(len(block))
    progress.finish()
    return Digests(size, md5.hexdigest(), sha256.hexdigest())


def verify(path: Path, name: str, source: str, expected: Expected) -> Digests:
    """Check a complete file against what is expected and what its name promises.

    Args:
        path: the bytes.
        name: what the file is going to be called; decides what it must look like.
        source: where it came from, for the message.

    Raises:
        BadData: empty, a web page, truncated, or not the file that was expected.
    """
    size = path.stat().st_size
    if size == 0:
        raise BadData(f"{name} from {source}: is empty", hint="try another mirror")
    with open(path, "rb") as handle:
        head = handle.read(512)
    if _is_web_page(head) and not name.endswith(_WEB_PAGES):
        raise BadData(
            f"{name} from {source}: is a web page, not data",
            hint="a proxy or a login page may have answered; open the address in a browser",
        )
    if expected.bytes is not None and size != expected.bytes:
        raise _differs(name, source, "bytes", size, expected.bytes, expected)
    found = digests(path)
    for kind in ("sha256", "md5"):
        wanted = getattr(expected, kind)
        if wanted and getattr(found, kind) != wanted:
            raise _differs(name, source, kind, getattr(found, kind), wanted, expected)
    if name.endswith(".gz") and not expected.pinned:
        _check_gzip(path, name, source)
    return found


def _differs(
    name: str, source: str, kind: str, found: object, wanted: object, expected: Expected
) -> BadData:
    return BadData(
        f"{name} from {source}: {kind} is {found}, but {wanted} by {expected.known_from}",
        hint=expected.hint,
    )


def _is_web_page(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<?xml"))


def _check_gzip(path: Path, name: str, source: str) -> None:
    """Without a checksum of its own, the one inside a gzip file still tells a truncated one."""
    try:
        with gzip.open(path) as handle:
            while handle.read(BLOCK):
                pass
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadData(
            f"{name} from {source}: is not a complete gzip file ({error})",
            hint="the download is truncated or is something else; nothing was kept",
        ) from error
    if is_bgzf(path) and not has_end(path):
        raise BadData(
            f"{name} from {source}: has no BGZF end marker, so it is truncated",
            hint="try again, or another mirror; nothing was kept",
        )
