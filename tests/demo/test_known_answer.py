"""The comparison engine gives the answer that the demo's generator planted."""

import csv
import json
from pathlib import Path

import pytest
from small_files import decisions

from engines.compare.case import Request
from engines.compare.comparison import compare

DEMO = Path(__file__).resolve().parents[2] / "config" / "demo"
EXPECTED = json.loads((DEMO / "expected.json").read_text())["small_variants"]
COUNTS = {
    "TRUTH.TOTAL": "truth_total",
    "TRUTH.TP": "truth_tp",
    "TRUTH.FN": "truth_fn",
    "QUERY.TOTAL": "query_total",
    "QUERY.TP": "query_tp",
    "QUERY.FP": "query_fp",
    "QUERY.UNK": "query_unk",
    "FP.gt": "fp_gt",
}


@pytest.mark.parametrize(
    ("query", "records"),
    [("query.vcf.gz", "expected_query.tsv"), ("query2.g.vcf.gz", "expected_query2.tsv")],
)
def test_counts_and_records_are_those_that_were_planted(
    tmp_path: Path, query: str, records: str
) -> None:
    report = compare(
        Request(
            truth=DEMO / "truth.vcf.gz",
            query=DEMO / query,
            reference=DEMO / "genome.fa.gz",
            confident=DEMO / "confident.bed",
            stratification=DEMO / "stratifications" / "stratifications.tsv",
            out=tmp_path / "out",
        )
    )
    ours = {
        (row["type"], row["filter"]): {theirs: row[name] for theirs, name in COUNTS.items()}
        for row in report["rows"]
        if (row["subtype"], row["subset"]) == ("*", "*")
    }
    expected = {
        (kind, name): counts
        for kind, filters in EXPECTED[query]["counts"].items()
        for name, counts in filters.items()
    }
    assert ours == expected
    assert len(expected) == 4

    with open(DEMO / records, newline="") as handle:
        planted = {
            (r["contig"], int(r["pos"]), r["ref"], ",".join(sorted(r["alt"].split(",")))): r
            for r in csv.DictReader(handle, delimiter="\t")
            if r["side"] == "truth" and r["verdict"] in ("TP", "FN", "UNK")
        }
    decided = decisions(tmp_path / "out.vcf.gz", "TRUTH")
    wrong = {
        key: (r["case"], r["verdict"], decided.get(key))
        for key, r in planted.items()
        if decided.get(key) != r["verdict"]
    }
    assert wrong == {}
    assert len(planted) > 1200
