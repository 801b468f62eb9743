"""Two runs side by side, over the API."""

import json
from pathlib import Path

import pytest
from summary_files import small_row, small_summary
from web_lab import WebLab, body

from control.record.run_dir import RunDir

COMPARE = "/api/v1/runs/compare"


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path)


def measure(made: RunDir, found: int, of: int) -> None:
    rows = [small_row("SNP", (found, of - found, 0, 5)), small_row("INDEL", (8, 2, 2, 1))]
    folder = made.work / "results" / "small_variants"
    folder.mkdir()
    (folder / "HG002.summary.json").write_text(json.dumps(small_summary(rows=rows)))


def test_two_runs_side_by_side(lab: WebLab) -> None:
    a, b = lab.run(name="before"), lab.run(name="after")
    b.config.write_text("build: GRCh37\nqc: {keep: [pass]}\n")
    a.samples.write_text("sample\tsource\nHG002\tx\nHG003\ty\n")
    b.samples.write_text("sample\tsource\nHG002\tz\n")
    measure(a, 90, 100)
    measure(b, 95, 100)
    found = body(lab.client().get(f"{COMPARE}?a={a.run_id}&b={b.run_id}"))
    assert (found["a"]["name"], found["b"]["name"]) == ("before", "after")
    assert found["a"]["link"] == f"/api/v1/runs/{a.run_id}" and found["a"]["problems"] == []
    assert found["config"] == [
        {"key": "build", "a": "GRCh38", "b": "GRCh37", "only_in": None},
        {"key": "qc.keep[0]", "a": None, "b": "pass", "only_in": "b"},
    ]
    assert found["samples"] == [
        {
            **{"sample": "HG002", "only_in": None},
            "columns": [{"key": "source", "a": "x", "b": "z", "only_in": None}],
        },
        {"sample": "HG003", "only_in": "a", "columns": []},
    ]
    (row,) = [each for each in found["results"] if each["row"] == "SNP PASS"]
    assert (row["kind"], row["sample"], row["only_in"]) == ("small_variants", "HG002", None)
    (recall,) = [each for each in row["values"] if each["name"] == "recall"]
    assert recall == {"name": "recall", "a": 0.9, "b": 0.95, "difference": 0.05}


def test_a_run_and_itself(lab: WebLab) -> None:
    made = lab.run()
    measure(made, 90, 100)
    found = body(lab.client().get(f"{COMPARE}?a={made.run_id}&b={made.run_id}"))
    assert found["config"] == found["samples"] == found["version"] == []
    numbers = [value["difference"] for row in found["results"] for value in row["values"]]
    assert set(numbers) == {0.0}


def test_what_only_one_has_and_what_cannot_be_read(lab: WebLab) -> None:
    a, b = lab.run(), lab.run()
    measure(a, 90, 100)
    b.config.write_text("build: [")
    found = body(lab.client().get(f"{COMPARE}?a={a.run_id}&b={b.run_id}"))
    assert {row["only_in"] for row in found["results"]} == {"a"}
    assert found["b"]["problems"] == ["configuration: config.yaml is no YAML that can be read"]


def test_only_runs_that_one_may_see(lab: WebLab) -> None:
    mine, bobs = lab.run(), lab.run(user="bob")
    none = "20200101-000000-0000"
    for pair in ((mine.run_id, bobs.run_id), (bobs.run_id, mine.run_id)):
        assert lab.client().get(f"{COMPARE}?a={pair[0]}&b={pair[1]}").status_code == 403
        assert lab.client("root").get(f"{COMPARE}?a={pair[0]}&b={pair[1]}").status_code == 200
    assert lab.client().get(f"{COMPARE}?a={mine.run_id}&b={none}").status_code == 404
    assert lab.client().get(f"{COMPARE}?a={mine.run_id}&b=x").status_code == 422
    assert lab.client().get(f"{COMPARE}?a={mine.run_id}").status_code == 422
    assert lab.client(None).get(f"{COMPARE}?a={mine.run_id}&b={mine.run_id}").status_code == 401


def test_what_is_the_same_is_told_where_it_is_wanted(lab: WebLab) -> None:
    a, b = lab.run(), lab.run()
    b.config.write_text("build: GRCh38\nthreads: 2\n")
    for made in (a, b):
        made.samples.write_text("sample\tsource\nHG002\tx\n")
    found = body(lab.client().get(f"{COMPARE}?a={a.run_id}&b={b.run_id}&same=true"))
    assert [(each["key"], each["only_in"]) for each in found["config"]] == [
        ("build", None),
        ("threads", "b"),
    ]
    (sample,) = found["samples"]
    assert (sample["only_in"], sample["columns"][0]["a"]) == (None, "x")


def test_a_comparison_as_a_table(lab: WebLab) -> None:
    a, b = lab.run(), lab.run()
    a.config.write_text('build: "=1+1"\ndeep: {minus: -1}\n')
    b.config.write_text('build: "tab\\tline\\nback\\\\slash"\n')
    a.samples.write_text("sample\tsource\nHG003\ty\n")
    measure(a, 90, 100)
    measure(b, 95, 100)
    answer = lab.client().get(f"{COMPARE}/export?a={a.run_id}&b={b.run_id}")
    assert answer.content_type == "text/tab-separated-values; charset=utf-8"
    assert f"{a.run_id}_{b.run_id}.tsv" in answer.headers["Content-Disposition"]
    head, *lines = [line.split("\t") for line in answer.get_data(as_text=True).splitlines()]
    assert head == ["part", "sample", "row", "name", "a", "b", "difference", "only_in"]
    assert ["configuration", "", "", "deep.minus", "-1", "", "", "a"] in lines
    assert ["samples", "HG003", "", "", "", "", "", "a"] in lines
    assert ["small_variants", "HG002", "SNP PASS", "recall", "0.9", "0.95", "0.05", ""] in lines
    (build,) = [line for line in lines if line[3] == "build"]
    assert build[4] == "'=1+1"
    assert build[5] == r"tab\tline back\\slash"
    assert {len(line) for line in lines} == {8}
    assert lab.client("bob").get(f"{COMPARE}/export?a={a.run_id}&b={b.run_id}").status_code == 403
