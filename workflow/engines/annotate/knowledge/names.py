"""The grammar of variant names: of which alteration a name speaks."""

import re
from dataclasses import replace

from engines.annotate.evidence import Alteration, Condition, Part, Region
from engines.annotate.knowledge.facts import Facts
from engines.annotate.knowledge.fusion_names import Fused, read_fusion
from engines.annotate.knowledge.histones import as_written_today
from engines.annotate.knowledge.protein_names import LETTERS, THREE, read_change, spellings
from engines.annotate.knowledge.words import read_exons, read_word
from engines.annotate.variants import Allele, ProteinChange

_DASHES = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2212\uff0d"), "-")
_SUFFIX = re.compile(r"\s*\((?:c\.|p\.|exon|novel|IVS)[^)]*\)?\s*$|\s+c\.\S.*$", re.IGNORECASE)
_NUCLEOTIDES = re.compile(
    r"c\. ?[-*?(]?[\d?].*|n\.\d.*|IVS\d.*|rs\d+|snp\d*|-?\d+[ACGT]>[ACGT]|\d+del[ACGT]+|"
    r"(splicing alteration|intronic deletion|[35]' ?utr alteration|null) \(.*|alu insertion|"
    r"deletion polymorphism|[35]' ?utr polymorphism|[A-Z0-9]+\*\d+[A-Z]?|NM_[\d.]+:c\..*|"
    r"NC_[\d.]+:g\..*",
    re.IGNORECASE,
)
_CODON = re.compile(rf"(?:p\.)?([{LETTERS}]|{'|'.join(THREE)})(\d+)(X?)", re.IGNORECASE)
_CODON_WITH = re.compile(
    rf"([{LETTERS}])(\d+) ?(splice site (?:mutation|insertion)|ins(?:ertion)?|mutations?)"
    r"(?: \(.*\))?",
    re.IGNORECASE,
)
_SLASHED = re.compile(rf"([{LETTERS}])(\d+)([{LETTERS}](?:/[{LETTERS}])+)", re.IGNORECASE)
_RESIDUE_GONE = re.compile(rf"([{LETTERS}]\d+) deletion", re.IGNORECASE)
_JOINED = re.compile(  # never within brackets: c.340+5G>C is one change
    r"(?:\s+and\s+|\s*\+\s*|\s*;\s*|\s+/\s*|(?<=\))/\s*(?=[A-Z])|\s+&\s+)(?![^()]*\))",
    re.IGNORECASE,
)
_EXON_THEN = re.compile(r"(ex(?:on)? ?\d+ del(?:etion)?) (.+)", re.IGNORECASE)
_HOMOZYGOUS = re.compile(r"(.+?) (?:homozygosity|homozygous)", re.IGNORECASE)
_WITH_AMPLIFICATION = re.compile(r"(.+?) (amplification)", re.IGNORECASE)
_PROMOTER = {("TERT", "C228T"): (1295228, 1295113), ("TERT", "C250T"): (1295250, 1295135)}
"""Names that count bases and look like residues: position in GRCh37 and GRCh38, G to A."""
_NONCODING = frozenset(
    {"regulatory_region_variant", "upstream_gene_variant", "5_prime_UTR_variant"}
)
_SPLICE_REACH = 30


def read_name(gene: str, name: str, facts: Facts | None = None) -> tuple[Alteration, ...]:
    """The alterations that have to be there together for a profile of this name.

    What cannot be read is a part of kind UNKNOWN: the profile then matches nothing, and whoever
    compiles counts it.

    Args:
        gene: symbol under which the source lists the name.
        facts: what else it tells of the variant.
    """
    facts = facts or Facts()
    text = _clean(name)
    parts = _read(gene, text, facts)
    return _with_facts(parts, facts)


def _clean(name: str) -> str:
    text = " ".join(name.translate(_DASHES).replace("\u00a0", " ").split())
    return re.sub(r"c\.-(\d+)- \?", r"c.-\1-?", text)


def _read(gene: str, text: str, facts: Facts) -> list[Alteration]:
    """The parts of a name, each by the first reading that fits all of it."""
    whole = _single(gene, text, facts)
    if whole is not None:
        return [whole]
    several = _fused(gene, text, facts) or _exon_and_more(gene, text, facts)
    if several:
        return several
    homozygous = _HOMOZYGOUS.fullmatch(text)
    if homozygous:
        inner = _read(gene, homozygous[1], facts)
        return [replace(each, condition=Condition.HOMOZYGOUS) for each in inner]
    if re.fullmatch(r"biallelic (inactivation|loss)", text, re.IGNORECASE):
        state = Alteration(gene, Part.STATE, "both alleles")
        return [Alteration(gene, Part.GENE, text, condition=Condition.LOSS), state]
    return _joined(gene, text, facts)


