"""What is known of the tumour's variants: made up, with drugs that nobody sells.

Names of genes, changes and diseases are real, so that they are found; what is said of them is not.
"""

from pathlib import Path

from engines.annotate.knowledge.compile import Sources, compile_knowledge
from engines.annotate.knowledge.release import Release

COLUMNS = (
    *("id", "gene", "variant", "disease", "doid", "type", "significance", "amp", "level"),
    *("therapies", "rating", "citation_id", "text"),
)
DAY = "2026-10-01"
MELANOMA, COLON, LUNG = ("melanoma", "1909"), ("colorectal cancer", "9256"), ("lung cancer", "1324")
PREDICTIVE, PROGNOSTIC, POOR = "predictive", "prognostic", "poor outcome"
RESPONSE, RESISTANCE = "sensitivity/response", "resistance"
LOSS, SKIPPED, GAIN = "LOSS-OF-FUNCTION", "EXON 14 SKIPPING", "AMPLIFICATION"
ROWS = (
    ("DEMO1", "BRAF", "V600K", *COLON, PREDICTIVE, RESPONSE, "I-A", "", "Demolib", "", ""),
    ("DEMO2", "BRAF", "V600E", *MELANOMA, PREDICTIVE, RESPONSE, "I-A", "", "Demolib", "", ""),
    ("DEMO3", "KRAS", "G12D", *COLON, PREDICTIVE, RESISTANCE, "", "A", "Demomab", "4", "1"),
    ("DEMO4", "KRAS", "G12", *COLON, PREDICTIVE, RESISTANCE, "", "B", "Demomab", "3", "2"),
    ("DEMO5", "EGFR", "T790M", *LUNG, PREDICTIVE, RESISTANCE, "", "A", "Demotinib", "5", "3"),
    ("DEMO6", "EGFR", "L858R", *LUNG, PREDICTIVE, RESPONSE, "", "A", "Demotinib", "5", "3"),
    ("DEMO7", "PIK3CA", "H1047R", *COLON, PROGNOSTIC, POOR, "", "B", "", "3", "4"),
    ("DEMO8", "PIK3CA", "E545K", *COLON, PREDICTIVE, RESPONSE, "", "C", "Demosertib", "3", "5"),
    ("DEMO9", "TP53", LOSS, *COLON, PROGNOSTIC, POOR, "", "B", "", "2", "6"),
    ("DEMO10", "NRAS", "Q61R", *COLON, PREDICTIVE, RESISTANCE, "", "D", "Demomab", "2", "7"),
    ("DEMO11", "MET", SKIPPED, *LUNG, PREDICTIVE, RESPONSE, "", "A", "Demotinib", "4", "8"),
    ("DEMO12", "MET", GAIN, *COLON, PREDICTIVE, RESISTANCE, "", "C", "Demomab", "3", "9"),
)  # fmt: skip


def write_knowledge(folder: Path) -> None:
    """The table, and the same compiled."""
    table = folder / "tumour_evidence.tsv"
    lines = ["## Made up: no drug of this table exists.", "\t".join(COLUMNS)]
    lines += ["\t".join((*row, "Made up for the demo.")) for row in ROWS]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    sources = Sources({"own-evidence": (table,)}, {"own-evidence": Release("demo", DAY)})
    compile_knowledge(sources, folder / "tumour_knowledge.json.gz")
