"""The parts of a run's page: what matters first, and links to each that stay in sight."""

import re
from typing import Any

import pytest
from page_gallery import Gallery
from page_waits import expect
from service import poll

LINKS = "#run-parts li:not([hidden]) a"
END = "window.scrollTo(0, document.body.scrollHeight)"


@pytest.fixture(scope="module")
def runs(gallery: Gallery) -> dict[str, str]:
    return gallery.ids


def wait_for_parts(page: Any, ready: str, *first: str) -> list[str]:
    """Until these are the first ones, and links the same as headings; gives all of them."""
    page.locator(ready).first.wait_for()

    def told() -> list[str] | None:
        links: list[str] = page.locator(LINKS).all_inner_texts()
        headings = page.locator("main > section:not([hidden]) > h2").all_inner_texts()
        is_same = [text.removesuffix(" this run") for text in headings] == links
        return links if is_same and links[: len(first)] == list(first) else None

    found: list[str] = poll(told)
    return found


def test_what_went_wrong_comes_first(page: Any, runs: dict[str, str]) -> None:
    page.goto(f"/runs/{runs['failed']}")
    wanted = ["What went wrong", "Rules", "Timeline", "Jobs", "Logs", "About"]
    assert wait_for_parts(page, ".failure .log-end", *wanted) == wanted
    structural = page.locator(".rules li", has_text="compare_structural")
    expect(structural).to_have_text(re.compile("0 of 2$"), use_inner_text=True)
    page.get_by_title("compare_structural_variants: 2 not run", exact=True).first.wait_for()
    page.get_by_role("columnheader", name="What it says").wait_for()  # one job says something


def test_results_come_first_once_it_is_completed(page: Any, runs: dict[str, str]) -> None:
    page.goto(f"/runs/{runs['completed']}")
    wait_for_parts(page, "#run-results h2", "Results", "Rules")
    tabs = page.get_by_role("tab")
    page.get_by_role("tab", name="Variants").wait_for()
    page.get_by_role("tab", name="Benchmark", selected=True).wait_for()
    # whichever is read first
    shown = ["Benchmark", "Tumours", "Resistance", "Calibration", "Quality control", "Variants"]
    expect(tabs).to_have_text(shown, use_inner_text=True)
    page.goto(f"/runs/{runs['running']}")
    wait_for_parts(page, ".jobs .virtual .job", "Rules")


def test_a_part_is_reached_by_link_by_key_and_by_address(page: Any, runs: dict[str, str]) -> None:
    page.goto(f"/runs/{runs['completed']}")
    page.locator("#run-results figure[data-drawn=yes]").first.wait_for()
    page.wait_for_load_state("networkidle")  # nothing comes that moves what is below it
    page.evaluate(END)
    links = page.get_by_role("navigation", name="Parts of this page")
    assert links.bounding_box()["y"] == 0  # it stays in sight
    links.get_by_role("link", name="Timeline").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#run-times")
    below = page.get_by_role("heading", name="Timeline").bounding_box()["y"]
    assert links.bounding_box()["height"] <= below < 200
    page.goto("about:blank")
    page.goto(f"/runs/{runs['completed']}#run-logs")
    page.wait_for_function(
        "() => {const {top} = document.getElementById('run-logs').getBoundingClientRect();"
        " return !document.getElementById('run-logs').hidden && top < innerHeight}"
    )
