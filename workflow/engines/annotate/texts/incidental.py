"""Which variants may be findings of the germline: they are only flagged, never classified."""

from typing import Any

from engines.annotate.texts.library import Library
from engines.annotate.variants import Call
from engines.annotate.verdict import Annotated

HETEROZYGOUS = (0.4, 0.6)
COMMON_AF = 0.01
"""From this population frequency on, a variant is no rare finding."""
SILENT = frozenset(
    {
        *("synonymous_variant", "intron_variant", "intergenic_variant", "intergenic_region"),
        *("upstream_gene_variant", "downstream_gene_variant", "non_coding_transcript_variant"),
        *("5_prime_utr_variant", "3_prime_utr_variant", "stop_retained_variant"),
        *("synonymous", "intron", "5_prime_utr", "3_prime_utr", "non_coding", "intergenic"),
    }
)


def is_silent(terms: tuple[str, ...]) -> bool:
    """Whether no consequence changes a protein or its splicing."""
    return all(term.lower() in SILENT for term in terms)


def is_like_germline(vaf: float | None) -> bool:
    """A share of reads that one of two copies would have."""
    return vaf is not None and HETEROZYGOUS[0] <= vaf <= HETEROZYGOUS[1]


def is_candidate(library: Library, call: Call) -> bool:
    """In a gene of the list of secondary findings, rare, and no silent change."""
    chosen = call.chosen
    return (
        chosen is not None
        and chosen.gene in library.knowledge.secondary
        and not is_silent(chosen.terms)
        and (call.population_af or 0) < COMMON_AF
    )


def incidental_facts(library: Library, annotated: Annotated) -> dict[str, Any] | None:
    """For ``incidental.jinja``; None where there is nothing to flag."""
    call = annotated.call
    germline = [m.statement for m in annotated.matches if m.rejected == "germline"]
    in_list = is_candidate(library, call) and is_like_germline(call.vaf)
    if not (in_list or germline):
        return None
    chosen = call.chosen
    return {
        "gene": chosen.gene if chosen else "",
        "vaf": call.vaf,
        "in_list": in_list,
        "list_sources": library.of_role("secondary") or ["list of secondary findings"],
        "germline": [each.id for each in germline],
        "diseases": list(dict.fromkeys(each.disease for each in germline if each.disease)),
    }
