"""The system's Chromium, and signing in with it; for tests, benchmarks and pictures of the page."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from service import RealService

# the first one draws pages like the others and is nothing but that: a page costs a third of the
# processor time
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
MISSING = f"no browser: none of {', '.join(NAMES)} is there"
# its own sandbox wants rights that containers do not give
ARGUMENTS = ["--no-sandbox"]


def find() -> str | None:
    """Where it is; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def launched() -> Iterator[Any]:
    """The browser, while the block lasts; a test that needs it is skipped where there is none.

    Not for the whole session: its event loop keeps others out.
    """
    path = find()
    if path is None:
        pytest.skip(MISSING)
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield found
        found.close()


def sign_in(browser: Any, service: RealService) -> Any:
    """What a browser keeps that has signed in by a link as the first admin: cookies and storage."""
    name = service.get("/api/v1/users").json()["items"][0]["name"]
    link = service.request("POST", f"/api/v1/users/{name}/links").json()
    context = browser.new_context()
    page = context.new_page()
    page.goto(link["address"])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(service.url + "/")
    found = context.storage_state()
    context.close()
    return found
