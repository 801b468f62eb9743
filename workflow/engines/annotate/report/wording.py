"""Words of the report."""

from collections.abc import Mapping
from typing import Any

from engines.contract.wording import either

Data = Mapping[str, Any]

MEANINGS = {
    "I-A": "Therapy that is approved or in a guideline, for this tumour type",
    "I-B": "Well-powered studies with consensus, for this tumour type",
    "II-C": "Approved or in a guideline for another tumour type, or several small studies",
    "II-D": "Preclinical studies or single cases",
    "III": "No convincing evidence; that is not evidence of being benign",
    "IV": "Common in a population or benign, and no published evidence",
}
RESEARCH = [
    "For research use only. Not for diagnosis, and not for decisions on the care of a patient.",
    "Tiers and texts were made by a program from public knowledge of the dates below. They have to "
    "be read and judged by somebody who is qualified to do so.",
]
UNMATCHABLE = {
    "state": "a state: wild type, expression, methylation",
    "unknown": "a name that cannot be read",
}
READING = [
    (
        "Tier",
        "After AMP/ASCO/CAP 2017 (Li et al., J Mol Diagn 2017). It belongs to a variant, a disease "
        "and a question: therapy, resistance, diagnosis or prognosis. The best one leads.",
    ),
    (
        "Oncogenicity",
        "Points after ClinGen, CGC and VICC (Horak et al., Genet Med 2022): Oncogenic from 10, "
        "Likely Oncogenic from 6, VUS from 0, Likely Benign from -6, else Benign. Codes that were "
        "not assessed count nothing.",
    ),
    (
        "Confidence",
        "Product of how sure the call, the match, the evidence and the disease are, and of how "
        "stable such tiers were from one release to another; no probability of being right.",
    ),
    (
        "Match",
        "How a statement speaks of the variant: by its genomic allele, its protein change, by the "
        "same change of another transcript, its codon, its exon, its gene with or without the "
        "condition that the statement makes.",
    ),
    (
        "[…]",
        "What a sentence rests on: statements (EID, AID), sources with their dates, the input "
        "(calls), or how the run was asked (run).",
    ),
    (
        "Not assessed",
        "Nobody looked, or nobody could: neither found nor absent.",
    ),
]


def title(data: Data) -> str:
    """What the report is of."""
    return f"Somatic variants: {data['sample'] or data['calls']['name']}"


def facts(data: Data) -> list[str]:
    """The first lines."""
    disease, build = data["disease"], data["build"]
    doid = f" (DOID:{disease['doid']})" if disease["doid"] else ""
    normal = {True: "no matched normal", False: "with a matched normal"}
    region = data["callable"]
    return [
        f"Disease: {disease['name']}{doid}. Genome: {build['name']}, {build['proof']}.",
        f"Input: {data['calls']['name']}, "
        f"{normal.get(data['tumour_only'], 'whether there was a matched normal is not known')}.",
        f"Consequences: {data['consequences'] or 'not assessed'}. "
        f"Population frequencies: {data['population'] or 'no source was loaded'}. Callable: "
        + (f"{region['name']}, {region['bases']:,} bases." if region else "no regions were given."),
    ]


def headline(data: Data) -> str:
    """What was found, in a sentence."""
    tiers = data["tiers"]
    first = sum(n for tier, n in tiers.items() if tier.startswith("I-"))
    second = sum(n for tier, n in tiers.items() if tier.startswith("II-"))
    annotated = data["counts"]["annotated"]
    if not annotated:
        return "The input has no variant that could be annotated."
    return (
        f"Of {annotated:,} variants {first:,} {_are(first)} of tier I, {second:,} of tier II, "
        f"{tiers['III']:,} of tier III and {tiers['IV']:,} of tier IV."
    )


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def limits(data: Data) -> list[str]:
    """What a reader has to know before the numbers."""
    lines = []
    errors = data["counts"]["errors"]
    if errors:
        what = "1 record or variant" if errors == 1 else f"{errors:,} records or variants"
        lines.append(
            f"{what} could not be annotated; {data['messages']['name']} says why (variant_error)."
        )
    if data["consequences"] is None:
        lines.append(
            "What variants do to genes was not assessed: they were matched by their genomic "
            "alleles only, and statements on proteins, codons, exons and genes were not."
        )
    if data["population"] is None:
        lines.append("No population source was loaded: tier IV by frequency was not assessed.")
    return [*lines, *data["warnings"]]


def name_of(variant: Data) -> str:
    """``BRAF V600E``, ``MET splice donor variant``; without a gene, where it is."""
    what = (variant.get("consequence") or "").partition("&")[0].replace("_", " ")
    change = variant.get("hgvs_p") or variant.get("hgvs_c") or what
    words = [variant["gene"], change] if variant["gene"] else []
    return " ".join(word for word in words if word) or place_of(variant)


def place_of(variant: Data) -> str:
    """``chr7:140,453,136 A>T``."""
    return f"{variant['chrom']}:{variant['pos']:,} {_cut(variant['ref'])}>{_cut(variant['alt'])}"


def _cut(bases: str) -> str:
    return bases if len(bases) <= 24 else f"{bases[:20]}…({len(bases):,})"


def tier_of(entry: Data) -> str:
    """``I-A``."""
    return f"{entry['tier']}-{entry['level']}" if entry["level"] else str(entry["tier"])


def left_out(number: int, what: str, where: list[str]) -> str:
    """That not all is shown, and where the rest is."""
    return f"{number:,} further {what} {_are(number)} in {either(where)}."
