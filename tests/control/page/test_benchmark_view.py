"""The benchmark of a run on its page: a heat map for the keys, clusters with their explanations."""

import re
from typing import Any

import pytest
from benchmark_extras import differences, with_extras, write_differences
from page_waits import expect
from reads_of_a_run import CARRY, DEPTH, SITE, aligned, compared
from recorded_run import RecordedRun
from service import RealService, poll
from summary_files import small_row, small_summary, write

MAP = ".heat-rows"
SHARE = {"old": 0.9, "new": 0.8, "difference": -0.1, "low": -0.2, "high": -0.05}
CHANGED = {
    **{"type": "SNP", "subtype": "*", "subset": "*", "filter": "PASS"},
    **{key: {"old": 1, "new": 3} for key in ("truth_fn", "query_fp")},
    **{key: {**SHARE, "word": "worse"} for key in ("recall", "precision")},
}
CUT = "(cells) => cells.filter((cell) => cell.scrollWidth > cell.clientWidth).length"


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
        more = {"baseline": {"name": "old.json", "rows": [CHANGED]}}
        write(folder, **{sample: with_extras(small_summary(sample, rows(worst), **more))})
        found = differences()
        for number, cluster in enumerate(found["worst"]):
            cluster |= {"contig": "chr20", "start": 30_081_500 + number, "end": 30_082_440}
        write_differences(folder, sample, found)
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
    heading = dialog.get_by_role("heading").inner_text()
    assert heading == "chr20:30081500-30082440, dragen, homopolymer"
    dialog.get_by_role("button", name="Next").click()
    dialog.get_by_text("chr1:20000-20009  1 record of the truth").wait_for()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")


def test_a_place_is_never_cut_and_the_first_line_leads_to_what_changed(
    page: Any, run: RecordedRun
) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"/runs/{run.run_id}?view=benchmark&benchmark.small_variants.clusters=open")
    cells = page.locator(".result-table .can-open .virtual-block .data-row > :nth-child(-n+3)")
    expect(cells.first).to_have_text("chr20:30081500-30082440")
    assert cells.count() > 30
    assert cells.evaluate_all(CUT) == 0
    page.get_by_role("link", name="0 clearly better, 4 worse than old.json").click()
    page.wait_for_url("**clusters=open*changes=open")
    changes = page.locator(".result-table", has_text="Against an earlier")
    expect(changes.locator("summary").first).to_be_focused()
    page.set_viewport_size({"width": 360, "height": 740})
    expect(cells.first).to_be_visible()
    assert cells.evaluate_all(CUT) == 0


def test_a_wrong_call_opens_with_the_reads_there(page: Any, service: RealService) -> None:
    made = RecordedRun(service.runs, 62)
    made.start(1)
    made.job(1)
    compared(made.work)
    alignments = aligned(made.work)
    made.finish(1)
    made.end()
    poll(lambda: service.get(f"/api/v1/runs/{made.run_id}").ok)
    page.goto(f"/runs/{made.run_id}?view=benchmark&benchmark.small_variants.clusters=open")
    clusters = page.locator(".result-table", has_text="Clusters behind")
    clusters.locator(".virtual-block .data-row").first.click()
    dialog = page.get_by_role("dialog")
    picture = dialog.get_by_role("img", name=f"Reads of HG002 at chr20:{SITE}: {DEPTH} cover it")
    expect(picture).to_have_attribute(
        "alt", re.compile(rf"reference in {DEPTH - CARRY}, .* in {CARRY}$")
    )
    poll(lambda: picture.evaluate("(image) => image.complete && image.naturalWidth > 600"))
    page.keyboard.press("Escape")
    alignments.with_name("HG002.bam.bai").unlink()
    clusters.locator(".virtual-block .data-row").first.click()
    dialog.get_by_text(
        "The reads cannot be shown: alignments HG002.bam: there is no index"
    ).wait_for()
    expect(picture).to_be_hidden()
