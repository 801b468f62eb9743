"""Tables in a browser: sorted, filtered, kept in the address, saved, and used by keyboard."""

import csv
import io
import json
import re
from typing import Any

import pytest
from page_waits import expect

NASTY = "<img src=x onerror=alert(1)>"
MAKE = """async ([options, address]) => {
  if (address) history.replaceState(null, '', address)
  const {DataTable} = await import('/static/js/table/data_table.js')
  document.head.append(Object.assign(document.createElement('link'),
    {rel: 'stylesheet', href: '/static/data_table.css'}))
  document.querySelector('main').replaceChildren()
  const root = document.createElement('section')
  document.querySelector('main').append(root)
  window.opened = []
  window.table = new DataTable(root, {...options,
    onOpen: options.opens ? (row) => opened.push(row.sample) : undefined})
}"""
COLUMNS = [
    {"key": "sample", "title": "Sample"},
    {"key": "verdict", "title": "Verdict", "type": "verdict", "help": "What the machine says"},
    {"key": "kind", "title": "Kind"},
    {"key": "f1", "title": "F1", "type": "percent", "help": "Harmonic mean"},
    {"key": "calls", "title": "Calls", "type": "integer"},
    {"key": "rate", "title": "Rate", "type": "number"},
    {"key": "page", "title": "Page", "type": "link"},
]
ROWS = [
    {"sample": "s10", "verdict": "pass", "kind": "SNV", "f1": 0.9981, "calls": 12345, "rate": 0.5,
     "page": "https://example.org/a"},
    {"sample": "s2", "verdict": "fail", "kind": "INDEL", "f1": 0.91, "calls": 7, "rate": 1e-6,
     "page": "javascript:alert(1)"},
    {"sample": NASTY, "verdict": "warn", "kind": "SNV", "f1": None, "calls": -3, "rate": 12.25,
     "page": ""},
    {"sample": "=1+1", "verdict": "pass", "kind": "SNV", "f1": 0, "calls": 99, "rate": -2,
     "page": "/runs/x"},
]  # fmt: skip
OPTIONS = {
    "name": "a table", "title": "Samples", "noun": "sample", "place": "t", "columns": COLUMNS,
    "rows": ROWS,
}  # fmt: skip


def make(page: Any, address: str = "", **more: Any) -> None:
    page.goto("/no-such-page")  # one without scripts of its own
    page.evaluate(MAKE, [{**OPTIONS, **more}, address])
    # where nothing was drawn since, Playwright may wait for ever for what is there
    page.evaluate("() => new Promise(requestAnimationFrame)")


def column(page: Any, at: int) -> list[str]:
    page.wait_for_function("() => !table.order.work")
    cells = page.locator(f".virtual-block .data-row > :nth-child({at})")
    found: list[str] = cells.all_inner_texts()
    return found


def wait_for_column(page: Any, at: int, wanted: list[str]) -> None:
    """Rows are drawn at the next frame."""
    page.wait_for_function(
        "([at, wanted]) => JSON.stringify([...document.querySelectorAll("
        "`.virtual-block .data-row > :nth-child(${at})`)].map((cell) => cell.innerText))"
        " === JSON.stringify(wanted)",
        arg=[at, wanted],
    )


def saved(page: Any, kind: str) -> tuple[str, str]:
    page.get_by_label("Save: Samples").click()
    with page.expect_download() as download:
        page.get_by_role("button", name=kind, exact=True).click()
    return download.value.suggested_filename, download.value.path().read_bytes().decode()


def test_shows_each_type_of_value(page: Any) -> None:
    make(page)
    wait_for_column(page, 1, ["s10", "s2", NASTY, "=1+1"])
    assert column(page, 2) == ["✓ pass", "✗ fail", "! warn", "✓ pass"]
    assert column(page, 4) == ["99.81 %", "91.00 %", "–", "0.00 %"]
    assert column(page, 5) == ["12,345", "7", "-3", "99"]
    assert column(page, 6) == ["0.5", "1.00e-6", "12.25", "-2"]
    expect(page.locator("main img")).to_have_count(0)
    links = page.locator(".virtual-block a")
    found = [link.get_attribute("href") for link in links.all()]
    ours = page.url.removesuffix("/no-such-page") + "/runs/x"
    assert found == ["https://example.org/a", ours]
    expect(links.first).to_have_attribute("rel", "noopener noreferrer")
    assert links.last.get_attribute("rel") is None
    page.get_by_text("4 samples", exact=True).wait_for()


def test_findings_are_marked_and_what_is_there_comes_first(page: Any) -> None:
    words = ["not detected", "insufficient depth", "resistant", "not assessed", "inconclusive"]
    finding = {"key": "found", "title": "Found", "type": "finding"}
    make(page, columns=[finding], rows=[{"found": word} for word in words], sort="found")
    marked = ["● resistant", "◐ inconclusive", "◌ insufficient depth", "– not assessed"]
    wait_for_column(page, 1, [*marked, "○ not detected"])
    expect(page.locator(".data-row > .insufficient-depth")).to_have_count(1)


