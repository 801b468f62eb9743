"""The pictures: where the marks are, on known numbers."""

import re
import xml.etree.ElementTree as ET
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.qc.charts import Marked, cohort_picture, trend_picture
from engines.qc.drawing import axis_of, axis_of_days
from engines.qc.spread import Distribution

KEY = ("dragen/x", "coverage", "depth <i>", "")
BOUND = {"warn": {"lowest": 20.0, "highest": None, "z": None}, "fail": None}


def drawn(picture: str) -> ET.Element:
    return ET.fromstring(f"<all>{picture}</all>")


def share(text: str) -> float:
    """Of the plot's width, without its margins of 2 %."""
    return (float(text.removesuffix("%")) - 2) / 96


def sample(
    name: str, value: float, verdict: str = "pass", day: str | None = None
) -> dict[str, Any]:
    return {"sample": name, "value": value, "verdict": verdict, "date": day}


def test_a_box_by_hand() -> None:
    """1 to 9 and 30: quartiles 3.25, 5.5, 7.75 (R, type 7); whiskers 1 and 9, 30 an outlier."""
    others = Distribution({f"s{n}": float(n) for n in (*range(1, 10), 30)})
    metric = Marked(KEY, "x", BOUND, [sample("S & 1", 31.0, "warn")])
    picture = drawn(cohort_picture([metric], {KEY: others}))
    [box] = picture.iter("rect")
    whisker = next(
        each for each in picture.iter("line") if each.get("y1") == each.get("y2") == "30"
    )
    bound = next(each for each in picture.iter("line") if each.get("stroke-dasharray"))

    def at(value: float) -> float:
        return pytest.approx((value - 1) / 30, abs=2e-4)

    assert share(box.get("x", "")) == at(3.25)
    assert float(box.get("width", "").removesuffix("%")) / 96 == pytest.approx(4.5 / 30, abs=2e-4)
    assert [share(whisker.get(x, "")) for x in ("x1", "x2")] == [at(1), at(9)]
    assert share(bound.get("x1", "")) == at(20)
    groups = {
        each.get("class"): [share(use.get("x", "")) for use in each] for each in picture.iter("g")
    }
    assert groups["other"] == [at(30)]
    assert groups["warn"] == [at(31)]
    assert len(groups["strip"]) == 10
    texts = [each.text for each in picture.iter() if each.text]
    assert texts[:2] == ["depth <i> (x)", "10"] and "31" in texts


def test_few_samples_are_named_many_are_not() -> None:
    others = Distribution({"a": 1.0, "b": 2.0})
    for count, named in ((2, True), (4, False)):
        samples = [sample(f"S{n}", float(n)) for n in range(count)]
        picture = cohort_picture([Marked(KEY, "", BOUND, samples)], {KEY: others})
        assert (">S1<" in picture) is named


def test_a_trend_by_hand() -> None:
    """Ten days, the value the day's number: the dots lie on a line from one corner to the other."""
    start = date(2026, 1, 1)
    dates = {f"s{n}": (start + timedelta(days=n)).isoformat() for n in range(10)}
    others = Distribution({name: float(name[1:]) for name in dates} | {"undated": 3.0})
    metric = Marked(
        KEY, "", {"warn": None, "fail": None}, [sample("S", 10.0, "fail", "2026-01-11")]
    )
    picture = drawn(trend_picture([metric], {KEY: others}, dates))
    dots = [
        (float(use.get("x", "").removesuffix("%")), float(use.get("y", "")))
        for use in picture.iter("use")
    ]
    assert len(dots) == 11
    assert dots[0] == (12.0, 112.0) and dots[-1] == (98.0, 8.0)
    for (x, y), (x2, y2) in pairwise(dots):
        assert x2 - x == pytest.approx(8.6, abs=0.02)
        assert y - y2 == pytest.approx(10.4, abs=0.2)
    days = [each.text for each in picture.iter("text") if re.match("2026", each.text or "")]
    assert days[0] == "2026-01-01" and days[-1] == "2026-01-11"


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([0, 10], ["0", "2", "4", "6", "8", "10"]),
        ([3.8e6, 4.0e6], ["3.80M", "3.85M", "3.90M", "3.95M", "4.00M"]),
        ([0, 85e9], ["0", "20G", "40G", "60G", "80G"]),
        ([0.0012, 0.03], ["0.01", "0.02", "0.03"]),
        ([-3, 3], ["-2", "0", "2"]),
        ([5, 5], ["4.8", "4.9", "5.0", "5.1", "5.2"]),
        ([900, 2100], ["1,000", "1,500", "2,000"]),
    ],
)
def test_ticks(values: list[float], labels: list[str]) -> None:
    assert [label for _, label in axis_of(values).ticks] == labels


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=5))
def test_every_value_is_on_its_axis(values: list[float]) -> None:
    axis = axis_of(values)
    assert all(0 <= axis.share(value) <= 1 for value in values)
    assert len(axis.ticks) <= 8
    labels = [label for _, label in axis.ticks]
    if max(map(abs, values)) < 1e12 and max(values) - min(values) > 1e-3 * max(map(abs, values)):
        assert len(set(labels)) == len(labels) > 1


@given(st.lists(st.dates(), min_size=1, max_size=5))
def test_every_day_is_on_its_axis(days: list[date]) -> None:
    axis = axis_of_days(days)
    assert all(0 <= axis.share(day.toordinal()) <= 1 for day in days)
    assert axis.ticks[0][1] == min(days).isoformat()
