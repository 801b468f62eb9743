"""The view of screened reads: verdicts, what they rest on, and what nobody looked for."""

import json
from pathlib import Path
from typing import Any

from screen_summaries import clean_summary, external_summary, gene, screen_summary
from web_lab import WebLab, body

from control.record.run_dir import RunDir
from control.web.views.screen import SHOWN_WHOLE


def write(run: RunDir, *summaries: dict[str, Any]) -> None:
    for summary in summaries:
        name = summary["sample"]
        file = run.work / "results" / "screen" / name / f"{name}.summary.json"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(summary))


def seen(lab: WebLab, *summaries: dict[str, Any]) -> Any:
    run = lab.run()
    write(run, *summaries)
    (run.work / "results" / "screen" / summaries[0]["sample"] / "x.html").write_text("not its own")
    answer = lab.client().get(f"/api/v1/runs/{run.run_id}/views/screen")
    assert answer.status_code == 200, answer.text
    return body(answer)


def tables(section: Any) -> dict[str, Any]:
    return {table["name"]: table for table in section["tables"]}


def charts(section: Any) -> dict[str, Any]:
    return {chart["name"]: chart for chart in section["charts"]}


def test_a_sample_with_its_verdicts_genes_mutations_and_organisms(tmp_path: Path) -> None:
    shown = seen(WebLab(tmp_path), screen_summary())
    assert any("not a susceptibility test" in note for note in shown["notes"])
    (section,) = shown["sections"]
    found = tables(section)
    verdicts = {row["name"]: row["verdict"] for row in found["classes"]["rows"]}
    assert (verdicts["Quinolone"], verdicts["Polymyxin"]) == ("resistant", "inconclusive")
    assert not found["classes"]["folded"]
    assert found["classes"]["rows"][1]["evidence"] == "blaCTX-M-15, blaTEM-1B"
    assert [row["gene"] for row in found["below"]["rows"]] == ["dfrA17"]
    statuses = {row["change"]: row["status"] for row in found["mutations"]["rows"]}
    assert (statuses["p.Gly53Cys"], statuses["p.Ser458Ala"]) == (
        "insufficient depth",
        "not detected",
    )
    assert [row["name"] for row in found["organisms"]["rows"]][1:] == [
        "relative of K. pneumoniae HS11286",
        "P. mirabilis HI4320",
        "ambiguous",
        "unclassified",
    ]
    assert "Too few reads to tell 1 mutation of pmrA: see Mutations." in section["notes"]


def test_charts_stand_with_the_tables_of_their_names(tmp_path: Path) -> None:
    (section,) = seen(WebLab(tmp_path), screen_summary())["sections"]
    drawn = charts(section)
    assert list(drawn) == ["classes", "genes", "mutations", "organisms"]
    assert drawn.keys() <= tables(section).keys()
    panels = [panel for row in drawn["genes"]["spec"]["vconcat"] for panel in row["hconcat"]]
    assert [panel["title"]["text"] for panel in panels][:2] == ["blaCTX-M-15", "blaTEM-1B"]
    assert len(panels[0]["data"]["values"]) == 100
    assert [row["told"] for row in drawn["mutations"]["spec"]["data"]["values"]] == [
        "45 of 46",
        "31 of 40",
    ]


def test_what_nobody_looked_for_has_no_number(tmp_path: Path) -> None:
    shown = seen(WebLab(tmp_path), screen_summary(), clean_summary(), external_summary())
    overview, _, external, clean = shown["sections"]
    rows = {row["sample"]: row for row in tables(overview)["samples"]["rows"]}
    assert (rows["K12"]["genes"], rows["K12"]["mutations"]) == (0, None)
    assert (rows["GPU1"]["reads"], rows["GPU1"]["genes"]) == (None, None)
    assert rows["K12"]["organism"] == "not assessed"
    listed = tables(overview)["verdicts"]["rows"]
    assert [row["name"] for row in listed if row["sample"] == "K12"] == ["Quinolone"]
    cells = charts(overview)["verdicts"]["spec"]["data"]["values"]
    assert {cell["mark"] for cell in cells if cell["sample"] == "K12"} == {"·", "–"}
    assert "Not assessed: mutations: the species is not known (--species)." in clean["notes"]
    assert not {"mutations", "organisms", "genes"} & tables(clean).keys()
    assert tables(external)["results"]["rows"][0] == {
        "key": "resistance_summary.genes[0].gene",
        "value": "blaTEM-1B",
    }


def test_of_many_samples_all_are_in_the_tables_and_some_one_by_one(tmp_path: Path) -> None:
    many = [screen_summary(f"S{at:02d}") for at in range(SHOWN_WHOLE + 5)]
    many[-1]["genes"] = [gene("mcr-1", "Polymyxin")]
    shown = seen(WebLab(tmp_path), *many)
    assert len(shown["sections"]) == 1 + SHOWN_WHOLE
    assert f"{SHOWN_WHOLE} of {len(many)} samples are shown one by one" in " ".join(shown["notes"])
    assert tables(shown["sections"][0])["genes"]["rows"][-1]["gene"] == "mcr-1"
    assert tables(shown["sections"][1])["classes"]["folded"]


def test_its_files_are_linked_and_one_that_does_not_fit_is_told(tmp_path: Path) -> None:
    lab = WebLab(tmp_path)
    run = lab.run()
    write(run, screen_summary("A"), screen_summary("B", mode="slow"))
    for ending in (".html", ".pdf"):
        (run.work / "results" / "screen" / "A" / f"A{ending}").write_text("report")
    shown = body(lab.client().get(f"/api/v1/runs/{run.run_id}/views/screen"))
    (section,) = shown["sections"]
    titles = [file["title"] for file in section["files"]]
    assert titles == ["Report", "Report (PDF)", "Summary (JSON)"]
    assert lab.client().get(section["files"][0]["link"]).status_code == 200
    assert "screen/B/B.summary.json: mode" in " ".join(shown["problems"])


def test_two_runs_are_compared_by_class_and_gene(tmp_path: Path) -> None:
    lab = WebLab(tmp_path)
    runs = [lab.run(), lab.run()]
    write(runs[0], screen_summary("S"))
    write(runs[1], clean_summary("S"))
    ids = [run.run_id for run in runs]
    told = body(lab.client().get(f"/api/v1/runs/compare?a={ids[0]}&b={ids[1]}"))
    assert "classes.Quinolone" in json.dumps(told)
