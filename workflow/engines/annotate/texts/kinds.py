"""The ten types of text, by their exact names, and the template of each."""

GENE = "General Gene Info"
GENE_DX = "Gene Dx Interpretation"
VARIANT = "General Variant Info"
VARIANT_DX = "Variant Dx Interpretation"
INCIDENTAL = "Incidental/Secondary Findings"
CHROMOSOMAL = "Chromosomal Alteration Interpretation"
NEGATIVES = "Pertinent Negatives"
BIOMARKERS = "Biomarkers"
TECHNICAL = "Technical Comments"
TUMOUR_ONLY = "Tumor-Only Analysis Disclaimers"

OF_VARIANTS = {
    VARIANT_DX: "variant_dx",
    VARIANT: "variant",
    GENE_DX: "gene_dx",
    GENE: "gene",
    CHROMOSOMAL: "structural",
    INCIDENTAL: "incidental",
    TECHNICAL: "variant_technical",
    TUMOUR_ONLY: "variant_tumour_only",
}
"""Type → template, in the order in which a variant tells them."""

OF_SAMPLES = {
    CHROMOSOMAL: "chromosomal",
    NEGATIVES: "negatives",
    BIOMARKERS: "biomarkers",
    INCIDENTAL: "sample_incidental",
    TECHNICAL: "technical",
    TUMOUR_ONLY: "tumour_only",
}
TYPES = tuple(dict.fromkeys((GENE, GENE_DX, VARIANT, VARIANT_DX, *OF_SAMPLES, INCIDENTAL)))
NAMES = tuple(dict.fromkeys((*OF_VARIANTS.values(), *OF_SAMPLES.values())))
"""Of all templates."""
