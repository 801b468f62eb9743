"""Where a resistance database lies: the folder that was named, or the cache of references."""

from pathlib import Path

from engines.contract.errors import BadData, InputMissing
from engines.references import catalogue
from engines.references.cache import Shelf, default_root

# kind → a file by which its folder is known
MARKS = {
    "resfinder": "phenotypes.txt",
    "pointfinder": "config",
    "ncbi_mutations": "AMRProt-mutation.tsv",
}


def find(kind: str, folder: Path | None = None, cache: Path | None = None) -> Path:
    """The folder of a database: ``folder``, a folder below it with its usual name, or the cache.

    Raises:
        InputMissing: neither there nor fetched. BadData: a folder that holds something else.
    """
    if folder is None:
        return _cached(kind, cache or default_root())
    names = (
        ("", f"{kind}_db", kind, "ncbi_point_mutations") if "ncbi" in kind else ("", f"{kind}_db")
    )
    for name in names:
        if _is(kind, folder / name):
            return folder / name
    if not folder.is_dir():
        raise InputMissing(f"{folder}: no such folder", hint="give the folder of the database")
    raise BadData(
        f"{folder}: is no {kind} database, it has no {MARKS[kind]}",
        hint="give the folder with its .fsa and .txt files, not one of KMA's indexes; "
        f"or fetch it: plumbline references ensure {kind}",
    )


def _is(kind: str, folder: Path) -> bool:
    if not (folder / MARKS[kind]).is_file():
        return False
    beside = {"resfinder": "*.fsa", "pointfinder": "*/resistens-overview.txt"}
    return any(folder.glob(beside.get(kind, "*.fa")))


def _cached(kind: str, root: Path) -> Path:
    shelf = Shelf(root, catalogue.load().choose(kind))
    for product, fault in shelf.faults().items():
        raise InputMissing(
            f"{shelf.entry}: {shelf.folder / product} {fault}",
            hint="fetch it: plumbline references ensure amr; or name a folder of your own",
        )
    return shelf.folder / shelf.products[0]
