"""Hotspots, gene roles and secondary findings."""

from pathlib import Path

import pytest
from knowledge_lab import write_rows

from engines.annotate.knowledge.gene_roles import read_gene_roles, read_secondary
from engines.annotate.knowledge.hotspots import read_hotspots
from engines.contract.errors import BadData, InputMissing

HOTSPOT = {
    "hugo_symbol": "NRAS", "amino_acid_position": "61", "variant_amino_acid": "R:204|K:142|*:1",
    "tumor_count": "347", "transcript_id": "ENST00000369535.4", "type": "single residue",
}  # fmt: skip


def test_single_residues_are_kept_and_the_rest_is_counted(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "h.txt", [
        HOTSPOT,
        HOTSPOT | {"tumor_count": "5"},
        HOTSPOT | {"type": "3d"},
        HOTSPOT | {"type": "splice site", "amino_acid_position": "187"},
        HOTSPOT | {"amino_acid_position": "61-63"},
    ])  # fmt: skip
    found = read_hotspots(path)
    assert list(found.hotspots) == [("NRAS", 61)]
    spot = found.hotspots["NRAS", 61]
    assert (spot.samples, spot.changes) == (347, {"R": 204, "K": 142, "*": 1})
    assert spot.transcript == "ENST00000369535"
    assert found.sources[0].counts == {
        "rows": 5, "kept": 1, "skipped: 3d": 1, "skipped: no gene, residue or count": 1,
        "skipped: splice site": 1, "twice, the one with more tumours taken": 1,
    }  # fmt: skip
    assert found.sources[0].date is None


def test_another_table_is_no_table_of_hotspots(tmp_path: Path) -> None:
    with pytest.raises(BadData, match='column "hugo_symbol" is missing'):
        read_hotspots(write_rows(tmp_path / "h.txt", [{"a": "1"}]))
    with pytest.raises(InputMissing):
        read_hotspots(tmp_path / "nowhere.txt")


TSG, BOTH, ONCO = frozenset({"tsg"}), frozenset({"tsg", "oncogene"}), frozenset({"oncogene"})


@pytest.mark.parametrize(
    "rows",
    [
        [{"gene": "TP53", "role": "tsg"}, {"gene": "NOTCH1", "role": "both"},
         {"gene": "KRAS", "role": "oncogene"}, {"gene": "X", "role": ""}],
        [{"Hugo Symbol": g, "Is Oncogene": o, "Is Tumor Suppressor Gene": t} for g, o, t in
         (("TP53", "No", "Yes"), ("NOTCH1", "Yes", "Yes"), ("KRAS", "Yes", "No"),
          ("X", "No", "No"))],
        [{"Hugo Symbol": g, "Gene Type": r} for g, r in
         (("TP53", "TSG"), ("NOTCH1", "ONCOGENE_AND_TSG"), ("KRAS", "ONCOGENE"),
          ("X", "INSUFFICIENT_EVIDENCE"))],
        [{"gene_normalized": g, "role": r, "citation_count": n} for g, r, n in
         (("TP53", "Tumor_Suppressor", "90"), ("TP53", "Oncogene", "1"), ("KRAS", "Oncogene", "9"),
          ("NOTCH1", "Oncogene", "9"), ("NOTCH1", "Tumor_Suppressor", "8"), ("X", "Driver", "4"))],
        [{"Gene Symbol": g, "Role in Cancer": r} for g, r in
         (("TP53", "oncogene, TSG, fusion"), ("TP53", ""), ("KRAS", "oncogene"),
          ("NOTCH1", "oncogene, TSG"))],
    ],
    ids=["own", "oncokb", "oncokb now", "cancermine", "census"],
)  # fmt: skip
def test_roles_of_every_layout(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    found = read_gene_roles(write_rows(tmp_path / "roles.tsv", rows), "roles").roles
    assert found["KRAS"] == ONCO
    assert found["NOTCH1"] == BOTH
    assert found["TP53"] in (TSG, BOTH)
    assert "X" not in found


def test_one_publication_is_too_few(tmp_path: Path) -> None:
    rows = [{"gene_normalized": "A", "role": "Oncogene", "citation_count": "1"}]
    found = read_gene_roles(write_rows(tmp_path / "r.tsv", rows), "r")
    assert not found.roles
    assert found.sources[0].counts["skipped: fewer than 2 publications"] == 1


def test_secondary_findings(tmp_path: Path) -> None:
    found = read_secondary(write_rows(tmp_path / "acmg.tsv", [{"Gene": "BRCA1"}, {"Gene": "RB1"}]))
    assert found.secondary == {"BRCA1", "RB1"}
    with pytest.raises(BadData, match="no column of genes"):
        read_secondary(write_rows(tmp_path / "x.tsv", [{"a": "BRCA1"}]))
