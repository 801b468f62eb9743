"""The list of runs and the page that compares two, in a browser, against a real service."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from page_waits import expect
from recorded_run import RecordedRun
from service import RealService, poll
from summary_files import small_row, small_summary

from control.record.process import this_process
from control.record.request import Request
from control.record.run_dir import State

NASTY = "<img src=x onerror=alert(1)>"
LIVE = ".following[data-kind=live]"


class Runs:
    """Makes runs of a service, as if it had been asked for them.

    Args:
        service: whose they are.
    """

    def __init__(self, service: RealService) -> None:
        self.service = service
        self.me: str = service.get("/api/v1/session").json()["user"]
        service.runs.mkdir(exist_ok=True)
        self._made = 100
        self._awaited: dict[str, State] = {}

    def make(
        self,
        name: str,
        state: State = State.COMPLETED,
        *,
        user: str = "",
        analysis: str = "all",
        files: Mapping[str, str] | None = None,
        **more: Any,
    ) -> RecordedRun:
        """One of three jobs; of one that runs the first has begun, and nobody drives it."""
        self._made += 1
        run = RecordedRun(self.service.folder / "made", self._made)
        asked = Request(user=user or self.me, name=name, analysis=analysis)
        run.run_dir.request.write_text(asked.to_json())
        for path, text in (files or {}).items():
            file = run.run_dir.path / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        goes_on = state in (State.RUNNING, State.INTERRUPTED)
        there = self.service.runs / run.run_id
        run.start(3, launched_by="driver", workdir=str(there / "work"), **more)
        run.job(1)
        if not goes_on:
            run.finish(1)
            run.end(state, more.get("why", ""), int(state is State.FAILED))
        # all at once: a request without a run.json is a run that is to be started
        run.run_dir.path.rename(there)
        moved = RecordedRun.of(there)
        moved.attempts, moved.done = run.attempts, run.done
        self._awaited[run.run_id] = state
        return moved

    def lost(self, name: str) -> RecordedRun:
        """One whose driver died."""
        return self.make(name, State.INTERRUPTED, process=replace(this_process(), pid=2**31 - 2))

    def settle(self) -> None:
        """Wait until all that were made are listed in the state that they have."""
        found: dict[str, str] = {}

        def is_so() -> bool:
            items = self.service.get("/api/v1/runs?limit=500").json()["items"]
            found.update({run["run_id"]: run["state"] for run in items})
            return found | self._awaited == found

        poll(is_so)
        self._awaited.clear()

    def listed(self, run: RecordedRun) -> dict[str, Any]:
        """As the list has it now."""
        found = self.service.get(f"/api/v1/runs?text={run.run_id}").json()["items"]
        return dict(found[0]) if found else {}


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


def names(page: Any) -> list[str]:
    """Of the runs shown, in their order."""
    return [str(text) for text in page.locator("table.runs tbody th a").all_inner_texts()]


def shows(page: Any, *expected: str) -> None:
    """Wait until exactly these runs are shown."""
    page.wait_for_function(
        "wanted => JSON.stringify([...document.querySelectorAll('table.runs tbody th a')]"
        ".map(link => link.textContent)) === JSON.stringify(wanted)",
        arg=list(expected),
    )


def row(page: Any, name: str) -> Any:
    return page.locator("table.runs tbody tr", has=page.get_by_role("link", name=name, exact=True))


def open_list(page: Any, runs: Runs, query: str = "") -> None:
    runs.settle()
    page.goto(f"/?{query}")
    page.locator(LIVE).wait_for()


def look(page: Any) -> int:
    """Let the page ask now, as when somebody comes back to it; gives the status of the answer."""
    with page.expect_response(lambda answer: "/api/v1/runs?" in answer.url) as told:
        page.evaluate("() => dispatchEvent(new Event('visibilitychange'))")
    return int(told.value.status)


def box(page: Any, name: str) -> Any:
    return page.get_by_role("checkbox", name=f"Select {name}", exact=True)


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


SHEET = "sample\tquery\n"


def small(found: int) -> str:
    rows = [small_row("SNP", (found, 100 - found, 0, 5)), small_row("INDEL", (8, 2, 2, 1))]
    return json.dumps(small_summary(rows=rows))


@pytest.fixture(scope="module")
def pair(runs: Runs) -> tuple[RecordedRun, RecordedRun]:
    """Two runs that differ in everything that is compared."""
    results = "work/results/small_variants"
    before = {
        "config.yaml": "build: GRCh38\nthreads: 2\n",
        "samples.tsv": f"{SHEET}HG002\tone.vcf\nHG003\tthree.vcf\n",
        f"{results}/HG002.summary.json": small(90),
        f"{results}/HG003.summary.json": small(80),
    }
    after = {
        "config.yaml": f"build: {NASTY}\nthreads: 2\n",
        "samples.tsv": f"{SHEET}HG002\ttwo.vcf\n",
        f"{results}/HG002.summary.json": small(95),
    }
    made = (
        runs.make("the one before", files=before, version={"snakemake": "9.27.1"}),
        runs.make("the one after", files=after, version={"snakemake": "9.28.0"}),
    )
    runs.settle()
    return made


def results_of(page: Any) -> list[list[str]]:
    """Row, value and difference of the results that are to be seen."""
    lines = page.locator("table.results tbody tr:visible").all()
    cells = [line.locator("th, td").all_inner_texts() for line in lines]
    return [[texts[1], texts[2], texts[3], texts[6]] for texts in cells]


def test_two_runs_are_compared(
    page: Any, runs: Runs, pair: tuple[RecordedRun, RecordedRun]
) -> None:
    open_list(page, runs, "text=the+one")
    expect(page.get_by_role("button", name="Compare")).to_be_disabled()
    box(page, "the one before").check()
    box(page, "the one after").check()
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url(f"**/compare?a={pair[0].run_id}&b={pair[1].run_id}")
    tables = page.locator("table.pair tbody")
    assert [text.split("\t") for text in tables.nth(0).inner_text().splitlines()] == [
        ["build", "GRCh38", NASTY]
    ]
    assert [text.split("\t") for text in tables.nth(1).inner_text().splitlines()] == [
        ["HG002: query", "one.vcf", "two.vcf"],
        ["HG003: in the sample sheet", "yes", "no"],
    ]
    assert "9.27.1" in tables.nth(2).inner_text() and "9.28.0" in tables.nth(2).inner_text()
    expect(page.locator("main img")).to_have_count(0)
    assert page.get_by_role("link", name="the one after").get_attribute("href") == (
        f"/runs/{pair[1].run_id}"
    )
    found = results_of(page)
    assert found[0] == ["HG002", "SNP PASS", "truth_fn", "−5"], "halved: the biggest change"
    recall = ["HG002", "SNP PASS", "recall", "+0.05"]
    assert recall in found and {line[3] for line in found if line[0] == "HG003"} == {"only in A"}
    assert not [line for line in found if line[1].startswith("INDEL") and line[0] == "HG002"]


def test_results_are_searched_and_sorted(page: Any, pair: tuple[RecordedRun, RecordedRun]) -> None:
    page.goto(f"/compare?a={pair[0].run_id}&b={pair[1].run_id}")
    page.get_by_label("Search results").fill("hg002 RECALL")
    page.get_by_role("status").get_by_text("1 of").wait_for()
    assert [line[2] for line in results_of(page)] == ["recall"]
    page.get_by_label("Search results").fill("hg002")
    page.get_by_role("button", name="Difference").click()
    found = [line[3] for line in results_of(page)]
    assert (found[0], found[-1]) == ("+5", "−5")
    page.reload()
    assert [line[3] for line in results_of(page)] == found
    page.get_by_role("button", name="Difference").click()
    assert results_of(page)[0][3] == "−5"
    page.get_by_role("link", name="Show also what is the same").click()
    page.get_by_text("threads").wait_for()
    assert [line for line in results_of(page) if line[1].startswith("INDEL")]


def test_a_comparison_is_saved(page: Any, pair: tuple[RecordedRun, RecordedRun]) -> None:
    page.goto(f"/compare?a={pair[0].run_id}&b={pair[1].run_id}")
    with page.expect_download() as told:
        page.get_by_role("link", name="Save all as TSV").click()
    assert told.value.suggested_filename == f"{pair[0].run_id}_{pair[1].run_id}.tsv"
    text = Path(told.value.path()).read_text()
    lines = list(csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE))
    (build,) = [line for line in lines if line["name"] == "build"]
    assert (build["part"], build["a"], build["b"]) == ("configuration", "GRCh38", NASTY)
    (recall,) = [
        line
        for line in lines
        if (line["sample"], line["row"], line["name"]) == ("HG002", "SNP PASS", "recall")
    ]
    assert (recall["a"], recall["b"], recall["difference"]) == ("0.9", "0.95", "0.05")
    (threads,) = [line for line in lines if line["name"] == "threads"]
    assert threads["a"] == threads["b"] == "2"


def test_what_cannot_be_compared_is_told(
    page: Any, service: RealService, pair: tuple[RecordedRun, RecordedRun]
) -> None:
    a, b = (run.run_id for run in pair)
    assert page.goto(f"/compare?a={a}&b={a}").status == 400
    page.get_by_role("alert").get_by_text("This is the same run twice").wait_for()
    page.get_by_label("Second run").select_option(b)
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("link", name="the one after").wait_for()
    assert page.goto(f"/compare?a={a}&b=20200101-000000-0000").status == 404
    page.get_by_role("alert").get_by_text("there is none").wait_for()
    assert page.goto(f"/compare?run={a}").status == 400
    page.get_by_role("alert").get_by_text("1 run was selected: choose two of them").wait_for()
    expect(page.get_by_label("First run")).to_have_value(a)
    token = service.make_token("carl")
    theirs = service.get(f"/compare?a={a}&b={b}", token=token)
    assert (theirs.status_code, "not yours" in theirs.text) == (403, True)
    assert "the one before" not in theirs.text
