"""Structural calls: fusions, amplifications, losses, and insertions of many bases in an exon."""

import re
from collections.abc import Iterator

from engines.annotate.evidence import Alteration, Condition
from engines.annotate.matching.index import Entry, GeneIndex, Index
from engines.annotate.matching.symbols import current
from engines.annotate.variants import StructuralCall
from engines.annotate.verdict import Rung

AMPLIFIED_FROM = 6.0
"""Copies from which a gain is an amplification (as for ERBB2 by ASCO/CAP)."""
LOST_BELOW = 1.5
_GAINS = frozenset({"DUP", "CNV", "AMP", "GAIN"})
_LOSSES = frozenset({"DEL", "CNV", "LOSS"})
_LONGEST_TANDEM = 1000
COPIES_NOT_TOLD = "copy number not told"
_IMMUNOGLOBULIN = re.compile(r"(IG[HKL])(?:[VDJ]\d.*|C\d*|G[1-4P]|A[12]|E|M|D)")
NO_EXON = "no exon of the gene is lost"
_FOCAL = 3_000_000
"""Longest deletion that says something of one gene; of an arm of a chromosome it does not."""

Found = tuple[Entry, Rung, str]
"""A part, its rung, and why it does not count (empty: it does)."""


def find(index: Index, call: StructuralCall, build: str) -> Iterator[Found]:
    """Parts that speak of a structural call."""
    partners = [each for gene in call.partners for each in _symbols(gene)]
    named = dict.fromkeys((*map(current, call.genes or ()), *partners))
    for symbol in named:
        gene = index.genes.get(symbol)
        if gene is None:
            continue
        for entry in gene.fusions:
            if symbol in partners and _is_fused(entry.part, symbol, set(partners)):
                yield entry, Rung.STRUCTURAL, ""
        for entry in gene.copies:
            for rejected in _copies(entry.part, symbol, call):
                yield entry, Rung.STRUCTURAL, rejected
        yield from _exons(gene, symbol, call)
    for gene in index.genes.values() if call.kind in ("DUP", "INS") else ():
        for entry in gene.exons:
            if _is_tandem(entry.part, call, build):
                yield entry, Rung.STRUCTURAL, ""


def _symbols(gene: str) -> tuple[str, ...]:
    """The gene; of a piece of an immunoglobulin locus also the locus, as names of fusions have it
    (IGH-BCL2)."""
    piece = _IMMUNOGLOBULIN.fullmatch(gene)
    return (current(gene), piece[1]) if piece else (current(gene),)


def _is_fused(part: Alteration, symbol: str, partners: set[str]) -> bool:
    others = partners - {symbol}
    if not part.partner:
        return bool(others)
    wanted = {current(gene) for gene in part.partner.split("-")}
    return wanted <= partners or current(part.partner) in others


def _copies(part: Alteration, symbol: str, call: StructuralCall) -> Iterator[str]:
    """Why it does not count (empty: it does); nothing where it is no match."""
    if part.exons or part.copies not in ("gain", "loss"):
        return
    if part.copies == "gain" and call.kind in _GAINS:
        if call.copies is None and call.kind != "AMP":
            if call.kind != "CNV":
                yield COPIES_NOT_TOLD
        elif call.copies is None or call.copies >= AMPLIFIED_FROM:
            yield ""
    elif part.copies == "loss" and call.kind in _LOSSES:
        told = call.copies is not None and call.copies < LOST_BELOW
        if told or (call.copies is None and call.kind != "CNV"):
            is_within_introns = call.lost is not None and not _lost_of(call, symbol, "")
            yield NO_EXON if is_within_introns else ""


def _exons(gene: GeneIndex, symbol: str, call: StructuralCall) -> Iterator[Found]:
    """Names of exons that are gone (EGFR VIII), or skipped since the whole exon is gone (MET)."""
    if call.lost is None:
        return
    for entry in (*gene.copies, *gene.exons):
        part = entry.part
        asks = part.copies == "loss" or part.condition is Condition.SPLICE
        if part.exons and asks and _lost_of(call, symbol, part.transcript) == set(part.exons):
            yield entry, Rung.STRUCTURAL, ""
    if _lost_of(call, symbol, "") and call.end - call.pos <= _FOCAL:
        for entry in gene.genes:
            if entry.part.condition is Condition.LOSS and not entry.part.copies:
                yield entry, Rung.GENE, ""


def _lost_of(call: StructuralCall, symbol: str, transcript: str) -> set[int]:
    """Exons that the call takes of a gene, counted on a transcript; on the chosen one where the
    call has none such."""
    mine = [each for each in call.lost or () if current(each.gene) == symbol]
    named = [each for each in mine if transcript and each.transcript == transcript]
    return set((named or mine)[0].exons) if mine else set()


def _is_tandem(part: Alteration, call: StructuralCall, build: str) -> bool:
    """An internal tandem duplication that the caller tells as a duplication or insertion."""
    is_small = call.end - call.pos < _LONGEST_TANDEM
    if part.condition is not Condition.INFRAME_INSERTION or part.exons or not is_small:
        return False
    return any(
        each.chrom == call.chrom and each.start <= call.pos and call.end <= each.end
        for each in part.regions.get(build, ())
    )