def _joined(gene: str, text: str, facts: Facts) -> list[Alteration]:
    pieces = [piece for piece in _JOINED.split(text) if piece]
    amplified = _WITH_AMPLIFICATION.fullmatch(text)
    if len(pieces) == 1 and amplified:
        pieces = [amplified[1], amplified[2]]
    if len(pieces) == 1:
        pieces = _run_of_changes(text)
    if len(pieces) > 1:
        pieces = _sharing_the_noun(pieces)
        parts = [part for piece in pieces for part in _read(gene, piece, facts)]
        if all(part.part is not Part.UNKNOWN for part in parts):
            return parts
    return [Alteration(gene, Part.UNKNOWN, text)]


def _sharing_the_noun(pieces: list[str]) -> list[str]:
    """``EXON 9 + EXON 20 MUTATIONS``: the noun at the end is that of each."""
    noun = re.search(r" (mutations?|deletions?)$", pieces[-1], re.IGNORECASE)
    if noun and all(re.fullmatch(r"ex(on)? ?\d+", each, re.IGNORECASE) for each in pieces[:-1]):
        return [*(each + noun[0] for each in pieces[:-1]), pieces[-1]]
    return pieces


def _run_of_changes(text: str) -> list[str]:
    """``E255K V299L`` and ``C1156Y-L1198F``: only where each piece is a change."""
    for mark in (" ", "-"):
        pieces = text.split(mark)
        if len(pieces) > 1 and all(read_change(piece) for piece in pieces):
            return pieces
    return [text]


def _single(gene: str, text: str, facts: Facts) -> Alteration | None:
    """One alteration, or None: the name has several, or nobody can read it."""
    found = _unnamed(gene, _without_gene(gene, text), facts)
    return replace(found, name=text) if found else None


def _unnamed(gene: str, text: str, facts: Facts) -> Alteration | None:
    shown = _SUFFIX.sub("", _SUFFIX.sub("", text))  # R98S (c.293A>C) (Novel) has two
    if (gene, shown.upper()) in _PROMOTER:
        return _promoter(gene, shown.upper())
    if facts.types & _NONCODING and facts.alleles and read_change(shown):
        return Alteration(gene, Part.ALLELE, text)
    for reading in (_proteins, _codons):
        part = reading(gene, shown)
        if part is not None:
            return part
    if _NUCLEOTIDES.fullmatch(text) and not re.match(
        r"null \((partial|complete|large|del)", text, 2
    ):
        return Alteration(gene, Part.ALLELE, text)
    return _exons(gene, text, facts) or _word(gene, text, facts)


def _exons(gene: str, text: str, facts: Facts) -> Alteration | None:
    exons = read_exons(gene, text, facts.types)
    if exons is None:
        return None
    kind, copies = (Part.COPY_NUMBER, "loss") if exons.are_gone else (Part.EXON, "")
    return Alteration(
        gene, kind, text, exons=exons.numbers, condition=exons.condition, copies=copies
    )


def _word(gene: str, text: str, facts: Facts) -> Alteration | None:
    word = read_word(text)
    if word is None:
        fused = read_fusion(gene, text)
        return _fusion(gene, text, fused) if fused and not fused.rest else None
    condition = word.condition
    gains = "gain_of_function_variant" in facts.types
    if condition is Condition.ANY and gains and "loss_of_function_variant" not in facts.types:
        condition = Condition.GAIN
    return Alteration(gene, word.part, text, condition=condition, copies=word.copies)


def _without_gene(gene: str, text: str) -> str:
    first, _, rest = text.partition(" ")
    return rest if rest and first.upper() == gene.upper() else text


def _promoter(gene: str, name: str) -> Alteration:
    old, new = _PROMOTER[gene, name]
    alleles: dict[str, tuple[Allele, ...]]
    alleles = {"GRCh37": (Allele("5", old, "G", "A"),), "GRCh38": (Allele("5", new, "G", "A"),)}
    return Alteration(gene, Part.ALLELE, name, alleles=alleles)


