"""Links with plain names into the cache, and one receipt of what they are."""

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engines.contract.errors import CannotWrite
from engines.contract.output import write_atomic
from engines.contract.provenance import as_json
from engines.references.cache import Place, Shelf
from engines.references.catalogue import Entry
from engines.references.samples import Identity

RECEIPT = "receipt.json"


def link(shelf: Place, folder: Path, said: dict[str, Any], name: str = RECEIPT) -> list[Path]:
    """Put links to all products of an entry into ``folder``, and its receipt last.

    Links of an earlier run are replaced, each in one step.

    Args:
        said: what the receipt says.
        name: of the receipt, where a folder has several.

    Raises:
        CannotWrite: a file that is no link stands in the way, or no permission.
    """
    links = [folder / product for product in shelf.products]
    for path in links:
        if path.exists() and not path.is_symlink():
            raise CannotWrite(
                f"{path}: is there, and no link into a cache",
                hint="move it away, or link elsewhere",
            )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).unlink(missing_ok=True)  # it must never speak of other files
        for path in links:
            staged = path.with_name(f".{path.name}.{os.getpid()}")
            staged.unlink(missing_ok=True)
            staged.symlink_to(shelf.folder / path.name)
            try:
                os.replace(staged, path)
            finally:
                staged.unlink(missing_ok=True)
    except PermissionError as error:
        raise CannotWrite(
            f"{error.filename}: {error.strerror}", hint="choose another folder for --link"
        ) from error
    write_atomic(folder / name, as_json(said))
    return [*links, folder / name]


def files_of(shelf: Place) -> dict[str, Any]:
    """What each file of an entry is and where it came from, for a receipt.

    The files of unpacked stratifications are counted, not listed; the cache lists them.
    """
    files = {}
    for product in shelf.products:
        found = shelf.receipt(product)
        assert found is not None  # ensured before
        values = asdict(found)
        listed = values.pop("files")
        files[product] = values | ({"number_of_files": len(listed)} if listed else {})
    return files


def receipt(shelf: Shelf, entry: Entry, asked_for: Identity | None) -> dict[str, Any]:
    """What an entry of the catalogue is, on whose authority, under which terms, and its files."""
    publisher = entry.publisher
    return {
        "schema": "plumbline/references.receipt/1",
        "kind": entry.kind,
        "build": entry.build,
        "sample": entry.sample,
        "version": entry.version,
        "asked_for": str(asked_for) if asked_for else None,
        "released": entry.released or None,
        "caveat": entry.caveat or None,
        "paper": entry.paper or None,
        "publisher": publisher.name,
        "licence": publisher.licence,
        "terms": publisher.terms,
        "acknowledgement": publisher.acknowledgement,
        "cache": str(shelf.folder),
        "files": files_of(shelf),
    }
