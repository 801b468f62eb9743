"""Placing rows of PointFinder on the reference sequences, which decide where the table is vague."""

import re
from dataclasses import dataclass

from engines.screen.databases.codons import translate
from engines.screen.databases.mutation import NUCLEOTIDE, PROTEIN

_SIZE = re.compile(r"promoter[-_]size[-_](\d+)bp")
_AMINO = frozenset("ACDEFGHIKLMNPQRSTVWY*")
_BASES = frozenset("ACGT")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row belongs on its reference; see :class:`Mutation` for the fields."""

    level: str
    kind: str
    start: int
    ref: str
    alts: tuple[str, ...]
    problem: str = ""


def promoter_bases(gene: str) -> int:
    """Bases in front of the first codon, as the name of the gene says; 0 for most."""
    found = _SIZE.search(gene)
    return int(found[1]) if found else 0


def substitution(
    bases: str, gene: str, rna: bool, position: int, table: tuple[str, str], alts: tuple[str, ...]
) -> Place:
    """Place a substitution.

    Args:
        table: the reference codon or base, and the residue or base, as the table has them.

    Raises:
        ValueError: it cannot be placed; the message says why.
    """
    offset = promoter_bases(gene)
    codon, letter = table
    if codon == letter == "N":
        raise ValueError("a change anywhere in the gene is not looked for")
    if rna or position < 0 or (offset and len(codon) == 1):
        start = offset + position - (position > 0)
        _within(bases, start, 1)
        _letters(alts, _BASES, "base")
        if bases[start] != letter.replace("U", "T"):
            raise ValueError(f"the reference sequence has {bases[start]} there, the table {letter}")
        return Place(NUCLEOTIDE, "substitution", start, bases[start], alts)
    start = offset + 3 * (position - 1)
    _within(bases, start, 3)
    _letters(alts, _AMINO, "amino acid")
    there = bases[start : start + 3]
    residue = translate(there)
    if residue != letter and there != codon:
        raise ValueError(
            f"the reference sequence has {residue} ({there}) there, the table {letter} ({codon})"
        )
    problem = (
        "" if residue == letter else f"the table calls {there} {letter}, it codes for {residue}"
    )
    if residue in alts:
        raise ValueError(
            f"the reference sequence has {residue} there, which is listed as resistant"
        )
    return Place(PROTEIN, "substitution", start, residue, alts, problem)


def insertion(
    bases: str, gene: str, bases_counted: bool, position: int, alts: tuple[str, ...]
) -> Place:
    """Place an insertion; ``bases_counted``: the table says that its positions are bases.

    Positions beyond the last codon are bases too, whatever the table says.

    Raises:
        ValueError: it cannot be placed; the message says why.
    """
    offset = promoter_bases(gene)
    codons = (len(bases) - offset) // 3
    by_base = bases_counted or position < 0 or position > codons
    start = offset + (position - (position > 0) if by_base else 3 * (position - 1))
    _within(bases, start, 1)
    if by_base and all(set(alt) <= _BASES for alt in alts):
        return Place(NUCLEOTIDE, "insertion", start, bases[start], alts)
    _letters(alts, _AMINO, "amino acid", one=False)
    start -= (start - offset) % 3
    return Place(PROTEIN, "insertion", start, translate(bases[start : start + 3]), alts)


def deletion(
    bases: str, gene: str, bases_counted: bool, position: int, alts: tuple[str, ...]
) -> Place:
    """Place a deletion where what is deleted is found: as bases, else as amino acids.

    A table may name the base before the one that goes, so the next one is looked at too.

    Raises:
        ValueError: it cannot be placed; the message says why.
    """
    offset = promoter_bases(gene)
    (gone,) = alts if len(alts) == 1 else ("",)
    at = offset + position - (position > 0)
    residues = translate(bases[offset:])
    if gone and set(gone) <= _BASES:
        for start in (at, at + 1):
            if start >= 0 and bases.startswith(gone, start):
                return Place(NUCLEOTIDE, "deletion", start, gone, ("del",))
    if gone and not bases_counted and position > 0:
        for codon in (position - 1, (position - 1) // 3):
            if residues.startswith(gone, codon):
                return Place(PROTEIN, "deletion", offset + 3 * codon, gone, ("del",))
    raise ValueError(f"the reference sequence does not have {'/'.join(alts)} there")


def _within(bases: str, start: int, length: int) -> None:
    if start < 0 or start + length > len(bases):
        raise ValueError(f"lies outside of the reference sequence of {len(bases)} bases")


def _letters(alts: tuple[str, ...], known: frozenset[str], what: str, one: bool = True) -> None:
    for alt in alts:
        if not alt or not known.issuperset(alt) or (one and len(alt) != 1):
            raise ValueError(f"{alt!r} is no {what}")
    if not alts:
        raise ValueError("the table names no alternative")
