"""Structural calls: fusions, amplifications, losses, and insertions of many bases in an exon."""

from collections.abc import Iterator

from engines.annotate.evidence import Alteration, Condition
from engines.annotate.matching.index import Entry, Index
from engines.annotate.matching.symbols import current
from engines.annotate.variants import StructuralCall

AMPLIFIED_FROM = 6.0
"""Copies from which a gain is an amplification (as for ERBB2 by ASCO/CAP)."""
LOST_BELOW = 1.5
_GAINS = frozenset({"DUP", "CNV", "AMP", "GAIN"})
_LOSSES = frozenset({"DEL", "CNV", "LOSS"})
_LONGEST_TANDEM = 1000
COPIES_NOT_TOLD = "copy number not told"

Found = tuple[Entry, str]
"""A part, and why it does not count (empty: it does)."""


def find(index: Index, call: StructuralCall, build: str) -> Iterator[Found]:
    """Parts that speak of a structural call."""
    partners = [current(gene) for gene in call.partners]
    named = dict.fromkeys((*map(current, call.genes or ()), *partners))
    for symbol in named:
        gene = index.genes.get(symbol)
        if gene is None:
            continue
        for entry in gene.fusions:
            if symbol in partners and _is_fused(entry.part, symbol, set(partners)):
                yield entry, ""
        for entry in gene.copies:
            yield from _copies(entry, call)
    for gene in index.genes.values() if call.kind in ("DUP", "INS") else ():
        for entry in gene.exons:
            if _is_tandem(entry.part, call, build):
                yield entry, ""


def _is_fused(part: Alteration, symbol: str, partners: set[str]) -> bool:
    others = partners - {symbol}
    if not part.partner:
        return bool(others)
    wanted = {current(gene) for gene in part.partner.split("-")}
    return wanted <= partners or current(part.partner) in others


def _copies(entry: Entry, call: StructuralCall) -> Iterator[Found]:
    part = entry.part
    if part.exons or part.copies not in ("gain", "loss"):
        return  # which exons are gone is not known of a structural call
    if part.copies == "gain" and call.kind in _GAINS:
        if call.copies is None and call.kind != "AMP":
            if call.kind != "CNV":
                yield entry, COPIES_NOT_TOLD
        elif call.copies is None or call.copies >= AMPLIFIED_FROM:
            yield entry, ""
    elif part.copies == "loss" and call.kind in _LOSSES:
        told = call.copies is not None and call.copies < LOST_BELOW
        if told or (call.copies is None and call.kind != "CNV"):
            yield entry, ""


def _is_tandem(part: Alteration, call: StructuralCall, build: str) -> bool:
    """An internal tandem duplication that the caller tells as a duplication or insertion."""
    is_small = call.end - call.pos < _LONGEST_TANDEM
    if part.condition is not Condition.INFRAME_INSERTION or part.exons or not is_small:
        return False
    return any(
        each.chrom == call.chrom and each.start <= call.pos and call.end <= each.end
        for each in part.regions.get(build, ())
    )
