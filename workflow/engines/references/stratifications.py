"""Unpacking an archive of stratifications: hundreds of BED files and a table of their names."""

import errno
import gzip
import hashlib
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Any

from engines.contract.errors import BadData
from engines.contract.progress import Progress
from engines.transfer.verify import BLOCK

TABLE = "-all-stratifications.tsv"

# a name too long, or odd; a path through a file: the archive's fault, not that of the disk
_BAD_NAMES = {errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.ENOTDIR, errno.EISDIR}


def unpack(archive: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """Unpack a tar.gz; nothing of it can land outside ``folder``.

    Returns:
        Path inside the folder → bytes and sha256 of each file.

    Raises:
        BadData: a truncated archive, a link, a device, a path that leads out, a path twice,
            a path that cannot be written.
    """
    files: dict[str, dict[str, Any]] = {}
    progress = Progress(f"unpacking {archive.name}", archive.stat().st_size, "bytes")
    try:
        with open(archive, "rb") as packed, tarfile.open(fileobj=packed, mode="r:gz") as tar:
            for member in tar:
                if member.isdir():
                    continue
                name = _safe(archive.name, member)
                source = tar.extractfile(member)
                assert source is not None  # it is a plain file
                files[name] = _write(archive.name, source, folder / name)
                progress.advance(packed.tell() - progress.done)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadData(
            f"{archive.name}: is not a complete tar.gz ({error})", hint="fetch it again"
        ) from error
    progress.finish()
    return dict(sorted(files.items()))


def _safe(archive: str, member: tarfile.TarInfo) -> str:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or not path.parts:
        raise BadData(f"{archive}: the path {member.name!r} leads out of its folder")
    if not member.name.isprintable():
        raise BadData(f"{archive}: the path {member.name!r} is not plain text")
    if not member.isfile():
        raise BadData(f"{archive}: {member.name!r} is a link or a device, not a file")
    return str(path)


def _write(archive: str, source: IO[bytes], target: Path) -> dict[str, Any]:
    sha256, size = hashlib.sha256(), 0
    with _create(archive, target) as out:
        while block := source.read(BLOCK):
            out.write(block)
            sha256.update(block)
            size += len(block)
    return {"bytes": size, "sha256": sha256.hexdigest()}


def _create(archive: str, target: Path) -> IO[bytes]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return open(target, "xb")
    except FileExistsError as error:
        raise BadData(f"{archive}: has a path twice: {error.filename}") from error
    except OSError as error:
        if error.errno not in _BAD_NAMES:
            raise
        shown = target.name if len(target.name) < 60 else f"{target.name[:60]}…"
        raise BadData(f"{archive}: the path of {shown} is unusable ({error.strerror})") from error


def table(files: dict[str, dict[str, Any]], folder: Path, prefix: str) -> str:
    """The publisher's table of names and BED files, with paths below ``prefix``.

    Args:
        files: what :func:`unpack` gave.
        folder: where it unpacked to.

    Returns:
        Rows ``name TAB path``, in the publisher's order.

    Raises:
        BadData: no table, two of them, not UTF-8, or a row whose file is not in the archive.
    """
    found = [name for name in files if name.endswith(TABLE)]
    if len(found) != 1:
        raise BadData(
            f"the archive has {len(found)} tables *{TABLE}, one is expected",
            hint=f"found: {', '.join(found) or 'none'}",
        )
    try:
        lines = (folder / found[0]).read_text("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise BadData(f"{found[0]}: is not UTF-8 text ({error})") from error
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        bed = str(PurePosixPath(found[0]).parent / fields[-1].strip())
        if len(fields) != 2 or bed not in files:
            raise BadData(
                f"{found[0]}: row {number} names a file that is not in the archive: {line!r}"
            )
        rows.append(f"{fields[0]}\t{prefix}/{bed}\n")
    if not rows:
        raise BadData(f"{found[0]}: is empty")
    return "".join(rows)
