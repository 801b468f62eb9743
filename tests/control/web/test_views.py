"""Results views over the API: what there is, safely read, and again only where it changed."""

import gzip
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from calibration_summary import THREE, calibration_summary
from summary_files import small_row, small_summary, sv_summary, write
from web_lab import WebLab, body

from control.record.run_dir import RunDir, State
from control.web.chart_library import library_name
from control.web.views import shown, views
from control.web.views.material import Material, Origin
from control.web.views.view import View

SHEET = "sample\tsmall_variants\n"


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path)


def put(run: RunDir, folder: str, **summaries: dict[str, Any]) -> None:
    write(run.work / "results" / folder, **summaries)


def expect(run: RunDir, *samples: str) -> None:
    text = SHEET + "".join(f"{sample}\tx.vcf.gz\n" for sample in samples)
    (run.work / "results" / "samples.tsv").write_text(text)


def see(lab: WebLab, run: RunDir, name: str = "benchmark", user: str = "ada") -> Any:
    answer = lab.client(user).get(f"/api/v1/runs/{run.run_id}/views/{name}")
    assert answer.status_code == 200, answer.text
    return body(answer)


def listed(lab: WebLab, run: RunDir) -> dict[str, Any]:
    found = body(lab.client().get(f"/api/v1/runs/{run.run_id}/views"))
    return {item["name"]: item for item in found["items"]}


def test_a_view_is_found_by_its_file() -> None:
    assert {"benchmark"} <= {view.name for view in views()}
    assert len({view.name for view in views()}) == len(views())


def test_only_views_that_have_something(lab: WebLab) -> None:
    run = lab.run()
    assert listed(lab, run) == {}
    put(run, "small_variants", A=small_summary("A"))
    found = listed(lab, run)
    assert list(found) == ["benchmark"]
    assert found["benchmark"]["link"] == f"/api/v1/runs/{run.run_id}/views/benchmark"
    assert lab.client().get(f"/api/v1/runs/{run.run_id}/views/calibration").status_code == 404
    assert lab.client().get(f"/api/v1/runs/{run.run_id}/views/nope").status_code == 404
    assert lab.client().get(f"/api/v1/runs/{run.run_id}/views/N0-PE").status_code == 404


def test_charts_have_the_numbers_of_the_summaries(lab: WebLab) -> None:
    run = lab.run()
    rows = [small_row("SNP", (95, 5, 5, 0)), small_row("INDEL", (8, 2, 2, 1))]
    put(run, "small_variants", A=small_summary("A", rows))
    (section,) = see(lab, run)["sections"]
    charts = {chart["name"]: chart for chart in section["charts"]}
    data = charts["metrics"]["spec"]["datasets"]["overview"]
    assert [(row["sample"], row["type"], row["recall"]) for row in data] == [
        ("A", "SNP", 0.95),
        ("A", "INDEL", 0.8),
    ]
    assert "recall 0.9500, precision 0.9500, F1 0.9500" in charts["metrics"]["description"]
    table = section["tables"][0]
    assert [row["truth_fn"] for row in table["rows"]] == [5, 2]
    types = {column["key"]: column["type"] for column in table["columns"]}
    assert (types["sample"], types["recall"], types["truth_fn"]) == ("text", "number", "integer")


def test_no_data_of_a_chart_is_csv(lab: WebLab) -> None:
    """Vega makes code for CSV, which the page does not allow."""
    run = lab.run()
    put(run, "small_variants", A=small_summary("A"), B=small_summary("B"))
    put(run, "structural_variants", A=sv_summary("A"), B=sv_summary("B", refined=False))
    for section in see(lab, run)["sections"]:
        for chart in section["charts"]:
            assert '"format": {"type"' not in json.dumps(chart["spec"])
            assert all(chart["spec"].get("datasets", {"": [1]}).values())


def test_says_how_far_it_is(lab: WebLab) -> None:
    run = lab.run(State.RUNNING)
    expect(run, "A", "B", "C")
    put(run, "small_variants", A=small_summary("A"), old=small_summary("old"))
    shown = see(lab, run)
    assert shown["notes"] == [
        "Small variants: 1 of 3 samples so far; to come: B, C.",
        "Small variants: Left out, samples of earlier runs in the same folder: 1.",
    ]
    put(run, "small_variants", B=small_summary("B"))
    assert "2 of 3 samples so far; to come: C." in see(lab, run)["notes"][0]


def test_a_run_that_has_ended_names_what_is_missing(lab: WebLab) -> None:
    run = lab.run(State.FAILED)
    expect(run, "A", "B")
    put(run, "small_variants", A=small_summary("A"))
    assert see(lab, run)["problems"] == ["Small variants: 1 of 2 samples; without a result: B"]


