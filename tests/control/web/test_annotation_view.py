"""The view of tiered variants, and the same summaries on the terminal."""

from pathlib import Path
from typing import Any

import pytest
from annotation_summary import annotation_summary
from summary_files import write
from web_lab import WebLab, body

from engines.charts.annotations import as_data, tier_rows
from engines.charts.schema_check import check
from engines.charts.summaries import Summary
from engines.contract.errors import BadData


def seen(lab: WebLab, **summaries: dict[str, Any]) -> Any:
    run = lab.run()
    write(run.work / "results" / "annotation", **summaries)
    answer = lab.client().get(f"/api/v1/runs/{run.run_id}/views/annotation")
    assert answer.status_code == 200, answer.text
    return body(answer)


def tables(section: Any) -> dict[str, Any]:
    return {table["name"]: table for table in section["tables"]}


def test_variants_that_matter_with_what_decided_them(tmp_path: Path) -> None:
    shown = seen(WebLab(tmp_path), T1=annotation_summary(6))
    (section,) = shown["sections"]
    found = tables(section)
    assert [row["tier"] for row in found["variants"]["rows"]] == ["I-A", "I-A"]
    row = found["variants"]["rows"][0]
    assert (row["evidence"], row["therapies"]) == ("EID3", "Dabrafenib + Trametinib")
    assert "4 more are of tiers III and IV" in found["variants"]["notes"][0]
    assert found["knowledge"]["rows"][0]["date"] == "2021-02-25"
    assert any("research use" in note for note in shown["notes"])
    assert any("no variant could be of tier IV" in note for note in section["notes"])


def test_the_strongest_come_first_and_files_are_linked(tmp_path: Path) -> None:
    summary = annotation_summary(6)
    summary["variants"][0] |= {"tier": "II", "level": "C"}
    lab = WebLab(tmp_path)
    run = lab.run()
    folder = run.work / "results" / "annotation"
    write(folder, **{"T 1": summary}, T2=annotation_summary(0))
    for name in ("T 1.html", "T 1.vcf.gz", "T2.html"):
        (folder / name).write_text("x")
    shown = body(lab.client().get(f"/api/v1/runs/{run.run_id}/views/annotation"))
    _, first, nothing = shown["sections"]
    table = tables(first)["variants"]
    assert [row["tier"] for row in table["rows"]] == ["I-A", "II-C"] and not table["folded"]
    assert [file["title"] for file in first["files"]] == [
        *("Report", "Annotated VCF", "Summary (JSON)"),
    ]
    for file in first["files"]:
        assert lab.client().get(file["link"]).status_code == 200
    assert tables(nothing)["variants"]["folded"]
    assert "The calls have no variant: there was nothing to tier." in nothing["notes"]


def test_several_tumours_are_counted_beside_each_other(tmp_path: Path) -> None:
    shown = seen(WebLab(tmp_path), T1=annotation_summary(6), T2=annotation_summary(3))
    counts = tables(shown["sections"][0])["tiers"]["rows"]
    assert [(row["sample"], row["I-A"], row["III"]) for row in counts] == [
        ("T1", 2, 4),
        ("T2", 1, 2),
    ]


def test_a_summary_that_does_not_fit_is_told(tmp_path: Path) -> None:
    shown = seen(WebLab(tmp_path), T1=annotation_summary(3, tiers="many"))
    assert "tiers" in shown["problems"][0]
    with pytest.raises(BadData, match="tiers"):
        check(Path("x.summary.json"), b"", annotation_summary(3, tiers="many"), "annotate")


def test_for_the_terminal_and_for_programs() -> None:
    summary = Summary("T1", Path("T1.summary.json"), annotation_summary(6))
    (row,) = tier_rows([summary])
    assert (row["I-A"], row["III"], row["errors"]) == (2, 4, 0)
    assert as_data(summary)["tiers"]["I-A"] == 2
