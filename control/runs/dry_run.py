"""What a run would do, asked of the workflow itself by a dry run of Snakemake."""

import os
import re
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from control.events.event_fields import Malformed
from control.events.rule_graph import RuleGraph, TooLarge, graph_of
from control.record.lines import parse
from control.record.request import Request
from control.record.run_dir import RunDir
from control.runs.command import dry_run_command, rule_graph, targets_of
from control.runs.locked import locked
from control.runs.own_session import own_session
from control.runs.shared import environment
from control.runs.validation import CONFIGURATION, SHEET, Report
from control.settings import Settings, StateDir
from engines.contract.errors import TimedOut

SECONDS = 300
AT_ONCE = 2  # dry runs, of all web workers together; others wait for their turn
MOST_PLANNED = 500  # jobs that are described
LEFT_OUT = "Left out: "
"""How a line begins in which the workflow says what it will not do, and why."""

_JOB = re.compile(r"Job \d+: (.+)")
_COUNT = re.compile(r"(\w+) +(\d+)")
_IN_SHEET = re.compile(r"row (\d+)(?: \(sample (?:.*?)\))?(?:, column (\w+))?: (.+)")
_KEY = re.compile(r"([\w.-]+): (.+)")
# What Snakemake says of itself before it comes to the point.
_PREAMBLE = re.compile(
    r"(Using (workflow specific )?profiles?|Assuming unrestricted|SNAKEMAKE$|=+$|  \S[^:]*: |Config"
    r" file|host: |Building DAG|Provided )"
)


def dry_run(
    settings: Settings, run_dir: RunDir, request: Request, report: Report, seconds: float = SECONDS
) -> None:
    """Ask the workflow what it would do with a submission; ``report`` takes the answer.

    Args:
        run_dir: a folder laid out like a run; Snakemake leaves files in its ``work``.
        seconds: that it may take, once its turn has come.

    Raises:
        Busy: too many others wait.
        TimedOut: it took too long.
        BadData, BadUsage, NotPermitted: the request asks for what cannot be.
    """
    command = dry_run_command(settings, run_dir, request, targets_of(settings, request))
    state = StateDir(settings.state).make().path
    slots = [state / f"dry_run.{number}.lock" for number in range(AT_ONCE)]
    output = run_dir.path / "dry_run.log"
    with locked(slots, SECONDS, "dry runs"):
        code = _run(command, run_dir.path, environment(settings, os.environ), output, seconds)
    with open(output, encoding="utf-8", errors="replace") as lines:
        if code == 0:
            _read_plan(lines, report)
            report.graph = _read_graph(rule_graph(run_dir))
        else:
            _read_problems(lines, run_dir, report)


def _run(
    command: list[str], folder: Path, environ: Mapping[str, str], output: Path, seconds: float
) -> int:
    with (
        open(output, "wb") as log,
        own_session(
            command, cwd=folder, env=environ, stdout=log, stderr=subprocess.STDOUT
        ) as process,
    ):
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimedOut(
                f"the dry run took more than {seconds:g} seconds",
                hint="try again later, or submit fewer samples at once",
            ) from None


def _is_left_out(line: str) -> bool:
    """Whether a line says that something will not be done."""
    return line.lower().startswith(LEFT_OUT.lower())


def _read_plan(lines: Iterable[str], report: Report) -> None:
    in_table = False
    for number, line in enumerate(map(str.rstrip, lines)):
        if number % 5000 == 0:
            time.sleep(0)  # in a gevent worker: others have their turn
        if line == "Job stats:":
            in_table = True
        elif in_table and (count := _COUNT.fullmatch(line)):
            report.jobs[count[1]] = int(count[2])
        elif not line:
            in_table = False
        elif _is_left_out(line) and len(report.left_out) < MOST_PLANNED:
            report.left_out.append(line[len(LEFT_OUT) :])
        elif (job := _JOB.fullmatch(line)) and len(report.plan) < MOST_PLANNED:
            report.plan.append(job[1])
    report.jobs.pop("total", None)


def _read_graph(file: Path) -> RuleGraph:
    """The graph of rules; an empty one where it is too large, or Snakemake told none."""
    try:
        return graph_of(parse(file.read_bytes()))
    except (OSError, ValueError, Malformed, TooLarge):
        return RuleGraph()


def _read_problems(lines: Iterable[str], run_dir: RunDir, report: Report) -> None:
    """Lines of the workflow that name a place, each a problem; all else is one of them."""
    rest = []
    for line in _without_preamble(lines, run_dir):
        where, _, what = line.partition(", " if line.startswith(f"{SHEET}, ") else ": ")
        if where == SHEET and (cell := _IN_SHEET.fullmatch(what)):
            report.add_text(cell[3], file=SHEET, row=int(cell[1]), key=cell[2] or "")
        elif where == CONFIGURATION and (key := _KEY.fullmatch(what)):
            report.add_text(key[2], file=CONFIGURATION, key=key[1])
        elif where in (SHEET, CONFIGURATION):
            report.add_text(what, file=where)
        else:
            rest.append(line)
    if rest or not report.problems:
        said = " ".join(" ".join(rest[-30:]).split())[-1000:] or "without a word"
        report.add(f"the workflow cannot run: {said}", "see the targets and the configuration")


def _without_preamble(lines: Iterable[str], run_dir: RunDir) -> Iterator[str]:
    """Lines to the point, in which files of the run are called as they were sent."""
    for line in map(str.rstrip, lines):
        if line and not _PREAMBLE.match(line) and not _is_left_out(line):
            line = line.replace(f"{run_dir.path}/", "")
            yield re.sub(rf"^(?:\.\./)+(?={SHEET}|{CONFIGURATION})", "", line)
