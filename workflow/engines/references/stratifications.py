"""Unpacking an archive of stratifications: hundreds of BED files and a table of their names."""

import hashlib
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Any

from engines.contract.errors import BadData
from engines.contract.progress import Progress
from engines.transfer.verify import BLOCK

TABLE = "-all-stratifications.tsv"


def unpack(archive: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """Unpack a tar.gz; nothing of it can land outside ``folder``.

    Returns:
        Path inside the folder → bytes and sha256 of each file.

    Raises:
        BadData: a truncated archive, a link, a device, a path that leads out, a path twice.
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
                files[name] = _write(source, folder / name)
                progress.advance(packed.tell() - progress.done)
    except FileExistsError as error:
        raise BadData(f"{archive.name}: has a path twice: {error.filename}") from error
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise BadData(
            f"{archive.name}: is not a complete tar.gz ({error})", hint="fetch it again"
        ) from error
    progress.finish()
    return dict(sorted(files.items()))


def _safe(archive: str, member: tarfile.TarInfo) -> str:
    path = PurePosixPath(member.name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in member.name:
        raise BadData(f"{archive}: the path {member.name!r} leads out of its folder")
    if not member.isfile():
        raise BadData(f"{archive}: {member.name!r} is a link or a device, not a file")
    return str(path)


def _write(source: IO[bytes], target: Path) -> dict[str, Any]:
    target.parent.mkdir(parents=True, exist_ok=True)
    sha256, size = hashlib.sha256(), 0
    with open(target, "xb") as out:
        while block := source.read(BLOCK):
            out.write(block)
            sha256.update(block)
            size += len(block)
    return {"bytes": size, "sha256": sha256.hexdigest()}


def table(files: dict[str, dict[str, Any]], folder: Path, prefix: str) -> str:
    """The publisher's table of names and BED files, with paths below ``prefix``.

    Args:
        files: what :func:`unpack` gave.
        folder: where it unpacked to.

    Returns:
        Rows ``name TAB path``, in the publisher's order.

    Raises:
        BadData: no table, two of them, or a row whose file is not in the archive.
    """
    found = [name for name in files if name.endswith(TABLE)]
    if len(found) != 1:
        raise BadData(
            f"the archive has {len(found)} tables *{TABLE}, one is expected",
            hint=f"found: {', '.join(found) or 'none'}",
        )
    rows = []
    for number, line in enumerate((folder / found[0]).read_text("utf-8").splitlines(), 1):
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
