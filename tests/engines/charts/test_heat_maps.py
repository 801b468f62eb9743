"""Heat maps of a comparison: what is in the cells, and that Vega draws them."""

import re
from pathlib import Path
from typing import Any

import vl_convert
from summary_files import small_row, small_summary, sv_summary

from engines.charts.heat_maps import (
    METRIC,
    sample_cells,
    sample_heat_map,
    size_cells,
    size_heat_map,
)
from engines.charts.layout import as_csv
from engines.charts.summaries import Summary
from engines.charts.tables import Breakdown, breakdowns

PARAMS = [{"name": "picked", "value": ""}, METRIC]


def stratified(*samples: str, strata: int = 3) -> Breakdown:
    found = []
    for number, sample in enumerate(samples):
        rows = [small_row("SNP", (90, 10, 10, 0))]
        rows += [
            small_row("SNP", (80 + each + number, 20, 0, 0), subset=f"s{each}")
            for each in range(strata)
        ]
        found.append(Summary(sample, Path(sample), small_summary(sample, rows)))
    return next(each for each in breakdowns(found) if each.key == "stratification")


def drawn(chart: dict[str, Any] | None, name: str, cells: Any, selection: str) -> list[str]:
    """The texts of a chart."""
    assert chart is not None
    params = [*PARAMS, {"name": "selection", "value": selection}]
    svg = vl_convert.vegalite_to_svg({**chart, "params": params, "datasets": {name: as_csv(cells)}})
    return re.findall(r">([^<>]+)</text>", svg)


def test_labels_of_clusters_are_no_strata() -> None:
    subsets = ("*", "TS_contained", "TS_boundary", "TR")
    rows = [small_row("SNP", (9, 1, 1, 0), subset=subset) for subset in subsets]
    found = breakdowns([Summary("A", Path("A"), small_summary("A", rows))])
    assert next(each for each in found if each.key == "stratification").levels == ["TR"]
    found = breakdowns([Summary("A", Path("A"), small_summary("A", rows[:3]))])
    assert "stratification" not in {each.key for each in found if each.rows}


def test_a_column_per_sample() -> None:
    breakdown = stratified("A", "B")
    cells = sample_cells(breakdown)
    texts = drawn(sample_heat_map(breakdown, cells, "cells"), "cells", cells, "PASS")
    # F1 of 80 found of 100 and nothing wrong
    assert f"{2 * 0.8 / 1.8:.4f}" in texts
    assert {"A", "B", "s0", "s1", "s2", "SNP, PASS"} <= set(texts)


def test_of_one_sample_a_column_per_metric() -> None:
    breakdown = stratified("A")
    cells = sample_cells(breakdown)
    texts = drawn(sample_heat_map(breakdown, cells, "cells"), "cells", cells, "PASS")
    assert {"Recall", "Precision", "F1", "0.8000", "1"} <= set(texts)


def test_of_many_classes_the_worst() -> None:
    breakdown = stratified("A", strata=70)
    kept = {row["level"] for row in sample_cells(breakdown)}
    assert len(kept) == 60 and "s0" in kept and "s69" not in kept


def test_too_many_samples_are_not_drawn() -> None:
    breakdown = stratified(*(f"S{number}" for number in range(61)), strata=1)
    assert sample_heat_map(breakdown, sample_cells(breakdown), "cells") is None


def test_types_by_sizes_of_structural_variants() -> None:
    found = [Summary(name, Path(name), sv_summary(name, seed=at)) for at, name in enumerate("ABC")]
    (breakdown,) = breakdowns(found)
    cells = size_cells(breakdown)
    chart = size_heat_map(breakdown, cells, "cells")
    texts = drawn(chart, "cells", cells, "refine")
    middle = next(
        row["f1"]
        for row in cells
        if (row["sample"], row["kind"], row["level"]) == ("B", "DEL", "50-99")
    )
    assert f"{middle:.4f}" in texts
    assert {"DEL", "INS", "50-99", "5000+"} <= set(texts) and "all sizes" not in texts
