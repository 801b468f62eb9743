"""Every view, as anybody can use it: axe-core finds nothing, and no page is wider than a phone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_gallery import SCENES, Gallery, Scene
from service import RealService

ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / ".venv/share/page-tests/node_modules/axe-core/axe.min.js"
# WCAG 2.2 AA, and what axe's makers recommend besides
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# the rules that a change of colours alone can break
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
CHECK = "(which) => axe.run(document, {runOnly: which, resultTypes: ['violations']})"
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def axe() -> str:
    if not AXE.exists():
        pytest.skip("axe-core is not there: make setup gets it where npm is")
    return AXE.read_text("utf-8")


@pytest.fixture(scope="module")
def pages(browser: Any, service: RealService, cookies: Any) -> Iterator[dict[bool, Any]]:
    """A page of somebody who is signed in (True), and one of a stranger."""
    made = {}
    for signed_in in (True, False):
        state = cookies if signed_in else None
        context = browser.new_context(storage_state=state, base_url=service.url)
        made[signed_in] = context.new_page()
        made[signed_in].set_default_timeout(20_000)
    yield made
    for page in made.values():
        page.context.close()


@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
def test_is_open_to_anybody(scene: Scene, pages: Any, gallery: Gallery, axe: str) -> None:
    page = pages[scene.needs_sign_in]
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")
    scene.open(page, gallery.ids)
    page.evaluate(axe)
    assert not violations(page)
    page.emulate_media(color_scheme="dark")
    assert not violations(page, COLOURS)
    page.set_viewport_size(PHONE)
    assert not violations(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_sees_what_is_wrong(pages: Any, axe: str) -> None:
    page = pages[False]
    page.goto("/sign-in")
    page.evaluate("document.body.append(document.createElement('img'))")
    page.evaluate(axe)
    assert "image-alt" in violations(page)


def violations(page: Any, which: Any = RULES) -> str:
    """What axe finds, in words."""
    return "\n".join(map(in_words, page.evaluate(CHECK, which)["violations"]))


def in_words(violation: dict[str, Any]) -> str:
    """What is wrong, and where, in a few lines."""
    places = [
        f"    {node['html'][:200]}\n    {node['failureSummary']}" for node in violation["nodes"]
    ]
    return "\n".join([f"{violation['id']}: {violation['help']}", *places[:3]])
