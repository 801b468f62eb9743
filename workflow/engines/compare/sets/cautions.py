"""What a reader of the tables of several call sets has to know."""

from collections.abc import Iterator, Sequence
from typing import Any

from engines.compare.guards import SAME_PERSON, WORTH_A_WORD
from engines.compare.sets.pairs import CallSet, OnContig
from engines.formats.bed import Regions


def warnings_of(
    sets: Sequence[CallSet],
    regions: Regions | None,
    found: OnContig,
    pairs: Sequence[dict[str, Any]],
) -> list[str]:
    """One line each."""
    return [
        *_of_files(sets, found),
        *_of_regions(regions),
        *_of_people(pairs),
        *_of_search(found),
    ]


def _of_files(sets: Sequence[CallSet], found: OnContig) -> Iterator[str]:
    everywhere = {contig for s in sets for contig in s.contigs.names.values()}
    for s, intake in zip(sets, found.intakes, strict=True):
        if s.contigs.renamed:
            yield f"{s.name}: names of {s.contigs.renamed} contigs were mapped (20 is chr20)"
        if lacking := sorted(everywhere - set(s.contigs.names.values())):
            few = ", ".join(lacking[:5]) + (", …" if len(lacking) > 5 else "")
            yield f"{s.name}: no records on {len(lacking)} contigs that others have ({few})"
        if intake.mismatched:
            yield (
                f"{s.name}: REF differs from the reference at {intake.mismatched:,} of "
                f"{intake.checked:,} records, first {intake.first_mismatch}; left out"
            )
        if intake.unknown:
            yield (
                f"{s.name}: the reference is N at {intake.unknown:,} of {intake.checked:,} "
                "records; compared as written"
            )


def _of_regions(regions: Regions | None) -> Iterator[str]:
    if regions is not None and regions.absent:
        yield f"regions: {len(regions.absent)} contigs are not in the reference"
    if regions is not None and regions.ignored:
        yield f"regions: {regions.ignored:,} rows without a base ignored"


def _of_people(pairs: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Sets whose genotypes agree so rarely that they are hardly of one person."""
    shared = {
        (row["a"], row["b"], row["by"]): row["a_shared"] for row in pairs if row["type"] == "all"
    }
    for a, b, by in shared:
        alleles, same = shared[a, b, "allele"], shared[a, b, "genotype"]
        if by == "allele" and alleles >= WORTH_A_WORD and same / alleles < SAME_PERSON:
            yield (
                f"{a} and {b} may not be of one person: of {alleles:,} alleles that both have, the "
                f"genotype agrees at {same / alleles:.1%}"
            )


def _of_search(found: OnContig) -> Iterator[str]:
    if found.capped:
        yield (
            f"clusters too dense for the full search: {len(found.capped):,}; in them a larger "
            "match may exist; each is listed with its place"
        )
