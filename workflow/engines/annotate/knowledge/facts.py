"""What a source tells of a variant besides its name: coordinates, HGVS, aliases, types."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from engines.annotate.evidence import Region
from engines.annotate.knowledge.protein_names import read_change
from engines.annotate.variants import Allele, ProteinChange

# RefSeq versions of the chromosomes of GRCh37; GRCh38 has the next one of each
_GRCH37 = dict(
    zip(
        [*map(str, range(1, 23)), "X", "Y"],
        [10, 11, 11, 11, 9, 11, 13, 10, 11, 10, 9, 11, 10, 8, 9, 9, 10, 9, 9, 10, 8, 10, 10, 9],
        strict=True,
    )
)
_G = re.compile(
    r"NC_0000(?P<chrom>\d\d)\.(?P<version>\d+):g\.(?P<start>\d+)(?:_(?P<end>\d+))?"
    r"(?P<what>(?P<ref>[ACGT])>(?P<alt>[ACGT])|delins(?P<delins>[ACGT]+)|del(?P<del>[ACGT]*)"
    r"(?:ins(?P<delins2>[ACGT]+))?|ins(?P<ins>[ACGT]+))"
)
_P = re.compile(r"(?P<sequence>[A-Z]{2,4}_?\d+)(?:\.\d+)?:p\.(?P<change>.+)")


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one variant of a source.

    Attributes:
        types: terms of the Sequence Ontology.
        proteins: changes by HGVS and aliases, in the order of the source, each once.
        alleles, regions, transcript: as :class:`engines.annotate.evidence.Alteration` has them.
    """

    types: frozenset[str] = frozenset()
    aliases: tuple[str, ...] = ()
    proteins: tuple[ProteinChange, ...] = ()
    alleles: dict[str, tuple[Allele, ...]] = field(default_factory=dict)
    regions: dict[str, tuple[Region, ...]] = field(default_factory=dict)
    transcript: str = ""


def bare(chrom: str, pos: int, ref: str, alt: str) -> Allele:
    """The allele without the bases that both share, first at the end, then at the beginning."""
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    while ref and alt and ref[0] == alt[0]:
        ref, alt, pos = ref[1:], alt[1:], pos + 1
    return Allele(chrom, pos, ref, alt)


def located(
    build: str, chrom: str, start: str, stop: str, ref: str, alt: str
) -> tuple[dict[str, tuple[Allele, ...]], dict[str, tuple[Region, ...]]]:
    """Allele and region of the coordinates of a source; empty where they are none.

    Bases other than ACGT (``G/A``, ``N``) give no allele. An insertion has no reference base and
    stands between ``start`` and ``stop``.
    """
    chrom = chrom.removeprefix("chr").replace("M", "MT").replace("MTT", "MT")
    if not (build and chrom and start.isdigit() and int(start) > 0):
        return {}, {}
    first, last = int(start), int(stop) if stop.isdigit() else int(start)
    region = Region(chrom, min(first, last), max(first, last))
    ref, alt = ref.strip("-").upper(), alt.strip("-").upper()
    plain = (ref or alt) and ref != alt and not set(ref + alt) - set("ACGT")
    if not plain or (ref and len(ref) != region.end - region.start + 1):
        return {}, {build: (region,)}
    at = region.start if ref else region.end
    return {build: (bare(chrom, at, ref, alt),)}, {build: (region,)}


def genomic(expressions: Iterable[str]) -> dict[str, tuple[Allele, ...]]:
    """Alleles of the ``NC_…:g.`` expressions, by genome; what cannot be written without the
    genome at hand (a duplication, a deletion whose bases are not told) is left out."""
    found: dict[str, list[Allele]] = {}
    for text in expressions:
        match = _G.fullmatch(text.strip())
        where = _build_of(match) if match else None
        allele = _allele(match, where[1]) if match and where else None
        if allele and where and allele not in found.setdefault(where[0], []):
            found[where[0]].append(allele)
    return {build: tuple(alleles) for build, alleles in found.items()}


def _build_of(match: re.Match[str]) -> tuple[str, str] | None:
    number = int(match["chrom"])
    chrom = {23: "X", 24: "Y"}.get(number, str(number))
    first = _GRCH37.get(chrom)
    builds = {first: "GRCh37", first + 1: "GRCh38"} if first else {}
    build = builds.get(int(match["version"]))
    return (build, chrom) if build else None


def _allele(match: re.Match[str], chrom: str) -> Allele | None:
    start = int(match["start"])
    if match["ref"]:
        return Allele(chrom, start, match["ref"], match["alt"])
    if match["ins"]:
        return Allele(chrom, start + 1, "", match["ins"])
    if match["del"] and len(match["del"]) == int(match["end"] or start) - start + 1:
        return bare(chrom, start, match["del"], match["delins2"] or "")
    return None


def protein_changes(expressions: Iterable[str]) -> tuple[ProteinChange, ...]:
    """Changes of ``NP_…:p.`` expressions and of aliases such as ``VAL600GLU``; each once."""
    changes: dict[ProteinChange, None] = {}
    for text in expressions:
        match = _P.fullmatch(text.strip())
        change = read_change(match["change"] if match else text)
        if change and (match or change.ref.strip("X")):
            changes[change] = None
    return tuple(changes)