def _proteins(gene: str, text: str) -> Alteration | None:
    slashed = _SLASHED.fullmatch(text)
    gone = _RESIDUE_GONE.fullmatch(text)
    if slashed:
        ref, place, letters = slashed.groups()
        names = [f"{ref}{place}{letter}" for letter in letters.split("/")]
    else:
        names = [f"{gone[1]}del" if gone else text]
    read = [read_change(each) for each in names]
    changes = [change for change in read if change]
    if len(changes) != len(names):
        return None
    proteins = tuple(dict.fromkeys(s for change in changes for s in spellings(change)))
    others = tuple(o for p in proteins if (o := as_written_today(gene, p)))
    return Alteration(gene, Part.PROTEIN, text, proteins=proteins, other_proteins=others)


def _codons(gene: str, text: str) -> Alteration | None:
    pieces = re.split(r"/| or ", text)
    found = [_CODON.fullmatch(piece) for piece in pieces]
    if all(found):
        codons = [_codon(gene, match) for match in found if match]
        return Alteration(gene, Part.CODON, text, codons=tuple(dict.fromkeys(codons)))
    extra = _CODON_WITH.fullmatch(text)
    if not extra:
        return None
    word = extra[3].lower()
    condition = Condition.SPLICE if word.startswith("splice") else Condition.NONE
    if word.startswith("ins"):
        condition = Condition.INFRAME_INSERTION
    return Alteration(gene, Part.CODON, text, codons=(int(extra[2]),), condition=condition)


def _codon(gene: str, match: re.Match[str]) -> int:
    ref = THREE.get(match[1].upper(), match[1].upper())
    change = ProteinChange(int(match[2]), int(match[2]), ref, "?")
    return (as_written_today(gene, change) or change).start


def _fused(gene: str, text: str, facts: Facts) -> list[Alteration]:
    """A fusion and what is changed in it: ``EML4-ALK C1156Y``."""
    fused = read_fusion(gene, text)
    if not fused or not fused.rest:
        return []
    rest = _read(gene, fused.rest, facts)
    return [_fusion(gene, fused.name, fused), *rest] if _are_known(rest) else []


def _fusion(gene: str, text: str, fused: Fused) -> Alteration:
    return Alteration(gene, Part.FUSION, text, partner=fused.partner)


def _exon_and_more(gene: str, text: str, facts: Facts) -> list[Alteration]:
    found = _EXON_THEN.fullmatch(text)
    if not found:
        return []
    parts = [*_read(gene, found[1], facts), *_read(gene, found[2], facts)]
    return parts if _are_known(parts) else []


def _are_known(parts: list[Alteration]) -> bool:
    return all(part.part is not Part.UNKNOWN for part in parts)


def _with_facts(parts: list[Alteration], facts: Facts) -> tuple[Alteration, ...]:
    """Coordinates go to the one part that they can belong to; further names too."""
    exact = [n for n, each in enumerate(parts) if each.part in (Part.PROTEIN, Part.ALLELE)]
    places = [n for n, each in enumerate(parts) if _has_region(each)]
    for number, each in enumerate(parts):
        more: dict[str, object] = {"transcript": facts.transcript, "aliases": facts.aliases}
        if exact == [number]:
            more["alleles"] = each.alleles | facts.alleles
            more["other_proteins"] = _others(each, facts)
        elif not exact and places == [number]:
            more["regions"] = _wide(facts.regions, each.condition)
        parts[number] = replace(each, **more)  # type: ignore[arg-type]
    return tuple(parts)


def _has_region(part: Alteration) -> bool:
    """A domain has nothing but its region; an exon's number is for mutations that may be anywhere
    in it. For small insertions and deletions the source often gives one example's place."""
    if part.part is not Part.EXON:
        return False
    return not part.exons or part.condition in (Condition.NONE, Condition.SPLICE)


def _wide(
    regions: dict[str, tuple[Region, ...]], condition: Condition
) -> dict[str, tuple[Region, ...]]:
    """A splice site lies beside its exon."""
    reach = _SPLICE_REACH if condition is Condition.SPLICE else 0
    return {
        build: tuple(Region(r.chrom, max(1, r.start - reach), r.end + reach) for r in each)
        for build, each in regions.items()
    }


def _others(part: Alteration, facts: Facts) -> tuple[ProteinChange, ...]:
    """Changes by HGVS and aliases that the name does not have: all but those of other kinds of
    change, since a variant is one change however it is numbered."""
    known = {change.key for change in part.proteins}
    found = [*part.other_proteins]
    for change in facts.proteins:
        for each in spellings(change):
            if each.key not in known and each not in found:
                found.append(each)
    return tuple(found)
