"""What changed against an earlier summary: rows of a table, and of the report."""

from pathlib import Path
from typing import Any

import pytest
from summary_files import small_summary, write

from engines.charts.changes import change_rows, in_words, notes
from engines.charts.html_tables import changes_table
from engines.charts.summaries import Summary, read_summary
from engines.contract.errors import BadData


def changed(word: str, subset: str = "*", **more: Any) -> dict[str, Any]:
    numbers = {"old": 0.99, "new": 0.995, "difference": 0.005, "low": 0.001, "high": 0.009}
    return {
        **{"type": "SNP", "subtype": "*", "subset": subset, "filter": "PASS"},
        "truth_fn": {"old": 10, "new": 4, "difference": -6},
        "query_fp": {"old": 0, "new": 1, "difference": 1},
        "recall": {**numbers, "word": word},
        "precision": {**dict.fromkeys(numbers), "word": "not defined"},
        **more,
    }


def against(rows: list[dict[str, Any]]) -> dict[str, Any]:
    return small_summary("A", baseline={"name": "old.json", "unchanged_rows": 7, "rows": rows})


def test_rows_of_everything_come_first() -> None:
    found = [Summary("A", Path("A"), against([changed("worse", "MHC"), changed("better")]))]
    first, second = change_rows(found)
    assert (first["subset"], first["recall_word"], first["truth_fn_change"]) == ("*", "better", -6)
    assert (first["recall_from"], first["precision_change"]) == (0.001, None)
    assert second["subset"] == "MHC"
    told = "Recall and precision of all rows: 1 clearly better, 1 worse than old.json."
    assert in_words(found) == told
    assert in_words([Summary("B", Path("B"), small_summary("B"))]) == ""
    assert notes(found) == ["A against old.json; 7 rows have the same counts."]


def test_the_report_leaves_out_what_did_not_clearly_change() -> None:
    unclear = changed("no clear change", "MHC")
    found = [Summary("A", Path("A"), against([changed("no clear change"), unclear]))]
    table = changes_table(found)
    (row,) = [[cell.text for cell in row] for row in table.rows]
    assert row[:11] == [
        *("A", "SNP", "*", "*", "PASS", "no clear change", "0.9900", "0.9950"),
        *("+0.005000", "+0.001000", "+0.009000"),
    ]
    assert row[-2:] == ["-6", "+1"]
    plain = [Summary("B", Path("B"), small_summary("B"))]
    assert changes_table(plain).rows == []
    assert changes_table(plain).notes == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (changed("better", truth_fn={"old": 1}), "baseline.rows[0].truth_fn.new: missing"),
        (changed("better", recall=None), "baseline.rows[0].recall: missing"),
        ({"type": "SNP"}, "baseline.rows[0].subtype: missing"),
    ],
)
def test_a_wrong_change_is_a_problem_of_its_file(
    tmp_path: Path, row: dict[str, Any], problem: str
) -> None:
    (path,) = write(tmp_path, A=against([row]))
    with pytest.raises(BadData) as caught:
        read_summary(path)
    assert problem in caught.value.message
