"""What a page takes to load: little, at once, and the second time next to nothing."""

import re
from typing import Any

import pytest
from recorded_run import RecordedRun
from service import RealService, poll

MOST = 1_500_000
LOADED = """() => [performance.getEntriesByType('navigation')[0],
  ...performance.getEntriesByType('resource')]
  .map(({name, transferSize, encodedBodySize, decodedBodySize, initiatorType}) => ({
    path: new URL(name).pathname, transferSize, encodedBodySize, decodedBodySize, initiatorType,
  }))"""
JOBS = 2000


@pytest.fixture(scope="module")
def run(service: RealService) -> RecordedRun:
    """Of many jobs, so that what is told of each of them counts."""
    made = RecordedRun(service.runs, 51)
    made.start(JOBS)
    for number in range(1, JOBS + 1):
        made.job(number, f"logs/{number}.log")
    address = f"/api/v1/runs/{made.run_id}/jobs/{JOBS}"
    poll(lambda: service.get(address).status_code == 200, 300)
    return made


def visit(page: Any, run: RecordedRun) -> list[dict[str, Any]]:
    """Everything that was loaded until all jobs are listed."""
    page.goto(f"/runs/{run.run_id}")
    page.get_by_text(f"{JOBS:,} jobs", exact=True).wait_for()
    page.locator(".connection[data-kind=live]").wait_for()
    page.wait_for_load_state("networkidle")  # also what is loaded when it is needed
    found: list[dict[str, Any]] = page.evaluate(LOADED)
    return found


def test_a_long_run_takes_little_and_the_second_time_no_files(page: Any, run: RecordedRun) -> None:
    first = visit(page, run)
    assert sum(each["transferSize"] for each in first) < MOST
    files = [each for each in first if re.search(r"/static/.*\.(js|css)$", each["path"])]
    assert len(files) > 10
    assert [each["path"] for each in files if not each["transferSize"]] == []
    assert not any("/charts/" in each["path"] for each in first), "no chart is shown"
    jobs = [each for each in first if each["path"].endswith("/jobs")]
    assert sum(each["encodedBodySize"] for each in jobs) * 5 < sum(
        each["decodedBodySize"] for each in jobs
    )
    again = [each for each in visit(page, run) if "/static/" in each["path"]]
    assert {each["path"] for each in again} >= {each["path"] for each in files}
    assert [each["path"] for each in again if each["transferSize"]] == []


def test_modules_are_not_loaded_one_after_the_other(page: Any, run: RecordedRun) -> None:
    html = page.request.get(f"/runs/{run.run_id}").text()
    named = set(re.findall(r'(?:href|src)="([^"]+\.js)"', html))
    loaded = {each["path"] for each in visit(page, run) if each["path"].endswith(".js")}
    assert named and named <= loaded, "nothing is named that is not needed"
    needed = {
        address.rpartition("/")[0] + f"/{name}"
        for address in named
        for name in re.findall(r"from '\./([\w/]+\.js)'", page.request.get(address).text())
    }
    assert needed and needed <= named, "all that is imported is in the page"
