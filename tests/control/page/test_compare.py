"""The page that compares two runs, in a browser, against a real service."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from page_runs import NASTY, Runs, box, open_list
from page_waits import expect
from recorded_run import RecordedRun
from service import RealService
from summary_files import small_row, small_summary


@pytest.fixture(scope="module")
def runs(service: RealService) -> Runs:
    return Runs(service)


SHEET = "sample\tquery\n"


def small(found: int) -> str:
    rows = [small_row("SNP", (found, 100 - found, 0, 5)), small_row("INDEL", (8, 2, 2, 1))]
    return json.dumps(small_summary(rows=rows))


@pytest.fixture(scope="module")
def pair(runs: Runs) -> tuple[RecordedRun, RecordedRun]:
    """Two runs that differ in everything that is compared."""
    results = "work/results/small_variants"
    before = {
        "config.yaml": "build: GRCh38\nthreads: 2\n",
        "samples.tsv": f"{SHEET}HG002\tone.vcf\nHG003\tthree.vcf\n",
        f"{results}/HG002.summary.json": small(90),
        f"{results}/HG003.summary.json": small(80),
    }
    after = {
        "config.yaml": f"build: {NASTY}\nthreads: 2\n",
        "samples.tsv": f"{SHEET}HG002\ttwo.vcf\n",
        f"{results}/HG002.summary.json": small(95),
    }
    made = (
        runs.make("the one before", files=before, version={"snakemake": "9.27.1"}),
        runs.make("the one after", files=after, version={"snakemake": "9.28.0"}),
    )
    runs.settle()
    return made


def results_of(page: Any) -> list[list[str]]:
    """Row, value and difference of the results that are to be seen."""
    lines = page.locator("table.results tbody tr:visible").all()
    cells = [line.locator("th, td").all_inner_texts() for line in lines]
    return [[texts[1], texts[2], texts[3], texts[6]] for texts in cells]


def test_two_runs_are_compared(
    page: Any, runs: Runs, pair: tuple[RecordedRun, RecordedRun]
) -> None:
    open_list(page, runs, "text=the+one")
    expect(page.get_by_role("button", name="Compare")).to_be_disabled()
    box(page, "the one before").check()
    box(page, "the one after").check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(f"**/compare?a={pair[0].run_id}&b={pair[1].run_id}")
    tables = page.locator("table.pair tbody")
    assert [text.split("\t") for text in tables.nth(0).inner_text().splitlines()] == [
        ["build", "GRCh38", NASTY]
    ]
    assert [text.split("\t") for text in tables.nth(1).inner_text().splitlines()] == [
        ["HG002: query", "one.vcf", "two.vcf"],
        ["HG003: in the sample sheet", "yes", "no"],
    ]
    assert "9.27.1" in tables.nth(2).inner_text() and "9.28.0" in tables.nth(2).inner_text()
    expect(page.locator("main img")).to_have_count(0)
    assert page.get_by_role("link", name="the one after").get_attribute("href") == (
        f"/runs/{pair[1].run_id}"
    )
    found = results_of(page)
    assert found[0] == ["HG002", "SNP PASS", "truth_fn", "−5"], "halved: the biggest change"
    recall = ["HG002", "SNP PASS", "recall", "+0.05"]
    assert recall in found and {line[3] for line in found if line[0] == "HG003"} == {"only in A"}
    assert not [line for line in found if line[1].startswith("INDEL") and line[0] == "HG002"]


def test_results_are_searched_and_sorted(page: Any, pair: tuple[RecordedRun, RecordedRun]) -> None:
    page.goto(f"/compare?a={pair[0].run_id}&b={pair[1].run_id}")
    page.get_by_label("Search results").fill("hg002 RECALL")
    page.get_by_role("status").get_by_text("1 of").wait_for()
    assert [line[2] for line in results_of(page)] == ["recall"]
    page.get_by_label("Search results").fill("hg002")
    page.get_by_role("button", name="Difference").click()
    found = [line[3] for line in results_of(page)]
    assert (found[0], found[-1]) == ("+5", "−5")
    page.reload()
    assert [line[3] for line in results_of(page)] == found
    page.get_by_role("button", name="Difference").click()
    assert results_of(page)[0][3] == "−5"
    page.get_by_role("link", name="Show also what is the same").click()
    page.get_by_text("threads").wait_for()
    assert [line for line in results_of(page) if line[1].startswith("INDEL")]


def test_a_comparison_is_saved(page: Any, pair: tuple[RecordedRun, RecordedRun]) -> None:
    page.goto(f"/compare?a={pair[0].run_id}&b={pair[1].run_id}")
    with page.expect_download() as told:
        page.get_by_role("link", name="Save all as TSV").click()
    assert told.value.suggested_filename == f"{pair[0].run_id}_{pair[1].run_id}.tsv"
    text = Path(told.value.path()).read_text()
    lines = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    (build,) = [line for line in lines if line["name"] == "build"]
    assert (build["part"], build["a"], build["b"]) == ("configuration", "GRCh38", NASTY)
    (recall,) = [
        line
        for line in lines
        if (line["sample"], line["row"], line["name"]) == ("HG002", "SNP PASS", "recall")
    ]
    assert (recall["a"], recall["b"], recall["difference"]) == ("0.9", "0.95", "0.05")
    (threads,) = [line for line in lines if line["name"] == "threads"]
    assert threads["a"] == threads["b"] == "2"


def test_what_cannot_be_compared_is_told(
    page: Any, service: RealService, pair: tuple[RecordedRun, RecordedRun]
) -> None:
    a, b = (run.run_id for run in pair)
    assert page.goto(f"/compare?a={a}&b={a}").status == 400
    page.get_by_role("alert").get_by_text("This is the same run twice").wait_for()
    page.get_by_label("Second run").select_option(b)
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("link", name="the one after").wait_for()
    assert page.goto(f"/compare?a={a}&b=20200101-000000-0000").status == 404
    page.get_by_role("alert").get_by_text("there is none").wait_for()
    assert page.goto(f"/compare?run={a}").status == 400
    page.get_by_role("alert").get_by_text("1 run was selected: choose two of them").wait_for()
    expect(page.get_by_label("First run")).to_have_value(a)
    token = service.make_token("carl")
    theirs = service.get(f"/compare?a={a}&b={b}", token=token)
    assert (theirs.status_code, "not yours" in theirs.text) == (403, True)
    assert "the one before" not in theirs.text
