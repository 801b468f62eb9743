"""What a run found, on its page: charts under the strict policy of the page, tables, live."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from calibration_summary import THREE, calibration_summary
from page_waits import expect
from recorded_run import RecordedRun
from screen_summaries import clean_summary
from service import RealService, poll
from summary_files import small_summary, sv_summary, write

CHART = ".chart[data-drawn=yes]"


def put(run: RecordedRun, folder: str, **summaries: dict[str, Any]) -> None:
    write(run.work / "results" / folder, **summaries)


def begun(service: RealService, number: int) -> RecordedRun:
    run = RecordedRun(service.runs, number)
    run.start(2)
    run.job(1)
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}").status_code == 200)
    return run


@pytest.fixture(scope="module")
def two(service: RealService) -> RecordedRun:
    """Two samples, both kinds of comparison."""
    run = begun(service, 51)
    put(run, "small_variants", A=small_summary("A"), B=small_summary("B"))
    put(run, "structural_variants", A=sv_summary("A"), B=sv_summary("B", seed=3))
    run.finish(1)
    run.end()
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}").json()["state"] == "completed")
    return run


def section(page: Any, title: str) -> Any:
    return page.locator("section.result", has=page.get_by_role("heading", name=title, level=3))


def metrics_chart(page: Any) -> Any:
    """Charts are drawn in any order: the one that is meant is asked for by its title."""
    shown = page.get_by_role("region", name=re.compile("^Small variants: Recall, "))
    return section(page, "Small variants").locator(CHART, has=shown)


def test_draws_charts(page: Any, two: RecordedRun) -> None:
    """The fixture `page` fails where the policy of the page refuses anything."""
    page.goto(f"/runs/{two.run_id}")
    page.get_by_role("tab", name="Benchmark", selected=True).wait_for()
    chart = metrics_chart(page)
    chart.locator("canvas").wait_for()
    assert chart.get_by_role("img").get_attribute("aria-label").startswith("SNP, PASS: F1 ")
    box = chart.locator("canvas").bounding_box()
    assert box["width"] > 300 and box["height"] > 100
    assert is_painted(chart)


def is_painted(chart: Any) -> bool:
    """Whether its canvas has more than one colour."""
    return bool(
        chart.locator("canvas").evaluate(
            """canvas => {
              const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
              return new Set(new Uint32Array(data.buffer)).size > 10
            }"""
        )
    )


def test_loads_no_chart_library_without_charts(page: Any, service: RealService) -> None:
    run = begun(service, 52)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"/runs/{run.run_id}")
    page.locator(".connection[data-kind=live]").wait_for()
    page.locator(".jobs .virtual .job", has_text="sample=s1").wait_for()
    expect(page.locator("#run-results")).to_be_hidden()
    put(run, "small_variants", A=small_summary("A"))
    assert not [url for url in asked if "/charts/" in url]
    run.finish(1)
    page.locator(CHART).first.wait_for()
    assert len([url for url in asked if "/charts/" in url]) == 1


def test_shows_samples_as_they_come(page: Any, service: RealService) -> None:
    run = begun(service, 53)
    put(run, "small_variants", A=small_summary("A"))
    (run.work / "results" / "samples.tsv").write_text("sample\tsmall_variants\nA\tx\nB\ty\n")
    page.goto(f"/runs/{run.run_id}")
    results = page.locator("#run-results")
    results.get_by_text("1 of 2 samples so far; to come: B.").wait_for()
    table = results.locator("summary", has_text="All samples")
    table.get_by_text("4 rows").wait_for()
    table.click()
    results.locator(".data-row", has_text="SNP").first.wait_for()
    put(run, "small_variants", B=small_summary("B"))
    run.finish(1)
    table.get_by_text("8 rows").wait_for()
    results.locator(".data-row", has_text="B").first.wait_for()
    results.get_by_text("to come").wait_for(state="detached")


def test_what_comes_later_stands_in_its_place(page: Any, service: RealService) -> None:
    """The second sample brings a section of all samples, before that of the first."""
    run = begun(service, 58)
    for name in ("B", "A"):
        summary = {**clean_summary(name), "classes": [], "antimicrobials": []}
        put(run, f"screen/{name}", **{name: summary})
        if name == "B":
            page.goto(f"/runs/{run.run_id}?view=screen")
            section(page, "B").wait_for()
    run.finish(1)
    section(page, "All samples").wait_for()
    titles = page.locator("section.result > h3").all_inner_texts()
    assert titles == ["All samples", "A", "B"]


def test_saves_charts(page: Any, two: RecordedRun, tmp_path: Path) -> None:
    page.goto(f"/runs/{two.run_id}")
    chart = metrics_chart(page)
    for kind in ("PNG", "SVG"):
        with page.expect_download() as saved:
            chart.get_by_role("button", name=kind).click()
        assert saved.value.suggested_filename == (
            f"{two.run_id}_benchmark_small_variants_metrics.{kind.lower()}"
        )
        saved.value.save_as(tmp_path / kind)
    assert (tmp_path / "PNG").read_bytes().startswith(b"\x89PNG")
    shown = chart.locator("canvas").bounding_box()
    width = int.from_bytes((tmp_path / "PNG").read_bytes()[16:20], "big")
    assert abs(width - 2 * shown["width"]) <= 2
    drawing = (tmp_path / "SVG").read_text()
    assert drawing.startswith("<svg") and "Recall" in drawing


def test_choices_are_in_the_address(page: Any, two: RecordedRun) -> None:
    page.goto(f"/runs/{two.run_id}")
    small = section(page, "Small variants")
    small.get_by_label("Filter").first.select_option("ALL")
    page.wait_for_url("**benchmark.small_variants.selection=ALL*")
    small.get_by_label("Bring out").select_option("B")
    page.wait_for_url("**benchmark.small_variants.picked=B*")
    page.reload()
    small.locator(CHART).first.wait_for()
    expect(small.get_by_label("Filter").first).to_have_value("ALL")
    page.go_back()
    poll(lambda: small.get_by_label("Bring out").input_value() == "")
    expect(small.get_by_label("Filter").first).to_have_value("ALL")


def test_looks_dark_where_the_page_is(page: Any, two: RecordedRun) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"/runs/{two.run_id}")
    chart = section(page, "Small variants").locator(CHART).first
    chart.locator("canvas").wait_for()
    assert corner(chart) == [0x16, 0x19, 0x1D]
    before = chart.locator("canvas").element_handle()
    page.emulate_media(color_scheme="light")
    before.wait_for_element_state("hidden")
    chart.locator("canvas").wait_for()
    assert corner(chart) == [255, 255, 255]


def corner(chart: Any) -> list[int]:
    pick = "canvas => [...canvas.getContext('2d').getImageData(1, 1, 1, 1).data].slice(0, 3)"
    found: list[int] = chart.locator("canvas").evaluate(pick)
    return found


def test_what_a_file_says_is_text(page: Any, service: RealService) -> None:
    run = begun(service, 54)
    nasty = "<img src=x onerror=alert(1)>"
    summary = small_summary("A", warnings=[nasty])
    summary["rows"][0]["type"] = summary["rows"][2]["type"] = nasty
    put(run, "small_variants", A=json.loads(json.dumps(summary)))
    page.goto(f"/runs/{run.run_id}")
    page.locator("#run-results").get_by_text(nasty).first.wait_for()
    page.locator(CHART).first.wait_for()
    expect(page.locator("#run-results img")).to_have_count(0)


def test_tabs_by_keys_and_in_the_address(page: Any, service: RealService) -> None:
    run = begun(service, 55)
    put(run, "small_variants", A=small_summary("A"))
    put(run, "calibration", newborns=calibration_summary("neonate", THREE))
    page.goto(f"/runs/{run.run_id}?view=calibration")
    page.get_by_role("tab", name="Calibration", selected=True).wait_for()
    section(page, "newborns").locator(CHART).first.wait_for()
    page.get_by_role("tab", name="Calibration").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("tab", name="Benchmark", selected=True).wait_for()
    page.wait_for_url("**view=benchmark*")
    section(page, "Small variants").locator(CHART).first.wait_for()
    page.go_back()
    page.get_by_role("tab", name="Calibration", selected=True).wait_for()


def test_on_a_phone_panels_stand_below_each_other(page: Any, two: RecordedRun) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"/runs/{two.run_id}")
    chart = section(page, "Small variants").locator(CHART).first
    chart.locator("canvas").wait_for()
    assert chart.locator("canvas").bounding_box()["width"] <= 345
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_further_charts_are_drawn_when_they_are_unfolded(page: Any, two: RecordedRun) -> None:
    page.goto(f"/runs/{two.run_id}")
    small = section(page, "Small variants")
    folded = small.locator(".chart", has_text="By subtype")
    small.locator(CHART).first.wait_for()
    assert folded.get_attribute("data-drawn") is None
    folded.get_by_text("By subtype").click()
    folded.locator("canvas").wait_for()
    page.wait_for_url("**chart_subtype=open*")
    page.reload()
    folded.scroll_into_view_if_needed()  # what is far away is not drawn yet
    folded.locator("canvas").wait_for()
    assert is_painted(folded)
