"""Reading a file that must stay as it is while it is read."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager

from engines.contract.errors import InputMissing, NotPermitted
from engines.contract.wording import printable
from engines.fetch.checks import Check, Reading, by_store
from engines.upload.items import Altered, Content, LocalFile, State, There

BLOCK = 1 << 20


def read_content(
    file: LocalFile, part_size: int, checks: tuple[Check, ...] = ()
) -> tuple[Content, Reading]:
    """Read a file once: what it holds, and whether ``checks`` hold.

    Raises:
        Altered: it is not, or did not stay, in the state that it was listed in.
    """
    reading = Reading(checks, ("sha256",))
    parts: list[bytes] = []
    block = memoryview(bytearray(max(BLOCK, reading.block)))
    with opened(file) as fd:
        for start in range(0, max(file.size, 1), part_size):
            part, stop = hashlib.sha256(), min(start + part_size, file.size)
            while start < stop:
                got = os.preadv(fd, [block[: stop - start]], start)
                if not got:
                    raise altered(file)
                reading.update(block[:got])
                if file.size > part_size:
                    part.update(block[:got])
                start += got
            parts.append(part.digest())
    whole = bytes.fromhex(reading.judge()[2]["sha256"])
    if len(parts) == 1:
        parts = [whole]
    return Content(file.size, whole, tuple(parts), part_size), reading


def read_part(file: LocalFile, content: Content, number: int) -> bytes:
    """Part ``number``, from 1, of what :func:`read_content` read.

    Raises:
        Altered: it holds something else by now.
    """
    start = (number - 1) * content.part_size
    stop = min(start + content.part_size, content.size)
    pieces = []
    with opened(file) as fd:
        while start < stop:
            piece = os.pread(fd, stop - start, start)
            if not piece:
                raise altered(file)
            pieces.append(piece)
            start += len(piece)
    data = b"".join(pieces)
    if hashlib.sha256(data).digest() != content.parts[number - 1]:
        raise altered(file)
    return data


def matching(
    file: LocalFile, there: There, part_size: int
) -> tuple[Content, tuple[str, ...]] | None:
    """What the file holds and what proves it, where the target holds the same; else None.

    Where the target gives nothing to compare but the size, that is not the same.

    Raises:
        Altered: as :func:`read_content`.
    """
    if there.size != file.size:
        return None
    headers = {name: with_parts(value, name, there.etag) for name, value in there.headers.items()}
    checks = tuple(by_store(headers, there.etag, there.size, there.part_size, False))
    if not checks and not there.sha256:
        return None
    content, reading = read_content(file, part_size, checks)
    good, bad, _ = reading.judge()
    noted = there.sha256 == content.sha256.hex()
    if bad or (there.sha256 and not noted):
        return None
    proof = tuple(good) or (("sha256 (noted with it)",) if noted else ())
    return (content, proof) if proof else None


def with_parts(value: str, name: str, etag: str) -> str:
    """A checksum header as S3 writes it.

    SHA checksums of multipart uploads are of parts; some stores leave their number
    away.
    """
    number = etag.strip('"').partition("-")[2]
    composite = name in ("x-amz-checksum-sha256", "x-amz-checksum-sha1")
    if value and composite and number.isdecimal() and "-" not in value:
        return f"{value}-{number}"
    return value


@contextmanager
def opened(file: LocalFile) -> Iterator[int]:
    """A descriptor of the file; in the state that was listed, before and after.

    Raises:
        Altered: it is not. InputMissing, NotPermitted: it cannot be read any more.
    """
    try:
        fd = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise InputMissing(
            f"{printable(file.name)}: is gone since the folder was listed"
        ) from error
    except PermissionError as error:
        raise NotPermitted(f"{printable(file.name)}: {error.strerror}") from error
    try:
        if State.of(os.fstat(fd)) != file.state:
            raise altered(file)
        yield fd
        if State.of(os.fstat(fd)) != file.state:
            raise altered(file)
    finally:
        os.close(fd)


def altered(file: LocalFile) -> Altered:
    return Altered(
        f"{printable(file.name)}: was changed while it was uploaded; nothing of it is kept there",
        hint="wait until nothing writes to it any more, then start again",
    )
