"""Names that are words: states, copy numbers, exons, domains, whole genes."""

import re
from dataclasses import dataclass

from engines.annotate.evidence import Condition, Part


@dataclass(frozen=True, slots=True)
class Word:
    """What a word means: the part, its condition, and the copies."""

    part: Part
    condition: Condition = Condition.NONE
    copies: str = ""


_GAIN = Word(Part.COPY_NUMBER, copies="gain")
_GONE = Word(Part.COPY_NUMBER, copies="loss")
_STATE = Word(Part.STATE)
_FUSION = Word(Part.FUSION)
_REGION = Part.EXON

_STATES = (
    r".*\b(over|under|hyper)?expression|expression .*|.*\b(hypo|hyper|de)?methylation|"
    r".*phosphorylation|wild[ -]?type|.*serum levels|.*(nuclear|cytoplasmic) "
    r"(translocation|mislocali[sz]ation|localization)|alternative transcript.*|copy[- ]neutral "
    r"loss of heterozygosity|loss of heterozygosity|loh|double ph|non-amplification|"
    r"autocrine activation|.*\bsplice variant \d+|(tmb|tumor mutational burden|msi|microsatellite "
    r"instability|hrd|homologous recombination deficiency).*|normal .*|no mutation.*|"
    r".*haploinsufficiency|.*\bactivity|copy number neutral.*"
)
_TABLE: tuple[tuple[str, Word], ...] = (
    (_STATES, _STATE),
    (r"amplification|copy number gain|gain|duplication|polysomy", _GAIN),
    (r"deletion|homozygous deletion|copy number loss|(partial|complete|large|whole gene) deletion"
     r"( of [\d.]+ ?kb)?|null \((complete|large|partial) deletion( of [\d.]+ ?kb)?\)|"
     r"\d+[pq][\d.]+(-[\d.]+)? .*\bdel(etion)?", _GONE),
    (r"copy number (variation|alteration|change)|cnv", Word(Part.COPY_NUMBER)),
    (r"loss", Word(Part.GENE, Condition.LOSS, "loss")),
    (r"(loss[- ]of[- ]function|deleterious|inactivating|inactivation|truncating|truncation|"
     r"nonsense|del/fs)( mutations?| variants?)?", Word(Part.GENE, Condition.LOSS)),
    (r"(frame ?shift|fs)( mutations?| truncations?| variants?)?",
     Word(Part.GENE, Condition.FRAMESHIFT)),
    (r"missense( mutations?| variants?)?", Word(Part.GENE, Condition.MISSENSE)),
    (r"splice( site)? (mutations?|variants?|alteration)", Word(Part.GENE, Condition.SPLICE)),
    (r"(gain[- ]of[- ]function|activating|hotspot)( mutations?| variants?)?",
     Word(Part.GENE, Condition.GAIN)),
    (r"(oncogenic )?(mutations?|alterations?|variants?)|mutated|mutant|any mutation",
     Word(Part.GENE, Condition.ANY)),
    (r"(gene )?(fusions?|rearrangements?|translocation)|truncating fusion|.*\bfusion \(promoter "
     r"swap\)|intron \d+ rearrangement", _FUSION),
    (r"internal (tandem )?duplication|itd", Word(_REGION, Condition.INFRAME_INSERTION)),
    (r"(?!non-).*\b(domain|loop|tkd)( \w+)? mut(ation)?s?", Word(_REGION)),
    (r"n-terminal frame ?shift", Word(_REGION, Condition.FRAMESHIFT)),
    (r"(promoter|[35]' ?utr|intron \d+) (mutation|polymorphism|variant)s?|[35]' tandem repeat",
     Word(_REGION)),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), word) for pattern, word in _TABLE)

_EXON = re.compile(
    r"(?:null \((?:partial )?deletion of )?(?:exons?|ex)[ -]?(?P<first>\d+)"
    r"(?:(?: ?- ?|(?P<and> (?:&|and) ))(?:exons?|ex)? ?(?P<last>\d+))?"
    r"(?: (?P<what>skipping|"
    r"deletions?|del|insertions?|ins|frame ?shift|splice site|in-?frame deletions?|"
    r"in-?frame insertions?|loss|truncating))?(?: (?P<kind>mutations?|mut|variants?|insertions?|"
    r"deletions?|alterations?))?\)?|del ?(?P<from>\d+)-(?P<to>\d+)",
    re.IGNORECASE,
)
_SMALL_DELETIONS = {
    "EGFR": {18, 19, 20}, "ERBB2": {19, 20}, "KIT": {8, 9, 11, 13, 17}, "PDGFRA": {12, 14, 18},
    "CTNNB1": set(), "BRAF": {12},
}  # fmt: skip
"""Exons whose "deletion" means a few residues, where the source does not say it."""


@dataclass(frozen=True, slots=True)
class Exons:
    """Exons, and what has happened there; ``are_gone``: they are lost as a whole."""

    numbers: tuple[int, ...]
    condition: Condition
    are_gone: bool = False


def read_word(text: str) -> Word | None:
    """What a word or two mean, with the gene's own name taken away; None for no known word."""
    return next((word for pattern, word in _COMPILED if pattern.fullmatch(text)), None)


def read_exons(gene: str, text: str, types: frozenset[str]) -> Exons | None:
    """``EXON 14 SKIPPING MUTATION`` and the like.

    Args:
        types: terms of the Sequence Ontology that the source gives; they tell the loss of an exon
            from a deletion of a few residues, which both are called EXON 19 DELETION.
    """
    if gene == "EGFR" and re.fullmatch(r"v?iii|egfrv ?iii", text, re.IGNORECASE):
        return Exons(tuple(range(2, 8)), Condition.NONE, are_gone=True)
    found = _EXON.fullmatch(text)
    if not found or (found["first"] and not (found["what"] or found["kind"])):
        return _partial(found)
    if found["and"]:
        return None  # two exons, both of them
    first = int(found["first"] or found["from"])
    numbers = tuple(range(first, int(found["last"] or found["to"] or first) + 1))
    if not numbers or numbers[0] == 0 or len(numbers) > 200:
        return None
    if "null" in text.lower() or found["from"]:
        return Exons(numbers, Condition.NONE, are_gone=True)
    words = f"{found['what'] or ''} {found['kind'] or ''}".lower()
    return _what(gene, numbers, words, types)


def _partial(found: re.Match[str] | None) -> Exons | None:
    if found and found[0].lower().startswith("null"):
        numbers = [int(n) for n in (found["first"], found["last"]) if n]
        return Exons(tuple(range(numbers[0], numbers[-1] + 1)), Condition.NONE, are_gone=True)
    return None


def _what(gene: str, numbers: tuple[int, ...], words: str, types: frozenset[str]) -> Exons:
    if "skipping" in words or "splice" in words or (gene, numbers) == ("MET", (14,)):
        return Exons(numbers, Condition.SPLICE)
    if "frame" in words and "shift" in words:
        return Exons(numbers, Condition.FRAMESHIFT)
    if "ins" in words:
        return Exons(numbers, Condition.INFRAME_INSERTION)
    if "truncating" in words:
        return Exons(numbers, Condition.LOSS)
    if "del" in words or "loss" in words:
        small = len(numbers) == 1 and any("inframe_deletion" in term for term in types)
        gone = "exon_loss_variant" in types
        known = len(numbers) == 1 and numbers[0] in _SMALL_DELETIONS.get(gene, set())
        if small or "frame" in words or (known and not gone):
            return Exons(numbers, Condition.INFRAME_DELETION)
        return Exons(numbers, Condition.NONE, are_gone=True)
    return Exons(numbers, Condition.NONE)
