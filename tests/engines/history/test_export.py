"""Exports open in other programs, and are the same bytes for the same rows."""

import csv
import json
import sqlite3

import pyarrow.parquet as pq
import pytest
from history_lab import done, few_rows, problem, put, results, run, three_kinds, validate, verdict

from engines.charts.holdings import holdings
from engines.contract.errors import BadUsage, CannotWrite, InputMissing
from engines.history.columns import NAMES
from engines.history.export import FORMS, export


@pytest.fixture(scope="module")
def history(tmp_path_factory):
    """Two runs of HG002, and a calibration."""
    base = tmp_path_factory.mktemp("lab")
    into = base / "history"
    done("add", three_kinds(base / "one"), "--into", into, "--run", "first")
    second = results(base / "two", "2026-11-21T08:00:00.000Z", HG002=few_rows(80, 20))
    put(second, "qc", "HG002", verdict())
    done("add", second, "--into", into, "--run", "second")
    return into


def exported(history, folder, form, *more):
    file = folder / f"out.{form}"
    done("show", "--from", history, "--export", file, *more)
    return file


RECALL = (
    "SELECT run, value FROM results WHERE sample = 'HG002' AND metric = 'recall' AND type = 'SNP' "
    "AND subset = '*' ORDER BY date, run"
)


def test_sqlite_has_results_by_sample_and_the_runs(history, tmp_path):
    with sqlite3.connect(exported(history, tmp_path, "sqlite")) as base:
        # both of the day when the quality was measured for the second, made for the first
        assert base.execute(RECALL).fetchall() == [("second", 0.8), ("first", 0.9)]
        plan = " ".join(map(str, base.execute(f"EXPLAIN QUERY PLAN {RECALL}").fetchall()))
        assert "results_sample" in plan
        runs = base.execute("SELECT run, first_date, samples FROM runs").fetchall()
        assert runs == [("first", "2026-11-20", 2), ("second", "2026-11-18", 1)]
        told = dict(base.execute("SELECT name, says FROM columns").fetchall())
        assert set(told) == set(NAMES)


def test_json_follows_its_schema_and_has_the_same_rows_as_the_others(history, tmp_path):
    rows = json.loads(exported(history, tmp_path, "json").read_text())
    validate(rows)
    table = pq.read_table(exported(history, tmp_path, "parquet"))
    assert [row["value"] for row in rows] == table["value"].to_pylist()
    for form, delimiter in (("tsv", "\t"), ("csv", ",")):
        with open(exported(history, tmp_path, form), newline="") as handle:
            read = list(csv.DictReader(handle, delimiter=delimiter))
        texts = ["NA" if row["value"] is None else str(row["value"]) for row in rows]
        assert [row["value"] for row in read] == texts
        assert [row["reason"] for row in read if row["metric"] == "mean coverage"] == [
            "mean coverage is warn"
        ]


