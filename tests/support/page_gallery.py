"""Every view of the page, with runs that fill it: for tests of all of them, and for pictures."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from annotation_summary import annotation_summary
from benchmark_extras import with_extras, write_differences
from calibration_summary import calibration_summary
from recorded_run import RecordedRun
from screen_summaries import clean_summary, screen_summary
from service import RealService, poll
from summary_files import small_rows, small_summary, sv_summary
from variant_lines import BRAF, line, lines
from verdict_lab import FAIL, PASS, WARN, judge

from control.record.lines import timestamp
from control.record.request import Request
from control.record.run_dir import State

RULES = ("fetch_calls", "normalise", "compare_small_variants", "compare_structural_variants", "all")
LINKS = ((0, 1), (1, 2), (1, 3), (2, 4), (3, 4))
LOG = "logs/{rule}/s{job}.log"

READING = json.dumps(
    {
        "type": "progress",
        "data": {
            **{"stage": "Screening reads", "progress": 41.2, "done": 1_650_000},
            **{"unit": "reads", "rate": 812_345.6},
        },
    }
)

Act = Callable[[Any], None]
"""What a reader does on a page to come to a view."""


@dataclass(frozen=True)
class Scene:
    """One view.

    Attributes:
        name: of the view, as a file name.
        path: its address; ``{completed}`` and so on stand for runs of a :class:`Gallery`.
        ready: what is to be seen when it is there, a selector.
        act: what is done then.
        needs_sign_in: a stranger sees something else there.
    """

    name: str
    path: str
    ready: str
    act: Act | None = None
    needs_sign_in: bool = True

    def open(self, page: Any, runs: dict[str, str]) -> None:
        """Bring a page of a browser there."""
        page.goto(self.path.format_map(runs))
        page.locator(self.ready).first.wait_for()
        if self.act:
            self.act(page)


def click(selector: str, then: str) -> Act:
    """Click on something, and wait for something."""

    def act(page: Any) -> None:
        page.locator(selector).first.click()
        page.locator(then).first.wait_for()

    return act


def _delete(page: Any) -> None:
    page.get_by_role("checkbox", name="Select all runs shown").check()
    page.locator("[data-bulk=delete]").click()
    page.get_by_role("dialog").wait_for()


JOB = ".jobs .virtual .job .link"
LOG_BUTTON = ".jobs .virtual .job [data-column=log] .link"
CLUSTER = ".result-table .can-open .virtual-block .data-row"
VARIANT = ".data-rows .virtual-block .data-row"
SCENES = (
    Scene("sign-in", "/sign-in", "h1", needs_sign_in=False),
    Scene("runs", "/", ".following[data-kind=live]"),
    Scene("runs-delete", "/?state=completed&state=failed", ".following[data-kind=live]", _delete),
    Scene("runs-none", "/?text=nothing-is-called-so", ".following[data-kind=live]"),
    Scene("compare", "/compare?a={failed}&b={completed}&show=all", "table.results th button"),
    Scene("compare-choose", "/compare?a={failed}&b={failed}", "[role=alert]"),
    Scene("account", "/account", "#tell-here", click("#account summary", ".colours")),
    Scene("notifications", "/notifications", "main .bar-above"),
    Scene("users", "/users", "main tbody tr"),
    Scene("user", "/users/{me}", "#access"),
    Scene("audit", "/audit", "main tbody tr"),
    Scene("new-run", "/new?example=demo", "#full[data-ready]"),
    Scene("new-run-yaml", "/new?example=demo&config=yaml", "#yaml-says:has-text('Read')"),
    Scene("new-run-one", "/new?view=one", "#one-sample form"),
    Scene("run-running", "/runs/{running}", JOB),
    Scene("run-cluster", "/runs/{cluster}", "#run-cluster [role=alert]"),
    Scene("run-failed", "/runs/{failed}", ".failure .log-end"),
    Scene("run-completed", "/runs/{completed}", "#run-results figure[data-drawn=yes]"),
    Scene(
        "run-qc",
        "/runs/{completed}?view=qc",
        "#run-qc summary",
        click("#run-qc summary", "#run-qc form button"),
    ),
    Scene("run-variants", "/runs/{completed}?view=variants", VARIANT),
    Scene("variant", "/runs/{completed}?view=variants", VARIANT, click(VARIANT, "dialog[open] h3")),
    Scene("job", "/runs/{failed}", JOB, click(JOB, "dialog[open] .facts")),
    Scene("results-benchmark", "/runs/{completed}?view=benchmark", ".chart canvas"),
    Scene(
        "results-cluster",
        "/runs/{completed}?view=benchmark&benchmark.small_variants.clusters=open",
        CLUSTER,
        click(CLUSTER, "dialog[open] .row-text:not([hidden])"),
    ),
    Scene("results-screen", "/runs/{completed}?view=screen", "#run-results figure[data-drawn=yes]"),
    Scene("results-calibration", "/runs/{completed}?view=calibration", ".chart canvas"),
    Scene("results-annotation", "/runs/{completed}?view=annotation", ".result-table .data-row"),
    Scene("log", "/runs/{failed}", JOB, click(LOG_BUTTON, ".console .line")),
)


class ClusterRun:
    """A run on SLURM, as the executor tells of its queue."""

    def __init__(self, run: RecordedRun) -> None:
        self.run = run

    def submit(self, jobid: int, rule: str = "align", *, at: float | None = None) -> None:
        """A job is given to the cluster."""
        facts = {"rule_name": rule, "wildcards": {"sample": f"s{jobid}"}, "local": False}
        self.run.event("job_started", jobs=[jobid], at=at)
        self.run.event("job_info", jobid=jobid, log=[f"logs/{jobid}.log"], at=at, **facts)
        words = f"has been submitted with SLURM jobid {100 + jobid} (log: slurm/{jobid}.log)."
        self.run.event("message", message=f"Job {jobid} {words}", at=at)

    def tell(
        self,
        jobid: int,
        state: str,
        *,
        at: float | None = None,
        start: float | None = None,
        **more: Any,
    ) -> None:
        """A look at the queue has found it so."""
        job = {"jobid": jobid, "external_id": str(100 + jobid), "state": state}
        job |= {"start": timestamp(start) if start else "", **more}
        self.run.event("cluster_jobs", jobs=[job], at=at)

    def fill(self) -> None:
        """Of ten jobs one is done, one was killed, two run on two nodes, and the others wait."""
        begin = time.time() - 300
        self.run.start(10, start=timestamp(begin))
        for jobid in range(1, 11):
            self.submit(jobid, RULES[(jobid - 1) // 4], at=begin + jobid / 10)
        self._end(1, "COMPLETED", begin, 120)
        self.run.event("job_finished", jobid=1, at=begin + 160.1)
        self.run.event("progress", done=1, total=10, at=begin + 160.2)
        last = {"error_class": "unknown", "code": None, "message": "sort: killed", "hint": ""}
        log = self.run.log("logs/2.log", json.dumps(last) + "\n")
        os.utime(log, (begin + 130, begin + 130))  # what is written after a job is not its log
        self._end(2, "OUT_OF_MEMORY", begin, 90, exit="0:125")
        why = "OUT_OF_MEMORY on n1: asked for 4000 MB, used 4100 MB"
        failed = {"rule_name": RULES[0], "log": [], "rule_msg": why, "aux": {}}
        self.run.event("job_error", jobid=2, at=begin + 130.4, **failed)
        for jobid, node in ((3, "n1"), (4, "n2")):
            start = begin + 60 * jobid
            self.tell(jobid, "RUNNING", at=start + 1, start=start, node=node)
        later = time.time() + 600
        for jobid in range(5, 9):
            self.tell(jobid, "PENDING", at=begin + 5, reason="Resources", start=later)
        self.tell(9, "PENDING", at=begin + 5, reason="QOSMaxJobsPerUserLimit")
        self.tell(10, "PENDING", at=begin + 5, reason="InvalidAccount")

    def _end(self, jobid: int, state: str, begin: float, took: float, **more: Any) -> None:
        start = begin + jobid / 10 + 40
        self.tell(jobid, "PENDING", at=begin + 3, reason="Priority")
        self.tell(jobid, "RUNNING", at=start + 1, start=start, node="n1")
        self.tell(jobid, state, at=start + took, start=start, node="n1", **more)


class Gallery:
    """Four runs of a service: two that go on, one of them on a cluster; one failed, one completed.

    Attributes:
        ids: the run ids, as the addresses of :class:`Scene` name them.
    """

    def __init__(self, service: RealService) -> None:
        self._service = service
        self.running = self._run(41, "Exomes of November", jobs=40)
        self.failed = self._run(42, "Trio of family 7", jobs=8)
        self.completed = self._run(43, "HG002 again", jobs=6)
        self._go_on(self.running)
        self._fail(self.failed)
        self._complete(self.completed)
        self.cluster = self._run(44, "Cohort on the cluster", jobs=8)
        ClusterRun(self.cluster).fill()
        runs = {"running": self.running, "failed": self.failed, "completed": self.completed}
        self.ids = {name: run.run_id for name, run in runs.items()}
        for name, run_id in self.ids.items():
            poll(lambda name=name, run_id=run_id: self._state(run_id) == name)
        self.ids["cluster"] = self.cluster.run_id
        poll(lambda: self._state(self.cluster.run_id) == "running")
        self.ids["me"] = self._me()

    def _state(self, run_id: str) -> str | None:
        answer = self._service.get(f"/api/v1/runs/{run_id}")
        return answer.json()["state"] if answer.ok else None

    def _run(self, number: int, name: str, jobs: int) -> RecordedRun:
        run = RecordedRun(self._service.runs, number)
        request = Request(name=name, analysis="all", user=self._me())
        run.run_dir.request.write_text(request.to_json())
        run.begin()
        run.event("workflow_started", cwd=str(run.work), snakemake_version="9.27.1")
        nodes = [{"rule": rule} for rule in RULES]
        links = [{"source": a, "target": b} for a, b in LINKS]
        run.event("rulegraph", rulegraph={"nodes": nodes, "links": links})
        each = jobs // (len(RULES) - 1)
        stats = {rule: each for rule in RULES[:-1]} | {"all": 1}
        run.event("run_info", stats={**stats, "total": sum(stats.values())})
        return run

    def _me(self) -> str:
        return str(self._service.get("/api/v1/session").json()["user"])

    def _go_on(self, run: RecordedRun) -> None:
        begin = time.time() - 20 * 40
        for job in range(1, 21):
            rule = RULES[(job - 1) // 10]
            log = LOG.format(rule=rule, job=job)
            start = begin + 40 * (job - job % 4)
            run.job(job, log, rule=rule, at=start)
            told = f"PROGRESS: {job * 4}% - chr{job}" if job < 20 else READING
            file = run.log(log, f"reading sample s{job}\n{told}\n")
            if job <= 16:
                end = start + 60 + 15 * (job % 5)
                os.utime(file, (end, end))  # what is written after a job is not its log
                run.event("job_finished", jobid=job, at=end)
        run.event("progress", done=16, total=41)

    def _fail(self, run: RecordedRun) -> None:
        for job, rule in enumerate(RULES[:3], 1):
            log = LOG.format(rule=rule, job=job)
            run.job(job, log, rule=rule)
            run.log(log, "reading <b>calls</b>\nWARNING: 3 records have no genotype\n")
            if job < 3:
                run.finish(job)
        error = {
            "error_class": "permanent",
            "code": 65,
            "message": "s3.vcf.gz: truncated after chr7:140753336",
            "hint": "fetch it again, then redrive",
        }
        run.log(log, json.dumps(error) + "\n")
        run.event("progress", done=2, total=9)
        run.fail(3, RULES[2])
        run.event("progress", done=2, total=9)
        run.end(State.FAILED, "1 job failed", 1)

    def _complete(self, run: RecordedRun) -> None:
        for job, rule in enumerate(RULES, 1):
            log = LOG.format(rule=rule, job=job)
            run.job(job, log, rule=rule)
            run.log(log, "done\n")
            if rule == "all":
                run.log(log, line(BRAF) + "".join(lines(400)))
                wrong = {"chrom": "chr1", "pos": 5, "ref": "A", "alt": "C", "message": "REF is G"}
                run.log(log, line(wrong, "variant_error"))
            run.finish(job)
        self._write_results(run)
        run.end()

    def _write_results(self, run: RecordedRun) -> None:
        results = {
            "small_variants/HG002": with_extras(small_summary("HG002", small_rows(strata=8))),
            "structural_variants/HG002": sv_summary("HG002"),
            "calibration/newborns": calibration_summary(),
            "screen/EC958/EC958": screen_summary(),
            "screen/K12/K12": clean_summary(),
            "annotation/tumour": annotation_summary(8),
        }
        for name, summary in results.items():
            file = run.work / "results" / f"{name}.summary.json"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(summary))
        write_differences(run.work / "results" / "small_variants", "HG002")
        for sample, coverage in {"HG002": PASS, "HG003": WARN, "HG004": FAIL}.items():
            judge(run.run_dir, sample, coverage)
