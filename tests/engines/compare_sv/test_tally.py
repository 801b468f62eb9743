"""Rows by type and size, and that they must add up to what truvari says."""

from collections import Counter
from pathlib import Path

import pytest
from sv_files import DEFINITIONS, sv_text, write_text

from engines.compare_sv import tally
from engines.contract.errors import EngineError

BOUNDS = (50, 100, 300, 1000, 5000)
TAGGED = (*DEFINITIONS, '##FORMAT=<ID=BD,Number=1,Type=String,Description="decision">')


def ga4gh(path: Path, calls: list[tuple[str, str, str, str]]) -> Path:
    """A GA4GH VCF of (REF, ALT, INFO, decision)."""
    text = sv_text(
        [
            ("chr1", n, ref, alt, f"0/1:{bd}", info)
            for n, (ref, alt, info, bd) in enumerate(calls, 1)
        ],
        {"chr1": 10**6},
        definitions=TAGGED,
    )
    return write_text(path, text.replace("\tGT\t", "\tGT:BD\t"))


def test_labels() -> None:
    assert tally.size_labels(BOUNDS) == [
        "0-49",
        "50-99",
        "100-299",
        "300-999",
        "1000-4999",
        "5000+",
    ]
    assert tally.size_labels((0, 50)) == ["0-49", "50+"]
    assert tally.size_labels((7,)) == ["0-6", "7+"]


def test_records_count_under_their_own_type_and_size(tmp_path: Path) -> None:
    truth = ga4gh(
        tmp_path / "t.vcf.gz",
        [
            ("A" * 51, "A", ".", "TP"),
            ("A" * 100, "A", ".", "FN"),
            ("A", "A" * 101, ".", "TP"),
            ("N", "<DUP>", "SVTYPE=DUP;SVLEN=5000;END=5007", "TP"),
            ("N", "N[chr1:99[", "SVTYPE=BND", "FN"),
        ],
    )
    query = ga4gh(
        tmp_path / "q.vcf.gz",
        [
            ("A" * 41, "A", ".", "TP"),
            ("A", "A" * 102, ".", "TP"),
            ("N", "<CNV>", "SVTYPE=CNV;SVLEN=999;END=1002", "FP"),
        ],
    )
    rows = tally.rows(tally.count(truth, query, BOUNDS), BOUNDS)
    filled = {
        (row["type"], row["size"]): [row[key] for key in tally.DECISIONS.values()]
        for row in rows
        if row["truth_total"] + row["query_total"]
    }
    assert filled == {
        ("*", "*"): [3, 2, 2, 1],
        ("*", "0-49"): [0, 0, 1, 0],
        ("*", "50-99"): [1, 1, 0, 0],
        ("*", "100-299"): [1, 0, 1, 0],
        ("*", "300-999"): [0, 0, 0, 1],
        ("*", "5000+"): [1, 0, 0, 0],
        ("*", "unsized"): [0, 1, 0, 0],
        ("DEL", "*"): [1, 1, 1, 0],
        ("DEL", "0-49"): [0, 0, 1, 0],
        ("DEL", "50-99"): [1, 1, 0, 0],
        ("INS", "*"): [1, 0, 1, 0],
        ("INS", "100-299"): [1, 0, 1, 0],
        ("DUP", "*"): [1, 0, 0, 0],
        ("DUP", "5000+"): [1, 0, 0, 0],
        ("BND", "*"): [0, 1, 0, 0],
        ("BND", "unsized"): [0, 1, 0, 0],
        ("CNV", "*"): [0, 0, 0, 1],
        ("CNV", "300-999"): [0, 0, 0, 1],
    }
    kinds = list(dict.fromkeys(row["type"] for row in rows))
    assert kinds == ["*", "DEL", "INS", "DUP", "BND", "CNV"]
    assert [row["size"] for row in rows if row["type"] == "INS"] == [
        "*",
        *tally.size_labels(BOUNDS)[1:],
    ]


def test_metrics_are_null_where_they_are_undefined() -> None:
    assert tally.metrics({"truth_tp": 3, "truth_fn": 1, "query_tp": 1, "query_fp": 1}) == {
        "truth_total": 4,
        "truth_tp": 3,
        "truth_fn": 1,
        "query_total": 2,
        "query_tp": 1,
        "query_fp": 1,
        "recall": 0.75,
        "precision": 0.5,
        "f1": pytest.approx(0.6),
    }
    nothing_right = tally.metrics({"truth_fn": 2, "query_fp": 1})
    assert [nothing_right[key] for key in ("recall", "precision", "f1")] == [0, 0, None]
    assert {tally.metrics({})[key] for key in ("recall", "precision", "f1")} == {None}
    only_truth = tally.metrics({"truth_tp": 2})
    assert [only_truth[key] for key in ("recall", "precision", "f1")] == [1, None, None]


@pytest.mark.parametrize("column", ["TP-base", "FN", "TP-comp", "FP"])
def test_a_total_that_differs_from_truvari_is_our_defect(column: str) -> None:
    counts = Counter(truth_tp=3, truth_fn=1, query_tp=2, query_fp=4)
    both = dict.fromkeys([("*", "*"), ("DEL", "*"), ("*", "50-99"), ("DEL", "50-99")], counts)
    rows = tally.rows(both, BOUNDS)
    stats = {"TP-base": 3, "FN": 1, "TP-comp": 2, "FP": 4}
    tally.check_totals(rows, stats)
    with pytest.raises(EngineError, match=r"truvari counts \d+, the table"):
        tally.check_totals(rows, stats | {column: stats[column] + 1})


def test_sizes_that_do_not_add_up_are_our_defect() -> None:
    counts = Counter(truth_tp=3, truth_fn=1, query_tp=2, query_fp=4)
    rows = tally.rows({("*", "*"): counts, ("DEL", "*"): counts}, BOUNDS)
    with pytest.raises(EngineError, match="0 by type and size"):
        tally.check_totals(rows, {"TP-base": 3, "FN": 1, "TP-comp": 2, "FP": 4})
