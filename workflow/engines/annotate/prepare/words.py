"""Names of consequences: the Sequence Ontology's, and how bad each is."""

from functools import lru_cache

WORST_FIRST = (
    "transcript_ablation", "exon_loss_variant", "splice_acceptor_variant", "splice_donor_variant",
    "stop_gained", "frameshift_variant", "stop_lost", "start_lost", "transcript_amplification",
    "feature_elongation", "feature_truncation", "disruptive_inframe_insertion",
    "disruptive_inframe_deletion", "conservative_inframe_insertion",
    "conservative_inframe_deletion", "inframe_insertion", "inframe_deletion", "inframe_altering",
    "missense_variant", "protein_altering_variant", "splice_donor_5th_base_variant",
    "splice_region_variant", "splice_donor_region_variant", "splice_polypyrimidine_tract_variant",
    "incomplete_terminal_codon_variant", "start_retained_variant", "stop_retained_variant",
    "synonymous_variant", "coding_sequence_variant", "mature_miRNA_variant",
    "5_prime_UTR_premature_start_codon_gain_variant", "5_prime_UTR_variant", "3_prime_UTR_variant",
    "non_coding_transcript_exon_variant", "intron_variant", "NMD_transcript_variant",
    "non_coding_transcript_variant", "coding_transcript_variant", "upstream_gene_variant",
    "downstream_gene_variant", "TFBS_ablation", "TF_binding_site_variant",
    "regulatory_region_variant", "intergenic_region", "intergenic_variant", "sequence_variant",
)  # fmt: skip
"""After Ensembl's order, with the finer names of SnpEff beside those that they belong to."""

_RANK = {term: rank for rank, term in enumerate(WORST_FIRST)}
_CSQ_NAMES = {
    "missense": "missense_variant",
    "synonymous": "synonymous_variant",
    "frameshift": "frameshift_variant",
    "splice_acceptor": "splice_acceptor_variant",
    "splice_donor": "splice_donor_variant",
    "splice_region": "splice_region_variant",
    "inframe_altering": "protein_altering_variant",
    "start_retained": "start_retained_variant",
    "stop_retained": "stop_retained_variant",
    "5_prime_utr": "5_prime_UTR_variant",
    "3_prime_utr": "3_prime_UTR_variant",
    "non_coding": "non_coding_transcript_variant",
    "intron": "intron_variant",
    "coding_sequence": "coding_sequence_variant",
    "intergenic": "intergenic_variant",
}


def rank(term: str) -> int:
    """0 is the worst; names that nobody knows come last."""
    return _RANK.get(term, len(WORST_FIRST))


@lru_cache(maxsize=1024)
def ordered(terms: str, separator: str = "&") -> tuple[str, ...]:
    """Terms joined by ``&``, the worst first."""
    if separator not in terms:
        return (terms,) if terms else ()
    return tuple(sorted(filter(None, terms.split(separator)), key=rank))


@lru_cache(maxsize=1024)
def from_csq(terms: str) -> tuple[str, ...]:
    """Of ``bcftools csq``: its short names become the ontology's, the worst first.

    A leading ``*`` says that the change lies behind a stop of the same haplotype: it is taken off.
    """
    names = (_CSQ_NAMES.get(each, each) for each in terms.lstrip("*").split("&"))
    return tuple(sorted(dict.fromkeys(names), key=rank))
