"""Mutations of proteins, called from reads that DIAMOND aligned to the wild types.

For databases that have proteins only (NCBI's). A read counts for its best protein; several species
may have almost the same one, so the reads of others are kept out by a limit of identity alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from engines.screen.calling import diamond
from engines.screen.calling.diamond import Alignment
from engines.screen.databases.mutation import Mutation, Panel
from engines.screen.mutations.call import Calls, Limits, judge, listed_at
from engines.screen.mutations.locus import Locus, Tally

REACH = 10  # residues around an insertion or deletion
MARGIN = 2  # residues at the ends of an alignment that count for nothing, as in alleles.py


def call(
    reads: Sequence[Path],
    panel: Panel,
    folder: Path,
    limits: Limits | None = None,
    threads: int = 1,
    cache: Path | None = None,
) -> Calls:
    """Call the mutations of a panel of proteins; DIAMOND's tables land in ``folder``.

    Raises:
        Unavailable: no DIAMOND. EngineError, Transient, BadData: it failed.
    """
    limits = limits or Limits()
    if not panel.references:
        return Calls(panel.organism, (), {}, panel.unplaced, limits)
    database = diamond.index(panel.references, cache)
    tables = diamond.call(reads, database, folder, threads)
    found: list[Alignment] = []
    for mate, table in enumerate(tables, 1):
        found += diamond.best(diamond.read(table, mate))
    return _calls(found, panel, limits)


def _calls(alignments: Iterable[Alignment], panel: Panel, limits: Limits) -> Calls:
    places = {one.id: locus_of(one, panel.references[one.reference]) for one in panel.mutations}
    by_protein: dict[str, list[Locus]] = {}
    for locus in sorted(set(places.values())):
        by_protein.setdefault(locus.reference, []).append(locus)
    seen: dict[Locus, dict[str, set[str]]] = {locus: {} for locus in places.values()}
    depths = {name: [0] * len(text) for name, text in panel.references.items()}
    reads, names, different = 0, set(), 0
    for one in alignments:
        if one.identity < 100 * limits.identity:
            different += 1
            continue
        reads += 1
        names.add(one.read)
        for at in range(one.start, one.end):
            depths[one.protein][at] += 1
        for locus, allele in _alleles(one, by_protein.get(one.protein, [])):
            seen[locus].setdefault(one.read, set()).add(allele)
    tallies = {locus: _tally(by_read) for locus, by_read in seen.items()}
    listed = listed_at(panel.mutations, places)
    made = [
        judge(one, at, tallies[at], panel.references[at.reference], limits, listed[at])
        for one in panel.mutations
        for at in (places[one.id],)
    ]
    return Calls(
        panel.organism,
        tuple(made),
        {},
        panel.unplaced,
        limits,
        len(names),
        reads,
        different,
        depths,
    )


def locus_of(one: Mutation, residues: str) -> Locus:
    """Where a mutation is looked for; positions are residues."""
    if one.kind == "substitution":
        return Locus(one.reference, one.start, one.start + 1, "base")
    end = one.start + (len(one.ref) if one.kind == "deletion" else 0)
    low, high = max(0, one.start - REACH), min(len(residues), end + REACH)
    return Locus(one.reference, low, high, "residues")


def _alleles(one: Alignment, loci: Sequence[Locus]) -> list[tuple[Locus, str]]:
    """The residues of a read at each locus it covers; inserted ones go with the one before."""
    cells: list[str] = []
    for seen, there in zip(one.query, one.subject, strict=True):
        if there != "-":
            cells.append("" if seen == "-" else seen)
        elif cells:
            cells[-1] += seen
    first, last = one.start + MARGIN, one.end - MARGIN
    return [
        (locus, "".join(cells[locus.start - one.start : locus.end - one.start]))
        for locus in loci
        if first <= locus.start and locus.end <= last
    ]


def _tally(by_read: Mapping[str, set[str]]) -> Tally:
    """Both mates of a fragment count once; where they differ, for nothing."""
    tally = Tally()
    for alleles in by_read.values():
        if len(alleles) > 1:
            tally.discordant += 1
        else:
            (allele,) = alleles
            tally.add(allele if "X" not in allele else None)
    return tally
