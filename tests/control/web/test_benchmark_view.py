"""The benchmark view of a run: heat map, curves, clusters, and rows that are asked for apart."""

import json
from pathlib import Path
from typing import Any

import pytest
from benchmark_extras import differences, with_extras, write_differences
from caller_files import called, side_by_side
from summary_files import small_row, small_rows, small_summary, sv_summary, write
from web_lab import WebLab, body

from control.record.run_dir import RunDir
from control.web.views.shown import MOST_ROWS


@pytest.fixture
def lab(tmp_path: Path) -> WebLab:
    return WebLab(tmp_path)


def folder_of(run: RunDir) -> Path:
    return run.work / "results" / "small_variants"


def see(lab: WebLab, run: RunDir) -> Any:
    answer = lab.client().get(f"/api/v1/runs/{run.run_id}/views/benchmark")
    assert answer.status_code == 200, answer.text
    return body(answer)


def table_of(shown: Any, name: str) -> Any:
    return next(
        each for part in shown["sections"] for each in part["tables"] if each["name"] == name
    )


def test_a_cell_for_every_stratification_sample_type_and_filter(lab: WebLab) -> None:
    run = lab.run()
    rows = [small_row("SNP", (95, 5, 5, 0)), small_row("SNP", (3, 1, 0, 0), subset="MHC")]
    other = [*rows, small_row("INDEL", (7, 3, 1, 0), subset="MHC", filter="ALL")]
    write(folder_of(run), A=small_summary("A", rows), B=small_summary("B", other))
    (section,) = see(lab, run)["sections"]
    (heat,) = section["maps"]
    assert (heat["kinds"], heat["selections"]) == (["SNP", "INDEL"], ["PASS", "ALL"])
    assert (heat["rows"], heat["columns"], heat["leads_to"]) == (["MHC"], ["A", "B"], "rows")
    cells = heat["cells"]
    lines = list(zip(*(cells[key] for key in ("kind", "selection", "row", "column")), strict=True))
    assert lines == [(0, 0, 0, 0), (0, 0, 0, 1), (1, 1, 0, 1)]
    assert cells["recall"] == [0.75, 0.75, 0.7]
    assert (cells["truth_fn"], cells["query_fp"]) == ([1, 1, 3], [0, 0, 1])
    assert {choice["name"] for choice in section["choices"]} == {"picked", "metric"}


def test_curves_with_their_points_as_a_table(lab: WebLab) -> None:
    run = lab.run()
    write(folder_of(run), A=with_extras(small_summary("A")))
    (section,) = see(lab, run)["sections"]
    chart = next(each for each in section["charts"] if each["name"] == "roc")
    assert not chart["folded"]
    assert {row["sample"] for row in chart["spec"]["datasets"]["roc"]} == {"A"}
    assert "zoom" in {choice["name"] for choice in section["choices"]}
    points = table_of({"sections": [section]}, "roc")
    assert points["rows"][0]["at"].startswith("QUAL ≥ ")
    metrics = [column["key"] for column in table_of({"sections": [section]}, "metrics")["columns"]]
    assert metrics[4:7] == ["recall", "recall_low", "recall_high"]


def test_clusters_lead_to_their_explanations(lab: WebLab) -> None:
    run = lab.run()
    for name in ("A", "B b"):
        write(folder_of(run), **{name: with_extras(small_summary(name))})
        write_differences(folder_of(run), name)
    shown = see(lab, run)
    clusters = table_of(shown, "clusters")
    assert clusters["opens"] == "explained"
    row = next(row for row in clusters["rows"] if row["sample"] == "B b")
    address, pointer = row["explained"].split("#")
    assert pointer == "/worst/0/explained"
    file = body(lab.client().get(address))
    assert file["worst"][0]["explained"].startswith("chr1:10000-10009")
    total = 2 * differences()["clusters"]
    assert f"The worst of each sample: 12 of {total:,}" in clusters["notes"][1]
    overview = table_of(shown, "metrics")
    link = next(row["clusters"] for row in overview["rows"] if row["sample"] == "B b")
    assert link["text"] == str(differences()["clusters"])
    assert link["href"].endswith("benchmark.small_variants.clusters.sample=B%2520b")


