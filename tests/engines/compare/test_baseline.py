"""What changed between two runs."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from engines.compare.baseline import changes, print_changes, read_baseline
from engines.contract.errors import BadData, InputMissing


def row(kind: str, tp: int, fn: int, query_tp: int, fp: int, subset: str = "*") -> dict[str, Any]:
    def share(part: int, whole: int) -> float | None:
        return part / whole if whole else None

    return {
        "type": kind, "subtype": "*", "subset": subset, "filter": "PASS",
        "truth_total": tp + fn, "truth_tp": tp, "truth_fn": fn,
        "query_total": query_tp + fp, "query_tp": query_tp, "query_fp": fp,
        "recall": share(tp, tp + fn), "precision": share(query_tp, query_tp + fp),
    }  # fmt: skip


def summary(*rows: dict[str, Any]) -> dict[str, Any]:
    return {
        "schema": "plumbline/small_variants.summary/1",
        "version": "1",
        "truth": {"name": "t.vcf.gz", "sample": "HG002", "records": 1000},
        "query": {"name": "q.vcf.gz", "sample": "HG002", "records": 900},
        "reference": {"name": "ref.fa", "build": "GRCh38"},
        "confident": {"name": "c.bed", "bases": 2000},
        "target": None,
        "options": {"pass_only": False, "cluster_gap": 30},
        "rows": list(rows),
    }


OLD = summary(
    row("SNP", 900, 100, 900, 50), row("INDEL", 10, 10, 10, 10), row("SNP", 5, 0, 5, 0, "easy")
)


def test_better_worse_and_no_clear_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new = summary(
        row("SNP", 960, 40, 960, 120), row("INDEL", 11, 9, 11, 8), row("SNP", 5, 0, 5, 0, "easy")
    )
    new["options"]["pass_only"] = True
    found = changes(tmp_path / "old.summary.json", OLD, new)
    assert found["unchanged_rows"] == 1
    snp, indel = found["rows"]
    assert snp["recall"]["word"] == "better"
    assert snp["recall"]["difference"] == pytest.approx(0.06)
    assert snp["recall"]["low"] < 0.06 < snp["recall"]["high"]
    assert snp["precision"]["word"] == "worse"
    assert snp["truth_fn"] == {"old": 100, "new": 40, "difference": -60}
    assert snp["query_fp"]["difference"] == 70
    assert {indel[name]["word"] for name in ("recall", "precision")} == {"no clear change"}
    assert found["options"] == {"pass_only": {"old": False, "new": True}}
    print_changes(found)
    said = capsys.readouterr().err
    assert "SNP PASS       recall    0.900000 -> 0.960000  +0.060000" in said
    assert "FP +70  worse" in said
    assert "option pass_only: False there, True here" in said


def test_a_metric_without_calls_is_not_defined(tmp_path: Path) -> None:
    found = changes(
        tmp_path / "o.json", summary(row("SNP", 0, 0, 0, 0)), summary(row("SNP", 1, 0, 1, 0))
    )
    assert found["rows"][0]["recall"] == {
        "old": None, "new": 1.0, "difference": None, "low": None, "high": None,
        "word": "not defined",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("part", "other", "words"),
    [
        ("truth", {"name": "t.vcf.gz", "sample": "HG002", "records": 999}, "another truth"),
        ("confident", None, "another confident: c.bed (2,000 bases) there, none here"),
        ("target", {"name": "x.bed", "bases": 5}, "another target: none there, x.bed"),
        ("reference", {"name": "ref.fa", "build": "GRCh37"}, "GRCh38 there, GRCh37 here"),
    ],
)
def test_only_what_is_measured_alike_is_compared(
    tmp_path: Path, part: str, other: Any, words: str
) -> None:
    new = copy.deepcopy(OLD)
    new[part] = other
    with pytest.raises(BadData) as raised:
        changes(tmp_path / "old.json", OLD, new)
    assert words in raised.value.message
    assert "\n" not in raised.value.message


def test_what_hap_py_does_not_tell_is_not_held_against_it(tmp_path: Path) -> None:
    old = copy.deepcopy(OLD)
    old["truth"] |= {"sample": None, "records": None}
    old["confident"]["bases"] = None
    assert changes(tmp_path / "old.json", old, OLD)["unchanged_rows"] == 3
    old["truth"]["name"] = "other.vcf.gz"
    with pytest.raises(BadData, match="another truth"):
        changes(tmp_path / "old.json", old, OLD)


def test_what_is_no_summary(tmp_path: Path) -> None:
    with pytest.raises(InputMissing):
        read_baseline(tmp_path / "nothing.json")
    for text in ("{", '["x"]', '{"schema": "plumbline/qc/1"}'):
        (tmp_path / "x.json").write_text(text)
        with pytest.raises(BadData):
            read_baseline(tmp_path / "x.json")
    (tmp_path / "x.json").write_text(json.dumps(OLD))
    assert read_baseline(tmp_path / "x.json") == OLD
