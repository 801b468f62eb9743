"""What a folder of resistance data is, and whether it can be used: for ``references verify``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from engines.contract.errors import BadData
from engines.references import catalogue
from engines.screen.databases import ncbi, places, pointfinder, resfinder
from engines.screen.databases.identity import Identity, identify
from engines.screen.databases.mutation import Panel


def verify(folder: Path) -> list[dict[str, Any]]:
    """Read every database in ``folder`` as the screen does.

    Returns:
        For each: kind, name, version, date, sha256, folder, ``as_published``, ``differs`` (files),
        counts, and ``problems`` in words.

    Raises:
        InputMissing, BadData: no database at all, or one that cannot be used.
    """
    kinds: dict[str, Callable[[Path], dict[str, Any]]] = {
        "resfinder": _resfinder,
        "pointfinder": _pointfinder,
        "ncbi_mutations": _ncbi,
    }
    found, reasons = [], []
    for kind, read in kinds.items():
        try:
            home = places.find(kind, folder)
        except BadData as error:
            reasons.append(error)
            continue
        found.append(read(home))
    if not found:
        raise BadData(
            f"{folder}: holds no resistance database",
            hint=f"looked for {', '.join(places.MARKS.values())}; {reasons[0].hint}",
        )
    return found


def _row(identity: Identity, counts: dict[str, int], problems: list[str]) -> dict[str, Any]:
    return {
        "kind": identity.kind,
        **identity.as_json(),
        "folder": str(identity.folder),
        "as_published": not identity.differs and bool(identity.released),
        "differs": list(identity.differs),
        "counts": counts,
        "problems": problems,
    }


def _resfinder(home: Path) -> dict[str, Any]:
    database = resfinder.load(home)
    counts = {"genes": len(database.genes), "genes with a phenotype": len(database.phenotypes)}
    return _row(database.identity, counts, list(database.problems))


def _pointfinder(home: Path) -> dict[str, Any]:
    names = pointfinder.species(home)
    loaded = [pointfinder.load(home, name) for name in names]
    counts = {"species": len(names)} | _mutations([panel for _, panel in loaded])
    problems = [problem for _, panel in loaded for problem in _problems(panel)]
    return _row(_whole("pointfinder", home), counts, problems)


def _ncbi(home: Path) -> dict[str, Any]:
    names = ncbi.groups(home)
    loaded = [ncbi.load(home, name) for name in names]
    panels = [panel for _, *both in loaded for panel in both]
    counts = {"groups": len(names)} | _mutations(panels)
    problems = [problem for panel in panels for problem in _problems(panel)]
    return _row(_whole("ncbi_mutations", home), counts, problems)


def _whole(kind: str, home: Path) -> Identity:
    """The identity of all species together: of the files that a published version has."""
    files = [p for p in sorted(home.rglob("*")) if p.suffix in (".fsa", ".txt", ".fa", ".tsv")]
    listed = _published(kind)
    return identify(kind, home, [p for p in files if str(p.relative_to(home)) in listed] or files)


def _published(kind: str) -> set[str]:
    return {name for entry in catalogue.load().select(kind) for name in entry.contents}


def _mutations(panels: list[Panel]) -> dict[str, int]:
    return {
        "mutations": sum(len(panel.mutations) for panel in panels),
        "not assessed": sum(len(panel.unplaced) for panel in panels),
    }


def _problems(panel: Panel) -> list[str]:
    """What is odd about a panel; rows that fail for the same reason are told once, with a count."""
    whys: dict[str, int] = {}
    for one in panel.unplaced:
        text = f"{one.gene}: {one.why}"
        whys[text] = whys.get(text, 0) + 1
    told = [*panel.problems, *(f"{why} ({count} not assessed)" for why, count in whys.items())]
    told += [f"{one.id}: {one.problem}" for one in panel.mutations if one.problem]
    return [f"{panel.organism}: {text}" for text in told]
