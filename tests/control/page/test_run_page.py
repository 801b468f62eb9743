"""The page of a run in a browser, against a real service."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from page_waits import expect
from recorded_run import RecordedRun
from service import RealService, poll

from control.record.process import this_process
from control.record.request import Request
from control.record.run_dir import State

NASTY = "<img src=x onerror=alert(1)>"


def shown_job(page: Any, text: str) -> Any:
    return page.locator(".jobs .virtual .job", has_text=text)


def open_page(page: Any, run: RecordedRun) -> None:
    page.goto(f"/runs/{run.run_id}")
    page.locator(".connection[data-kind=live], .connection[data-kind=ended]").wait_for()


@pytest.fixture(scope="module")
def failed(service: RealService) -> RecordedRun:
    """Two jobs of three failed; what they say is nasty."""
    run = RecordedRun(service.runs, 11)
    run.start(3)
    run.job(1, "logs/a.log")
    run.finish(1)
    run.job(2, "logs/b.log", rule="call")
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}").status_code == 200)
    error = {"error_class": "permanent", "code": 65, "message": f"B {NASTY}: truncated"}
    run.log("logs/b.log", f"{NASTY} reading\n" + json.dumps({**error, "hint": "fetch it again"}))
    run.log("logs/b.log", "\n")
    run.fail(2, "call")
    run.job(3, "logs/c.log", rule="late")
    run.fail(3, "late")
    run.end(State.FAILED, "2 jobs failed", 1)
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}").json()["state"] == "failed")
    return run


def test_shows_each_step_as_it_happens(page: Any, service: RealService) -> None:
    run = RecordedRun(service.runs, 12)
    run.start(3)
    run.job(1)
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}").status_code == 200)
    open_page(page, run)
    shown_job(page, "sample=s1").get_by_text("running").wait_for()
    expect(page.locator(".static:visible")).to_have_count(0)
    run.finish(1)
    run.job(2)
    shown_job(page, "sample=s1").get_by_text("finished").wait_for()
    shown_job(page, "sample=s2").get_by_text("running").wait_for()
    page.get_by_title("align: 1 finished, 1 running, 1 waiting", exact=True).wait_for()
    run.fail(2)
    page.get_by_role("heading", name="What went wrong so far", exact=True).wait_for()
    run.end(State.FAILED, "1 job failed", 1)
    page.locator("#run-head .state", has_text="failed").wait_for()
    page.get_by_role("heading", name="What went wrong", exact=True).wait_for()
    page.locator("[data-kind=ended]").wait_for()
    assert page.title().startswith("failed · ")
    page.locator("dd[data-fact=end] time").wait_for()
    expect(page.get_by_role("link", name="Report")).to_have_count(0)
    run.run_dir.report.write_text("<!doctype html><title>Report</title>")
    page.evaluate("() => dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("link", name="Report").wait_for()


def test_says_first_what_went_wrong_first(page: Any, failed: RecordedRun) -> None:
    open_page(page, failed)
    cards = page.locator(".failure")
    cards.nth(1).wait_for()
    assert [text.split()[0] for text in cards.locator("summary").all_inner_texts()] == [
        "call",
        "late",
    ]
    first = cards.first
    expect(first).to_contain_text(f"B {NASTY}: truncated", use_inner_text=True)
    expect(first).to_contain_text("fetch it again", use_inner_text=True)
    first.locator(".log-end", has_text=f"{NASTY} reading").wait_for()
    expect(page.locator("main img")).to_have_count(0)  # what a run says is text


def test_tells_of_earlier_failures_alike(page: Any, failed: RecordedRun) -> None:
    """As the API has them; also where it hears of the second failure a little later."""
    of = {"error_class": "permanent", "code": 65, "message": "A: cut", "hint": "look", "kind": "k"}
    job = {
        "process": 1,
        "attempt": 1,
        "wildcards": {"sample": "s2"},
        "timestamp": "",
        "sequence": 9,
    }
    log = {"number": 0, "path": "logs/b.log", "lines": ["one", NASTY]}
    earlier = {"run_id": "20261101-100000-abcd", "name": f"Batch {NASTY}", "state": "failed"}
    earlier |= {"why": "", "timestamp": "2026-11-01T10:00:00.000Z", "wildcards": {"sample": "X"}}
    earlier |= {"message": "X: cut", "job_state": "finished", "link": "/api/v1/x"}
    first = {**of, **job, "jobid": 2, "rule": "call", "log": log, "earlier": [earlier]}
    second = {**of, **job, "jobid": 3, "rule": "late", "log": None, "earlier": [], "hint": "second"}
    told = [[first], [first, second]]

    def with_link(route: Any) -> None:
        answer = route.fetch()
        run = answer.json()
        run["links"]["failures"] = f"{run['links']['self']}/failures"
        route.fulfill(json=run)

    page.route(f"**/api/v1/runs/{failed.run_id}", with_link)
    page.route(
        "**/failures",
        lambda route: route.fulfill(
            json={"items": told.pop(0) if told[1:] else told[0], "total": 2}
        ),
    )
    open_page(page, failed)
    card = page.locator(".failure", has_text="call")
    card.get_by_text("look").wait_for()
    expect(card.locator(".log-end")).to_have_text(f"one\n{NASTY}", use_inner_text=True)
    card.get_by_text("It went wrong like that in 1 earlier run").click()
    expect(card).to_contain_text("the job succeeded there at another try", use_inner_text=True)
    link = card.get_by_role("link", name=f"Batch {NASTY}")
    assert link.get_attribute("href").endswith("/runs/20261101-100000-abcd")
    page.locator(".failure", has_text="late").get_by_text("second").wait_for(state="attached")
    expect(page.locator("main img")).to_have_count(0)


def test_jobs_are_filtered_and_sorted(page: Any, failed: RecordedRun) -> None:
    open_page(page, failed)
    names = page.locator(".virtual .job [data-column=rule]")
    names.nth(2).wait_for()
    begun = ["align sample=s1", "call sample=s2", "late sample=s3"]
    expect(names).to_have_text(begun, use_inner_text=True)
    page.get_by_role("button", name="Job", exact=True).click()
    page.get_by_role("button", name="Job", exact=True).click()
    page.locator("[aria-sort=descending]").wait_for()
    page.wait_for_function(
        "() => document.querySelector('.virtual .job').innerText.includes('late')"
    )
    page.get_by_role("combobox", name="State").select_option("failed")
    page.get_by_text("2 of 3 jobs").wait_for()
    page.get_by_label("Text").fill("SAMPLE=S2")
    page.get_by_text("1 of 3 jobs").wait_for()
    expect(names).to_have_text(["call sample=s2"], use_inner_text=True)
    page.get_by_label("Text").fill("")
    page.get_by_role("combobox", name="State").select_option("")
    page.get_by_role("button", name="late 0 of 1").first.click()
    page.get_by_text("1 of 3 jobs").wait_for()
    expect(page.get_by_role("combobox", name="Rule")).to_have_value("late")


def test_graph_filters_by_click_and_by_key(page: Any, failed: RecordedRun) -> None:
    jobs = {"align": {"finished": 1}, "call": {"failed": 1}, "late": {"failed": 1}}
    nodes = [{"rule": rule, "level": n, "jobs": j} for n, (rule, j) in enumerate(jobs.items())]
    graph = {"nodes": nodes, "edges": [["align", "call"], ["call", "late"], ["align", "late"]]}
    page.route("**/rulegraph", lambda route: route.fulfill(json=graph))
    open_page(page, failed)
    page.locator(".graph .node.has-failed[data-rule=call]").click()
    page.get_by_text("1 of 3 jobs").wait_for()
    expect(page.locator(".edge.near")).to_have_count(2)
    page.locator(".graph .node[data-rule=align]").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(
        "() => document.querySelector('.virtual .job').innerText.includes('align')"
    )
    page.keyboard.press(" ")
    page.get_by_text("3 jobs", exact=True).wait_for()


def test_a_filter_that_leaves_nothing_is_taken_back(page: Any, failed: RecordedRun) -> None:
    page.goto(f"/runs/{failed.run_id}?rule=of-another-run&state=failed")
    page.get_by_text("0 of 3 jobs").wait_for()
    expect(page.get_by_role("combobox", name="Rule")).to_have_value("of-another-run")
    page.get_by_role("button", name="Show all jobs").click()
    page.get_by_text("3 jobs", exact=True).wait_for()
    page.wait_for_url(lambda url: url.endswith(failed.run_id))
    expect(page.get_by_role("button", name="Show all jobs")).to_be_hidden()


def test_rule_is_in_the_address(page: Any, failed: RecordedRun) -> None:
    page.goto(f"/runs/{failed.run_id}?rule=late")
    page.get_by_text("1 of 3 jobs").wait_for()
    page.get_by_role("button", name="call 0 of 1").first.click()
    page.wait_for_url("**?rule=call")
    page.go_back()
    page.locator(".rules [aria-pressed=true]", has_text="late").wait_for()
    page.go_forward()
    page.locator(".rules [aria-pressed=true]", has_text="call").wait_for()
    page.locator(".rules [aria-pressed=true]").click()
    page.get_by_text("3 jobs", exact=True).wait_for()
    page.wait_for_url(lambda url: url.endswith(failed.run_id))


RESULTS = """
export class Results {
  constructor(root, told) {
    this.root = root
    root.hidden = false
    this.add(`of ${told.run_id}`)
  }
  add(text) { this.root.append(Object.assign(document.createElement('p'), {textContent: text})) }
  hear(messages) { for (const {type, data} of messages) if (type === 'result') this.add(data.path) }
  refresh() { this.add('again') }
}"""


def test_results_are_told_all(page: Any, service: RealService) -> None:
    """What comes while their module is on its way is not lost."""
    run = RecordedRun(service.runs, 18)
    run.start(2)
    run.job(1, "logs/a.log")
    run.log("logs/a.log", '{"type": "result", "data": {"path": "one"}}\n')
    events = f"/api/v1/runs/{run.run_id}/events"
    poll(lambda: "result" in service.get(events).text)
    page.route(
        "**/results.js",
        lambda route: route.fulfill(body=RESULTS, content_type="text/javascript"),
    )
    page.goto(f"/runs/{run.run_id}")
    results = page.locator("#run-results")
    results.get_by_text(f"of {run.run_id}").wait_for()
    results.get_by_text("one", exact=True).wait_for()
    run.log("logs/a.log", '{"type": "result", "data": {"path": "two"}}\n')
    results.get_by_text("two", exact=True).wait_for()
    run.finish(1)
    results.get_by_text("again").first.wait_for()
    expect(results.get_by_text("one", exact=True)).to_have_count(1)


def test_very_many_jobs(page: Any, service: RealService) -> None:
    run = RecordedRun(service.runs, 13)
    run.start(2500)
    for number in range(1, 2501):
        run.job(number, rule=f"rule_{number % 60}")
    last = f"/api/v1/runs/{run.run_id}/jobs?limit=1"
    poll(lambda: service.get(last).json().get("total") == 2500, 300)
    open_page(page, run)
    page.get_by_text("2,500 jobs", exact=True).wait_for()
    assert page.locator(".jobs .virtual .job").count() < 100
    page.locator(".jobs .virtual").evaluate("box => { box.scrollTop = box.scrollHeight }")
    page.locator(".jobs .virtual .job", has_text="sample=s2500").wait_for()
    run.finish(2500)
    shown_job(page, "sample=s2500").get_by_text("finished").wait_for()


def test_cancel_asks_first(page: Any, service: RealService) -> None:
    run = RecordedRun(service.folder / "made", 14)
    asked = Request(user=service.get("/api/v1/session").json()["user"], name="Batch 12")
    run.run_dir.request.write_text(asked.to_json())
    run.start(launched_by="driver", process=replace(this_process(), pid=2**31 - 2))
    # all at once: a request without a run.json is a run that is to be started
    run.run_dir.path.rename(service.runs / run.run_id)
    state = f"/api/v1/runs/{run.run_id}"
    poll(lambda: service.get(state).json().get("state") == "interrupted")
    open_page(page, run)
    page.get_by_role("button", name="Cancel now").click()
    page.get_by_role("dialog").get_by_role("button", name="No").click()
    assert service.get(state).json()["state"] == "interrupted"
    page.get_by_role("button", name="Cancel now").click()
    page.get_by_role("button", name="Cancel the run").click()
    page.locator("#run-head .state", has_text="cancelled").wait_for()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete the run").click()
    page.wait_for_url(service.url + "/")
    assert service.get(state).status_code == 404


def test_is_patient_where_it_asks_too_often(page: Any, failed: RecordedRun) -> None:
    busy = [{"status": 429, "headers": {"Retry-After": "1"}}, {"status": 503}]
    page.route(
        "**/jobs?limit=*",
        lambda route: route.fulfill(**busy.pop()) if busy else route.fallback(),
    )
    with page.expect_response(lambda answer: "/jobs?limit=" in answer.url and answer.ok):
        open_page(page, failed)
    assert not busy
    page.get_by_text("3 jobs", exact=True).wait_for()


def test_refusal_of_an_action_is_told(page: Any, service: RealService) -> None:
    run = RecordedRun(service.runs, 15)
    run.start()
    run.end()
    state = f"/api/v1/runs/{run.run_id}"
    poll(lambda: service.get(state).json().get("state") == "completed")
    problem = {"status": 409, "title": "Conflict", "detail": "it is held", "hint": "wait"}
    page.route(
        f"**{state}",
        lambda route: (
            route.fulfill(status=409, json=problem)
            if route.request.method == "DELETE"
            else route.fallback()
        ),
    )
    open_page(page, run)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete the run").click()
    page.get_by_role("alert").get_by_text("it is held (wait)").wait_for()


def test_what_can_be_done_is_asked_again_after_a_refusal(page: Any, failed: RecordedRun) -> None:
    asked: list[Any] = []  # until then it can be cancelled, as this page was told

    def answer(route: Any) -> None:
        actions = ["delete"] if asked else ["cancel"]
        route.fulfill(json={**route.fetch().json(), "actions": actions})

    page.route(f"**/api/v1/runs/{failed.run_id}", answer)
    page.on("request", lambda request: asked.append(1) if "/cancel" in request.url else None)
    open_page(page, failed)
    page.get_by_role("button", name="Cancel now").click()
    page.get_by_role("button", name="Cancel the run").click()
    page.get_by_role("alert").get_by_text("cannot be cancelled").wait_for()
    page.get_by_role("button", name="Delete", exact=True).wait_for()
    expect(page.get_by_role("button", name="Cancel now")).to_have_count(0)


def test_somebody_who_is_signed_out_is_told_where_to_sign_in(
    page: Any, failed: RecordedRun
) -> None:
    open_page(page, failed)
    page.route("**/keep", lambda route: route.fulfill(status=401, json={"status": 401}))
    page.get_by_role("button", name="Keep").click()
    page.get_by_role("alert").get_by_text("You are signed out").wait_for()
    link = page.locator(".connection").get_by_role("link", name="Sign in")
    expect(link).to_have_attribute("href", re.compile(failed.run_id))


def test_without_scripts_it_is_all_there(
    browser: Any, service: RealService, cookies: Any, failed: RecordedRun
) -> None:
    context = browser.new_context(
        storage_state=cookies, base_url=service.url, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"/runs/{failed.run_id}")
    text = page.inner_text("main")
    assert "2 jobs failed" in text and "Started (UTC)" in text and "late" in text
    expect(page.locator("[data-live]:visible")).to_have_count(0)
    context.close()


def test_times_are_the_readers(browser: Any, service: RealService, cookies: Any) -> None:
    run = RecordedRun(service.runs, 16)
    run.start(start="2026-11-18T22:10:05.000Z")
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}").status_code == 200)
    context = browser.new_context(
        storage_state=cookies, base_url=service.url, timezone_id="Asia/Kolkata", locale="en-GB"
    )
    page = context.new_page()
    page.goto(f"/runs/{run.run_id}")
    time = page.locator("dd[data-fact=start] time[title]")
    time.wait_for()
    expect(time).to_have_text("19/11/2026, 03:40:05", use_inner_text=True)
    expect(time).to_have_attribute("title", "2026-11-18 22:10:05 UTC")
    context.close()


@pytest.mark.parametrize("width", [360, 1200])
def test_fits_the_width(page: Any, failed: RecordedRun, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    open_page(page, failed)
    page.locator(".failure").first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("document.querySelector('main').scrollWidth") <= width


def test_below_a_prefix(browser: Any, tmp_path: Path) -> None:
    with RealService(tmp_path, {"base_path": "/plumbline"}) as service:
        run = RecordedRun(service.runs, 17)
        run.start()
        run.job(1, "logs/a.log")
        context = browser.new_context()
        page = context.new_page()
        users = service.get("/api/v1/users").json()["items"]
        link = service.request("POST", f"/api/v1/users/{users[0]['name']}/links").json()
        page.goto(link["address"])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/plumbline/")
        page.goto(f"{service.url}/runs/{run.run_id}")
        page.locator("[data-kind=live]").wait_for()
        shown_job(page, "sample=s1").wait_for()
        context.close()
