"""What the page of a run shows of a cluster: where jobs wait and run, and why they ended."""

import re
import time
from typing import Any

import pytest
from page_gallery import ClusterRun
from page_waits import expect
from recorded_run import RecordedRun
from service import RealService, poll


@pytest.fixture(scope="module")
def run(service: RealService) -> RecordedRun:
    """Of ten jobs one is done, one was killed, two run on two nodes, and the others wait."""
    run = ClusterRun(RecordedRun(service.runs, 71))
    run.fill()
    jobs = f"/api/v1/runs/{run.run.run_id}/jobs"
    poll(lambda: service.get(f"{jobs}/10").json().get("queue"))
    return run.run


def open_page(page: Any, run: RecordedRun, query: str = "") -> None:
    page.goto(f"/runs/{run.run_id}{query}")
    page.locator(".jobs .virtual .job").first.wait_for()


def test_one_line_says_how_the_jobs_stand(page: Any, run: RecordedRun) -> None:
    open_page(page, run)
    line = page.locator("#run-cluster > p")
    expect(line).to_have_text(
        "6 jobs wait in SLURM (4 Resources: no node has enough free for it now;"
        " 1 InvalidAccount: the account is not valid;"
        " 1 QOSMaxJobsPerUserLimit: as many of your jobs run as the QOS allows)"
        "; 2 jobs run on 2 nodes"
    )
    alert = page.locator("#run-cluster [role=alert]")
    expect(alert).to_contain_text(
        re.compile(r"1 job will not begin by itself \(\w+ sample=s\d+\): InvalidAccount")
    )
    expect(alert).to_contain_text("correct slurm_account")


def test_the_table_has_node_and_what_a_job_waits_for(page: Any, run: RecordedRun) -> None:
    open_page(page, run, "?sort=waits")
    heads = page.locator(".jobs [role=columnheader]:visible").all_inner_texts()
    assert [name for name in heads if name in ("Cluster job", "Node", "Waits for")] == [
        *("Cluster job", "Node", "Waits for")
    ]
    row = page.locator(".jobs .virtual .job", has_text="sample=s3")
    expect(row.locator("[data-column=node]")).to_have_text("n1")
    waiting = page.locator(".jobs .virtual .job", has_text="sample=s5")
    expect(waiting.locator("[data-column=waits]")).to_contain_text("Resources: no node has")
    expect(waiting.locator("[data-column=started]")).to_have_text("")
    page.get_by_label("Text").fill("n2")
    page.get_by_text("1 of 10 jobs", exact=True).wait_for()


def test_a_failure_says_how_slurm_ended_it(page: Any, run: RecordedRun) -> None:
    open_page(page, run)
    card = page.locator(".failure").first
    expect(card).to_contain_text("sort: killed")  # in the tool's own words, and then
    expect(card).to_contain_text("SLURM: OUT_OF_MEMORY on n1, exit 0:125: killed because it used")
    expect(card.locator(".hint").first).to_contain_text("give the rule more mem_mb")


def test_details_of_a_waiting_job(page: Any, run: RecordedRun) -> None:
    open_page(page, run, "?job=1.5")
    drawer = page.get_by_role("dialog", name="Job")
    expect(drawer.locator(".facts")).to_contain_text("May begin")
    expect(drawer.locator(".facts")).to_contain_text("Resources: no node has enough free")
    page.goto(f"/runs/{run.run_id}?job=1.2")
    expect(drawer.locator(".facts")).to_contain_text("OUT_OF_MEMORY on n1, exit 0:125")
    expect(drawer.locator("tbody")).to_contain_text("cluster job 102 on n1")


def test_a_bar_waits_before_it_runs(page: Any, run: RecordedRun) -> None:
    open_page(page, run)
    page.locator("#timeline-summary").get_by_text(re.compile("10 attempts")).wait_for()
    canvas = page.locator(".timeline canvas")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    told = page.locator("#run-timeline [aria-live]")
    expect(told).to_contain_text("waited 40 s before, job 101 of the cluster, on n1")
    expect(told).to_contain_text("took 2 min 0 s")


def test_it_is_live_also_after_a_requeue(page: Any, service: RealService) -> None:
    made = ClusterRun(RecordedRun(service.runs, 72))
    made.run.start(1)
    made.submit(1)
    made.tell(1, "PENDING", reason="Priority")
    poll(lambda: service.get(f"/api/v1/runs/{made.run.run_id}/jobs/1").status_code == 200)
    open_page(page, made.run)
    row = page.locator(".jobs .virtual .job")
    expect(row.locator("[data-column=waits]")).to_contain_text("Priority")
    made.tell(1, "RUNNING", node="n1", start=time.time())
    row.locator("[data-column=node]", has_text="n1").wait_for()
    made.tell(1, "PENDING", reason="BeginTime", restarts=1)
    expect(row.locator("[data-column=waits]")).to_contain_text("so after a requeue")
    expect(row.locator("[data-column=node]")).to_have_text("")
    made.tell(1, "COMPLETED", node="n2", start=time.time() - 5, restarts=1)
    made.run.finish(1)
    expect(row.locator("[data-column=state]")).to_have_text("finished")
    expect(row.locator("[data-column=node]")).to_have_text("n2")
    expect(row.locator("[data-column=duration]")).to_contain_text(re.compile(r"^5\.\d s$"))
    expect(page.locator("#run-cluster")).to_be_hidden()
