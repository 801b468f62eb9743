"""A laboratory's own evidence, and exports of OncoKB and MOAlmanac, made up."""

import json
from pathlib import Path
from typing import Any

import pytest
from knowledge_lab import write_rows

from engines.annotate.evidence import Kind, Part
from engines.annotate.knowledge.moalmanac import read_moalmanac
from engines.annotate.knowledge.oncokb import read_oncokb
from engines.annotate.knowledge.own_evidence import read_own_evidence
from engines.annotate.variants import Allele
from engines.contract.errors import BadData

ROW = {
    "id": "1", "gene": "BRAF", "variant": "V600E", "disease": "Melanoma", "doid": "DOID:1909",
    "type": "predictive", "significance": "sensitivity/response", "level": "B", "amp": "",
    "therapies": "A; B", "rating": "4", "citation": "Doe 2025", "approved": "", "direction": "",
    "origin": "", "build": "", "chrom": "", "pos": "", "ref": "", "alt": "",
}  # fmt: skip


def test_a_row_with_a_level_is_an_item(tmp_path: Path) -> None:
    found = read_own_evidence(write_rows(tmp_path / "lab.tsv", [ROW]))
    (item,) = found.items
    assert (item.id, item.source, item.level, item.rating) == ("lab:1", "lab", "B", 4)
    assert (item.therapies, item.doid, item.origin, item.supports) == (
        ("A", "B"), "1909", "somatic", True,
    )  # fmt: skip
    assert found.sources[0].role == "own_evidence"


def test_a_row_with_a_tier_is_an_assertion(tmp_path: Path) -> None:
    row = ROW | {"amp": "I-A", "approved": "yes", "level": ""}
    (assertion,) = read_own_evidence(write_rows(tmp_path / "lab.tsv", [row])).assertions
    assert (assertion.amp, assertion.is_approved) == ("I-A", True)


def test_a_row_with_a_position_has_an_allele(tmp_path: Path) -> None:
    row = ROW | {"build": "GRCh38", "chrom": "chr7", "pos": "140753336", "ref": "A", "alt": "T"}
    found = read_own_evidence(write_rows(tmp_path / "lab.tsv", [row]))
    (part,) = found.profiles["lab:1"].parts
    assert part.alleles == {"GRCh38": (Allele("7", 140753336, "A", "T"),)}


def test_an_indel_as_a_vcf_writes_it(tmp_path: Path) -> None:
    row = ROW | {"build": "GRCh37", "chrom": "7", "pos": "100", "ref": "A", "alt": "ACG",
                 "variant": "D770_N771insGL"}  # fmt: skip
    found = read_own_evidence(write_rows(tmp_path / "lab.tsv", [row]))
    assert found.profiles["lab:1"].parts[0].alleles["GRCh37"] == (Allele("7", 101, "", "CG"),)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"type": "rumour"}, 'line 2, column type: "rumour" is not predictive'),
        ({"level": "Z"}, 'line 2, column level: "Z"'),
        ({"amp": "I"}, 'line 2, column amp: "I"'),
        ({"gene": ""}, "line 2, column gene: empty"),
        ({"direction": "maybe"}, 'column direction: "maybe"'),
        ({"level": ""}, "line 2: neither a level nor an AMP tier"),
        ({"level": "F"}, 'column level: "F" is not A, B, C, D or E'),
        ({"disease": ""}, "line 2, column disease: empty"),
        ({"significance": "sensitive"}, 'column significance: "sensitive" is not sensitivity/'),
        ({"significance": "resistant"}, "did you mean resistance?"),
        ({"type": "prognostic", "significance": "bad"}, "is not better outcome or poor outcome"),
        ({"rating": "6"}, 'column rating: "6"'),
        ({"amp": "I-A", "approved": "ja"}, 'column approved: "ja"'),
        ({"build": "hg19", "pos": "5", "chrom": "7"}, '"hg19" is not GRCh37 or GRCh38'),
        ({"pos": "x"}, "line 2, column pos: a position needs"),
        ({"pos": "5", "chrom": "7"}, "line 2, column pos: a position needs"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(
    tmp_path: Path, wrong: dict[str, str], message: str
) -> None:
    with pytest.raises(BadData) as caught:
        read_own_evidence(write_rows(tmp_path / "lab.tsv", [ROW | wrong]))
    assert message in caught.value.message


def test_an_id_twice_and_a_missing_column_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadData, match='line 3, column id: "1" is in line 2 already'):
        read_own_evidence(write_rows(tmp_path / "lab.tsv", [ROW, ROW]))
    with pytest.raises(BadData, match='column "disease" is missing'):
        read_own_evidence(
            write_rows(tmp_path / "x.tsv", [{k: v for k, v in ROW.items() if k != "disease"}])
        )


def test_an_empty_table_is_refused_and_a_strange_column_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadData, match="no row below the header"):
        read_own_evidence(write_rows(tmp_path / "lab.tsv", [], ROW))
    read_own_evidence(write_rows(tmp_path / "lab.tsv", [ROW | {"therapie": "C"}]))
    assert 'column "therapie" is not read; did you mean therapies?' in capsys.readouterr().err


def test_a_name_that_cannot_be_read_is_counted(tmp_path: Path) -> None:
    found = read_own_evidence(write_rows(tmp_path / "lab.tsv", [ROW | {"variant": "Odd One"}]))
    assert found.sources[0].counts["name not understood"] == 1


