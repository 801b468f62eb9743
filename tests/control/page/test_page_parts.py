"""The parts of a run's page: what matters first, and links to each that stay in sight."""

from typing import Any

import pytest
from page_gallery import Gallery
from service import RealService

LINKS = "#run-parts li:not([hidden]) a"
END = "window.scrollTo(0, document.body.scrollHeight)"


@pytest.fixture(scope="module")
def runs(service: RealService) -> dict[str, str]:
    return Gallery(service).ids


def parts(page: Any, ready: str) -> list[str]:
    """The parts that are there, as they follow on each other; their links are the same."""
    page.locator(ready).first.wait_for()
    links: list[str] = page.locator(LINKS).all_inner_texts()
    headings = page.locator("main > section:not([hidden]) > h2").all_inner_texts()
    assert [text.removesuffix(" this run") for text in headings] == links
    return links


def test_what_went_wrong_comes_first(page: Any, runs: dict[str, str]) -> None:
    page.goto(f"/runs/{runs['failed']}")
    found = parts(page, ".failure .log-end")
    assert found == ["What went wrong", "Rules", "Timeline", "Jobs", "Logs", "About"]
    assert page.locator(".rules li", has_text="compare_structural").inner_text().endswith("0 of 2")
    page.get_by_title("compare_structural_variants: 2 not run", exact=True).first.wait_for()
    page.get_by_role("columnheader", name="What it says").wait_for()  # one job says something


def test_results_come_first_once_it_is_completed(page: Any, runs: dict[str, str]) -> None:
    page.goto(f"/runs/{runs['completed']}")
    assert parts(page, "#run-results h2")[:2] == ["Results", "Rules"]
    tabs = page.get_by_role("tab")
    page.get_by_role("tab", name="Variants").wait_for()
    page.get_by_role("tab", name="Benchmark", selected=True).wait_for()
    # whichever is read first
    shown = ["Benchmark", "Tumours", "Resistance", "Calibration", "Quality control", "Variants"]
    assert tabs.all_inner_texts() == shown
    page.goto(f"/runs/{runs['running']}")
    assert parts(page, ".jobs .virtual .job")[0] == "Rules"


def test_a_part_is_reached_by_link_by_key_and_by_address(page: Any, runs: dict[str, str]) -> None:
    page.goto(f"/runs/{runs['completed']}")
    page.locator("#run-results h2").wait_for()
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
