"""What is to be uploaded, what is at the target already, and what came of it."""

import base64
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

from engines.contract.errors import Transient
from engines.fetch.items import MIB, Access

MOST_PARTS = 10_000  # of one multipart upload, by S3
LEAST_PART = 5 * MIB  # bytes of any part but the last, by S3


class Altered(Transient):
    """A file was changed while it was read; nothing of it is kept at the target."""


@dataclass(frozen=True)
class State:
    """Which file it is and in which state."""

    device: int
    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "State":
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


@dataclass(frozen=True)
class LocalFile:
    """One file to upload.

    Attributes:
        name: its path below the folder. path: where it really is, links resolved.
        state: as it was when the folder was listed.
    """

    name: str
    path: Path
    state: State

    @property
    def size(self) -> int:
        return self.state.size


@dataclass(frozen=True)
class Listed:
    """The files of a folder, and what is left out: reason → names."""

    files: tuple[LocalFile, ...]
    left_out: dict[str, list[str]]

    @property
    def bytes(self) -> int:
        return sum(file.size for file in self.files)


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes:
        size: bytes. sha256: of the whole. parts: SHA-256 of each part of ``part_size`` bytes.
    """

    size: int
    sha256: bytes
    parts: tuple[bytes, ...]
    part_size: int

    @property
    def is_multipart(self) -> bool:
        return len(self.parts) > 1

    @property
    def checksum(self) -> str:
        """As S3 writes it: Base64; of the digests of the parts with ``-N`` where there are some."""
        if not self.is_multipart:
            return base64.b64encode(self.sha256).decode()
        digest = hashlib.sha256(b"".join(self.parts)).digest()
        return f"{base64.b64encode(digest).decode()}-{len(self.parts)}"


@dataclass(frozen=True)
class There:
    """What the target holds under a name.

    Attributes:
        size: bytes. etag, version: as the store gives them; empty and None where it does not.
        headers: what it says of checksums and encryption; names in lower case.
        sha256: hexadecimal, as the one who uploaded it noted, or as it was read; else empty.
        part_size: bytes of its first part where it was uploaded in parts and the store tells.
    """

    size: int
    etag: str = ""
    version: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    sha256: str = ""
    part_size: int | None = None


@dataclass(frozen=True)
class Placed:
    """One file at its target.

    Attributes:
        checksum: as the store has it (Base64, ``-N`` for N parts); empty for a folder.
        verified: what was read back and agrees; empty where nothing but the size could be.
        sent: by this call. replaced: something else was there before.
    """

    file: LocalFile
    key: str
    sha256: str
    checksum: str
    etag: str
    version: str | None
    verified: tuple[str, ...]
    sent: bool
    replaced: bool = False


@dataclass(frozen=True)
class Manner:
    """How files are uploaded.

    Attributes:
        connections: requests at the same time, over all files.
        part_size: bytes of one part; files up to it go as a whole.
        limit: bytes per second over all connections, None for no limit.
        replace: objects with other content are replaced.
        sse, kms_key_id: encryption at the store, as S3 names it; None leaves it to the bucket.
    """

    connections: int = 8
    part_size: int = 16 * MIB
    limit: int | None = None
    replace: bool = False
    sse: str | None = None
    kms_key_id: str | None = None

    def part_of(self, size: int) -> int:
        """Bytes of a part of a file of ``size``: larger ones where there would be too many."""
        needed = -(-size // MOST_PARTS)
        return self.part_size if needed <= self.part_size else -(-needed // MIB) * MIB


@dataclass(frozen=True)
class Job:
    """One call of the command."""

    folder: Path
    to: str
    out: Path
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    access: Access = field(default_factory=Access)
    manner: Manner = Manner()