def test_an_export_of_oncokb(tmp_path: Path) -> None:
    rows = [
        {"Level": "1", "Gene": "BRAF", "Alterations": "V600E, V600K", "Cancer Types": "Melanoma",
         "Drugs (for therapeutic implications only)": "Dabrafenib + Trametinib"},
        {"Level": "R1", "Gene": "EGFR", "Alterations": "T790M", "Cancer Types": "NSCLC; Glioma"},
        {"Level": "3A", "Gene": "EGFR", "Alterations": "Oncogenic Mutations (excluding T790M, X)",
         "Cancer Types": "NSCLC"},
        {"Level": "Dx2", "Gene": "BRAF", "Alterations": "Exon 12 in-frame deletions",
         "Cancer Types": "LCH"},
        {"Level": "FDA?", "Gene": "BRAF", "Alterations": "V600E", "Cancer Types": "All"},
    ]  # fmt: skip
    found = read_oncokb(write_rows(tmp_path / "o.tsv", rows, rows[0]))
    told = [(found.profiles[a.profile].name, a.disease, a.amp, a.is_approved, a.significance)
            for a in found.assertions]  # fmt: skip
    assert told == [
        ("BRAF V600E", "Melanoma", "I-A", True, "sensitivity/response"),
        ("BRAF V600K", "Melanoma", "I-A", True, "sensitivity/response"),
        ("EGFR T790M", "NSCLC", "I-A", False, "resistance"),
        ("EGFR T790M", "Glioma", "I-A", False, "resistance"),
        ("EGFR Oncogenic Mutations (excluding T790M, X)", "NSCLC", "II-C", False,
         "sensitivity/response"),
        ("BRAF Exon 12 in-frame deletions", "LCH", "I-B", False, "positive"),
    ]  # fmt: skip
    assert len({a.id for a in found.assertions}) == 6
    counts = found.sources[0].counts
    assert counts["name not understood"] == 1
    assert counts["skipped: no gene, or an unknown level"] == 1
    assert found.assertions[5].kind is Kind.DIAGNOSTIC


def record(**more: Any) -> dict[str, Any]:
    return {
        "assertion_id": 1, "oncotree_term": "Melanoma", "therapy_name": "A + B",
        "therapy_sensitivity": True, "predictive_implication": "FDA-Approved",
        "description": "It helps.", "sources": [{"pmid": "1", "citation": "Doe", "url": "u"}],
        "features": [{"feature_type": "Somatic Variant", "attributes": [
            {"gene": "BRAF", "protein_change": "p.V600E"}]}],
    } | more  # fmt: skip


def feature(**attributes: Any) -> list[dict[str, Any]]:
    kind = attributes.pop("feature_type", "Somatic Variant")
    return [{"feature_type": kind, "attributes": [attributes]}]


def test_moalmanac_in_both_of_its_forms(tmp_path: Path) -> None:
    flat = {k: v for k, v in record(assertion_id=2).items() if k != "features"} | {
        "feature_type": "Somatic Variant", "gene": "KIT", "exon": 11.0, "variant_type": "Deletion",
        "predictive_implication": "Preclinical", "therapy_sensitivity": "",
        "therapy_resistance": 1.0,
    }  # fmt: skip
    path = tmp_path / "m.json"
    path.write_text(json.dumps({"content": [record(), flat]}))
    found = read_moalmanac(path)
    (assertion,), (item,) = found.assertions, found.items
    assert (assertion.amp, assertion.is_approved, assertion.therapies) == ("I-A", True, ("A", "B"))
    assert (item.level, item.significance, item.citation_id) == ("D", "resistance", "PubMed:1")
    assert found.profiles[item.profile].parts[0].exons == (11,)


@pytest.mark.parametrize(
    ("features", "part"),
    [
        (feature(gene="TP53", variant_type="Truncating"), Part.GENE),
        (feature(gene="EGFR", variant_type="Insertion"), Part.UNKNOWN),
        (feature(gene="MET", exon="14", variant_type="Splice Site"), Part.EXON),
        (feature(feature_type="Rearrangement", gene1="BCR", gene2="ABL1"), Part.FUSION),
        (feature(feature_type="Copy Number", gene="ERBB2", direction="Amplification"),
         Part.COPY_NUMBER),
        (feature(feature_type="Mutational Signature", cosmic_signature="3"), Part.STATE),
        (feature(feature_type="Microsatellite Stability", status="MSI-High"), Part.STATE),
    ],
)  # fmt: skip
def test_features_of_moalmanac(tmp_path: Path, features: list[dict[str, Any]], part: Part) -> None:
    path = tmp_path / "m.json"
    path.write_text(json.dumps([record(features=features)]))
    found = read_moalmanac(path)
    assert found.profiles["MOAlmanac:1"].parts[0].part is part


def test_all_features_of_an_assertion_have_to_be_there(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    two = feature(gene="BRAF", protein_change="p.V600E") + feature(
        feature_type="Copy Number", gene="MET", direction="Amplification"
    )
    path.write_text(json.dumps([record(features=two)]))
    profile = read_moalmanac(path).profiles["MOAlmanac:1"]
    assert [(each.gene, each.part) for each in profile.parts] == [
        ("BRAF", Part.PROTEIN), ("MET", Part.COPY_NUMBER),
    ]  # fmt: skip


def test_a_germline_feature_is_germline(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_text(
        json.dumps([record(features=feature(feature_type="Germline Variant", gene="BRCA1"))])
    )
    assert read_moalmanac(path).assertions[0].origin == "germline"


@pytest.mark.parametrize("text", ["nothing", '{"a": 1}', "[1]"])
def test_other_json_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "m.json"
    path.write_text(text)
    with pytest.raises(BadData):
        read_moalmanac(path)