def test_sorts_up_down_and_back_and_keeps_it_in_the_address(page: Any) -> None:
    make(page)
    page.get_by_role("button", name="Sample", exact=True).click()
    wait_for_column(page, 1, [NASTY, "=1+1", "s2", "s10"])
    page.get_by_role("button", name="F1", exact=True).click()
    wait_for_column(page, 4, ["0.00 %", "91.00 %", "99.81 %", "–"])
    page.get_by_role("button", name="F1", exact=True).click()
    wait_for_column(page, 4, ["99.81 %", "91.00 %", "0.00 %", "–"])
    head = page.get_by_role("columnheader", name="F1", exact=True)
    expect(head).to_have_attribute("aria-sort", "descending")
    page.wait_for_url(lambda url: "t.sort=-f1" in url)
    page.get_by_role("button", name="F1", exact=True).click()
    wait_for_column(page, 1, ["s10", "s2", NASTY, "=1+1"])
    page.wait_for_url(lambda url: "t.sort" not in url)
    expect(head).not_to_have_attribute("aria-sort", re.compile(""))
    page.get_by_role("button", name="Verdict").click()
    wait_for_column(page, 2, ["✗ fail", "! warn", "✓ pass", "✓ pass"])


def test_filters_by_text_and_by_value(page: Any) -> None:
    make(page)
    page.get_by_label("Filter: Samples").fill("INDEL")
    wait_for_column(page, 1, ["s2"])
    page.locator("p.faint", has_text="1 of 4 samples").wait_for()
    page.get_by_role("status").get_by_text("1 of 4 samples").wait_for()
    page.get_by_label("Filter: Samples").fill("")
    page.locator("summary", has_text="Verdict").click()
    page.get_by_role("checkbox", name="pass 2").check()
    page.get_by_role("checkbox", name="warn 1").check()
    wait_for_column(page, 1, ["s10", NASTY, "=1+1"])
    page.wait_for_url(lambda url: "t.verdict=pass%2Cwarn" in url)
    page.keyboard.press("Escape")
    page.locator("summary:focus", has_text="Verdict: warn, pass").wait_for()
    page.get_by_label("Filter: Samples").fill("12345")
    wait_for_column(page, 1, ["s10"])  # also as a file has it
    page.get_by_label("Filter: Samples").fill("nothing is so")
    page.get_by_text("No sample fits what you filter by.").wait_for()
    expect(page.locator(".popup:visible > summary", has_text="Sample")).to_have_count(
        0
    )  # few repeat


def test_is_as_the_address_says(page: Any) -> None:
    make(page, "/?t.sort=-calls&t.verdict=pass&t.text=s&state=running")
    wait_for_column(page, 1, ["s10", "=1+1"])
    page.get_by_label("Filter: Samples").fill("=")
    wait_for_column(page, 1, ["=1+1"])
    page.wait_for_url(lambda url: "state=running" in url)  # what others keep there stays
    page.evaluate("() => history.pushState(null, '', '?t.verdict=fail')")
    page.evaluate("() => dispatchEvent(new PopStateEvent('popstate'))")
    wait_for_column(page, 1, ["s2"])
    make(page, "/?t.verdict=pass", sort="-calls")
    wait_for_column(page, 1, ["s10", "=1+1"])
    page.get_by_role("button", name="Calls").click()
    page.wait_for_url(lambda url: "t.sort=0" in url)  # not as it is at first


def test_saves_what_is_shown(page: Any) -> None:
    make(page, "/?t.sort=calls", columns=[*COLUMNS, {"key": "note", "title": "Note"}])
    more = {"sample": "q", "kind": '-2, "x"\n\ttab\\', "note": "-5e3", "calls": 100_000}
    page.evaluate("(row) => table.add([row])", more)
    page.get_by_text("5 samples", exact=True).wait_for()
    name, text = saved(page, "CSV")
    assert name == "a-table.csv" and text.count("\r\n") == 6
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["sample"] for row in rows] == [NASTY, "s2", "'=1+1", "s10", "q"]
    assert rows[0]["calls"] == "-3" and rows[0]["f1"] == "" and rows[3]["f1"] == "0.9981"
    assert rows[4]["kind"] == "'" + more["kind"] and rows[4]["note"] == "-5e3"
    page.get_by_label("Filter: Samples").fill("tab")
    wait_for_column(page, 1, ["q"])
    name, text = saved(page, "TSV")
    keys, cells = (line.split("\t") for line in text.splitlines())
    assert keys[:3] == ["sample", "verdict", "kind"]
    assert cells[2] == '\'-2, "x"\\n\\ttab\\\\'
    name, text = saved(page, "JSON")
    found = json.loads(text)
    assert found == [{**dict.fromkeys([c["key"] for c in COLUMNS]), **more}]


