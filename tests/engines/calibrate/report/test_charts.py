"""The charts as data: what is drawn where, and what is not drawn."""

from pathlib import Path
from typing import Any

from calibration_summary import THREE, calibration_summary

from engines.calibrate.report.cohort import cohort_charts
from engines.calibrate.report.countries import countries_charts
from engines.calibrate.report.forest import colours_of, forest_chart
from engines.calibrate.report.heat_map import heat_map_chart
from engines.charts.summaries import Summary
from engines.reporting.document import svg_of


def rows(spec: dict[str, Any], mark: str) -> list[list[dict[str, Any]]]:
    """The rows of every layer of this mark, from the bottom to the top."""
    return [layer["data"]["values"] for layer in spec["layer"] if layer["mark"]["type"] == mark]


def texts(spec: dict[str, Any], field: str) -> list[str]:
    """What is written by the layers that write this field."""
    layers = [
        layer for layer in spec["layer"] if layer["encoding"].get("text", {}).get("field") == field
    ]
    return [row[field] for layer in layers for row in layer["data"]["values"]]


def test_a_line_for_every_cause_and_fit_in_the_order_asked_for() -> None:
    data = calibration_summary(algorithms=THREE)
    backwards = data["causes"][::-1]
    chart = forest_chart(data, backwards)
    labels = [label.replace("\n", "") for label in texts(chart, "label")]
    assert labels == backwards
    hollow, filled, crossed = rows(chart, "point")
    assert len(hollow) == 6 * 4
    assert [row["fit"] for row in hollow[:4]] == [*THREE, "ensemble"]
    assert hollow[0]["before"] == 100 * data["fits"][0]["uncalibrated"]["prematurity"]
    assert len(filled) == 5 * 4  # other is not calibrated
    assert crossed == []
    heights = [row["y"] for row in hollow]
    assert heights == sorted(heights) and heights[-1] < chart["height"]


def test_what_has_no_interval_has_no_line_and_says_why() -> None:
    data = calibration_summary(algorithms=THREE, stalled=["eava"])
    chart = forest_chart(data, data["causes"])
    (ends,) = rows(chart, "rule")
    assert {row["fit"] for row in ends} == {"insilicova", "interva", "ensemble"}
    assert len(ends) == 5 * 3
    assert {row["fit"] for row in rows(chart, "point")[2]} == {"eava"}
    said = texts(chart, "result")
    assert said.count("no interval (stalled)") == 5
    assert said.count("not calibrated") == 4


def test_nothing_calibrated_is_drawn_hollow() -> None:
    data = calibration_summary(untouched=["insilicova"])
    hollow, filled, crossed = rows(forest_chart(data, data["causes"]), "point")
    assert (len(hollow), filled, crossed) == (6, [], [])


def test_the_truth_of_an_example_is_drawn() -> None:
    data = calibration_summary(example="Synthetic.")
    truth = rows(forest_chart(data, data["causes"]), "rule")[1]
    assert [row["truth"] for row in truth] == [
        100 * data["example"]["truth"][cause] for cause in data["causes"]
    ]


def test_the_ensemble_is_black_and_the_others_differ() -> None:
    colours = colours_of([*THREE, "ensemble"])
    assert colours[-1] == "#222222"
    assert len(set(colours)) == 4


def test_a_long_name_makes_room_for_itself() -> None:
    long = "A very long name of a cause of death, as somebody has in a table of their own"
    causes = [long, "pneumonia", "other"]
    data = calibration_summary(causes=causes)
    chart = forest_chart(data, causes)
    lines = texts(chart, "label")[0].split("\n")
    assert " ".join(lines) == long
    assert chart["height"] > 13 * len(lines) + 2 * 15


def test_both_matrices_stand_beside_each_other() -> None:
    fit = calibration_summary()["fits"][0]
    given, used = heat_map_chart(fit)["hconcat"]
    for panel, key in ((given, "input"), (used, "used")):
        cells = rows(panel, "rect")[0]
        assert [cell["value"] for cell in cells] == [v for row in fit["matrix"][key] for v in row]
    assert "other" not in texts(given, "label")
    assert f"λ = {fit['lambda']:.2f}" in used["title"]["text"]
    assert texts(used, "text")[-6:] == [
        "weight",
        *(f"{each:.0f}" for each in fit["matrix"]["concentration"]),
    ]
    fixed = calibration_summary(mmat_type="fixed")["fits"][0]
    assert "weight" not in texts(heat_map_chart(fixed)["hconcat"][1], "text")


def test_what_was_chosen_is_brought_out_among_the_countries() -> None:
    data = calibration_summary(algorithms=THREE, sensitivity=True)
    panels = [
        panel
        for chart in countries_charts(data, data["causes"])
        for row in chart["vconcat"]
        for panel in row["hconcat"]
    ]
    assert len(panels) == 5 * 4  # other is the same everywhere
    for panel in panels:
        points = rows(panel, "point")[0]
        assert len(points) == 8 * 2
        assert [row["colour"] for row in points].count("#D55E00") == 1
        assert points[-1]["colour"] == "#D55E00"  # on top of the others


def test_one_fit_has_its_causes_abreast() -> None:
    data = calibration_summary(sensitivity=True)
    (chart,) = countries_charts(data, data["causes"])
    assert [len(row["hconcat"]) for row in chart["vconcat"]] == [4, 1]


def named(number: int, **more: Any) -> list[Summary]:
    return [
        Summary(f"site_{n:03}", Path("x"), calibration_summary(seed=n, **more))
        for n in range(number)
    ]


def test_many_data_sets_are_drawn_in_pictures_that_fit_on_a_page() -> None:
    charts = [spec for _, spec in cohort_charts(named(100))]
    panels = [panel for chart in charts for panel in chart["hconcat"]]
    assert max(panel["height"] for panel in panels) <= 880
    drawn = [row for panel in panels for row in rows(panel, "point")[0]]
    assert len(drawn) == 100 * 6


def test_the_ensemble_stands_for_a_data_set() -> None:
    ((_, chart), _) = cohort_charts(named(2, algorithms=THREE))
    fits = {row["fit"] for panel in chart["hconcat"] for row in rows(panel, "point")[0]}
    assert fits == {"ensemble"}
    ((_, chart), _) = cohort_charts(named(2, algorithms=THREE, ensemble=False))
    fits = {row["fit"] for panel in chart["hconcat"] for row in rows(panel, "point")[0]}
    assert fits == set(THREE)


def test_a_picture_is_text_and_the_same_each_time() -> None:
    data = calibration_summary(algorithms=THREE, causes=["<b>&'\"", "b' + alert(1)", "other"])
    chart = forest_chart(data, data["causes"])
    svg = svg_of(chart)
    assert "<b>" not in svg
    assert ">b' + alert(1)</text>" in svg
    assert "clip" not in svg  # whose names would be the same in every picture of a page
    assert svg_of(chart) == svg
