"""Callers of one sample: told by what their summaries say, in one table and in one plot."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from caller_files import called, side_by_side
from click.testing import CliRunner
from summary_files import small_summary, sv_summary, write

from engines.charts import callers
from engines.charts.cli import chart, results
from engines.charts.figure import CALLERS, as_svg, material
from engines.charts.html_tables import callers_table, pairs_table, shared_table, where_table
from engines.charts.summaries import Summary, summary_of
from engines.contract.errors import BadData

NAMES = ("bcftools", "freebayes", "gatk")


def summaries(*made: dict[str, Any]) -> list[Summary]:
    place = Path("results/small_variants")
    return [
        Summary(name, place / f"{name}.summary.json", each)
        for each in made
        for name in (each["query"]["sample"],)
    ]


@pytest.fixture(scope="module")
def three() -> list[dict[str, Any]]:
    return [called("bcftools", 60, 20), called("freebayes", 10, 5), called("gatk", 14, 6)]


def test_a_caller_is_what_the_summary_says_never_what_a_name_looks_like() -> None:
    alone = small_summary("HG002.v4.bcftools")
    one = called("strict", 5, 5, sample="a.b")
    found = summaries(alone, one, called("bcftools", 6, 6, sample="a.b"), called("x", 1, 1, "c"))
    (team,) = callers.teams(found)
    assert (team.sample, team.callers) == (
        "a.b",
        {"a.b.strict": "strict", "a.b.bcftools": "bcftools"},
    )


def test_the_best_is_told_only_beyond_chance(three: list[dict[str, Any]]) -> None:
    found = summaries(*three)
    rows = callers.number_rows(callers.teams(found), found, {"demo": side_by_side(*three)})
    snp = [r for r in rows if (r["type"], r["selection"], r["subset"]) == ("SNP", "PASS", "*")]
    assert [row["caller"] for row in snp] == ["freebayes", "gatk", "bcftools"]
    # 15 places against 20: 2 (C(35, 0) + … + C(35, 15)) / 2^35
    told = "not beyond chance: p = 0.5"
    assert [row["verdict"] for row in snp] == [told, "", ""]
    two = [three[0], three[1]]
    found = summaries(*two)
    rows = callers.number_rows(callers.teams(found), found, {"demo": side_by_side(*two)})
    assert rows[0]["verdict"] == "best: p < 0.0001"
    unpaired = callers.number_rows(callers.teams(found), found, {})
    assert {row["verdict"] for row in unpaired} == {""}
    table = callers_table(rows)
    assert table.columns[:5] == ["Sample", "Type", "Filter", "Caller", "F1 is"]
    assert table.rows[0][6].text == "0.9900 (0.9890 to 0.9910)"


def test_what_callers_took_stands_beside_their_f1(
    tmp_path: Path, three: list[dict[str, Any]]
) -> None:
    folder = tmp_path / "results" / "small_variants"
    write(folder, **{each["query"]["sample"]: each for each in three})
    asked = ["small-variants", str(tmp_path / "results"), "--out-html", str(tmp_path / "o.html")]

    def page() -> str:
        run = CliRunner().invoke(chart, asked)
        assert run.exit_code == 0, run.output
        return (tmp_path / "o.html").read_text()

    assert "CPU (s)" not in page()
    calls = tmp_path / "results" / "calls"
    calls.mkdir()
    made = {"costs": {"jobs": 3, "cpu_s": 12345.6, "longest_s": 61.2, "peak_memory_mb": 70.4}}
    (calls / "demo.gatk.provenance.json").write_text(json.dumps(made))
    (calls / "demo.freebayes.provenance.json").write_text('{"records": 1}')
    text = page()
    assert text.count(">CPU (s)<") == 1 and ">12,346<" in text and ">61<" in text
    assert text.count("not measured") == 3 * 4 * 2  # of two callers, SNP and INDEL, ALL and PASS
    with pytest.raises(BadData, match="empty file"):
        callers.costs_of(Path("x.json"), b"")
    assert callers.costs_of(Path("x.json"), b'{"costs": {"cpu_s": "much"}}') == {}


def test_tables_of_pairs_places_and_what_is_shared(three: list[dict[str, Any]]) -> None:
    found = [side_by_side(*three)]
    pairs = pairs_table(callers.pair_rows(found))
    told = [cell.text for cell in pairs.rows[0][3:8]]
    assert told == ["bcftools", "freebayes", "60", "10", "< 0.0001"]
    where = where_table(callers.where_rows([side_by_side(three[0], three[1])]))
    assert {row[3].text for row in where.rows} == {"low_mappability"}
    assert {row[4].text for row in where.rows} == {"freebayes"}
    shared = shared_table(callers.shared_rows(found))
    assert {row[4].text for row in shared.rows} == {f"only {name}" for name in NAMES}


def test_the_plot_has_a_cross_a_shape_and_a_name_for_each(three: list[dict[str, Any]]) -> None:
    source = material(summaries(*three), {"demo": side_by_side(*three)})
    titles = [section.title for section in source.sections]
    assert CALLERS in titles and "Precision and recall" not in titles  # its dots are in the plot
    svg = as_svg(source)
    for name in NAMES:
        assert f">{name}</text>" in svg
    assert ">demo: SNP, PASS</text>" in svg and ">F1 0.95</text>" in svg
    for key, value in (("recall", "0.991"), ("precision", "0.99597487")):
        told = rf'aria-label="Recall: [^"]*{key}_high: {value}; sample: demo.freebayes"'
        assert len(re.findall(told, svg)) == 2  # SNP and INDEL have the same numbers here


def test_what_is_of_other_comparisons_is_not_believed(
    tmp_path: Path, three: list[dict[str, Any]]
) -> None:
    folder = tmp_path / "results" / "small_variants"
    write(folder, **{each["query"]["sample"]: each for each in three})
    place = tmp_path / "results" / "callers" / "small_variants"
    place.mkdir(parents=True)

    def page() -> str:
        out = tmp_path / "o.html"
        run = CliRunner().invoke(
            chart, ["small-variants", str(tmp_path / "results"), "--out-html", str(out)]
        )
        assert run.exit_code == 0, run.output
        return out.read_text() + run.output

    data = side_by_side(*three)
    (place / "demo.callers.json").write_text(json.dumps(data))
    assert "not beyond chance: p = 0.5" in page()
    data["rows"][0]["truth_fn"] += 1
    (place / "demo.callers.json").write_text(json.dumps(data))
    text = page()
    assert "of other comparisons than these" in text and "not beyond chance: p" not in text
    with pytest.raises(BadData, match="schema: plumbline/x/1, expected"):
        callers.callers_of(Path("x.json"), b'{"schema": "plumbline/x/1"}')
    with pytest.raises(BadData, match="is a required property"):
        callers.callers_of(Path("x.json"), json.dumps({"schema": callers.SCHEMA}).encode())
    with pytest.raises(BadData, match=r"called\.caller"):
        broken = small_summary("A", called={"sample": "A"})
        summary_of(Path("A.json"), json.dumps(broken).encode())


def test_the_list_has_the_callers_of_a_sample_together(
    tmp_path: Path, three: list[dict[str, Any]]
) -> None:
    long = called("settings_with_a_name_that_takes_a_line_of_its_own_on_most_terminals", 7, 7)
    brought = small_summary("other")
    for each in (three[0], brought, long):
        write(tmp_path, **{each["query"]["sample"]: each})
    told = CliRunner().invoke(results, [str(tmp_path)])
    lines = [line.split()[:4] for line in told.output.splitlines()]
    assert told.output.startswith("Small variants (2 samples)")
    assert lines[1] == ["Sample", "Caller", "Type", "Filter"]
    assert [line[:2] for line in lines[2:4]] == [["demo", "bcftools"], ["demo", lines[3][1]]]
    assert lines[2][2:] == lines[3][2:] == ["SNP", "ALL"]
    assert ["other", "–"] in [line[:2] for line in lines]
    data = json.loads(CliRunner().invoke(results, [str(tmp_path), "--json"]).output)
    assert data["small_variants"][0]["called"] == {"sample": "demo", "caller": "bcftools"}


def test_callers_of_structural_variants_stand_in_one_table_and_plot(tmp_path: Path) -> None:
    folder = tmp_path / "structural_variants"
    for name in ("delly", "sniffles"):
        told = {"sample": "demo", "caller": name}
        write(folder, **{f"demo.{name}": sv_summary(f"demo.{name}") | {"called": told}})
    out = tmp_path / "o.html"
    run = CliRunner().invoke(chart, ["structural-variants", str(tmp_path), "--out-html", str(out)])
    assert run.exit_code == 0, run.output
    text = out.read_text()
    assert "<h2>Callers side by side</h2>" in text and f"<h2>{CALLERS}</h2>" in text
    assert "<td>delly" in text and "Pair by pair" not in text
