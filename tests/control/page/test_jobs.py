"""The table of jobs, the details of one, and that the address tells what is shown of them."""

import re
from typing import Any

import pytest
from page_waits import expect
from recorded_run import RecordedRun
from service import RealService, poll

NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def run(service: RealService) -> RecordedRun:
    """A job that is tried again and has everything, one of a cluster, and a plain one."""
    run = RecordedRun(service.runs, 61)
    run.start(3)
    told = {"threads": 8, "resources": {"mem_mb": 16000, "runtime": 90, "tmpdir": "/tmp"}}
    told |= {"input": [f"in/{n}.fq.gz" for n in range(14)], "output": ["out/a.bam"]}
    told |= {"reason": f"Missing output files: {NASTY}", "shellcmd": f"bwa mem '{NASTY}'"}
    for attempt in (1, 2):
        run.event("job_started", jobs=[1])
        facts = {"wildcards": {"sample": "A"}, "log": ["logs/a.log"], "local": True}
        run.event("job_info", jobid=1, rule_name="align", **facts, **told)
        if attempt == 1:
            run.event("job_error", jobid=1, rule_name="align", log=[], aux={})
            run.event("message", message="Trying to restart job 1.")
    run.log("logs/a.log", f"reading {NASTY}\nWARNING: odd\n")
    run.event("job_started", jobs=[2])
    facts = {"rule_name": "call", "wildcards": {"sample": "A"}, "log": ["logs/b.log"]}
    run.event("job_info", jobid=2, local=False, **facts)
    submitted = "Job 2 has been submitted with SLURM jobid 4711 (log: logs/slurm/4711.log)."
    run.event("message", message=submitted)
    run.job(3, "logs/c.log", rule="call")
    run.finish(3)
    jobs = f"/api/v1/runs/{run.run_id}/jobs"
    poll(lambda: service.get(jobs).json().get("total") == 3)
    poll(lambda: service.get(f"{jobs}/3").json().get("state") == "finished")
    return run


def open_page(page: Any, run: RecordedRun, query: str = "") -> None:
    page.goto(f"/runs/{run.run_id}{query}")
    page.locator(".jobs .virtual .job").first.wait_for()


def heads(page: Any) -> list[str]:
    found: list[str] = page.locator(".jobs [role=columnheader]:visible").all_inner_texts()
    return found


def test_columns_are_those_of_which_something_is_known(page: Any, run: RecordedRun) -> None:
    open_page(page, run)
    always = ["State", "Job", "Try", "Started", "Took"]
    assert heads(page) == [*always, "Threads", "Cluster job", "Log"]
    page.get_by_text("Columns", exact=True).first.click()
    page.get_by_role("checkbox", name="Memory asked").check()
    page.get_by_role("checkbox", name="Started").uncheck()
    page.wait_for_url(re.compile(r"columns=state\.rule\.attempt\.duration\.threads\.mem_mb"))
    page.keyboard.press("Escape")
    page.locator(".jobs .virtual", has_text="16 GB").wait_for()
    wanted = heads(page)
    assert "Memory asked" in wanted and "Started" not in wanted
    page.reload()
    page.locator(".jobs .virtual", has_text="16 GB").wait_for()
    assert heads(page) == wanted
    page.go_back()
    page.go_back()
    page.wait_for_function(
        "() => !document.querySelector('.jobs [data-column=started][role=columnheader]').hidden"
    )


def test_details_tell_all_of_a_job(page: Any, run: RecordedRun) -> None:
    open_page(page, run)
    page.locator(".jobs .job", has_text="align sample=A").get_by_role("button").first.click()
    drawer = page.get_by_role("dialog", name="Job")
    drawer.get_by_role("heading", name="align sample=A").wait_for()
    drawer.get_by_text(f"bwa mem '{NASTY}'").wait_for()
    text = drawer.inner_text()
    for told in (
        f"Missing output files: {NASTY}",
        "16 GB",
        "1 h 30 min",
        "Inputs (14)",
        "logs/a.log",
    ):
        assert told in text
    assert "tmpdir" not in text and "in/12.fq.gz" not in text
    drawer.get_by_text("4 more").click()
    drawer.get_by_text("in/12.fq.gz").wait_for()
    states = [text.split() for text in drawer.locator("tbody tr").all_inner_texts()]
    assert [(state[0], state[1]) for state in states] == [("1", "failed"), ("2", "running")]
    expect(page.locator("dialog img")).to_have_count(0)
    drawer.get_by_role("button", name="Show its log").click()
    page.locator(".console .line", has_text=f"reading {NASTY}").wait_for()
    page.wait_for_url(lambda url: "log=1.1.0" in url and "job=" not in url)


def test_address_opens_a_job_and_back_closes_it(page: Any, run: RecordedRun) -> None:
    open_page(page, run)
    page.locator(".jobs .job", has_text="call sample=s3").get_by_role("button").first.click()
    page.wait_for_url("**?job=1.3")
    drawer = page.get_by_role("dialog", name="Job")
    page.go_back()
    drawer.wait_for(state="hidden")
    page.go_forward()
    drawer.get_by_role("heading", name="call sample=s3").wait_for()
    page.reload()
    drawer.get_by_role("heading", name="call sample=s3").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_url(lambda url: "job=" not in url)
    page.goto(f"/runs/{run.run_id}?job=1.99")
    drawer.get_by_role("alert").get_by_text("has no job 99").wait_for()


def test_address_tells_what_is_listed(page: Any, run: RecordedRun) -> None:
    open_page(page, run)
    page.get_by_role("combobox", name="State").select_option("finished")
    page.wait_for_url("**state=finished")
    page.get_by_label("Text").fill("s3")
    page.get_by_role("button", name="Took").click()
    page.get_by_role("button", name="Took").click()
    page.wait_for_url(lambda url: "text=s3" in url and "sort=-duration" in url)
    page.reload()
    page.get_by_text("1 of 3 jobs").wait_for()
    page.locator("[data-column=duration][aria-sort=descending]").wait_for()
    for _ in range(3):
        page.go_back()
    page.get_by_text("3 jobs", exact=True).wait_for()


def test_address_tells_which_log_is_read(page: Any, run: RecordedRun) -> None:
    open_page(page, run, "?log=1.1.0&level=warning")
    page.locator(".console .line", has_text="WARNING: odd").wait_for()
    expect(page.locator(".console .line")).to_have_count(1)
    page.get_by_label("Level").select_option("")
    page.get_by_label("Lines with").fill("reading")
    page.locator(".console .line", has_text="reading").wait_for()
    page.wait_for_url(lambda url: "lines=reading" in url and "level=" not in url)
    page.get_by_role("combobox", name="Log", exact=True).select_option("snakemake")
    page.wait_for_url("**log=snakemake**")
    page.go_back()
    page.locator(".console .line", has_text="reading").wait_for()


def test_details_follow_the_job(page: Any, service: RealService) -> None:
    run = RecordedRun(service.runs, 62)
    run.start(1)
    run.job(1, "logs/a.log")
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}/jobs/1").status_code == 200)
    open_page(page, run, "?job=1.1")
    drawer = page.get_by_role("dialog", name="Job")
    drawer.locator("tbody tr", has_text="running").wait_for()
    run.fail(1, again=True)
    run.job(1, "logs/a.log")
    drawer.locator("tbody tr", has_text="running").get_by_text("2", exact=True).wait_for()
    run.finish(1)
    drawer.locator("tbody tr", has_text="finished").wait_for()
    expect(drawer.locator("tbody tr")).to_have_count(2)