@pytest.mark.parametrize("form", sorted(FORMS))
def test_the_same_content_gives_the_same_bytes(history, tmp_path, form):
    """Also where the results came in another order into another history."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    base = history.parent
    other = tmp_path / "history"
    done("add", base / "two", "--into", other, "--run", "second")
    done("add", base / "one", "--into", other, "--run", "first")
    one = exported(history, tmp_path / "one", form)
    assert one.read_bytes() == exported(other, tmp_path / "two", form).read_bytes()


def test_the_provenance_names_the_files_of_the_history(history, tmp_path):
    file = exported(history, tmp_path, "tsv")
    told = json.loads(file.with_name("out.tsv.provenance.json").read_text())
    assert set(told["inputs"]) == {path.name for path in history.glob("*.parquet")}


def test_only_the_rows_that_were_asked_for(history, tmp_path):
    file = exported(history, tmp_path, "json", "--kind", "calibration", "--metric", "lambda")
    rows = json.loads(file.read_text())
    assert {(row["fit"], row["text"]) for row in rows} == {
        ("eava", "stalled"),
        ("insilicova", None),
        ("ensemble", None),
    }


@pytest.mark.parametrize("name", ["out.xlsx", "out", "out.sqlit"])
def test_a_form_that_cannot_be_written(history, tmp_path, name):
    said = problem("show", "--from", history, "--export", tmp_path / name)
    assert said["code"] == 64 and ".sqlite" in said["hint"]


def test_an_export_does_not_go_into_the_history(history):
    assert problem("show", "--from", history, "--export", history / "x.parquet")["code"] == 64


def test_an_export_that_was_moved_into_a_history_is_named(history, tmp_path):
    """Nobody knows whether it holds all rows of a summary."""
    file = exported(history, tmp_path, "parquet")
    (tmp_path / "h").mkdir()
    file.rename(tmp_path / "h" / file.name)
    said = problem("show", "--from", tmp_path / "h")
    assert said["code"] == 65 and "an export" in said["message"]


def test_an_export_replaces_an_earlier_one(history, tmp_path):
    (tmp_path / "out.sqlite").write_text("not a database")
    with sqlite3.connect(exported(history, tmp_path, "sqlite")) as base:
        assert base.execute("SELECT count(*) FROM results").fetchone()[0] > 100


def test_an_export_that_cannot_be_written(tmp_path):
    folder = three_kinds(tmp_path / "results")
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite):
        export(holdings([folder], ""), tmp_path / "file" / "out.tsv")


def test_results_of_one_folder_are_exported_with_the_same_rows(history, tmp_path):
    export(holdings([history.parent / "two"], ""), tmp_path / "results.json")
    rows = json.loads((tmp_path / "results.json").read_text())
    shown = json.loads(exported(history, tmp_path, "json", "--where", "run=second").read_text())
    assert [{**row, "run": "second"} for row in rows] == shown
    told = json.loads((tmp_path / "results.json.provenance.json").read_text())
    assert sorted(told["inputs"]) == ["qc of HG002", "small_variants of HG002"]


def test_results_are_not_overwritten_by_their_export(tmp_path):
    folder = three_kinds(tmp_path / "results")
    summary = folder / "small_variants" / "HG002.summary.json"
    with pytest.raises(BadUsage, match="is an input"):
        export(holdings([folder], ""), summary)
    assert json.loads(summary.read_text())["engine"] == "builtin"


def test_results_without_a_summary_have_nothing_to_export(tmp_path):
    (tmp_path / "samples.tsv").write_text("sample\tvariants\nA\tsmall_variants\n")
    with pytest.raises(InputMissing):
        export(holdings([tmp_path], ""), tmp_path / "out.tsv")


def test_pandas_opens_the_history(history, tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.read_parquet(history)
    snp = frame.query("metric == 'recall' and type == 'SNP' and subset == '*'")
    assert dict(zip(snp["run"], snp["value"], strict=True)) == {"first": 0.9, "second": 0.8}
    read = pandas.read_csv(exported(history, tmp_path, "tsv"), sep="\t")
    assert len(read) == len(frame)
    assert read["value"].isna().sum() == frame["value"].isna().sum()


def test_duckdb_opens_the_history(history, tmp_path):
    duckdb = pytest.importorskip("duckdb")
    query = RECALL.replace("results", f"'{history}/*.parquet'")
    assert duckdb.sql(query).fetchall() == [("second", 0.8), ("first", 0.9)]


def test_polars_opens_the_history(history):
    polars = pytest.importorskip("polars")
    frame = polars.read_parquet(f"{history}/*.parquet")
    snp = frame.filter(metric="recall", type="SNP", subset="*").sort("value")
    assert snp["value"].to_list() == [0.8, 0.9]


def test_a_lost_history_is_a_plain_error(tmp_path):
    result = run("show", "--from", tmp_path / "none", "--export", tmp_path / "x.tsv")
    assert result.exit_code == 66 and not (tmp_path / "x.tsv").exists()
