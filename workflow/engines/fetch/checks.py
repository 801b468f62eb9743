"""Which checksums a file must have, and computing them in one reading.

A store says them in headers (``x-amz-checksum-…``), of the whole object or as the checksum of
the checksums of its parts (``…-N``), and as an ETag, which is an MD5 unless the object is
encrypted with a key of KMS or of the customer. A manifest and a ``.md5`` file beside it say more.
"""

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

# what multipart clients use, in MiB: tried where the store does not tell
_USUAL_PARTS = (5, 8, 10, 15, 16, 20, 25, 32, 50, 64, 100, 128, 200, 256, 500, 512, 1024)
# one of the store's checksums is enough: the cheapest to compute of those that it gives
_PREFERRED = ("sha256", "crc32", "sha1", "md5", "crc32c", "crc64nvme")


class _Crc32:
    def __init__(self) -> None:
        self._state = 0

    def update(self, data: Any) -> None:
        self._state = zlib.crc32(data, self._state)

    def digest(self) -> bytes:
        return self._state.to_bytes(4, "big")

    def hexdigest(self) -> str:
        return self.digest().hex()


def _crc(name: str) -> Any:
    from engines.fetch import crc  # numpy is slow to import, and few stores need it

    return crc.Crc(getattr(crc, name))


ALGORITHMS: dict[str, Callable[[], Any]] = {
    "md5": lambda: hashlib.md5(usedforsecurity=False),
    "sha1": lambda: hashlib.sha1(usedforsecurity=False),
    "sha256": hashlib.sha256,
    "crc32": _Crc32,
    "crc32c": lambda: _crc("CRC32C"),
    "crc64nvme": lambda: _crc("CRC64NVME"),
}


@dataclass(frozen=True)
class Check:
    """One checksum that a file must have.

    Attributes:
        kind: the algorithm. wanted: hexadecimal, in lower case.
        known_from: who says so, for people.
        parts: bytes of a part where it is a checksum of checksums, else None; several
            where it may be any of them.
        certain: whether another checksum is a contradiction: not where the size of the
            parts was only tried.
    """

    kind: str
    wanted: str
    known_from: str
    parts: tuple[int, ...] | None = None
    certain: bool = True

    def __str__(self) -> str:
        return f"{self.kind} ({self.known_from})"


class _Composite:
    """The checksum of the checksums of parts of equal size."""

    def __init__(self, kind: str, part: int) -> None:
        self._make, self._part = ALGORITHMS[kind], part
        self._outer, self._inner, self._filled = self._make(), self._make(), 0

    def update(self, data: memoryview) -> None:
        while data:
            piece = data[: self._part - self._filled]
            self._inner.update(piece)
            self._filled += len(piece)
            data = data[len(piece) :]
            if self._filled == self._part:
                self._turn()

    def _turn(self) -> None:
        self._outer.update(self._inner.digest())
        self._inner, self._filled = self._make(), 0

    def hexdigest(self) -> str:
        if self._filled:
            self._turn()
        return str(self._outer.hexdigest())


class Reading:
    """All checksums of one file, computed together over its bytes in order."""

    def __init__(self, checks: tuple[Check, ...], also: tuple[str, ...] = ()) -> None:
        self.checks = checks
        kinds = dict.fromkeys([check.kind for check in checks if check.parts is None] + [*also])
        self._plain = {kind: ALGORITHMS[kind]() for kind in kinds}
        self._composite = {
            check: [_Composite(check.kind, part) for part in check.parts]
            for check in checks
            if check.parts is not None
        }

    @property
    def block(self) -> int:
        """Bytes to read at a time: few stay in the processor, numpy wants many."""
        kinds = {check.kind for check in self.checks}
        return 8 << 20 if kinds & {"crc32c", "crc64nvme"} else 256 << 10

    def update(self, data: memoryview) -> None:
        for plain in self._plain.values():
            plain.update(data)
        for sums in self._composite.values():
            for composite in sums:
                composite.update(data)

    def judge(self) -> tuple[list[str], list[str], dict[str, str]]:
        """What agrees, what contradicts (in words), and kind → checksum of the whole."""
        found = {kind: plain.hexdigest() for kind, plain in self._plain.items()}
        good, bad = [], []
        for check in self.checks:
            sums = [composite.hexdigest() for composite in self._composite.get(check, ())]
            if check.parts is None:
                sums = [found[check.kind]]
            if check.wanted in sums:
                good.append(str(check))
            elif check.certain:
                bad.append(f"{check.kind} is {sums[0]}, but {check.wanted} by {check.known_from}")
        return good, bad, found


def by_store(
    headers: Mapping[str, str], etag: str, size: int, part_size: int | None, ignore_etag: bool
) -> list[Check]:
    """The checksum that the store gives and that costs least to compute; none, if none.

    Args:
        part_size: bytes of the parts that it was uploaded in, where the store tells.
    """
    found: dict[str, Check] = {}
    if not ignore_etag and not _encrypted(headers):
        text = re.fullmatch(r'"?([0-9a-f]{32})(?:-(\d+))?"?', etag)
        if text:
            found["md5"] = _check("md5", text[1], text[2], "the ETag", size, part_size)
    for kind in ALGORITHMS:
        value = headers.get(f"x-amz-checksum-{kind}", "")
        sum_, _, parts = value.partition("-")
        if value and (wanted := _hexadecimal(sum_)):
            found[kind] = _check(kind, wanted, parts, "the store", size, part_size)
    usable = [check for kind in _PREFERRED if (check := found.get(kind)) and check.parts != ()]
    usable.sort(key=lambda check: not check.certain)
    return usable[:1]


def _check(
    kind: str, wanted: str, parts: str | None, known_from: str, size: int, part_size: int | None
) -> Check:
    if not parts:
        return Check(kind, wanted, known_from)
    count = int(parts)
    told = part_size is not None and -(-size // part_size) == count
    sizes = (part_size,) if told and part_size else _possible_parts(size, count)
    return Check(kind, wanted, f"{known_from}, {count} parts", sizes, certain=told)


def _possible_parts(size: int, count: int) -> tuple[int, ...]:
    if count == 1:
        return (max(size, 1),)
    usual = [mib << 20 for mib in _USUAL_PARTS]
    return tuple(part for part in usual if -(-size // part) == count)


def _encrypted(headers: Mapping[str, str]) -> bool:
    """With a key of KMS or of the customer the ETag is no MD5."""
    kms = headers.get("x-amz-server-side-encryption", "").startswith("aws:kms")
    return kms or "x-amz-server-side-encryption-customer-algorithm" in headers


def _hexadecimal(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).hex()
    except binascii.Error:
        return ""


def md5_in(text: str) -> str | None:
    """The checksum in an ``.md5`` file, as md5sum, BSD's md5 and DRAGEN write it."""
    found = re.match(r"\s*(?:MD5 ?\(.*\) ?= ?)?\\?([0-9a-fA-F]{32})(?![0-9a-fA-F])", text)
    return found[1].lower() if found else None
