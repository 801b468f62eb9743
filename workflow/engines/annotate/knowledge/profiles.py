"""Names of molecular profiles, as CIViC has had them since 2022: BRAF V600E AND NOT …"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from engines.annotate.evidence import Alteration, Part
from engines.annotate.knowledge.facts import Facts
from engines.annotate.knowledge.names import read_name

_AND = re.compile(r"\s+AND\s+")
_OR = re.compile(r"\s+OR\s+")
_ALIKE = (Part.PROTEIN, Part.CODON)


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant as the source lists it: ``gene`` may be a pair of genes, ``EML4::ALK``."""

    gene: str
    name: str
    facts: Facts


def read_profile(name: str, variants: Mapping[str, Variant]) -> tuple[Alteration, ...]:
    """The parts of a profile.

    Args:
        variants: what is known of the variants, by ``GENE NAME``.
    """
    whole = variants.get(name)
    if whole:
        return _parts(whole)
    if _OR.search(name):
        return _alternatives(name, variants)
    pieces = [piece.strip() for piece in _AND.split(name)]
    parts: list[Alteration] = []
    for piece in pieces:
        parts += _piece(piece, variants)
    return tuple(parts)


def _piece(text: str, variants: Mapping[str, Variant]) -> tuple[Alteration, ...]:
    if text.startswith("NOT "):
        gene = text.split()[1].strip("(")
        return (Alteration(gene, Part.STATE, text),)  # what is absent is never seen
    found = variants.get(text)
    if found is None:
        gene, _, name = text.partition(" ")
        found = Variant(gene, name or text, Facts())
    return _parts(found)


def _parts(variant: Variant) -> tuple[Alteration, ...]:
    five, mark, three = variant.gene.partition("::")
    if not mark:
        return read_name(variant.gene, variant.name, variant.facts)
    gene = five if three in ("v", "?") else three
    return read_name(gene, f"{variant.gene} {variant.name}", variant.facts)


def _alternatives(name: str, variants: Mapping[str, Variant]) -> tuple[Alteration, ...]:
    """One part with all changes where they are of one gene and alike; else nobody can say it."""
    unknown = (Alteration(name.split()[0].strip("("), Part.UNKNOWN, name),)
    if _AND.search(name) or "NOT " in name:
        return unknown
    found = [_piece(piece.strip(), variants) for piece in _OR.split(name)]
    parts = [each[0] for each in found if len(each) == 1]
    first = parts[0] if parts else unknown[0]
    alike = all(p.part is first.part and p.gene == first.gene for p in parts)
    if len(parts) != len(found) or first.part not in _ALIKE or not alike:
        return unknown
    alleles = {
        build: tuple(dict.fromkeys(a for p in parts for a in p.alleles.get(build, ())))
        for build in sorted({build for p in parts for build in p.alleles})
    }
    merged = replace(
        first,
        name=name,
        proteins=tuple(dict.fromkeys(c for p in parts for c in p.proteins)),
        other_proteins=tuple(dict.fromkeys(c for p in parts for c in p.other_proteins)),
        codons=tuple(dict.fromkeys(c for p in parts for c in p.codons)),
        alleles=alleles,
        aliases=tuple(dict.fromkeys(a for p in parts for a in p.aliases)),
    )
    return (merged,)
