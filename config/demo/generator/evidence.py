"""What is known of the tumour's variants: made up, with drugs that nobody sells.

Names of genes, changes and diseases are real, so that they are found; what is said of them is not.
"""

from pathlib import Path

from engines.annotate.knowledge.compile import Sources, compile_knowledge
from engines.annotate.knowledge.release import Release

COLUMNS = (
    *("id", "gene", "variant", "disease", "doid", "type", "significance", "amp", "level"),
    *("therapies", "rating", "origin", "citation_id", "text"),
)
DAY = "2026-10-01"
MELANOMA, COLON, LUNG = ("melanoma", "1909"), ("colorectal cancer", "9256"), ("lung cancer", "1324")
RESPONSE, RESISTANCE = "sensitivity/response", "resistance"
ROWS = (
    ("DEMO1", "BRAF", "V600K", *COLON, "predictive", RESPONSE, "I-A", "", "Demolib", "", "", ""),
    ("DEMO2", "BRAF", "V600E", *MELANOMA, "predictive", RESPONSE, "I-A", "", "Demolib", "", "", ""),
    ("DEMO3", "KRAS", "G12D", *COLON, "predictive", RESISTANCE, "", "A", "Demomab", "4", "somatic", "1"),
    ("DEMO4", "KRAS", "G12", *COLON, "predictive", RESISTANCE, "", "B", "Demomab", "3", "somatic", "2"),
    ("DEMO5", "EGFR", "T790M", *LUNG, "predictive", RESISTANCE, "", "A", "Demotinib", "5", "somatic", "3"),
    ("DEMO6", "EGFR", "L858R", *LUNG, "predictive", RESPONSE, "", "A", "Demotinib", "5", "somatic", "3"),
    ("DEMO7", "PIK3CA", "H1047R", *COLON, "prognostic", "poor outcome", "", "B", "", "3", "somatic", "4"),
    ("DEMO8", "PIK3CA", "E545K", *COLON, "predictive", RESPONSE, "", "C", "Demosertib", "3", "somatic", "5"),
    ("DEMO9", "TP53", "LOSS-OF-FUNCTION", *COLON, "prognostic", "poor outcome", "", "B", "", "2", "somatic", "6"),
    ("DEMO10", "NRAS", "Q61R", *COLON, "predictive", RESISTANCE, "", "D", "Demomab", "2", "somatic", "7"),
    ("DEMO11", "MET", "EXON 14 SKIPPING", *LUNG, "predictive", RESPONSE, "", "A", "Demotinib", "4", "somatic", "8"),
    ("DEMO12", "MET", "AMPLIFICATION", *COLON, "predictive", RESISTANCE, "", "C", "Demomab", "3", "somatic", "9"),
)  # fmt: skip


def write_knowledge(folder: Path) -> None:
    """The table, and the same compiled."""
    table = folder / "tumour_evidence.tsv"
    lines = ["## Made up: no drug of this table exists.", "\t".join(COLUMNS)]
    lines += ["\t".join((*row, "Made up for the demo.")) for row in ROWS]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sources = Sources({"own-evidence": (table,)}, {"own-evidence": Release("demo", DAY)})
    compile_knowledge(sources, folder / "tumour_knowledge.json.gz")
