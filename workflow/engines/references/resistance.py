"""Taking the files of a resistance database out of the archive that its commit is packed in."""

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.contract.errors import BadData
from engines.contract.progress import say
from engines.transfer.verify import BLOCK


def unpack(
    archive: Path, folder: Path, inside: str, contents: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """Write the files of ``contents`` below ``folder``; all else in the archive is left out.

    Args:
        archive: a tar.gz with one folder around everything, as code hosts pack a commit.
        inside: the folder below that one; empty for that one itself.
        contents: path below ``inside`` → sha256.

    Returns:
        Path → bytes and sha256 of each file, in the order of their names.

    Raises:
        BadData: a truncated archive, a file that is not in it, or has other bytes.
    """
    files: dict[str, dict[str, Any]] = {}
    try:
        with tarfile.open(archive, "r:gz") as tar:
            for member in tar:
                name = _below(member.name, inside)
                if name in contents and member.isfile():
                    files[name] = _write(tar, member, folder / name)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadData(
            f"{archive.name}: is not a complete tar.gz ({error})", hint="fetch it again"
        ) from error
    for name, sha256 in contents.items():
        if name not in files:
            raise BadData(
                f"{archive.name}: has no {name}", hint="it is not what the catalogue names"
            )
        if files[name]["sha256"] != sha256:
            raise BadData(
                f"{archive.name}: {name} has the sha256 {files[name]['sha256']}, the catalogue "
                f"says {sha256}",
                hint="the download is damaged, or was replaced by its publisher; nothing was kept",
            )
    say(f"{archive.name}: {len(files)} files taken, all as the catalogue says")
    return dict(sorted(files.items()))


def _below(member: str, inside: str) -> str:
    """The path below ``inside`` of a member, whatever the outermost folder is called."""
    below = member.partition("/")[2]
    if not inside:
        return below
    return below.removeprefix(f"{inside}/") if below.startswith(f"{inside}/") else ""


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> dict[str, Any]:
    source = tar.extractfile(member)
    assert source is not None  # it is a plain file
    target.parent.mkdir(parents=True, exist_ok=True)
    sha256, size = hashlib.sha256(), 0
    with open(target, "wb") as out:
        while block := source.read(BLOCK):
            out.write(block)
            sha256.update(block)
            size += len(block)
    return {"bytes": size, "sha256": sha256.hexdigest()}
