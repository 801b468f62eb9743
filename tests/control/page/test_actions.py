"""What one can do with a run in its page, with real drivers and real Snakemake."""

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_waits import expect
from run_lab import Lab, wait_until
from service import RealService

from control.runs.queue import wake


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A workflow whose jobs wait for files."""
    made = Lab(tmp_path_factory.mktemp("lab"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def service(lab: Lab) -> Iterator[RealService]:
    """A service that runs it."""
    settings = {"workflow": str(lab.settings.workflow), "access": {"requests_per_minute": 100_000}}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    with RealService(lab.folder, settings, {"PATH": path}) as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_is_let_go(lab: Lab) -> None:
    """Whatever a first try of the test has let go."""
    for pattern in ("*.begun", "*.go", "flag"):
        for file in lab.folder.glob(pattern):
            file.unlink()


def begin(page: Any, lab: Lab, service: RealService, jobs: dict[str, str], **options: Any) -> str:
    """Queue a run of the one who looks, and open its page."""
    user = service.get("/api/v1/session").json()["user"]
    run_dir = lab.queue(jobs, user=user, options=options)
    wake(service.state)
    page.set_default_timeout(60_000)  # Snakemake is slow to start where others are busy
    page.goto(f"/runs/{run_dir.run_id}")
    return run_dir.run_id


def click(page: Any, name: str, answer: str = "") -> None:
    page.locator("#run-head").get_by_role("button", name=name, exact=True).click()
    if answer:
        page.get_by_role("dialog").get_by_role("button", name=answer).click()


def state(page: Any, wanted: str) -> None:
    page.locator("#run-head .state", has_text=re.compile(f"^{wanted}$")).wait_for()


def test_stop_lets_jobs_finish_and_resume_does_the_rest(
    page: Any, lab: Lab, service: RealService
) -> None:
    run_id = begin(page, lab, service, {"a": lab.waiting("a"), "b": lab.waiting("b")}, cores=1)
    state(page, "running")
    begun = wait_until(lambda: [*lab.folder.glob("*.begun")], "a job")
    (first,) = (file.stem for file in begun)
    other = {"a": "b", "b": "a"}[first]
    click(page, "Stop after running jobs", "Stop the run")
    said = page.get_by_role("status").get_by_text("No more jobs are started")
    said.wait_for()
    log = lab.runs / run_id / "driver.log"
    wait_until(lambda: "Will exit after finishing" in log.read_text())
    lab.let_go(first)
    state(page, "cancelled")
    said.wait_for(state="hidden")
    page.locator(".jobs .job", has_text=f"make sample={first}").get_by_text("finished").wait_for()
    assert not (lab.folder / f"{other}.begun").exists()
    lab.let_go(other)
    click(page, "Resume")
    state(page, "completed")
    page.locator(".jobs .job", has_text=f"make sample={other}").get_by_text("finished").wait_for()


def test_one_job_is_tried_again(page: Any, lab: Lab, service: RealService) -> None:
    flag = lab.folder / "flag"
    attempt = f"plumbline attempt --attempts 1 --job c -- test -e '{flag}'"
    begin(page, lab, service, {"c": attempt, "d": "true"})
    state(page, "failed")
    card = page.locator(".failure", has_text="make sample=c")
    flag.touch()
    card.get_by_role("button", name="Redrive this job").click()
    page.locator(".jobs .job", has_text="make sample=c").get_by_text("finished").wait_for()
    page.get_by_role("heading", name="What went wrong").wait_for(state="hidden")
    state(page, "completed")
    page.locator(".jobs .job", has_text="make sample=c").locator(".link").first.click()
    drawer = page.get_by_role("dialog", name="Job")
    drawer.get_by_text("before resuming").wait_for()
    rows = drawer.locator("tbody tr")
    rows.nth(1).wait_for()
    assert [("failed" in text, "finished" in text) for text in rows.all_inner_texts()] == [
        (True, False),
        (False, True),
    ]


def test_cancel_ends_a_run_which_can_be_run_again(
    page: Any, lab: Lab, service: RealService
) -> None:
    run_id = begin(page, lab, service, {"e": lab.waiting("e")})
    lab.wait_for("e")
    state(page, "running")
    click(page, "Cancel now", "Cancel the run")
    state(page, "cancelled")
    again = page.get_by_role("link", name="Run again with changes")
    expect(again).to_have_attribute("href", f"/new?from={run_id}")
    # what becomes of it is tested with the API; here it is told where to go
    made = service.get(f"/api/v1/runs/{run_id}").json()
    sent: list[Any] = []

    def rerun(route: Any) -> None:
        sent.append((route.request.headers["idempotency-key"], route.request.post_data_json))
        route.fulfill(status=201, json={**made, "run_id": "20261121-221005-3f9a"})

    page.route("**/rerun", rerun)
    click(page, "Run again as it is", "Run again")
    page.wait_for_url("**/runs/20261121-221005-3f9a")
    ((key, body),) = sent
    assert len(key) == 32 and body == {}


def test_a_run_is_kept(page: Any, lab: Lab, service: RealService) -> None:
    run_id = begin(page, lab, service, {"f": "true"})
    state(page, "completed")
    address = f"/api/v1/runs/{run_id}"
    keep = page.get_by_role("button", name="Keep")
    expect(keep).to_have_attribute("aria-pressed", "false")
    keep.click()
    page.locator("[data-action=keep][aria-pressed=true]").wait_for()
    assert service.get(address).json()["kept"] is True
    page.reload()
    page.locator("[data-action=keep][aria-pressed=true]").click()
    page.locator("[data-action=keep][aria-pressed=false]").wait_for()
    assert service.get(address).json()["kept"] is False


def test_what_cannot_be_done_is_said_in_words(lab: Lab, service: RealService, page: Any) -> None:
    run_id = begin(page, lab, service, {"g": "true"})
    state(page, "completed")
    told = service.request("POST", f"/api/v1/runs/{run_id}/cancel")
    assert told.status_code == 409
    problem = told.json()
    assert problem["detail"] == f"run {run_id} is completed: it cannot be cancelled"
    assert problem["hint"] == "possible now: rerun, delete"
