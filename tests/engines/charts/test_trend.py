"""A metric from run to run."""

import re
from typing import Any

import vl_convert

from engines.charts.heat_maps import METRIC
from engines.charts.trend import trend_chart

PARAMS = [{"name": "picked", "value": ""}, {"name": "selection", "value": "PASS"}, METRIC]


def row(day: int, sample: str, f1: float | None, is_here: bool = False) -> dict[str, Any]:
    return {
        **{"time": f"2026-11-{day:02d}T10:00:00.000Z", "run": f"run {day}", "is_here": is_here},
        **{"sample": sample, "type": "SNP", "selection": "PASS"},
        **{"f1": f1, "recall": f1, "precision": f1},
    }


def test_a_line_per_sample() -> None:
    rows = [row(day, sample, 0.9 + day / 1000) for day in (1, 2, 3) for sample in "AB"]
    rows.append(row(4, "A", 0.95, is_here=True))
    chart = trend_chart(rows, "trend")
    assert chart is not None
    svg = vl_convert.vegalite_to_svg({**chart, "params": PARAMS, "datasets": {"trend": rows}})
    assert {"SNP, PASS, F1", "A", "B"} <= set(re.findall(r">([^<>]+)</text>", svg))
    # seven runs of a sample are dots, and the one that is looked at is there twice: filled
    dots = re.findall(r'aria-roledescription="point"', svg)
    assert len(dots) == len(rows) + 1


def test_one_run_is_no_trend() -> None:
    assert trend_chart([row(1, "A", 0.9), row(1, "B", 0.9)], "trend") is None