def test_clusters_that_cannot_be_read_are_a_problem(lab: WebLab) -> None:
    run = lab.run()
    names = ("A", "B", "C")
    write(folder_of(run), **{name: with_extras(small_summary(name)) for name in names})
    write_differences(folder_of(run), "B", {"schema": "else/1"})
    write_differences(folder_of(run), "C")
    shown = see(lab, run)
    assert {row["sample"] for row in table_of(shown, "clusters")["rows"]} == {"C"}
    problems = "\n".join(shown["problems"])
    assert "small_variants/A.differences.json: cannot be read" in problems
    assert "B.differences.json: schema: else/1" in problems


def test_rows_of_a_large_table_are_asked_for_apart(lab: WebLab) -> None:
    run = lab.run()
    summaries = {name: small_summary(name, small_rows(strata=150)) for name in ("A", "B")}
    (a, _) = write(folder_of(run), **summaries)
    every = table_of(see(lab, run), "rows")
    count = sum(len(summary["rows"]) for summary in summaries.values())
    assert (every["rows"], every["count"]) == ([], count)
    assert count > MOST_ROWS
    columns = body(lab.client().get(every["link"]))["columns"]
    assert {column["key"] for column in every["columns"]} == set(columns)
    at = columns["subset"].index("stratum_149")
    wanted = next(row for row in summaries["A"]["rows"] if row["subset"] == "stratum_149")
    assert (columns["sample"][at], columns["truth_fn"][at]) == ("A", wanted["truth_fn"])
    assert lab.client("bob").get(every["link"]).status_code == 403
    a.write_text(json.dumps({**summaries["A"], "rows": summaries["A"]["rows"][::-1]}))
    assert lab.client().get(every["link"]).status_code == 404, "what it had is not there any more"
    assert lab.client().get(every["link"].replace("/rows/", "/rows/9")).status_code == 404


def test_of_very_many_classes_there_is_a_map_and_no_chart(lab: WebLab) -> None:
    run = lab.run()
    write(folder_of(run), A=small_summary("A", small_rows(strata=101)))
    (section,) = see(lab, run)["sections"]
    assert "stratification" not in {chart["name"] for chart in section["charts"]}
    assert len(section["maps"][0]["rows"]) == 101


def test_of_very_many_samples_there_is_no_map_and_that_is_said(lab: WebLab) -> None:
    run = lab.run()
    rows = [small_row("SNP", (95, 5, 5, 0)), small_row("SNP", (3, 1, 0, 0), subset="MHC")]
    write(folder_of(run), **{f"S{n}": small_summary(f"S{n}", rows) for n in range(61)})
    (section,) = see(lab, run)["sections"]
    assert section["maps"] == []
    note = "No heat map of 61 samples: 60 are the most; the tables have all."
    assert note in section["notes"]


def test_files_of_all_samples(lab: WebLab) -> None:
    run = lab.run()
    write(folder_of(run), A=small_summary("A"), B=small_summary("B"))
    (folder_of(run) / "A.extended.csv").write_text("Type\n")
    write(run.work / "results" / "structural_variants", A=sv_summary("A"))
    shown = see(lab, run)
    files = table_of(shown, "files")
    titles = {column["key"]: column["title"] for column in files["columns"]}
    assert list(titles.values()) == ["Sample", "Summary (JSON)", "Extended (CSV)"]
    a, b = ({titles[key]: cell for key, cell in row.items()} for row in files["rows"])
    assert lab.client().get(a["Extended (CSV)"]["href"]).text == "Type\n"
    assert b["Extended (CSV)"] is None