def test_tells_what_cannot_be_read(lab: WebLab, tmp_path: Path) -> None:
    run = lab.run()
    put(run, "small_variants", A=small_summary("A"))
    folder = run.work / "results" / "small_variants"
    (folder / "B.summary.json").write_text('{"schema": ')
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(small_summary("C")))
    os.symlink(secret, folder / "C.summary.json")
    shown = see(lab, run)
    assert [row["sample"] for row in shown["sections"][0]["tables"][0]["rows"]] == ["A"] * 4
    problems = "\n".join(shown["problems"])
    assert "small_variants/B.summary.json: line 1, column 12: not JSON" in problems
    assert "C.summary.json: cannot be opened" in problems
    assert str(tmp_path) not in json.dumps(shown)


def test_comes_again_only_where_it_changed(lab: WebLab) -> None:
    run = lab.run(State.RUNNING)
    put(run, "small_variants", A=small_summary("A"))
    address = f"/api/v1/runs/{run.run_id}/views/benchmark"
    first = lab.client().get(address)
    seen = {"If-None-Match": first.headers["ETag"]}
    assert lab.client().get(address, headers=seen).status_code == 304
    assert lab.client().get(address).get_data() == first.get_data()
    before = listed(lab, run)["benchmark"]["changed"]
    put(run, "small_variants", B=small_summary("B"))
    assert lab.client().get(address, headers=seen).status_code == 200
    assert listed(lab, run)["benchmark"]["changed"] != before


def test_whose_run_it_is(lab: WebLab) -> None:
    run = lab.run(user="bob")
    put(run, "small_variants", A=small_summary("A"))
    for address in ("", "/benchmark"):
        path = f"/api/v1/runs/{run.run_id}/views{address}"
        assert lab.client("ada").get(path).status_code == 403
        assert lab.client(None).get(path).status_code == 401
        assert lab.client("bob").get(path).status_code == 200


def test_the_library_is_made_once_and_kept(lab: WebLab) -> None:
    run = lab.run()
    address = body(lab.client().get(f"/api/v1/runs/{run.run_id}/views"))["chart_library"]
    assert address == f"/charts/{library_name()}"
    packed = lab.client(None).get(address, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "immutable" in packed.headers["Cache-Control"]
    plain = lab.client(None).get(address)
    assert "Content-Encoding" not in plain.headers
    assert plain.get_data() == gzip.decompress(packed.get_data())
    assert b"plumblineCharts" in plain.get_data()
    (kept,) = lab.state.charts.glob("*.gz")
    assert kept.read_bytes() == packed.get_data()
    assert lab.client(None).get("/charts/vega-0.js").status_code == 404


def chart_of(shown: Any, name: str) -> Any:
    return next(
        (each for part in shown["sections"] for each in part["charts"] if each["name"] == name),
        None,
    )


def test_the_same_samples_in_other_runs(lab: WebLab) -> None:
    """Only in runs that one may see, and against the same truth."""
    for name, user, truth in (
        ("first", "ada", "A_truth.vcf.gz"),
        ("other truth", "ada", "else.vcf.gz"),
        ("bobs", "bob", "A_truth.vcf.gz"),
    ):
        run = lab.run(name=name, user=user)
        against = {"name": truth, "sample": "HG002", "records": 1}
        put(run, "small_variants", A=small_summary("A", truth=against), Z=small_summary("Z"))
    here = lab.run(State.RUNNING, name="here")
    put(here, "small_variants", A=small_summary("A"))
    trend = chart_of(see(lab, here), "trend")
    rows = trend["spec"]["datasets"]["trend"]
    assert {row["run"].split(" (")[0]: row["is_here"] for row in rows} == {
        "first": False,
        "here": True,
    }
    assert {row["sample"] for row in rows} == {"A"}
    assert "results against another truth: 1." in trend["text"]
    assert "first" in json.dumps(chart_of(see(lab, here, user="root"), "trend"))


def test_no_trend_of_one_run(lab: WebLab) -> None:
    run = lab.run()
    put(run, "small_variants", A=small_summary("A"))
    assert chart_of(see(lab, run), "trend") is None


def test_calibrations_before_and_after(lab: WebLab) -> None:
    run = lab.run()
    put(run, "calibration", newborns=calibration_summary("neonate", THREE, sensitivity=True))
    put(run, "calibration", children=calibration_summary("child", ["eava"], stalled=["eava"]))
    assert list(listed(lab, run)) == ["calibration"]
    shown = see(lab, run, "calibration")
    assert [part["title"] for part in shown["sections"]] == [
        "All data sets",
        "children",
        "newborns",
    ]
    assert shown["sections"][0]["charts"] == [], "what has other causes is not side by side"
    charts = [chart["name"] for chart in shown["sections"][2]["charts"]]
    assert charts[:4] == ["fractions", "matrix_eava", "matrix_insilicova", "matrix_interva"]
    assert "countries_1" in charts
    table = shown["sections"][2]["tables"][0]
    rows = {(row["cause"], row["fit"]): row for row in table["rows"]}
    fits = {fit["name"]: fit for fit in calibration_summary("neonate", THREE)["fits"]}
    one = rows["pneumonia", "ensemble"]
    assert one["before"] == fits["ensemble"]["uncalibrated"]["pneumonia"]
    assert one["low"] < one["after"] < one["high"]
    assert rows["other", "eava"]["flag"] == "not calibrated"
    assert rows["other", "eava"]["low"] is None
    stalled = {row["flag"] for row in shown["sections"][1]["tables"][0]["rows"]}
    assert stalled == {"no interval: stalled", "not calibrated"}
    assert "the path correction went to its end" in shown["sections"][1]["notes"][0]


def test_data_sets_of_the_same_causes_side_by_side(lab: WebLab) -> None:
    run = lab.run()
    put(run, "calibration", a=calibration_summary(), b=calibration_summary(seed=2))
    (first, *_) = see(lab, run, "calibration")["sections"]
    assert [chart["name"] for chart in first["charts"]] == ["cohort_0", "cohort_1"]
    assert [row["c0"] for row in first["tables"][0]["rows"]] == ["a", "b"]


def test_an_interval_that_leaves_out_what_was_before(lab: WebLab) -> None:
    run = lab.run()
    summary = calibration_summary("neonate", ["eava"])
    fit = summary["fits"][0]
    fit["lower_ci"]["pneumonia"] = fit["uncalibrated"]["pneumonia"] + 0.001
    fit["upper_ci"]["pneumonia"] = 0.99
    put(run, "calibration", newborns=summary)
    rows = see(lab, run, "calibration")["sections"][0]["tables"][0]["rows"]
    flags = {row["cause"]: row["flag"] for row in rows}
    assert flags["pneumonia"] == "changed: the interval leaves out the fraction before"


def test_the_view_of_the_documentation(lab: WebLab) -> None:
    text = (Path(__file__).parents[3] / "docs" / "results-views.md").read_text()
    code = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)[0]
    names: dict[str, Any] = {**vars(shown), "json": json, "View": View, "Material": Material}
    exec(code, names)
    run = lab.run()
    (run.work / "results" / "genes").mkdir()
    (run.work / "results" / "genes" / "a.gene.json").write_text('{"gene": "TP53", "depth": 31}')
    found = Material.of(Origin(run.run_id, "", "", None, True), run, names["VIEW"].reads)
    made = names["VIEW"].show(found)
    assert made.sections[0].tables[0].rows == [{"gene": "TP53", "depth": 31}]


