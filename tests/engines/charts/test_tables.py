"""Rows: nothing is computed anew, and a cohort is told by its spread."""

import csv
import io
from pathlib import Path

from summary_files import small_row, small_rows, small_summary, sv_summary

from engines.charts.summaries import Summary
from engines.charts.tables import as_tsv, breakdowns, overview, spread


def small(sample: str, rows: list[dict[str, object]]) -> Summary:
    return Summary(sample, Path(f"{sample}.summary.json"), small_summary(sample, rows))


def sv(sample: str, refined: bool) -> Summary:
    return Summary(sample, Path(f"{sample}.summary.json"), sv_summary(sample, refined))


def test_the_overview_holds_all_variants_together() -> None:
    rows = overview([small("A", small_rows(strata=2)), small("B", small_rows(seed=1))])
    assert [(row["sample"], row["type"], row["selection"]) for row in rows] == [
        (sample, kind, name)
        for sample in "AB"
        for name in ("ALL", "PASS")
        for kind in ("SNP", "INDEL")
    ]


def test_bench_is_shown_beside_refine() -> None:
    rows = overview([sv("A", refined=True), sv("B", refined=False)])
    assert [(row["sample"], row["selection"], row["truth_tp"]) for row in rows] == [
        ("A", "bench", 25012),
        ("A", "refine", 26502),
        ("B", "bench", 25012),
    ]
    (by_size,) = breakdowns([sv("A", refined=True), sv("B", refined=False)])
    assert {(row["sample"], row["selection"]) for row in by_size.rows} == {
        ("A", "refine"),
        ("B", "bench"),
    }


def test_subtypes_go_from_long_deletions_to_long_insertions() -> None:
    by_subtype, by_stratum = breakdowns([small("A", small_rows(strata=2))])
    assert by_subtype.levels == [
        *("D16_PLUS", "D6_15", "D1_5", "I1_5", "I6_15", "I16_PLUS", "C1_5", "C16_PLUS"),
    ]
    assert by_stratum.levels == ["stratum_00", "stratum_01"]


def test_the_spread_is_that_of_the_samples_with_a_value() -> None:
    total = small_row("INDEL", (1, 1, 1, 1))
    found = [
        small(f"S{tp}", [total, small_row("INDEL", (tp, 10 - tp, 0, 0), subtype="D1_5")])
        for tp in (0, 2, 4, 8, 9)
    ]
    (by_subtype,) = breakdowns(found)
    (row,) = spread(by_subtype)
    assert [row[f"recall_{end}"] for end in ("low", "q1", "median", "q3", "high")] == [
        *(0.0, 0.2, 0.4, 0.8, 0.9),
    ]
    assert (row["samples"], row["recall_n"], row["precision_n"]) == (5, 5, 4)
    assert row["precision_low"] == row["precision_high"] == 1.0
    assert row["truth_total"] == 10


def test_the_tsv_holds_every_row_as_it_was_written() -> None:
    summaries = [small("A", small_rows(strata=1)), small("B", [small_row("SNP", (0, 0, 0, 4))])]
    lines = list(csv.DictReader(io.StringIO(as_tsv(summaries)), delimiter="\t"))
    written = [row for summary in summaries for row in summary.data["rows"]]
    assert len(lines) == len(written)
    for line, row in zip(lines, written, strict=True):
        for key, value in row.items():
            assert line[key] == ("NA" if value is None else str(value)), key
    assert lines[-1]["sample"] == "B"
    assert (lines[-1]["recall"], lines[-1]["query_unk"]) == ("NA", "4")


def test_the_tsv_says_which_comparison_of_structural_variants_it_is_of() -> None:
    lines = list(
        csv.DictReader(io.StringIO(as_tsv([sv("A", True), sv("B", False)])), delimiter="\t")
    )
    assert {(line["sample"], line["comparison"]) for line in lines} == {
        ("A", "refine"),
        ("B", "bench"),
    }
    assert lines[0]["truth_tp"] == "26502"
