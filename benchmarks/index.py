"""The index: how fast many runs are listed, searched and read again.

    python benchmarks/index.py --runs 10000 --jobs 30

Makes journals of that many runs, rebuilds the index from them, and prints the rate,
the size, and the best and the worst time of what a page asks for.
"""

import argparse
import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from control.events.index import Index
from control.events.index_rows import RunFilter, Viewer
from control.events.index_writer import IndexWriter
from control.events.job_attempts import JobAttempt
from control.events.journal import Draft, Journal
from control.events.log_lines import log_line
from control.events.run_facts import RunFacts
from control.events.translate import Translator
from control.record.lines import timestamp
from control.record.request import Request
from control.record.run_dir import Run, RunDir, State

START = 1_795_000_000
LINE = "[M::mem_process_seqs] Processed 66666 reads in 10.123 CPU sec, 1.282 real sec"


def run_id(number: int) -> str:
    """Of the run that starts `number` minutes after the first one."""
    time_ = time.gmtime(START + 60 * number)
    return time.strftime("%Y%m%d-%H%M%S", time_) + f"-{number % 65536:04x}"


def drafts_of(number: int, jobs: int, lines: int) -> list[Draft]:
    """The messages of a run."""
    translator, at = Translator(), timestamp(START + 60 * number)
    run = Run(State.RUNNING, command="snakemake --cores 8", workdir="/data", start=at)
    asked = Request(user=f"user{number % 7}", name=f"Sample {number}", analysis="compare")
    drafts = translator.status(State.RUNNING, run, asked, at, owner=asked.user)

    def event(name: str, **fields: Any) -> None:
        drafts.extend(translator.event({"time": at, "level": "info", "event": name, **fields}))

    event("workflow_started", cwd="/data")
    for jobid in range(jobs):
        event("job_started", jobs=[jobid])
        facts = {"rule_name": f"rule{jobid % 12}", "wildcards": {"sample": f"S{number}"}}
        event("job_info", jobid=jobid, local=True, threads=1, reason="Missing output", **facts)
        attempt: JobAttempt = translator.jobs[jobid]
        drafts.extend(log_line(attempt, LINE, at) for _ in range(lines))
        is_failed = number % 10 == 0 and jobid == 0
        event("job_error" if is_failed else "job_finished", jobid=jobid)
        event("progress", done=jobid + 1, total=jobs)
    state = State.FAILED if number % 10 == 0 else State.COMPLETED
    end = timestamp(START + 60 * number + number % 500)
    ended = Run(state, command=run.command, workdir="/data", start=at, end=end)
    return drafts + translator.status(state, ended, asked, end, owner=asked.user)


def make_runs(folder: Path, runs: int, jobs: int, lines: int) -> tuple[list[RunFacts], int]:
    """Run directories with their journals; and how many messages they hold."""
    facts, messages = [], 0
    sync, os.fsync, os.fdatasync = os.fsync, lambda _: None, lambda _: None
    for number in range(runs):
        run_dir = RunDir(folder / "runs" / run_id(number))
        run_dir.path.mkdir(parents=True)
        facts.append(RunFacts.of(run_dir, folder / "journals"))
        journal = Journal(facts[-1].journal, run_dir.run_id)
        drafts = drafts_of(number, jobs, lines)
        messages += len(drafts)
        journal.append(drafts, {})
        journal.close()
    os.fsync = sync
    return facts, messages


def measure(what: str, ask: Callable[[], Any], times: int = 20) -> None:
    """Ask again and again, and print the best and the worst time."""
    taken = []
    for _ in range(times):
        begin = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - begin)
    print(f"  {what:42} best {1000 * min(taken):7.2f} ms  worst {1000 * max(taken):7.2f} ms")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=30, help="of each run")
    parser.add_argument("--lines", type=int, default=20, help="of each job's log")
    options = parser.parse_args()
    print(f"machine: {platform.platform()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    print(f"python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        facts, messages = make_runs(folder, options.runs, options.jobs, options.lines)
        writer, begin = IndexWriter(folder / "index.db"), time.perf_counter()
        writer.rebuild(facts)
        taken = time.perf_counter() - begin
        size = (folder / "index.db").stat().st_size
        print(f"rebuild: {options.runs} runs, {messages} messages in {taken:.1f} s:", end=" ")
        print(f"{messages / taken:,.0f} messages/s, {options.runs / taken:,.0f} runs/s")
        print(f"size: {size / 1e6:.0f} MB, {size / options.runs / options.jobs:.0f} bytes a job")
        ask(Index(folder / "index.db"), writer, facts)
        writer.close()


def ask(index: Index, writer: IndexWriter, facts: list[RunFacts]) -> None:
    """What a page asks for, and what a busy run costs."""
    second = index.runs(limit=100).cursor
    last = facts[-1].run_id
    mine = RunFilter(visible_to=Viewer("user3", 1000))
    measure("page of 100 runs", lambda: index.runs(limit=100))
    measure("next page", lambda: index.runs(limit=100, cursor=second))
    measure("page of 100, longest first", lambda: index.runs(limit=100, sort="duration"))
    measure("page of 100 of one user", lambda: index.runs(mine, limit=100))
    measure("page of 100 by text", lambda: index.runs(RunFilter(text="mple 99"), limit=100))
    measure("page of 100 by rule", lambda: index.runs(RunFilter(rule="rule3"), limit=100))
    measure("all runs at once", lambda: index.runs(limit=len(facts)), times=5)
    measure("jobs of a run", lambda: index.jobs(last))
    measure("a job with its details", lambda: index.job(last, 3))
    measure("runs by state", index.run_counts)
    measure("jobs by rule and state, of all runs", index.rule_stats, times=5)
    measure("look at a journal without news", lambda: writer.catch_up(facts[0]))
    measure("happenings", lambda: index.happenings(timestamp(START + 60 * len(facts) - 6000)))


if __name__ == "__main__":
    main()
