"""Rows with reads: the files of their lanes, and of which species they are."""

from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from engines.configuration.places import is_folder
from engines.configuration.plan import SCREEN, ReadSet
from engines.configuration.problems import Problems
from engines.configuration.settings import Source
from engines.configuration.sheet import READS, Row, check_mates, lanes
from engines.contract.errors import EngineError
from engines.references import catalogue


def find_read_set(row: Row, config: dict[str, Any], problems: Problems) -> ReadSet:
    """The reads of a row; what is wrong goes to ``problems``."""
    forward, reverse = (lanes(row.get(column) or "") for column in READS)
    check_mates(row, READS, forward, reverse, problems)
    if config[SCREEN]["executable"] and (len(forward), len(reverse)) != (1, 1):
        what = "screen.executable takes one file, and one of mates; join the lanes first"
        problems.add(row.where("reads_1"), what)
    return ReadSet(row.sample, tuple(forward), tuple(reverse), row.get("species"))


def check_species(
    rows: Sequence[Row], config: dict[str, Any], source: Source, problems: Problems
) -> None:
    """Are the databases where the configuration says, and do they have the species?

    PointFinder's species only: those that are not downloaded yet are named in the catalogue.
    """
    settings = config[SCREEN]
    own = settings["resistance"]
    if not rows or settings["executable"] or (own and not is_folder(own)):
        return
    # imported here, as most runs have no reads
    from engines.screen.databases import places, pointfinder

    asked = [row for row in rows if row.get("species")]
    try:
        if own:
            places.find("resfinder", Path(own))
        known = _known(Path(own) if own else None) if asked else ()
    except EngineError as error:
        key = f"{SCREEN}.resistance"
        problems.add(source.of(key), f"{key}: {error.message}; {error.hint}")
        return
    for row in asked if "pointfinder" in settings["mutations"] else ():
        try:
            pointfinder.called(row.cells["species"], known)
        except EngineError as error:
            problems.add(row.where("species"), f"{error.message}; {error.hint}")


def _known(own: Path | None) -> Sequence[str]:
    """The folders of species in PointFinder."""
    from engines.screen.databases import places, pointfinder

    if own:
        return pointfinder.species(places.find("pointfinder", own))
    files = map(PurePosixPath, catalogue.load().choose("pointfinder").contents)
    return sorted({file.parent.name for file in files if file.name == pointfinder.TABLE})
