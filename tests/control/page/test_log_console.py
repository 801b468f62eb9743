"""The logs of a run in its page: whole, as they grow, and however long they are."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from page_waits import expect
from recorded_run import RecordedRun
from service import RealService, poll

LINES = 1_000_000
READ_ALL = """async (address) => {
  const {FileLog} = await import('/static/js/log/log_sources.js')
  const {LogPages} = await import('/static/js/log/log_pages.js')
  const pages = new LogPages(new FileLog(address))
  await pages.source.refresh()
  pages.grown()
  const found = []
  for (let page = 0; page < pages.source.pages; page += 1)
    found.push(...(await pages.page(page)).lines.map(({text}) => text))
  return {found, rows: pages.rows}
}"""


def open_page(page: Any, run: RecordedRun) -> None:
    page.goto(f"/runs/{run.run_id}")
    page.locator(".connection[data-kind=live], .connection[data-kind=ended]").wait_for()


def make_run(service: RealService, number: int) -> RecordedRun:
    run = RecordedRun(service.runs, number)
    run.start(2)
    run.job(1, "logs/a.log")
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}/jobs/1").status_code == 200)
    return run


def lines_of(page: Any) -> list[str]:
    found: list[str] = page.locator(".console .line .line-text").all_inner_texts()
    return found


def open_log(page: Any) -> None:
    """The log of the one job, in place of all logs together, which may have the same lines."""
    page.locator(".virtual .job").get_by_role("button", name="Log of align").click()
    page.wait_for_url("**log=1.1.0")


def wait_for_line(page: Any, text: str) -> None:
    page.locator(".console .line").get_by_text(text, exact=True).wait_for()


@pytest.fixture(scope="module")
def long_run(service: RealService) -> RecordedRun:
    """A job with a log of a million lines, every 1000th of them a warning."""
    run = make_run(service, 31)
    words = ["INFO: step", "WARNING: odd step"]
    run.log("logs/a.log", "".join(f"{words[n % 1000 == 999]} {n}\n" for n in range(LINES)))
    return run


@pytest.fixture(scope="module")
def paged_run(service: RealService) -> RecordedRun:
    return make_run(service, 32)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(
        st.tuples(st.sampled_from(["", "a", "é", "語", "𝄞x"]), st.integers(0, 30_000)),
        max_size=40,
    ),
    st.booleans(),
)
def test_pages_have_every_line_once(
    page: Any, paged_run: RecordedRun, parts: list[tuple[str, int]], ends: bool
) -> None:
    lines = [(text * times)[:1900] for text, times in parts]
    content = "\n".join(lines * 3) + ("\n" if ends and lines else "")
    paged_run.log("logs/a.log", "").write_text(content)
    if page.url == "about:blank":
        page.goto("/")
    told = page.evaluate(READ_ALL, f"/api/v1/runs/{paged_run.run_id}/jobs/1/log")
    wanted = content.split("\n")
    wanted = wanted[:-1] if wanted[-1] == "" else wanted
    assert told["found"] == wanted
    assert told["rows"] == len(wanted)


def test_job_with_a_million_lines(page: Any, long_run: RecordedRun) -> None:
    open_page(page, long_run)
    open_log(page)
    wait_for_line(page, f"WARNING: odd step {LINES - 1}")
    assert page.locator(".console .line").count() < 150
    expect(page.locator(".console .line[data-level=warning]")).to_have_count(1)
    console = page.locator(".console")
    console.press("Home")
    wait_for_line(page, "INFO: step 0")
    page.evaluate("() => { const c = document.querySelector('.console'); c.scrollTop = 4e6 }")
    page.wait_for_function(
        "() => /step [3-6]\\d{5}$/m.test(document.querySelector('.console').innerText)"
    )
    numbers = [int(re.sub(r"\D", "", line)) for line in lines_of(page) if line != "…"]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), "none left out or doubled"
    told = page.evaluate(
        """() => new Promise((resolve) => {
          const console_ = document.querySelector('.console'), times = []
          let [left, last] = [120, performance.now()]
          const step = (now) => {
            times.push(now - last)
            last = now
            console_.scrollTop -= 997
            if (left--) requestAnimationFrame(step)
            else resolve(times.sort((a, b) => a - b))
          }
          requestAnimationFrame(step)
        })"""
    )
    print(f"frames while scrolling: median {told[60]:.1f} ms, 95 % {told[114]:.1f} ms")


def test_searches_a_million_lines(page: Any, long_run: RecordedRun) -> None:
    open_page(page, long_run)
    open_log(page)
    page.get_by_label("Lines with").fill("step 7654")
    page.get_by_text("111 lines", exact=True).wait_for()
    page.locator(".console").press("Home")
    page.locator(".line.is-match").get_by_text("INFO: step 76540", exact=True).click()
    page.locator(".line.is-marked").get_by_text("INFO: step 76540", exact=True).wait_for()
    wait_for_line(page, "INFO: step 76541")
    page.get_by_label("Level").select_option("warning")
    page.get_by_text("1,000 lines", exact=True).wait_for()


def test_merged_log_grows_and_can_be_held(page: Any, service: RealService) -> None:
    run = make_run(service, 33)
    open_page(page, run)
    run.log("logs/a.log", "".join(f"line {n}\n" for n in range(200)))
    wait_for_line(page, "line 199")
    run.log("logs/a.log", "ERROR: <b>broken</b>\n")
    wait_for_line(page, "ERROR: <b>broken</b>")
    page.locator(".console .line[data-level=error]").wait_for()
    page.locator(".console").hover()
    page.mouse.wheel(0, -2000)
    page.get_by_role("button", name="Follow the end", pressed=False).wait_for()
    before = lines_of(page)
    run.log("logs/a.log", "".join(f"more {n}\n" for n in range(200)))
    page.get_by_label("Level").select_option("error")
    page.get_by_text("1 line", exact=True).wait_for()
    page.get_by_label("Level").select_option("")
    assert not set(lines_of(page)) & {"more 199"} and before
    page.get_by_role("button", name="Follow the end").click()
    wait_for_line(page, "more 199")


def test_job_log_grows_is_begun_anew_and_may_be_missing(page: Any, service: RealService) -> None:
    run = make_run(service, 34)
    open_page(page, run)
    open_log(page)
    page.get_by_text("Nothing is written yet.").wait_for()
    run.log("logs/a.log", "one\ntwo")
    wait_for_line(page, "two")
    run.log("logs/a.log", " and a half\n\x1b[31mre\u202ed\x1b[0m\n10 %\r20 %\r\n")
    wait_for_line(page, "two and a half")
    wait_for_line(page, "20 %")
    assert [line for line in lines_of(page) if line] == [
        "one",
        "two and a half",
        "re\\u202ed",
        "20 %",
    ]
    (run.work / "logs/a.log").write_text("anew\n")
    wait_for_line(page, "anew")
    assert lines_of(page) == ["anew"]


def test_downloads(page: Any, service: RealService) -> None:
    run = make_run(service, 35)
    run.log("logs/a.log", "one\ntwo\n")
    open_page(page, run)
    wait_for_line(page, "two")
    with page.expect_download() as merged:
        page.get_by_role("link", name="Download").click()
    text = merged.value.path().read_text()
    assert [line.split("\t")[1:] for line in text.splitlines() if "align" in line] == [
        ["align sample=s1", "one"],
        ["align sample=s1", "two"],
    ]
    open_log(page)
    wait_for_line(page, "one")
    with page.expect_download() as of_job:
        page.get_by_role("link", name="Download").click()
    assert of_job.value.path().read_text() == "one\ntwo\n"


def test_levels_are_those_of_the_service(page: Any, service: RealService) -> None:
    from control.events.log_levels import level_of

    lines = [
        "hello", "error: x", "Error in f(x) : no", "Warning messages:", "[W::bcf] x", "[E::x] y",
        "ValueError: x", "Traceback (most recent call last):",
        "2026-11-21 22:10:05,123 - job - INFO - x",
        "[main] WARN x", "22:10:05.123 ERROR Tool - y", "an ERROR in the middle", "DEBUG: x", "",
        "SUCCESS: done", "errors were none", "[12:00] CRITICAL: x", "FATAL",
    ]  # fmt: skip
    page.goto("/")
    found = page.evaluate(
        """async (lines) => {
          const {levelOf} = await import('/static/js/log/log_levels.js')
          return lines.map(levelOf)
        }""",
        lines,
    )
    assert dict(zip(lines, found, strict=True)) == {line: level_of(line) for line in lines}
