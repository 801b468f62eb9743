"""Which database a folder is: its version, and whether it is as published."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.contract.errors import InputMissing
from engines.references import catalogue


@dataclass(frozen=True)
class Identity:
    """A database as an output names it.

    Attributes:
        kind: resfinder, pointfinder or ncbi_mutations.
        version: of the catalogue where all files are as published; else what the folder says of
            itself, with ``(own)`` behind it.
        released: day of that version; empty for an own one.
        sha256: of the list of its files and their sha256, as ``sha256sum`` writes it.
        differs: files that the nearest published version does not have, or has with other bytes.
    """

    kind: str
    name: str
    version: str
    released: str
    sha256: str
    folder: Path
    differs: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For provenance and summaries."""
        return {
            "name": self.name,
            "version": self.version,
            "date": self.released or None,
            "sha256": self.sha256,
        }


NAMES = {
    "resfinder": "ResFinder",
    "pointfinder": "PointFinder",
    "ncbi_mutations": "NCBI resistance mutations",
}


def identify(kind: str, folder: Path, used: Sequence[Path]) -> Identity:
    """Say which version of a database lies in ``folder``.

    Args:
        used: the files that count; what else lies there does not make it another database.

    Raises:
        InputMissing: a file of it is not there.
    """
    try:
        found = {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(used)
        }
    except FileNotFoundError as error:
        raise InputMissing(
            f"{error.filename}: no such file", hint="fetch the database again"
        ) from error
    listing = "".join(f"{sha256}  {name}\n" for name, sha256 in found.items())
    sha256 = hashlib.sha256(listing.encode()).hexdigest()
    own = _own_version(folder)
    differs: tuple[str, ...] = ()
    for entry in catalogue.load().select(kind):
        other = tuple(n for n, s in found.items() if entry.contents.get(n) != s)
        if not other:
            return Identity(kind, NAMES[kind], entry.version, entry.released, sha256, folder)
        differs = differs if differs and len(differs) <= len(other) else other
    return Identity(kind, NAMES[kind], f"{own} (own)", "", sha256, folder, differs)


def _own_version(folder: Path) -> str:
    try:
        return (folder / "VERSION").read_text(encoding="utf-8").strip() or "unknown"
    except (OSError, UnicodeDecodeError):
        return "unknown"