@pytest.mark.parametrize("value", ["1" + "0" * 400, "1e999"])
def test_a_number_that_no_chart_can_hold_is_a_problem_of_its_file_alone(
    lab: WebLab, value: str
) -> None:
    before, run = lab.run(), lab.run()
    for made, text in ((before, value), (run, "5")):
        put(made, "small_variants", A=small_summary("A", [small_row("SNP", (95, 5, 5, 0))]))
        (file,) = (made.work / "results" / "small_variants").glob("A.summary.json")
        found = file.read_text()
        assert '"truth_fn": 5' in found
        file.write_text(found.replace('"truth_fn": 5', f'"truth_fn": {text}'))
    (problem,) = see(lab, before)["problems"]
    assert "too large a number" in problem
    assert see(lab, run)["problems"] == []  # what looks back at it
    compared = f"/compare?a={before.run_id}&b={run.run_id}"
    assert lab.client().get(compared).status_code == 200


def test_half_a_character_in_a_text_is_a_problem_of_its_file(lab: WebLab) -> None:
    run = lab.run()
    put(run, "small_variants", A=small_summary("A", [small_row("S\ud800", (95, 5, 5, 0))]))
    (problem,) = see(lab, run)["problems"]
    assert "half a character" in problem


def test_a_file_whose_name_is_no_text_is_left_out_and_counted(lab: WebLab) -> None:
    run = lab.run()
    put(run, "small_variants", A=small_summary("A", [small_row("SNP", (95, 5, 5, 0))]))
    folder = run.work / "results" / "small_variants"
    (folder / os.fsdecode(b"B\xff.summary.json")).write_text("{}")
    assert list(listed(lab, run)) == ["benchmark"]
    assert see(lab, run)["problems"] == ["files with strange names, left out: 1"]


def test_of_very_many_types_there_are_tables_alone(lab: WebLab) -> None:
    run = lab.run()
    rows = [small_row(f"T{number}", (95, 5, 5, 0)) for number in range(13)]
    put(run, "small_variants", A=small_summary("A", rows))
    (section,) = see(lab, run)["sections"]
    assert section["charts"] == []
    assert section["notes"][0] == "Not drawn: 13 types of variants, 12 are the most."
    assert len(section["tables"][0]["rows"]) == 13
