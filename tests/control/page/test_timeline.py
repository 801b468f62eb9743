"""The timeline of a run's jobs: where its bars stand, and what one can do with them."""

import random
import re
import time
from itertools import pairwise
from typing import Any

import pytest
from page_waits import expect
from recorded_run import RecordedRun
from service import RealService, poll

from control.record.run_dir import State

NASTY = "<img src=x onerror=alert(1)>"

LAY_OUT = """async ([jobs, by, rules]) => {
  const {Bars, choices, lanes, mostAtOnce} = await import('/static/js/timeline/timeline_layout.js')
  const bars = new Bars().of(jobs)
  const made = lanes(bars, by, rules)
  const told = ({job, attempt, state, begin, start, end}) =>
    ({jobid: job.jobid, attempt, state, begin, start, end})
  return {
    lanes: made.map(({name, rows}) => [name, rows.map((row) => row.map(told))]),
    choices: choices(jobs).map(({name}) => name), most: mostAtOnce(bars),
  }
}"""
TICKS = """async ([from, to, most]) => {
  const {ticks} = await import('/static/js/timeline/time_axis.js')
  return ticks(Date.parse(from), Date.parse(to), most).map(({time, text}) =>
    [new Date(time).toISOString().slice(5, 16), text])
}"""
WINDOW = """async () => {
  const {TimeWindow} = await import('/static/js/timeline/time_window.js')
  const seen = [], now = new TimeWindow(), tell = () => seen.push([now.from, now.to, now.text])
  now.setWhole(10_000, 110_000); tell()
  now.zoom(0.5, 10_000); tell()
  now.pan(1); tell()
  now.pan(9); tell()
  now.setWhole(10_000, 210_000); tell()
  now.reveal(11_000, 12_000); tell()
  now.text = '5-7.5'; tell()
  now.zoom(1e9); tell()
  now.text = 'whatever'; tell()
  return seen
}"""


def at(second: float) -> str:
    return f"2026-11-21T22:10:{second:06.3f}Z"


def job(jobid: int, rule: str, start: float, end: float | None, **more: Any) -> dict[str, Any]:
    made = {"process": 1, "jobid": jobid, "rule": rule, "wildcards": {"sample": f"s{jobid}"}}
    made |= {"attempt": 1, "state": "running" if end is None else "finished", "earlier": []}
    made |= {"selected": at(start), "started": at(start), "ended": end and at(end)}
    return {**made, "message": "", "external_id": "", **more}


@pytest.fixture
def lab(page: Any) -> Any:
    page.goto("/sign-in")
    return page


def test_what_overlaps_stands_in_rows_of_its_lane(lab: Any) -> None:
    jobs = [
        job(1, "align", 0, 10),
        job(2, "align", 5, 8),
        job(3, "align", 8, None),
        job(4, "call", 20, 21, selected=at(12)),
    ]
    told = lab.evaluate(LAY_OUT, [jobs, "", ["call", "align"]])
    rows = {name: [[bar["jobid"] for bar in row] for row in rows] for name, rows in told["lanes"]}
    assert list(rows.items()) == [("call", [[4]]), ("align", [[1], [2, 3]])]
    waits = told["lanes"][0][1][0][0]
    assert (waits["start"] - waits["begin"], waits["end"] - waits["start"]) == (8000, 1000)
    assert told["lanes"][1][1][1][1]["end"] is None
    assert told["most"] == 2 and told["choices"] == ["", "by.sample", "together"]
    by_sample = lab.evaluate(LAY_OUT, [jobs, "by.sample", []])["lanes"]
    assert [name for name, _ in by_sample] == ["s1", "s2", "s3", "s4"]
    (together,) = lab.evaluate(LAY_OUT, [jobs, "together", []])["lanes"]
    assert [[bar["jobid"] for bar in row] for row in together[1]] == [[1, 4], [2, 3]]


def test_every_attempt_has_a_bar(lab: Any) -> None:
    earlier = [{"attempt": 1, "selected": at(0), "started": at(1), "ended": at(4), "message": "x"}]
    jobs = [
        job(1, "align", 5, 9, attempt=2, earlier=earlier),
        job(2, "align", 6, None, state="selected", started=None),
        job(3, "align", 0, None, state="selected", selected=None, started=None),
    ]
    ((_, rows),) = lab.evaluate(LAY_OUT, [jobs, "", []])["lanes"]
    bars = [(bar["jobid"], bar["attempt"], bar["state"]) for row in rows for bar in row]
    assert bars == [(1, 1, "failed"), (1, 2, "finished"), (2, 1, "selected")]


