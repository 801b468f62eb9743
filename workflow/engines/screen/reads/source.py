"""A file of sequences as a stream of bytes: plain, gzip, BGZF or standard input."""

import io
import os
import stat
import sys
from types import TracebackType
from typing import Any, BinaryIO

from isal import igzip, isal_zlib

from engines.contract.errors import BadData, InputMissing, NotPermitted
from engines.formats.bgzf import BGZF_END

STANDARD_INPUT = "-"
DAMAGED: Any = (igzip.BadGzipFile, isal_zlib.error)
READ_AT_ONCE = 256 * 1024
GZIP = b"\x1f\x8b"
OTHERS = {
    b"BZh": ("bzip2", "bzip2 -dc FILE | gzip"),
    b"\xfd7zXZ\0": ("xz", "xz -dc FILE | gzip"),
    b"\x28\xb5\x2f\xfd": ("zstd", "zstd -dc FILE | gzip"),
    b"PK\x03\x04": ("zip", "unzip -p FILE | gzip"),
    b"CRAM": ("CRAM", "samtools fastq"),
    b"\x89HDF": ("HDF5 (fast5)", "a basecaller gives FASTQ"),
    b"NCBI.sra": ("SRA", "fasterq-dump"),
}


class Source:
    """Decompressed bytes of one input.

    Attributes:
        name: as messages show it.
        size: bytes of the file as it lies on disk, or 0 where nobody knows (a pipe).
    """

    def __init__(self, name: str, raw: "_Counted", decoded: io.RawIOBase, blocks: bool) -> None:
        self.name, self.size = name, raw.size
        self._raw, self._decoded, self._blocks = raw, decoded, blocks

    @property
    def bytes_read(self) -> int:
        """Bytes of the file that were read so far."""
        return self._raw.bytes_read

    def readinto(self, buffer: memoryview) -> int:
        """Fill ``buffer`` as far as one step of decoding goes; 0 at the end.

        Raises:
            BadData: the compressed data are cut off or damaged.
        """
        try:
            count = self._decoded.readinto(buffer) or 0
        except EOFError:
            raise BadData(
                f"{self.name}: cut off: its gzip data end before their end mark",
                hint="copy or download the file again and compare its checksum",
            ) from None
        except DAMAGED as error:
            raise BadData(
                f"{self.name}: damaged gzip data after {self.bytes_read} bytes: {error}",
                hint="copy or download the file again and compare its checksum",
            ) from error
        if not count and self._blocks and self._raw.last != BGZF_END:
            raise BadData(
                f"{self.name}: cut off: it is BGZF, and its last block is missing",
                hint="copy or download the file again and compare its checksum",
            )
        return count

    def read(self, count: int) -> bytes:
        """Up to ``count`` bytes; none at the end."""
        buffer = bytearray(count)
        return bytes(memoryview(buffer)[: self.readinto(memoryview(buffer))])

    def close(self) -> None:
        """Close the file; standard input stays open."""
        self._raw.close()

    def __enter__(self) -> "Source":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def open_source(path: str, what: str = "FASTQ") -> Source:
    """Open a file, or standard input (``-``), and see how it is compressed.

    Args:
        what: it should hold, for messages.

    Raises:
        InputMissing: it is not there, or a folder.
        NotPermitted: it may not be read.
        BadData: compressed in another way, or no text at all.
    """
    name = "standard input" if path == STANDARD_INPUT else path
    raw = _Counted(_opened(path, name))
    try:
        head = raw.look(18)
        _refuse_others(name, head, what)
        if head[:2] != GZIP:
            return Source(name, raw, raw, False)
        decoded: Any = igzip._GzipReader(raw, READ_AT_ONCE)
        blocks = len(head) == 18 and head[3] == 4 and head[12:16] == b"BC\2\0"
        return Source(name, raw, decoded, blocks)
    except BaseException:
        raw.close()
        raise


def _opened(path: str, name: str) -> BinaryIO:
    if path == STANDARD_INPUT:
        if sys.stdin.isatty():
            raise InputMissing(
                "standard input: a terminal, and no file comes from it",
                hint="give a file, or pipe one in: … | plumbline screen --r1 -",
            )
        return os.fdopen(os.dup(sys.stdin.fileno()), "rb", buffering=0)
    try:
        return open(path, "rb", buffering=0)
    except FileNotFoundError as error:
        raise InputMissing(f"{name}: no such file", hint="check the path") from error
    except IsADirectoryError as error:
        raise InputMissing(f"{name}: a folder, not a file", hint="check the path") from error
    except PermissionError as error:
        raise NotPermitted(
            f"{name}: you may not read it", hint="check who owns the file and its folder"
        ) from error


def _refuse_others(name: str, head: bytes, what: str) -> None:
    for magic, (kind, way) in OTHERS.items():
        if head.startswith(magic):
            raise BadData(f"{name}: {kind}, which is not read here", hint=f"make it {what}: {way}")


class _Counted(io.RawIOBase):
    """A file that counts what is read of it and knows the last bytes; its first can be looked at.

    Attributes:
        last: the last bytes read, as many as the end mark of BGZF has.
    """

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file, self._ahead = file, b""
        status = os.fstat(file.fileno())
        self.size = status.st_size if stat.S_ISREG(status.st_mode) else 0
        self.bytes_read, self.last = 0, b""

    def readable(self) -> bool:
        return True

    def look(self, count: int) -> bytes:
        """The first bytes, which will be read again; fewer where the file is shorter."""
        while len(self._ahead) < count and (more := self._file.read(count - len(self._ahead))):
            self._ahead += more
        return self._ahead

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        if self._ahead:
            count = min(len(self._ahead), len(view))
            view[:count] = self._ahead[:count]
            self._ahead = self._ahead[count:]
        else:
            count = self._file.readinto(view) or 0  # type: ignore[attr-defined]
        self.bytes_read += count
        end = len(BGZF_END)
        self.last = (self.last + bytes(view[max(count - end, 0) : count]))[-end:]
        return count

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
