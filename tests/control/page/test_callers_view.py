"""Callers of a sample on the page of a run: table and plot follow while they finish."""

import json
from typing import Any

from caller_files import called, side_by_side
from page_waits import expect
from recorded_run import RecordedRun
from service import RealService, poll
from summary_files import write


def test_callers_come_one_after_another(page: Any, service: RealService) -> None:
    made = [called("bcftools", 60, 20), called("freebayes", 10, 5)]
    run = RecordedRun(service.runs, 62)
    run.start(3)
    for job in (1, 2, 3):
        run.job(job)
    results = run.work / "results"
    write(results / "small_variants", **{"demo.bcftools": made[0]})
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}").ok)
    page.goto(f"/runs/{run.run_id}?view=benchmark")
    page.get_by_text("Recall, precision, F1", exact=True).first.wait_for()
    write(results / "small_variants", **{"demo.freebayes": made[1]})
    run.finish(1)  # a job that is done has the page look at the results again
    table = page.locator(".result-table", has_text="Callers side by side")
    expect(table.locator(".virtual-block .data-row")).to_have_count(8, timeout=30_000)
    assert "nobody is called best" in table.inner_text()
    place = results / "callers" / "small_variants"
    place.mkdir(parents=True)
    (place / "demo.callers.json").write_text(json.dumps(side_by_side(*made)))
    run.finish(2)
    first = table.locator(".virtual-block .data-row").first
    expect(first).to_contain_text("best: p < 0.0001")
    plot = page.get_by_role("region", name="Small variants: Callers: precision and recall")
    plot.scroll_into_view_if_needed()
    plot.locator("svg, canvas").first.wait_for()
