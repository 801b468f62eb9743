"""The QC view over the API: all that `plumbline qc judge` wrote, and nothing that is damaged."""

import json
from pathlib import Path
from typing import Any

import altair
import pytest
from verdict_lab import FAIL, PASS, WARN, judge, verdict_file
from web_lab import WebLab, body

from control.record.run_dir import RunDir


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> WebLab:
    return WebLab(tmp_path_factory.mktemp("lab"))


def see(lab: WebLab, run: RunDir) -> Any:
    answer = lab.client().get(f"/api/v1/runs/{run.run_id}/views/qc")
    assert answer.status_code == 200, answer.text
    return body(answer)


def test_samples_and_metrics_the_worst_first(lab: WebLab) -> None:
    run = lab.run()
    for sample, coverage in {"A": PASS, "B": FAIL, "C": WARN, "D": None}.items():
        judge(run, sample, coverage)
    told = see(lab, run)
    (section,) = told["sections"]
    assert told["problems"] == []
    tables = {table["name"]: table["rows"] for table in section["tables"]}
    assert [(row["sample"], row["verdict"]) for row in tables["samples"]] == [
        ("B", "fail"),
        ("C", "warn"),
        ("D", "none"),
        ("A", "pass"),
    ]
    worst = tables["samples"][0]
    assert (worst["fail"], worst["pass"]) == (1, 0)
    assert worst["worst"].startswith("Average alignment coverage over genome: ")
    metric = next(row for row in tables["metrics"] if row["sample"] == "B")
    assert (metric["value"], metric["verdict"]) == (FAIL, "fail")
    assert "fail below" in metric["threshold"]
    charts = {chart["name"]: chart for chart in section["charts"]}
    assert list(charts) == ["overview", "values"]
    assert "1 fail, 1 warn, 1 none, 1 pass" in charts["overview"]["description"]
    for chart in charts.values():
        altair.Chart.from_dict(chart["spec"], validate=True)
    marks = {row["sample"]: row["mark"] for row in charts["overview"]["spec"]["data"]["values"]}
    assert marks == {"A": "✓", "B": "✗", "C": "!", "D": "?"}


def test_regions_with_low_depth_the_worst_first(lab: WebLab) -> None:
    run = lab.run()
    judge(run, "A")
    file = json.loads(verdict_file(run, "A").read_text())
    regions = [("GENE1", 80.5), ("GENE2", 3)]
    low = [{"region": name, "percent": percent} for name, percent in regions]
    file["samples"][0]["low_regions"] = low
    verdict_file(run, "A").write_text(json.dumps(file))
    (section,) = see(lab, run)["sections"]
    rows = {table["name"]: table["rows"] for table in section["tables"]}["low_regions"]
    assert [(row["sample"], row["region"]) for row in rows] == [("A", "GENE2"), ("A", "GENE1")]


def test_what_is_damaged_is_told_and_left_out(lab: WebLab) -> None:
    run = lab.run()
    for sample in "ABCDE":
        judge(run, sample)
    file = json.loads(verdict_file(run, "B").read_text())
    file["samples"][0]["metrics"][0]["value"] = float("inf")
    verdict_file(run, "B").write_text(json.dumps(file))
    verdict_file(run, "C").write_text("[" * 200_000)
    verdict_file(run, "D").write_bytes(verdict_file(run, "A").read_bytes())
    verdict_file(run, "E").unlink()
    verdict_file(run, "E").symlink_to(verdict_file(run, "A"))
    told = see(lab, run)
    (table, *_) = told["sections"][0]["tables"]
    assert [row["sample"] for row in table["rows"]] == ["A"]
    assert [text.split(":")[0].split("/")[-1][0] for text in told["problems"]] == list("EBCD")


def test_no_more_is_drawn_than_can_be_read(lab: WebLab, tmp_path: Path) -> None:
    run = lab.run()
    judge(run, "S000", WARN)
    file = json.loads(verdict_file(run, "S000").read_text())
    for number in range(1, 80):
        name = f"S{number:03}"
        file["samples"][0]["sample"] = name
        verdict_file(run, name).write_text(json.dumps(file))
    section = see(lab, run)["sections"][0]
    rows = section["charts"][0]["spec"]["data"]["values"]
    assert len({row["sample"] for row in rows}) == 60
    assert len(section["tables"][0]["rows"]) == 80
