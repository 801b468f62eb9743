"""Callers side by side: McNemar by hand, the demo's two call sets, and what cannot be paired."""

import csv
import gzip
import json
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from engines.charts.callers import in_words as in_report
from engines.compare.callers import paired, verdict
from engines.compare.callers.cli import callers
from engines.compare.callers.cli import in_words as at_terminal
from engines.compare.callers.errors import ALL, MISSED, PASS, WRONG, Error
from engines.compare.callers.run import put_side_by_side
from engines.compare.case import Request
from engines.compare.comparison import compare

ROOT = Path(__file__).resolve().parents[4]
DEMO = ROOT / "config" / "demo"
SCHEMA = json.loads((ROOT / "workflow/schemas/small_variants.callers.schema.json").read_text())
SETS = {"first": ("query.vcf.gz", "expected_query.tsv"), "b": ("query2.g.vcf.gz", "")}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's two call sets compared with its truth, as calls of one sample."""
    place = tmp_path_factory.mktemp("compared")
    for name, (query, _) in SETS.items():
        _compare(place / f"demo.{name}", query, "demo", name)
    return place


def _compare(out: Path, query: str, sample: str, caller: str, **more: Any) -> None:
    compare(
        Request(
            truth=DEMO / "truth.vcf.gz",
            query=DEMO / query,
            reference=DEMO / "genome.fa.gz",
            confident=DEMO / "confident.bed",
            stratification=DEMO / "stratifications" / "stratifications.tsv",
            out=out,
            called_sample=sample,
            caller=caller,
            **more,
        )
    )


@pytest.fixture(scope="module")
def report(folder: Path) -> dict[str, Any]:
    return put_side_by_side([folder / f"demo.{name}" for name in SETS], folder / "out" / "demo")


def _planted(table: str) -> dict[tuple[str, ...], Counter[tuple[str, ...]]]:
    """Type and filter → the truth variants that the generator had this caller miss."""
    found: dict[tuple[str, ...], Counter[tuple[str, ...]]] = {}
    with open(DEMO / table, newline="") as handle:
        for row in csv.DictReader(handle, delimiter="\t"):
            for name, key in (("ALL", "verdict"), ("PASS", "verdict_pass")):
                if row["side"] == "truth" and row[key] == "FN":
                    variant = (row["contig"], row["pos"], row["ref"], row["alt"])
                    found.setdefault((row["type"], name), Counter())[variant] += 1
    return found


def test_it_finds_what_the_demo_was_made_to_miss(report: dict[str, Any]) -> None:
    """Truth variants that only one caller misses are those that its generator planted."""
    a, b = _planted("expected_query.tsv"), _planted("expected_query2.tsv")
    pairs = {(p["type"], p["filter"]): p for p in report["pairs"] if p["subset"] == "*"}
    for key in product(("SNP", "INDEL"), ("ALL", "PASS")):
        missed = pairs[key]["missed"]
        assert missed["only_a"] == (a[key] - b[key]).total() > 0
        assert missed["only_b"] == (b[key] - a[key]).total() > 0
        both = [s for s in report["shared"] if (s["type"], s["filter"]) == key]
        assert [s["variants"] for s in both if s["what"] == MISSED and len(s["callers"]) == 2] == [
            (a[key] & b[key]).total()
        ]
    assert report["warnings"] == []  # the annotated VCF has the numbers of the summary, PASS too
    Draft202012Validator(SCHEMA).validate(report)


def test_the_table_has_every_error_once(folder: Path, report: dict[str, Any]) -> None:
    with gzip.open(folder / "out" / "demo.callers.tsv.gz", "rt") as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    numbers = {(r["type"], r["filter"], r["caller"]): r for r in report["rows"]}
    for kind, name in product(("SNP", "INDEL"), SETS):
        of_kind = [r for r in rows if r["type"] == kind]
        for error, key in ((MISSED, "truth_fn"), (WRONG, "query_fp")):
            found = [r for r in of_kind if r["error"] == error]
            for filter_, column in (("ALL", "callers"), ("PASS", "callers_pass")):
                here = sum(name in r[column].split(",") for r in found)
                assert here == numbers[kind, filter_, name][key]
    places = [(r["contig"], int(r["pos"])) for r in rows]
    assert places == sorted(places)


