"""What each template can use; docs/annotation.md says what it means."""

_OF_VARIANTS = (
    "place ref alt build assessed gene protein coding transcript exon terms consequence_sources "
    "vaf depth filters low_depth low_vaf least_depth least_vaf population population_af "
    "population_sources hotspot tumour_only named named_sources"
)
_WORDS = {
    "gene": "gene summary is_cut summary_source summary_sources roles role_sources",
    "gene_dx": "gene disease by_source kinds strongest",
    "variant": _OF_VARIANTS,
    "variant_dx": "disease tier tier_level rationale contexts approvals matched sources "
    "score_sources verdict points lowest highest reach met open",
    "incidental": "gene vaf in_list list_sources germline diseases",
    "variant_technical": _OF_VARIANTS,
    "variant_tumour_only": _OF_VARIANTS,
    "structural": "kind place names genes partners lost filters copies open unsure contexts "
    "approvals rationale tier disease sources",
    "chromosomal": "number by_kind tiered open sources",
    "negatives": "is_given assessed disease callable absent unknown others other_ids sources",
    "biomarkers": "tmb population callable consequence_sources msi msi_says disease",
    "sample_incidental": "is_given flagged without_vaf list_sources",
    "technical": "build proof is_checked mismatches consequences population rejected filtered "
    "shallow least_depth without_reads open_codes sources",
    "tumour_only": "tumour_only population population_sources alike",
}
VARIABLES = {name: frozenset(words.split()) for name, words in _WORDS.items()}