def test_no_two_bars_of_a_row_overlap(lab: Any) -> None:
    chance = random.Random(5)
    begins = [chance.uniform(0, 40) for _ in range(400)]
    jobs = [
        job(n, f"rule_{n % 7}", begin, begin + chance.uniform(0, 9))
        for n, begin in enumerate(begins)
    ]
    told = lab.evaluate(LAY_OUT, [jobs, "", []])["lanes"]
    seen = [bar["jobid"] for _, rows in told for row in rows for bar in row]
    assert sorted(seen) == [*range(400)]
    for _, rows in told:
        for row in rows:
            assert all(one["end"] <= other["begin"] for one, other in pairwise(row))


def test_axis_has_round_times_of_the_readers_zone(browser: Any, service: RealService) -> None:
    """Also where the clock is put back in between."""
    context = browser.new_context(base_url=service.url, timezone_id="Europe/Berlin", locale="en-GB")
    page = context.new_page()
    page.goto("/sign-in")
    told = page.evaluate(TICKS, ["2026-10-24T21:00:00Z", "2026-10-25T11:00:00Z", 6])
    assert [text for _, text in told] == ["25 Oct", "03:00", "06:00", "09:00", "12:00"]
    assert [when for when, _ in told][1:3] == ["10-25T02:00", "10-25T05:00"]
    told = page.evaluate(TICKS, ["2026-11-21T22:10:00.3Z", "2026-11-21T22:10:09Z", 10])
    assert [text for _, text in told] == [f"23:10:0{second}" for second in range(1, 10)]
    assert page.evaluate(TICKS, ["2026-01-01T00:00:00Z", "2026-12-31T00:00:00Z", 8])
    context.close()


def test_part_of_the_time_stays_within_the_whole(lab: Any) -> None:
    assert lab.evaluate(WINDOW) == [
        [10_000, 110_000, ""],
        [10_000, 60_000, "0-50"],
        [60_000, 110_000, "50-100"],
        [60_000, 110_000, "50-100"],
        [60_000, 110_000, "50-100"],
        [10_000, 60_000, "0-50"],
        [15_000, 17_500, "5-7.5"],
        [10_000, 210_000, ""],
        [10_000, 210_000, ""],
    ]


@pytest.fixture(scope="module")
def run(service: RealService) -> RecordedRun:
    """Two jobs that finished, one that failed twice, one that runs, in ten minutes."""
    run = RecordedRun(service.runs, 51)
    run.start(4)
    begin = time.time() - 600
    run.job(1, "logs/a.log", at=begin)
    run.event("job_finished", jobid=1, at=begin + 120)
    run.job(2, "logs/b.log", rule="call", at=begin + 120)
    run.event("job_error", jobid=2, rule_name="call", log=[], aux={}, at=begin + 180)
    run.event("message", message="Trying to restart job 2.", at=begin + 180)
    run.job(2, "logs/b.log", rule="call", at=begin + 200)
    run.event("job_error", jobid=2, rule_name="call", log=[], aux={}, at=begin + 260)
    run.job(3, "logs/c.log", at=begin + 200)
    run.event("job_finished", jobid=3, at=begin + 300)
    run.job(4, "logs/d.log", at=begin + 310)
    run.log("logs/d.log", f"{NASTY} here\n")
    jobs = f"/api/v1/runs/{run.run_id}/jobs"
    poll(lambda: service.get(jobs).json().get("total") == 4)
    return run


def open_page(page: Any, run: RecordedRun, query: str = "") -> Any:
    page.goto(f"/runs/{run.run_id}{query}")
    page.locator(".timeline canvas").wait_for()
    return page.locator(".timeline canvas")


def tip(page: Any, *texts: str) -> None:
    """Wait until what is pointed at, or selected, says so."""
    for text in texts:
        page.locator(".timeline-tip").get_by_text(text).wait_for()


