"""The benchmark of a run on its page: a heat map for the keys, clusters with their explanations."""

from typing import Any

import pytest
from benchmark_extras import with_extras, write_differences
from recorded_run import RecordedRun
from service import RealService, poll
from summary_files import small_row, small_summary, write

MAP = ".heat-rows"


def rows(worst: int) -> list[dict[str, Any]]:
    """150 stratifications; in one of them most is missed, in one there is hardly anything."""
    strata = {f"stratum_{n:03d}": (1000, n % 7, 3, 0) for n in range(149)}
    strata |= {f"stratum_{worst:03d}": (600, 400, 3, 0), "tiny": (4, 1, 0, 0)}
    made = [small_row("SNP", (9000, 100, 50, 10), filter=each) for each in ("ALL", "PASS")]
    return made + [small_row("SNP", numbers, subset=name) for name, numbers in strata.items()]


@pytest.fixture(scope="module")
def run(service: RealService) -> RecordedRun:
    made = RecordedRun(service.runs, 61)
    made.start(1)
    made.job(1)
    folder = made.work / "results" / "small_variants"
    for worst, sample in ((30, "bwa"), (40, "dragen")):
        write(folder, **{sample: with_extras(small_summary(sample, rows(worst)))})
        write_differences(folder, sample)
    made.finish(1)
    made.end()
    poll(lambda: service.get(f"/api/v1/runs/{made.run_id}").ok)
    return made


def test_keys_lead_through_the_map_and_to_the_rows(page: Any, run: RecordedRun) -> None:
    page.goto(f"/runs/{run.run_id}?view=benchmark")
    page.locator(".heat-cell").first.wait_for()
    first = page.locator(f"{MAP} .heat-name").first
    assert first.inner_text() == "stratum_030"
    page.get_by_label("Leave out values of fewer than 20 variants").focus()
    page.keyboard.press("Tab")
    page.locator(".heat-cell.is-active").wait_for()
    said = page.locator(".heat-said")
    said.get_by_text("Stratification stratum_030 · Sample bwa").wait_for()
    page.keyboard.press("End")
    page.keyboard.press("ArrowDown")
    said.get_by_text("Stratification stratum_040 · Sample dragen").wait_for()
    assert "Recall 0.6000" in said.inner_text() and "FN 400" in said.inner_text()
    page.keyboard.press("Enter")
    table = page.locator(".result-table", has_text="Every row")
    table.get_by_text("1 of 304 rows").first.wait_for()
    page.wait_for_url("**rows.subset=stratum_040&*sample=dragen*")
    page.go_back()
    table.get_by_text("304 rows", exact=True).last.wait_for()


def test_the_map_is_ordered_and_filtered(page: Any, run: RecordedRun) -> None:
    page.goto(f"/runs/{run.run_id}?view=benchmark")
    first = page.locator(f"{MAP} .heat-name").first
    page.locator(MAP).get_by_role("button", name="dragen").click()
    page.wait_for_url("**map_stratification.order=c1*")
    poll(lambda: first.inner_text() == "stratum_040")
    page.get_by_label("Filter the classes").fill("tiny")
    poll(lambda: first.inner_text() == "tiny")
    assert page.locator(".heat-cell.is-few").first.inner_text() == "0.8889°"
    page.reload()
    poll(lambda: first.inner_text() == "tiny")
    page.get_by_label("Leave out values of fewer than 20 variants").check()
    page.get_by_text("0 of 150 classes have a value here").wait_for()


def test_a_cluster_opens_with_its_explanation(page: Any, run: RecordedRun) -> None:
    page.goto(f"/runs/{run.run_id}?view=benchmark")
    page.locator("summary", has_text="All samples").click()
    page.locator(".data-row", has_text="dragen").first.get_by_role("link").click()
    clusters = page.locator(".result-table", has_text="Clusters behind")
    clusters.get_by_text("6 of 12 rows").first.wait_for()
    clusters.locator(".virtual-block .data-row").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("the allele is right, the genotype is not").wait_for()
    assert dialog.get_by_role("heading").inner_text() == "dragen, chr1:10000-10009, homopolymer"
    dialog.get_by_role("button", name="Next").click()
    dialog.get_by_text("chr1:20000-20009  1 record of the truth").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
