"""The list of runs, in a browser, against a real service."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from page_runs import LIVE, NASTY, Runs, box, look, names, open_list, row, shows
from page_waits import expect
from service import RealService, poll

from control.record.run_dir import State


@pytest.fixture(scope="module")
def service(own_service: RealService) -> RealService:
    return own_service


@pytest.fixture(scope="module")
def runs(service: RealService) -> Runs:
    return Runs(service)


@pytest.fixture
def own(runs: Runs, request: pytest.FixtureRequest) -> Iterator[str]:
    """A word that is in the names of this test's runs only; they are gone after it."""
    word = f"{request.node.name.replace('_', '-')}."
    yield word
    runs.settle()
    found = runs.service.get(f"/api/v1/runs?text={word}&limit=500").json()["items"]
    ids = [run["run_id"] for run in found]
    if ids:
        runs.service.request("POST", "/api/v1/runs/cancel", json={"run_ids": ids})
        runs.service.request("POST", "/api/v1/runs/delete", json={"run_ids": ids})


def test_rows_change_where_they_stand(page: Any, runs: Runs, own: str) -> None:
    first, other = f"{own} {NASTY}", f"{own} other"
    run = runs.make(first, State.RUNNING)
    open_list(page, runs, f"text={own}")
    shows(page, first)
    line = row(page, first)
    line.get_by_text("running", exact=True).wait_for()
    line.get_by_role("link").focus()
    page.evaluate("() => { document.querySelector('table.runs tbody tr').mark = 'the same' }")
    run.finish(1)
    line.get_by_text("1 of 1").wait_for()
    runs.make(other)
    shows(page, other, first)
    run.fail(2)
    run.end(State.FAILED, f"1 job failed: {NASTY}", 1)
    line.get_by_text("failed", exact=True).first.wait_for()
    line.get_by_text(f"1 job failed: {NASTY}").wait_for()
    page.locator("[data-part=news]", has_text=f"{first}: failed").wait_for()
    assert line.evaluate("row => row.mark") == "the same"
    assert page.evaluate("() => document.activeElement.textContent") == first
    expect(page.locator("main img")).to_have_count(0)  # what a run is called is text


def test_time_goes_by_while_a_run_runs(page: Any, runs: Runs, own: str) -> None:
    page.clock.install()
    runs.make(f"{own} a", State.RUNNING)
    open_list(page, runs, f"text={own}")
    page.wait_for_function("() => document.querySelector('[data-cell=took]').textContent")
    page.clock.run_for(3_660_000)
    page.wait_for_function(
        "() => /^1 h [12] min$/.test(document.querySelector('[data-cell=took]').textContent)"
    )


def test_nothing_is_sent_again_that_did_not_change(page: Any, runs: Runs, own: str) -> None:
    runs.make(own)
    open_list(page, runs, f"text={own}")
    poll(lambda: look(page) == 304)  # not at once: it may have been measured meanwhile
    assert names(page) == [own]


def test_it_is_narrowed_and_sorted_in_the_address(page: Any, runs: Runs, own: str) -> None:
    done, failed = f"{own} c", f"{own} a"
    runs.make(done, analysis="screen")
    runs.make(failed, State.FAILED, user="bob")
    runs.make(f"{own} b", State.CANCELLED)
    open_list(page, runs)
    page.get_by_role("searchbox", name="Search").fill(own)
    shows(page, f"{own} b", failed, done)
    page.get_by_role("link", name="Run", exact=True).click()
    shows(page, failed, f"{own} b", done)
    page.wait_for_url(lambda url: "sort=name&descending=false" in url)
    page.get_by_role("checkbox", name=re.compile("^failed")).check()
    page.get_by_role("checkbox", name=re.compile("^completed 1$")).check()
    shows(page, failed, done)
    page.wait_for_url(lambda url: url.endswith("state=completed&state=failed"))
    expect(page.locator("[data-count=cancelled]")).to_have_text("1", use_inner_text=True)
    page.get_by_label("Owner").select_option("bob")
    shows(page, failed)
    page.reload()
    shows(page, failed)
    expect(page.get_by_role("searchbox", name="Search")).to_have_value(own)
    expect(page.locator("th[aria-sort]")).to_have_text(re.compile("^Run"), use_inner_text=True)
    page.get_by_label("Owner").select_option("")
    page.get_by_label("Analysis").select_option("screen")
    shows(page, done)
    page.get_by_role("link", name="Show all runs").click()
    page.wait_for_url(lambda url: url.endswith("/?sort=name&descending=false"))
    page.go_back()
    shows(page, done)
    expect(page.get_by_label("Analysis")).to_have_value("screen")
    page.get_by_label("Owner").select_option("bob")
    page.get_by_text("No run is like that").wait_for()