def test_what_was_not_compared_is_named_before_the_numbers(lab: WebLab) -> None:
    run = lab.run()
    aside = [{"side": "query", "reason": "symbolic allele", "records": 1204, "first": "chr1:7"}]
    cluster = {"contig": "chr6", "start": 5, "end": 9, "truth_records": 80, "query_records": 90}
    more = {"capped_clusters": [{**cluster, "states": 20000}], "warnings": ["too dense: 1"]}
    made = with_extras(small_summary("A", set_aside=aside, **more))
    for curve in made["roc"]["curves"]:
        del curve["points"][1:]
    write(folder_of(run), A=made)
    aside_note, no_curve, warning = see(lab, run)["sections"][0]["notes"]
    assert aside_note.startswith("Records that were not compared: 1,204")
    assert no_curve.startswith("No curve by score: all calls have the same QUAL")
    assert warning == "A: too dense: 1", "told once, by the comparison itself"


def test_changes_against_an_earlier_result(lab: WebLab) -> None:
    run = lab.run()
    share = {"old": 0.9, "new": 0.8, "difference": -0.1, "low": -0.2, "high": -0.05}
    row = {
        **{"type": "SNP", "subtype": "*", "subset": "*", "filter": "PASS"},
        **{key: {"old": 1, "new": 3} for key in ("truth_fn", "query_fp")},
        **{key: {**share, "word": "worse"} for key in ("recall", "precision")},
    }
    baseline = {"name": "old.summary.json", "rows": [row]}
    write(folder_of(run), A=small_summary("A", baseline=baseline))
    shown = see(lab, run)
    first = shown["sections"][0]["notes"][0]
    assert first["text"].endswith(": 0 clearly better, 2 worse than old.summary.json.")
    assert first["href"].endswith("benchmark.small_variants.changes=open")
    made = table_of(shown, "changes")
    (told,) = made["rows"]
    assert (told["recall_word"], told["recall_change"], told["truth_fn_change"]) == (
        "worse",
        -0.1,
        2,
    )
    assert made["notes"][0] == "A against old.summary.json."


def test_callers_stand_side_by_side_while_one_is_still_at_work(lab: WebLab) -> None:
    run = lab.run()
    made = [called("bcftools", 60, 20), called("freebayes", 10, 5)]
    write(folder_of(run), **{"demo.bcftools": made[0]})
    assert all(t["name"] != "roc_callers" for t in see(lab, run)["sections"][0]["tables"])
    write(folder_of(run), **{"demo.freebayes": made[1]})
    table = table_of(see(lab, run), "roc_callers")
    first = [(r["sample"], r["caller"], r["verdict"]) for r in table["rows"][:2]]
    assert first == [("demo", "freebayes", ""), ("demo", "bcftools", "")]
    assert "nobody is called best: demo." in table["notes"][-1]
    assert "cpu_s" not in [column["key"] for column in table["columns"]]
    (run.work / "results" / "calls").mkdir()
    calls = run.work / "results" / "calls" / "demo.freebayes.provenance.json"
    calls.write_text('{"costs": {"jobs": 2, "cpu_s": 5.4, "longest_s": 3, "peak_memory_mb": 70.4}}')
    place = run.work / "results" / "callers" / "small_variants"
    place.mkdir(parents=True)
    (place / "demo.callers.json").write_text(json.dumps(side_by_side(*made)))
    shown = see(lab, run)
    table = table_of(shown, "roc_callers")
    assert table["rows"][0]["verdict"] == "best: p < 0.0001"
    assert table_of(shown, "roc_pairs")["rows"][0]["c5"] == 60
    assert [(r["cpu_s"], r["peak_memory_mb"]) for r in table["rows"][:2]] == [(5, 70), (None, None)]
    (section,) = shown["sections"]
    names = [chart["name"] for chart in section["charts"]]
    assert "roc" in names and "precision_recall" not in names
    (place / "demo.callers.json").write_text("{")
    assert "demo.callers.json" in see(lab, run)["problems"][0]
