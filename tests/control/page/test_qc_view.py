"""QC on the page of a run: signed where its results are, live; what was typed is not lost."""

import json
from typing import Any

import pytest
from page_waits import expect
from recorded_run import RecordedRun
from service import RealService, poll
from verdict_lab import FAIL, PASS, WARN, judge, verdict_file

from control.record.run_dir import RunDir


def make_run(service: RealService, number: int, **samples: float) -> RecordedRun:
    run = RecordedRun(service.runs, number)
    run.start(3)
    for sample, coverage in samples.items():
        judge_again(run, sample, coverage)
    run.job(1)
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}/jobs/1").status_code == 200)
    return run


def judge_again(run: RecordedRun, sample: str, coverage: float) -> None:
    judge(RunDir(run.run_dir.path), sample, coverage)


def open_page(page: Any, run: RecordedRun) -> None:
    page.goto(f"/runs/{run.run_id}#qc")
    page.get_by_role("tab", name="Quality control", selected=True).wait_for()
    page.get_by_role("tabpanel").get_by_role("heading", name="Sign-off").wait_for()


def row(page: Any, sample: str) -> Any:
    return page.locator("#run-qc tbody tr", has=page.get_by_role("rowheader", name=sample))


def sign(page: Any, sample: str, verdict: str, comment: str = "") -> None:
    form = page.get_by_role("form", name=f"Verdict on {sample}")
    if not form.is_visible():
        row(page, sample).locator("summary").click()
    form.get_by_label("Verdict").select_option(verdict)
    form.get_by_label("Comment").fill(comment)
    form.get_by_role("button", name="Sign").click()


def test_is_signed_without_leaving_the_page(page: Any, service: RealService) -> None:
    run = make_run(service, 51, A=PASS, B=FAIL)
    open_page(page, run)
    page.evaluate("window.here = true")
    row(page, "B").locator("summary").click()
    page.get_by_role("form", name="Verdict on B").get_by_label("Comment").fill("not done yet")
    sign(page, "A", "pass", "<b>fine</b>")
    row(page, "A").locator(".verdict.pass").nth(1).wait_for()
    row(page, "A").get_by_text("<b>fine</b>").wait_for()
    page.get_by_role("status").get_by_text("Signed: A pass").wait_for()
    comment = page.get_by_role("form", name="Verdict on B").get_by_label("Comment")
    expect(comment).to_have_value("not done yet")
    given = service.get(f"/api/v1/runs/{run.run_id}/verdicts").json()["items"]
    assert [(each["sample"], each["state"]) for each in given] == [("A", "current"), ("B", "none")]
    sign(page, "B", "pass", "")
    page.get_by_role("alert").get_by_text("takes a comment").wait_for()
    sign(page, "B", "warn", "looked at it")
    row(page, "B").locator(".verdict.warn").wait_for()
    assert page.evaluate("window.here"), "it is the same page"


def test_what_is_typed_stays_when_the_machine_says_something_else(
    page: Any, service: RealService
) -> None:
    run = make_run(service, 52, A=WARN, B=PASS)
    open_page(page, run)
    row(page, "A").locator("summary").click()
    comment = page.get_by_role("form", name="Verdict on A").get_by_label("Comment")
    comment.fill("half a sente")
    comment.focus()
    judge_again(run, "A", FAIL)
    judge_again(run, "C", PASS)
    run.finish(1)
    row(page, "C").wait_for()
    row(page, "A").locator(".verdict.fail").wait_for()
    row(page, "A").get_by_text("This has changed since you began").wait_for()
    expect(comment).to_have_value("half a sente")
    assert page.evaluate("document.activeElement.name") == "comment"
    page.keyboard.type("nce")
    page.get_by_role("form", name="Verdict on A").get_by_label("Verdict").select_option("fail")
    page.get_by_role("button", name="Sign").first.click()
    row(page, "A").get_by_text("half a sentence").wait_for()
    given = service.get(f"/api/v1/runs/{run.run_id}/verdicts?sample=A").json()["items"]
    assert (given[0]["state"], given[0]["person"]["machine"]) == ("current", "fail")


def test_shows_samples_by_metrics(page: Any, service: RealService) -> None:
    run = make_run(service, 53, A=PASS, B=FAIL)
    file = json.loads(verdict_file(RunDir(run.run_dir.path), "A").read_text())
    file["samples"][0]["metrics"][0]["metric"] = "<img src=x onerror=alert(1)>"
    verdict_file(RunDir(run.run_dir.path), "A").write_text(json.dumps(file))
    open_page(page, run)
    page.get_by_role("figure").filter(has_text="Every sample by every metric").wait_for()
    page.locator("figure[data-drawn=yes]").first.wait_for()
    page.locator("summary", has_text="Metrics of all samples").click()
    table = page.get_by_role("table", name="Metrics of all samples")
    table.get_by_role("cell", name="✗ fail").wait_for()
    table.get_by_role("cell", name="<img src=x onerror=alert(1)>").wait_for()
    expect(page.locator("main img:not([role])")).to_have_count(0)


def test_comes_while_the_run_goes_on(page: Any, service: RealService) -> None:
    run = make_run(service, 54)
    page.goto(f"/runs/{run.run_id}")
    page.locator(".connection[data-kind=live]").wait_for()
    judge_again(run, "A", PASS)
    run.finish(1)
    page.get_by_role("tab", name="Quality control").wait_for()
    row(page, "A").locator("summary").wait_for()


@pytest.mark.parametrize("width", [360, 1200])
def test_fits_the_width(page: Any, service: RealService, width: int) -> None:
    run = make_run(service, 55 + (width == 360), A=FAIL)
    page.set_viewport_size({"width": width, "height": 800})
    open_page(page, run)
    row(page, "A").locator("summary").click()
    page.locator("figure[data-drawn=yes]").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == width