def test_the_same_comparisons_give_the_same_bytes(folder: Path, report: dict[str, Any]) -> None:
    put_side_by_side([folder / f"demo.{name}" for name in SETS], folder / "again" / "demo")
    for ending in (".callers.json", ".callers.tsv.gz"):
        first, second = ((folder / o / f"demo{ending}").read_bytes() for o in ("out", "again"))
        assert first == second


def _error(pos: int, what: str = MISSED, ref: str = "A", filters: int = ALL | PASS) -> Error:
    return Error(0, pos, what, ref, "T", "SNP", "low", filters)


def test_a_wrong_genotype_is_one_place_though_it_is_missed_and_wrong() -> None:
    """By hand: a alone errs at 10 (FN and FP), b alone at 20 and 30, both at 40."""
    a = [_error(10), _error(10, WRONG), _error(40)]
    b = [_error(20), _error(30, WRONG, filters=ALL), _error(40)]
    counted = paired.Counted()
    for place in paired.places([a, b]):
        counted.take(place)
    everything = ("SNP", "ALL", "*")
    assert (counted.alone((MISSED, *everything), 0, 1), counted.of((MISSED, *everything), 0)) == (
        1,
        2,
    )
    assert counted.alone((paired.PLACES, *everything), 0, 1) == 1
    assert counted.alone((paired.PLACES, *everything), 1, 0) == 2
    assert counted.alone((paired.PLACES, "SNP", "PASS", "low"), 1, 0) == 1


def _pair(a: str, b: str, only_a: int, only_b: int, p: float) -> dict[str, Any]:
    key = {"type": "SNP", "filter": "PASS", "subset": "*"}
    return {**key, "a": a, "b": b, "places": {"only_a": only_a, "only_b": only_b, "p": p}}


@pytest.mark.parametrize(
    ("second", "best"),
    [((9, 1, 0.021), "x"), ((9, 4, 0.27), None), ((1, 9, 0.021), None)],
)
def test_the_best_leads_every_other_beyond_chance(
    second: tuple[int, int, float], best: str | None
) -> None:
    key = ("SNP", "PASS", "*")
    f1 = {"x": 0.99, "y": 0.98, "z": 0.97}
    all_callers = [verdict.Caller(name, {key: {"f1": value}}) for name, value in f1.items()]
    pairs = [_pair("y", "x", *second), _pair("x", "z", 2, 30, 1e-6), _pair("y", "z", 5, 6, 1.0)]
    (row,) = verdict.best_rows(all_callers, pairs)
    assert (row["highest"], row["best"], row["against"]) == ("x", best, "y")


def test_of_the_same_highest_f1_nobody_is_ahead() -> None:
    key = ("SNP", "PASS", "*")
    f1 = {"x": 0.97, "y": 0.99, "z": 0.99}
    all_callers = [verdict.Caller(name, {key: {"f1": value}}) for name, value in f1.items()]
    pairs = [_pair("x", "y", 9, 0, 0.004), _pair("x", "z", 9, 0, 0.004), _pair("y", "z", 0, 0, 1.0)]
    (row,) = verdict.best_rows(all_callers, pairs)
    assert (row["best"], row["tied"]) == (None, ["y", "z"])
    for words in (at_terminal, in_report):
        assert [words(row, name) for name in "xyz"] == ["", "tied with z", "tied with y"]


def test_what_cannot_be_paired_is_said_in_a_line(folder: Path, tmp_path: Path) -> None:
    _compare(tmp_path / "other", "query.vcf.gz", "somebody", "else")
    _compare(tmp_path / "part", "query.vcf.gz", "demo", "part", contigs=("chr20",))

    def said(*places: Path) -> str:
        result = CliRunner().invoke(callers, [*map(str, places), "-o", str(tmp_path / "o")])
        assert result.exit_code in (64, 65, 66)
        return result.output

    first = folder / "demo.first"
    assert "1 comparisons; 2 to 16" in said(first)
    assert "first is there twice" in said(first, first)
    assert "of somebody, and" in said(first, tmp_path / "other")
    assert "truth variants, and" in said(first, tmp_path / "part")
    assert "no such file" in said(first, tmp_path / "none")
    assert not list(tmp_path.glob("o.*"))