def test_goes_from_job_to_job_by_keys(page: Any, run: RecordedRun) -> None:
    canvas = open_page(page, run)
    summary = page.locator("#timeline-summary")
    summary.get_by_text(re.compile("5 attempts .* 2 at once at most .* 2 failed")).wait_for()
    canvas.focus()
    page.keyboard.press("ArrowRight")
    tip(page, "align sample=s1", "took 2 min 0 s")
    page.keyboard.press("ArrowRight")
    tip(page, "align sample=s3")
    page.keyboard.press("End")
    tip(page, "align sample=s4", "running")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    tip(page, "call sample=s2", "failed, try 1")
    page.keyboard.press("ArrowRight")
    tip(page, "failed, try 2")
    page.locator("[aria-live]", has_text="call sample=s2, failed, try 2").wait_for(state="attached")
    page.keyboard.press(" ")
    drawer = page.get_by_role("dialog", name="Job")
    drawer.get_by_role("heading", name="call sample=s2").wait_for()
    page.keyboard.press("Escape")
    drawer.wait_for(state="hidden")
    page.keyboard.press("End")
    tip(page, "align sample=s4")
    page.keyboard.press("Enter")
    page.locator(".console .line", has_text=f"{NASTY} here").wait_for()
    expect(page.locator("main img")).to_have_count(0)


def test_zoom_and_lanes_are_in_the_address(page: Any, run: RecordedRun) -> None:
    canvas = open_page(page, run)
    whole = page.get_by_role("button", name="Show the whole run")
    expect(whole).to_be_disabled()
    canvas.focus()
    page.keyboard.press("ArrowRight")
    tip(page, "align sample=s1")
    page.keyboard.press("+")
    page.wait_for_url(re.compile(r"[?&]t=0-[\d.]+"))
    page.get_by_label("Lanes").select_option("by.sample")
    page.wait_for_url(re.compile(r"lanes=by\.sample"))
    address = page.url
    page.reload()
    page.locator(".timeline canvas").wait_for()
    page.locator("option[value='by.sample']:checked").wait_for(state="attached")
    whole.press("Enter")  # what is above may still come, and move it from under a pointer
    page.wait_for_url(lambda url: "t=" not in url)
    expect(whole).to_be_disabled()
    page.goto(address)
    page.locator(".timeline canvas").wait_for()
    page.get_by_role("button", name="Show the whole run", disabled=False).wait_for()
    assert page.url == address


def test_is_of_the_chosen_rule(page: Any, run: RecordedRun) -> None:
    canvas = open_page(page, run, "?rule=call")
    page.locator("#timeline-summary").get_by_text(re.compile("^2 attempts")).wait_for()
    canvas.focus()
    page.keyboard.press("ArrowRight")
    tip(page, "call sample=s2")
    page.locator(".rules button", has_text="align").click()
    page.locator("#timeline-summary").get_by_text(re.compile("^3 attempts")).wait_for()


def test_mouse_points_zooms_and_opens(page: Any, run: RecordedRun) -> None:
    canvas = open_page(page, run)
    page.locator(".failure").wait_for()  # what comes above would move it from under the pointer
    canvas.scroll_into_view_if_needed()
    canvas.focus()
    page.keyboard.press("ArrowRight")
    tip(page, "align sample=s1")
    place = page.evaluate(
        """() => {
          const [x, y] = document.querySelector('.timeline-tip').style.transform.match(/-?[\\d.]+/g)
          const box = document.querySelector('.timeline').getBoundingClientRect()
          return [box.x + Number(x) + 2, box.y + Number(y) - 12]
        }"""
    )
    page.keyboard.press("Escape")
    page.locator(".timeline-tip").wait_for(state="hidden")
    page.mouse.move(*place)
    tip(page, "align sample=s1")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -300)
    page.keyboard.up("Control")
    page.wait_for_url(re.compile(r"[?&]t="))
    before = page.url
    page.mouse.down()
    page.mouse.move(place[0] - 200, place[1], steps=4)
    page.mouse.up()
    page.wait_for_url(lambda url: url != before)
    page.get_by_role("button", name="Show the whole run").click()
    page.wait_for_url(lambda url: "t=" not in url)
    page.mouse.click(*place)
    page.get_by_role("dialog", name="Job").get_by_text("align sample=s1").wait_for()
    page.wait_for_url("**job=1.1")


def test_grows_while_the_run_goes_on(page: Any, service: RealService) -> None:
    run = RecordedRun(service.runs, 52)
    run.start(2)
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}").status_code == 200)
    page.goto(f"/runs/{run.run_id}")
    page.get_by_text("No job has begun yet.").wait_for()
    run.job(1)
    page.locator("#timeline-summary").get_by_text(re.compile("^1 attempt ")).wait_for()
    canvas = page.locator(".timeline canvas")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    tip(page, "running")
    run.finish(1)
    tip(page, "finished")
    run.job(2)
    run.fail(2)
    run.end(State.FAILED, "1 job failed", 1)
    page.locator("#timeline-summary").get_by_text(re.compile("1 failed")).wait_for()
