"""Precision against recall by score: which points are drawn, and that Vega draws them."""

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import vl_convert
from benchmark_extras import with_extras
from summary_files import small_row, small_summary

from engines.charts.curves import ZOOM, curve_rows, curves_chart, thinned, without_line
from engines.charts.layout import as_csv
from engines.charts.summaries import Summary
from engines.charts.tables import overview

POINT = {"truth_tp": 1, "truth_fn": 1, "query_tp": 1, "query_fp": 0}


def summary(name: str, curves: list[dict[str, Any]] | None = None) -> Summary:
    rows = [small_row("SNP", (900, 100, 20, 5), filter=each) for each in ("ALL", "PASS")]
    data = with_extras(small_summary(name, rows))
    if curves is not None:
        data["roc"]["curves"] = curves
    return Summary(name, Path(name), data)


def curve(*points: tuple[float | None, float | None, float | None]) -> dict[str, Any]:
    made = [{"level": at, "recall": r, "precision": p, **POINT} for at, r, p in points]
    return {"type": "SNP", "filter": "PASS", "points": made}


def test_the_strictest_point_comes_first_and_says_what_counts() -> None:
    rows = curve_rows([summary("A", [curve((None, 0.9, 0.8), (12.5, 0.5, 0.9))])])
    assert [(row["step"], row["at"], row["recall"]) for row in rows] == [
        (0, "QUAL ≥ 12.5", 0.5),
        (1, "every call", 0.9),
    ]


def test_a_summary_without_a_score_has_no_curve() -> None:
    plain = Summary("A", Path("A"), small_summary("A"))
    none = Summary("B", Path("B"), small_summary("B", roc=None))
    assert curve_rows([plain, none]) == []
    assert curves_chart([], overview([plain])) is None
    same = [summary("A", [curve((60.0, 0.9, 0.8))])]
    assert curves_chart(thinned(curve_rows(same)), overview(same)) is None


def test_where_there_is_no_line_it_is_said_why() -> None:
    flat = [curve((60.0, 0.9, 0.8))]
    line = {**curve((None, 0.9, 0.8), (12.5, 0.5, 0.9)), "type": "INDEL"}
    why = "have the same QUAL; choose another field with small_variants.roc."
    none = f"No curve by score: all calls {why}"
    assert without_line([summary("A", flat)]) == none
    both = [summary("A", flat), summary("B", [*flat, line])]
    assert without_line(both) == f"No line for A, B SNP PASS: all calls of each {why}"
    assert without_line([summary("A"), Summary("C", Path("C"), small_summary("C"))]) == ""


def test_of_many_points_those_stay_that_are_apart() -> None:
    """999 points crowd at the end; the way to them is half of the curve."""
    crowd = [(float(1000 - n), 0.9 + n * 1e-4, 0.9) for n in range(1, 1000)]
    rows = curve_rows([summary("A", [curve(*reversed([(1000.0, 0.8, 0.9), *crowd]))])])
    kept = thinned(rows, most=20)
    assert len(kept) <= 20
    assert (kept[0]["recall"], kept[-1]["recall"]) == (0.8, rows[-1]["recall"])
    gaps = [b["recall"] - a["recall"] for a, b in pairwise(kept[1:])]
    assert max(gaps) < 0.02
    assert thinned(rows, most=2000) == rows


def test_a_point_without_a_number_is_not_drawn() -> None:
    rows = curve_rows([summary("A", [curve((None, 0.9, 0.8), (12.5, 0.0, None))])])
    assert [row["level"] for row in thinned(rows)] == [None]


def test_lines_of_the_chosen_filter_and_dots_of_all() -> None:
    found = [summary("A"), summary("B")]
    rows, points = thinned(curve_rows(found)), overview(found)
    chart = curves_chart(rows, points)
    assert chart is not None
    params = [ZOOM, {"name": "picked", "value": ""}, {"name": "selection", "value": "PASS"}]
    sets = {"roc": as_csv(rows), "overview": as_csv(points)}
    svg = vl_convert.vegalite_to_svg({**chart, "params": params, "datasets": sets})
    assert ">SNP, PASS</text>" in svg
    assert len(re.findall('aria-roledescription="line mark"', svg)) == 2
    dots = re.findall('aria-label="[^"]*Filter: (ALL|PASS)', svg)
    assert sorted(dots) == ["ALL", "ALL", "PASS", "PASS"]
