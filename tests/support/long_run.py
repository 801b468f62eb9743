"""A run with 10,000 jobs and 100,000 messages, and lines that tell of tiered variants."""

import json
import time
from typing import Any

from recorded_run import RecordedRun
from service import RealService, poll

from control.events.journal import JournalFiles
from control.record.lines import timestamp, to_line

JOBS, MESSAGES, RUNNING = 10_000, 100_000, 20
RULES = [f"{step}_{part}" for step in ("fetch", "align", "sort", "call") for part in range(5)]


def long_run(service: RealService) -> RecordedRun:
    """A running run with 10,000 jobs, 20 of them failed, and 100,000 messages."""
    run = RecordedRun(service.runs)
    run.begin()
    run.raw_event("".join(f"{line}\n" for line in _events(str(run.work))))
    poll(lambda: service.get(f"/api/v1/runs/{run.run_id}/jobs/{JOBS}").status_code == 200, 120)
    journal = JournalFiles.of(run.run_dir, service.state.journals)
    missing = MESSAGES - journal.committed().sequence
    text = "INFO: {} read 12,345 records of chr20:1,000,000-1,050,000\n"
    for job in range(JOBS - RUNNING, JOBS):
        lines = [text.format(number) for number in range(missing // RUNNING + 1)]
        run.log(f"logs/{RULES[job % len(RULES)]}/{job}.log", "".join(lines))
    poll(lambda: journal.committed().sequence >= MESSAGES, 120)
    return run


def _events(workdir: str) -> list[str]:
    """What Snakemake tells of it, up to now."""
    began = time.time() - JOBS
    lines: list[str] = []

    def event(name: str, at: float, **fields: Any) -> None:
        lines.append(to_line({"time": timestamp(at), "level": "info", "event": name, **fields}))

    links = [{"source": at, "target": at + 5} for at in range(len(RULES) - 5)]
    event("workflow_started", began, cwd=workdir, snakemake_version="9.27.1")
    event(
        "rulegraph", began, rulegraph={"nodes": [{"rule": each} for each in RULES], "links": links}
    )
    stats = dict.fromkeys(RULES, JOBS // len(RULES) + 5)
    event("run_info", began, stats=stats | {"total": sum(stats.values())})
    for job in range(1, JOBS + 1):
        at, rule = began + job, RULES[job % len(RULES)]
        log = f"logs/{rule}/{job}.log"
        event("job_started", at, jobs=[job])
        event("job_info", at, jobid=job, rule_name=rule, wildcards={"sample": f"s{job:05}"},
              log=[log], input=[f"in/{job}"], output=[f"out/{job}"], local=True, threads=1,
              resources={"mem_mb": 4000}, reason="Missing output files")  # fmt: skip
        if job % 500 == 0:
            event("job_error", at + 60, jobid=job, rule_name=rule, log=[log],
                  rule_msg="exit code 1", aux={})  # fmt: skip
        elif job < JOBS - RUNNING:
            event("job_finished", at + 60, jobid=job)
        if job % 100 == 0:
            event("progress", at + 60, done=job, total=sum(stats.values()))
    return lines


def variant(number: int) -> str:
    """A line of a log that tells of a tiered variant (docs/messages.md); each is another."""
    tier, level = ("I", "II", "III", "IV")[number % 4], "ABCD"[number % 4]
    evidence = {"id": f"EID{number}", "url": f"https://example.org/{number}", "level": level}
    data = {
        "chrom": f"chr{number % 22 + 1}", "pos": 10_000 + number * 37, "ref": "A", "alt": "T",
        "gene": f"GENE{number % 700}", "hgvs_p": f"p.Val{number % 900}Glu",
        "consequence": "missense_variant", "tier": tier, "level": level, "vaf": 0.25, "depth": 400,
        "oncogenicity": "Likely oncogenic", "confidence": number % 100 / 100,
        "evidence": [evidence] * 3, "tier_reason": "It says why in a sentence of some words.",
        "texts": [{"type": "General Gene Info", "text": "Many words of this gene. " * 8}],
    }  # fmt: skip
    return json.dumps({"type": "variant_update", "data": data})
