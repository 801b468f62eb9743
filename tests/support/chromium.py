"""The system's Chromium, and signing in with it; for tests, benchmarks and pictures of the page."""

import shutil
from typing import Any

from service import RealService

NAMES = ("chromium", "chromium-browser", "google-chrome")
MISSING = f"no browser: none of {', '.join(NAMES)} is there"
# its own sandbox wants rights that containers do not give
ARGUMENTS = ["--no-sandbox"]


def find() -> str | None:
    """Where it is; None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


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
