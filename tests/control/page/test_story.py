"""One person's way through the page, with the real workflow: from signing in to a result."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dragen_files import write_dragen
from service import RealService

SAMPLE = "S1"
JOBS = 120_000  # milliseconds for what real jobs do


@pytest.fixture(scope="module")
def incoming(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a sequencer would put its runs."""
    return tmp_path_factory.mktemp("incoming")


@pytest.fixture(scope="module")
def service(incoming: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    settings = {"allow": {"input_folders": [str(incoming)]}}
    with RealService(tmp_path_factory.mktemp("service"), settings) as made:
        yield made


def test_from_signing_in_to_a_result(service: RealService, browser: Any, incoming: Path) -> None:
    page = browser.new_context(base_url=service.url).new_page()
    page.set_default_timeout(60_000)
    shutil.rmtree(incoming / SAMPLE, ignore_errors=True)  # of a first try
    (incoming / SAMPLE).mkdir()
    sign_in(page, service)
    submit(page, f"{incoming}/{{sample}}/")
    page.locator("#run-head .state", has_text="failed").wait_for(timeout=JOBS)

    card = page.locator(".failure", has_text="fetch_metrics")
    card.get_by_text("nothing there", exact=False).first.wait_for()
    write_dragen(incoming / SAMPLE, SAMPLE)
    card.get_by_role("button", name="Redrive this job").click()
    finished = page.locator(".jobs .job", has_text="fetch_metrics").get_by_text("finished")
    finished.wait_for(timeout=JOBS)

    page.locator("[data-action=resume]").click(timeout=JOBS)
    page.locator("#run-head .state", has_text="completed").wait_for(timeout=JOBS)
    page.get_by_role("tab", name="Quality control").wait_for()
    verdict = page.get_by_role("tabpanel").get_by_role("rowheader", name=SAMPLE).locator("..")
    verdict.locator(".verdict.warn").wait_for()
    verdict.locator("summary").click()
    form = page.get_by_role("form", name=f"Verdict on {SAMPLE}")
    form.get_by_label("Verdict").select_option("pass")
    form.get_by_label("Comment").fill("enough for the panel")
    form.get_by_role("button", name="Sign").click()
    verdict.locator(".verdict.pass").wait_for()


def sign_in(page: Any, service: RealService) -> None:
    """By a link, as somebody who was sent one."""
    name = service.get("/api/v1/users").json()["items"][0]["name"]
    page.goto(service.request("POST", f"/api/v1/users/{name}/links").json()["address"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="New run").first.click()


def submit(page: Any, source: str) -> None:
    """One sample, of which the quality is wanted."""
    page.get_by_role("link", name="One sample").click()
    form = page.locator("#new-run")
    form.get_by_label("Sample", exact=True).fill(SAMPLE)
    form.get_by_label("Source", exact=True).fill(source)
    form.get_by_label("Quality control").check()
    form.get_by_role("button", name="Preview").click()
    page.get_by_text("Nothing is submitted yet").wait_for(timeout=JOBS)
    page.locator("#new-run").get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/runs/*", timeout=JOBS)
