"""The clusters behind FN and FP: read and checked, by context, in the report."""

import json
from pathlib import Path

import jsonschema
import pytest
import vl_convert
from benchmark_extras import differences, with_extras, write_differences
from click.testing import CliRunner
from summary_files import small_summary, write

from engines.charts.cli import chart
from engines.charts.differences import (
    beside,
    cluster_rows,
    context_rows,
    contexts_chart,
    differences_of,
)
from engines.charts.layout import as_csv
from engines.charts.summaries import Summary, read_summary
from engines.contract.errors import BadData

PATH = Path("A.differences.json")
SCHEMA = Path(__file__).parents[3] / "workflow/schemas/small_variants.differences.schema.json"


def test_what_is_listed_of_a_cluster() -> None:
    jsonschema.validate(differences(2), json.loads(SCHEMA.read_text()))
    data = differences_of(PATH, json.dumps(differences(2)).encode())
    first, second = cluster_rows("A", data)
    assert (first["place"], first["context"], first["truth_fn"], first["around"]) == (
        "chr1:10000-10009",
        "homopolymer",
        2,
        "run of 7",
    )
    assert (first["subsets"], second["subsets"]) == ("", "stratum_00")
    assert (first["capped"], second["capped"]) == ("", "search cut short")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"schema": "else/1"}, "schema: else/1, expected"),
        ({"clusters": -1}, "clusters: missing, or no count"),
        ({"worst": {}}, "worst: missing, or not a list"),
        (
            {"worst": [{**differences(1)["worst"][0], "subsets": "MHC"}]},
            "worst[0].subsets: missing, or not a list of names",
        ),
        ({"worst": [{"contig": "chr1"}]}, "worst[0].start: missing, or no count"),
    ],
)
def test_what_is_no_list_of_clusters_is_refused(change: dict[str, object], problem: str) -> None:
    text = json.dumps({**differences(), **change}).encode()
    with pytest.raises(BadData) as caught:
        differences_of(PATH, text)
    assert caught.value.message.startswith(f"A.differences.json: {problem}")


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        (
            "differences",
            {"clusters": 1, "by_context": [{"context": "x", "clusters": -1}]},
            "by_context[0].clusters",
        ),
        ("roc", {"field": "QUAL", "curves": [{"type": "SNP"}]}, "roc.curves[0].filter"),
    ],
)
def test_a_summary_with_wrong_extras_is_refused(
    tmp_path: Path, key: str, value: object, problem: str
) -> None:
    (path,) = write(tmp_path, A=small_summary("A", **{key: value}))
    with pytest.raises(BadData, match=r"A\.summary\.json") as caught:
        read_summary(path)
    assert problem in caught.value.message


def test_contexts_of_all_samples_together() -> None:
    found = [
        Summary(name, Path(name), with_extras(small_summary(name), n))
        for n, name in enumerate("AB")
    ]
    rows = context_rows(found)
    drawn = contexts_chart(rows)
    assert drawn is not None
    params = [{"name": "picked", "value": ""}]
    svg = vl_convert.vegalite_to_svg(
        {**drawn, "params": params, "datasets": {"contexts": as_csv(rows)}}
    )
    for key in ("truth_fn", "query_fp", "clusters"):
        total = sum(row[key] for row in rows if row["context"] == "homopolymer")
        assert f">{total:,}</text>" in svg
    assert contexts_chart([]) is None


def test_the_report_explains_the_worst_and_counts_the_others(tmp_path: Path) -> None:
    (path,) = write(tmp_path, A=with_extras(small_summary("A")))
    data = differences(50)
    data["worst"][0]["explained"] = "<b>truth</b> & query"
    write_differences(tmp_path, "A", data)
    out = tmp_path / "page.html"
    made = CliRunner().invoke(chart, ["small-variants", str(path), "--out-html", str(out)])
    assert made.exit_code == 0, made.output
    page = out.read_text()
    assert page.count('<details class="cluster" data-context="homopolymer">') == 10
    assert "&lt;b&gt;truth&lt;/b&gt; &amp; query" in page
    assert f"{data['clusters'] - 40:,} more are in A.differences.tsv.gz." in page
    assert "<option>low mappability" in page
    assert "Precision and recall by score" in page


def test_a_list_that_is_not_there_is_told(tmp_path: Path) -> None:
    (path,) = write(tmp_path, A=with_extras(small_summary("A")))
    assert not beside(Summary("A", path, {})).exists()
    out = tmp_path / "page.html"
    made = CliRunner().invoke(chart, ["small-variants", str(path), "--out-html", str(out)])
    assert made.exit_code == 0
    assert "A.differences.json: not there" in made.output
    assert '<details class="cluster"' not in out.read_text()