def test_pages_of_a_long_list(page: Any, service: RealService, runs: Runs, own: str) -> None:
    """As the API has pages of them: of two runs each here."""
    for letter in "abcde":
        runs.make(f"{own} {letter}")
    runs.settle()
    page.route(
        re.compile(r"/api/v1/runs\?"),
        lambda route: route.continue_(url=route.request.url.replace("limit=50", "limit=2")),
    )
    page.goto(f"/?text={own}&sort=name&descending=false")
    shows(page, f"{own} a", f"{own} b")
    page.get_by_text("5 runs", exact=True).wait_for()
    box(page, f"{own} b").check()
    page.get_by_role("link", name="Next page").click()
    shows(page, f"{own} c", f"{own} d")
    page.get_by_text("1 selected, 1 of them not on this page").wait_for()
    page.get_by_role("link", name="Next page").click()
    shows(page, f"{own} e")
    expect(page.get_by_role("link", name="Next page")).to_have_count(0)
    page.get_by_role("link", name="Previous page").click()
    shows(page, f"{own} c", f"{own} d")
    page.go_back()
    shows(page, f"{own} e")
    page.reload()
    shows(page, f"{own} e")
    page.get_by_role("link", name="First page").click()
    shows(page, f"{own} a", f"{own} b")


def test_many_are_cancelled_and_deleted_at_once(page: Any, runs: Runs, own: str) -> None:
    lost = [runs.lost(f"{own} {letter}") for letter in "cba"]
    bobs = runs.make(f"{own} d", State.RUNNING, user="bob")
    open_list(page, runs, f"text={own}&sort=name&descending=false")
    shows(page, *[f"{own} {letter}" for letter in "abcd"])
    box(page, f"{own} a").click()
    box(page, f"{own} c").click(modifiers=["Shift"])
    page.get_by_text("3 selected", exact=True).wait_for()
    page.get_by_role("checkbox", name="Select all runs shown").check()
    page.get_by_text("4 selected", exact=True).wait_for()
    box(page, f"{own} d").uncheck()
    page.get_by_role("button", name="Cancel 3").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(
        "Cancel 3 runs? Jobs that are running are interrupted.", use_inner_text=True
    )
    expect(dialog.get_by_role("listitem")).to_have_text([f"{own} {n}" for n in "abc"])
    dialog.get_by_role("button", name="No").click()
    assert {runs.listed(run)["state"] for run in lost} == {"interrupted"}
    page.get_by_role("button", name="Cancel 3").click()
    page.get_by_role("button", name="Cancel 3 runs").click()
    page.get_by_text("3 runs cancelled.").wait_for()
    page.get_by_text("Select runs to cancel, delete or compare them").wait_for()
    row(page, f"{own} b").get_by_text("cancelled", exact=True).wait_for()
    page.get_by_role("checkbox", name="Select all runs shown").check()
    page.get_by_role("button", name="Delete 3").click()
    expect(dialog).to_contain_text(
        "1 other of those that are selected cannot be deleted", use_inner_text=True
    )
    page.get_by_role("button", name="Delete 3 runs").click()
    page.get_by_text("3 runs deleted.").wait_for()
    shows(page, f"{own} d")
    assert not any(runs.listed(run) for run in lost)
    assert runs.listed(bobs)["state"] == "running"
    bobs.end()


def test_what_could_not_be_done_is_told_run_by_run(page: Any, runs: Runs, own: str) -> None:
    kept, gone = f"{own} {NASTY}", f"{own} b"
    first, second = runs.make(kept, State.FAILED), runs.make(gone, State.FAILED)
    problem = {"detail": "somebody uses it", "hint": "wait", "title": "Conflict", "status": 409}
    outcomes = [
        {"run_id": first.run_id, "done": False, "problem": problem},
        {"run_id": second.run_id, "done": True, "problem": None},
    ]
    page.route("**/api/v1/runs/delete", lambda route: route.fulfill(json={"items": outcomes}))
    open_list(page, runs, f"text={own}")
    page.get_by_role("checkbox", name="Select all runs shown").check()
    page.get_by_role("button", name="Delete 2").click()
    page.get_by_role("button", name="Delete 2 runs").click()
    page.get_by_text("1 run deleted.").wait_for()
    page.get_by_text(f"{kept}: somebody uses it (wait)").wait_for()
    page.get_by_text("1 selected", exact=True).wait_for()
    expect(page.locator("main img")).to_have_count(0)


