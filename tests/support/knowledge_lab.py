"""Made-up releases of CIViC, in its layouts of 2018, 2021 and now, and other small sources."""

from collections.abc import Iterable, Mapping
from pathlib import Path

OLD = {  # ours → theirs
    "gene": "gene", "variant": "variant", "disease": "disease", "doid": "doid",
    "therapies": "drugs",
    "kind": "evidence_type", "direction": "evidence_direction", "level": "evidence_level",
    "significance": "clinical_significance", "text": "evidence_statement",
    "citation_id": "pubmed_id", "rating": "rating", "status": "evidence_status",
    "id": "evidence_id", "variant_id": "variant_id", "origin": "variant_origin",
    "reviewed": "last_review_date", "url": "evidence_civic_url",
}  # fmt: skip
V2021 = OLD | {"citation_id": "citation_id", "source_type": "source_type"}
NOW = {k: v for k, v in V2021.items() if k not in ("gene", "variant", "variant_id")} | {
    "profile": "molecular_profile", "profile_id": "molecular_profile_id", "therapies": "therapies",
    "significance": "significance", "interaction": "therapy_interaction_type",
    "flagged": "is_flagged",
}  # fmt: skip
ITEM = {
    "gene": "BRAF", "variant": "V600E", "variant_id": "12", "profile": "BRAF V600E",
    "profile_id": "12", "disease": "Melanoma", "doid": "1909", "therapies": "Vemurafenib",
    "kind": "Predictive", "direction": "Supports", "level": "A",
    "significance": "Sensitivity/Response", "text": "It \"responds\".", "citation_id": "1",
    "source_type": "PubMed", "rating": "5", "status": "accepted", "id": "1", "origin": "Somatic",
    "reviewed": "2021-02-03 10:00:00 UTC", "url": "https://example.org/1", "flagged": "false",
}  # fmt: skip
ASSERTION = {
    "gene": "BRAF", "variant": "V600E", "variant_id": "12", "disease": "Melanoma",
    "doid": "1909", "drugs": "Vemurafenib", "therapies": "Vemurafenib",
    "assertion_type": "Predictive", "assertion_direction": "Supports",
    "clinical_significance": "Sensitivity/Response", "significance": "Sensitivity/Response",
    "amp_category": "Tier I - Level A", "nccn_guideline": "Melanoma",
    "nccn_guideline_version": "2.2018", "regulatory_approval": "true",
    "fda_companion_test": "true", "assertion_summary": "BRAF V600E: vemurafenib.",
    "assertion_id": "7", "evidence_item_ids": "1,2", "assertion_civic_url": "https://example.org/7",
    "last_review_date": "2021-02-03 10:00:00 UTC",
}  # fmt: skip
VARIANT = {
    "variant_id": "12", "gene": "BRAF", "variant": "V600E", "chromosome": "7",
    "start": "140453136", "stop": "140453136", "reference_bases": "A", "variant_bases": "T",
    "representative_transcript": "ENST00000288602.6", "reference_build": "GRCh37",
    "variant_types": "missense_variant", "hgvs_expressions": "NC_000007.14:g.140753336A>T",
    "variant_aliases": "RS113488022,VAL600GLU",
}  # fmt: skip


def write_rows(path: Path, rows: Iterable[Mapping[str, str]], columns: Iterable[str] = ()) -> Path:
    """A table without quoting, with the columns of its first row unless others are given."""
    rows = list(rows)
    names = list(columns) or list(rows[0])
    lines = ["\t".join(names), *("\t".join(row.get(name, "") for name in names) for row in rows)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def write_items(
    path: Path, items: Iterable[Mapping[str, str]], layout: Mapping[str, str] = V2021
) -> Path:
    """Evidence in one of the layouts; what an item does not say is as in ITEM."""
    rows = [{theirs: (ITEM | item).get(ours, "") for ours, theirs in layout.items()}
            for item in items]  # fmt: skip
    return write_rows(path, rows, layout.values())


def write_civic(folder: Path, items: Iterable[Mapping[str, str]] = ({},)) -> Path:
    """A small release of 2021: evidence, one assertion, one variant."""
    write_items(folder / "nightly-ClinicalEvidenceSummaries.tsv", items)
    write_rows(folder / "nightly-AssertionSummaries.tsv", [ASSERTION])
    write_rows(folder / "nightly-VariantSummaries.tsv", [VARIANT])
    return folder