@pytest.mark.parametrize("opens", [False, True])
def test_is_a_table_for_all(page: Any, opens: bool) -> None:
    make(page, opens=opens)
    table = page.get_by_role("grid" if opens else "table", name="Samples")
    table.wait_for()
    expect(table).to_have_attribute("aria-rowcount", "5")
    expect(page.get_by_role("columnheader")).to_have_count(len(COLUMNS))
    expect(page.get_by_role("gridcell" if opens else "cell")).to_have_count(4 * len(COLUMNS))
    last = page.get_by_role("row").last
    expect(last).to_have_attribute("aria-rowindex", "5")
    heading = page.get_by_role("button", name="F1", exact=True)
    expect(heading).to_have_attribute("aria-description", "Harmonic mean")
    page.keyboard.press("Tab")
    # what scrolled for it is told at the next frame, and would put the tip away
    page.evaluate("() => new Promise(requestAnimationFrame)")
    heading.focus()
    page.get_by_role("tooltip").get_by_text("Harmonic mean").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("tooltip").wait_for(state="hidden")


def test_rows_are_opened_by_keys_and_by_a_click(page: Any) -> None:
    make(page, opens=True, rows=[{"sample": f"s{n}"} for n in range(20_000)])
    table = page.get_by_role("grid")
    table.press("ArrowDown")
    table.press("ArrowDown")
    page.locator(".is-active", has_text="s1").wait_for()
    table.press("Enter")
    table.press("End")
    active = page.locator(".is-active", has_text="s19999")
    active.wait_for()
    bottom = "document.querySelector('{}').getBoundingClientRect().bottom"
    page.wait_for_function(f"() => {bottom.format('.is-active')} <= {bottom.format('.data-rows')}")
    assert table.get_attribute("aria-activedescendant") == active.get_attribute("id")
    table.press(" ")
    table.press("Home")
    page.locator(".data-row", has_text="s3").first.click()
    assert page.evaluate("opened") == ["s1", "s19999", "s3"]
    assert page.locator(".virtual-block .data-row").count() < 60


def test_many_rows_come_while_it_is_sorted_and_filtered(page: Any) -> None:
    """As they would be had they all been there; what works on them lets the page answer."""
    make(page, rows=[])
    page.get_by_text("Nothing is there yet.").wait_for()
    found = page.evaluate(
        """async () => {
          const tasks = []
          const hear = (list) => tasks.push(...list.getEntries().map((e) => e.duration))
          new PerformanceObserver(hear).observe({type: 'longtask'})
          table.sortBy('-calls')
          let seed = 7
          const next = () => (seed = (seed * 48271) % 2147483647)
          const made = Array.from({length: 100000}, (_, n) => (
            {sample: `s${n}`, verdict: ['pass', 'warn', 'fail'][n % 3], calls: next() % 5000}))
          for (let at = 0; at < made.length; at += 2500) {
            table.add(made.slice(at, at + 2500))
            await new Promise((resolve) => setTimeout(resolve, 5))
            if (at === 25000) { table.text.value = '7'; table.change() }
          }
          await table.order.more()
          const shown = table.shown.map(({sample}) => sample)
          const wanted = made
            .filter(({sample, calls}) => `${sample} ${calls}`.includes('7'))
            .sort((a, b) => b.calls - a.calls)
            .map(({sample}) => sample)
          return {same: JSON.stringify(shown) === JSON.stringify(wanted), size: shown.length,
            longest: Math.max(0, ...tasks), first: [shown.slice(0, 3), wanted.slice(0, 3)]}
        }"""
    )  # fmt: skip
    print(f"longest task with 100,000 rows: {found['longest']:.0f} ms")
    assert found["same"], found
    assert found["size"] > 30_000
    page.locator("p.faint", has_text=f"{found['size']:,} of 100,000 samples").wait_for()


def test_other_rows_leave_the_reader_where_they_are(page: Any) -> None:
    make(page, opens=True, rows=[{"sample": f"s{n}", "kind": "a"} for n in range(3000)])
    page.wait_for_function("() => table.shown.length === 3000")
    page.evaluate("() => { document.querySelector('.data-rows').scrollTop = 20000 }")
    top = page.evaluate("() => document.querySelector('.data-rows').scrollTop")
    page.evaluate(
        "() => table.set(Array.from({length: 3000}, (_, n) => ({sample: `s${n}`, kind: 'b'})))"
    )
    page.wait_for_function(
        "() => [...document.querySelectorAll('.virtual-block .data-row')].every("
        "(row) => row.children[2].innerText === 'b')"
    )
    assert page.evaluate("() => document.querySelector('.data-rows').scrollTop") == top > 0


@pytest.mark.parametrize("width", [360, 1200])
def test_fits_the_width(page: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    make(page)
    wait_for_column(page, 5, ["12,345", "7", "-3", "99"])
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_label("Save: Samples").click()
    # it is put in its place by an event that comes after it has opened
    page.wait_for_function(
        """(width) => {
          const box = document.querySelector('.popup[open] .popup-box').getBoundingClientRect()
          return box.left >= 0 && box.right <= width
        }""",
        arg=width,
    )
    if width == 360:
        page.keyboard.press("Escape")
        page.get_by_label("Order").select_option("-calls")
        wait_for_column(page, 1, ["s10", "=1+1", "s2", NASTY])