def test_by_keys_alone(page: Any, runs: Runs, own: str) -> None:
    for letter in "cba":
        runs.make(f"{own} {letter}")
    open_list(page, runs)
    search = page.get_by_role("searchbox", name="Search")
    page.keyboard.press("/")  # nothing outside of the rows: speech input types letters
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement === document.body")
    search.press_sequentially(own)
    shows(page, *[f"{own} {letter}" for letter in "abc"])
    focused = "() => document.activeElement.textContent"
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == f"{own} a"
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    assert page.evaluate(focused) == f"{own} c"
    page.get_by_text("2 selected", exact=True).wait_for()
    page.keyboard.press("x")
    page.keyboard.press("k")
    expect(box(page, f"{own} b")).to_be_checked()
    expect(box(page, f"{own} c")).not_to_be_checked()
    page.keyboard.press("/")
    assert search.evaluate("(node) => node === document.activeElement")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=f"{own} b").wait_for()


def test_a_service_that_is_away_is_asked_again(page: Any, runs: Runs, own: str) -> None:
    runs.make(own)
    open_list(page, runs, f"text={own}")
    page.route("**/api/v1/runs?*", lambda route: route.abort())
    page.evaluate("() => dispatchEvent(new Event('visibilitychange'))")
    page.locator(".following[data-kind=waiting]").wait_for()
    assert names(page) == [own]
    page.unroute("**/api/v1/runs?*")
    page.get_by_role("button", name="Ask again now").click()
    page.locator(LIVE).wait_for()
    page.route("**/api/v1/runs?*", lambda route: route.fulfill(status=401, json={"title": "no"}))
    page.evaluate("() => dispatchEvent(new Event('visibilitychange'))")
    link = page.get_by_role("link", name="sign in").get_attribute("href")
    assert link.endswith(f"/sign-in?next=%2F%3Ftext%3D{own}"), "and back to the same list"


def test_nobody_is_asked_while_nobody_looks(page: Any, runs: Runs, own: str) -> None:
    runs.make(own)
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "/runs?" in sent.url else None)
    open_list(page, runs, f"text={own}")
    for count in (2, 3):
        page.clock.run_for(11_000)
        poll(lambda count=count: page.evaluate("1") and len(asked) >= count)
        page.locator(LIVE).wait_for()
    page.evaluate("() => Object.defineProperty(document, 'hidden', {get: () => self.isAway})")
    page.evaluate("() => { self.isAway = true; dispatchEvent(new Event('visibilitychange')) }")
    before = len(asked)
    page.clock.run_for(120_000)
    assert len(asked) == before
    page.evaluate("() => { self.isAway = false }")
    assert look(page) in (200, 304)


def test_runs_with_a_job_of_a_rule(page: Any, runs: Runs, own: str) -> None:
    """As other pages lead to them: the condition is told, and can be taken away."""
    runs.make(own)
    open_list(page, runs, f"rule=align&text={own}")
    shows(page, own)
    page.get_by_text("with a job of rule align").wait_for()
    page.get_by_role("link", name="Show all runs").click()
    page.get_by_text("with a job of rule align").wait_for(state="hidden")
    page.goto(f"/?rule=sort&text={own}")
    page.get_by_text("No run is like that").wait_for()


def test_nobody_has_run_anything_yet(
    browser: Any, service: RealService, runs: Runs, own: str
) -> None:
    service.make_token("newcomer")
    link = service.request("POST", "/api/v1/users/newcomer/links").json()["address"]
    context = browser.new_context(base_url=service.url)
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="No runs yet").wait_for()
    page.locator(LIVE).wait_for()
    expect(page.get_by_role("link", name="New run").first).to_be_visible()
    expect(page.locator("table.runs")).to_be_hidden()
    runs.make(own, user="newcomer")
    runs.settle()
    look(page)
    shows(page, own)
    expect(page.get_by_role("heading", name="No runs yet")).to_be_hidden()
    context.close()


def test_without_scripts_the_list_is_all_there(
    browser: Any, service: RealService, cookies: Any, runs: Runs, own: str
) -> None:
    for letter in "abc":
        runs.make(f"{own} {letter}", State.FAILED if letter == "a" else State.COMPLETED)
    runs.settle()
    context = browser.new_context(
        storage_state=cookies, base_url=service.url, java_script_enabled=False
    )
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Search").fill(own)
    page.get_by_role("checkbox", name=re.compile("^completed")).check()
    page.get_by_role("button", name="Show").click()
    shown = page.locator("table.runs tbody th a")
    expect(shown).to_have_text([f"{own} c", f"{own} b"], use_inner_text=True)
    page.get_by_role("link", name="Run", exact=True).click()
    expect(shown).to_have_text([f"{own} b", f"{own} c"], use_inner_text=True)
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    for letter in "bc":
        box(page, f"{own} {letter}").check()
    page.get_by_role("button", name="Compare").click()
    sides = page.locator(".side h2 a")  # the earlier one is A
    expect(sides).to_have_text([f"{own} b", f"{own} c"], use_inner_text=True)
    context.close()
