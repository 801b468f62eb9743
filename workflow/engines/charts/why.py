"""Why a sample has no result: the last words of its jobs' logs."""

import json
import os
import re
from bisect import bisect_left
from collections.abc import Iterator
from itertools import islice, takewhile
from pathlib import Path

from engines.charts.summaries import (
    ANNOTATION,
    CALIBRATION,
    QC,
    SCREEN,
    SMALL_VARIANTS,
    STRUCTURAL_VARIANTS,
)

ATTEMPT = "=== attempt"  # the line that the workflow puts before each
TAIL = 8192  # bytes of a log that are searched for its last error
MOST = 3  # logs that are quoted; chunks of a genome fail by the dozen
# kind → ends of the names of its rules (`logs/{rule}/{sample}.log`); other kinds do not count
RULES_OF = {
    SMALL_VARIANTS: ("small_variants", "small_variants_with_happy"),
    STRUCTURAL_VARIANTS: ("structural_variants",),
    CALIBRATION: ("calibrate",),
    ANNOTATION: ("annotate",),
    SCREEN: ("screen", "ensure_resistance"),
    QC: (
        *("qc", "metrics", "samtools_stats", "bcftools_stats", "multiqc", "fetch_alignments"),
        *("fetch_small_variants", "mosdepth", "low_coverage", "check_genotypes"),
    ),
}
# Rules whose logs have a lane, or a caller and a chunk, behind the sample; and those that a caller
# waits for.
LANES = ("check_reads", "align_lane", "align_long_reads")
READS = (*LANES, "check_alignments", "simulate_reads", "realign", "mark_duplicates", "gather_lanes")
CALLS = re.compile(r"(split_calling|gather_calls|keep_calls|call_.+|score_.+)")
_WHOLE, _LANE = re.compile(r"\.log"), re.compile(r"(\.[A-Za-z0-9_-]+)?\.log")
_CHUNK = re.compile(r"(\.[A-Za-z0-9_-]+)?(\.\d{4})?\.log")


class Logs:
    """The log folder of a run: ``logs/{rule}/{sample}.log``, and those of a sample's parts.

    Args:
        folder: which need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: dict[str, list[str]] | None = None

    def last_error(self, sample: str, kind: str, library: str | None = None) -> str:
        """What the jobs of a sample ended with: of those that failed, else that may not have ended.

        Args:
            kind: of the result that is missing, empty where any would do.
            library: whose reads were called, where the sample is a call set of this run.
        """
        found: dict[str, list[str]] = {"failed": [], "open": [], "done": []}
        for rule, log in self._logs_of(sample, library):
            if log.is_file() and _may_explain(rule, kind):
                words, state = _last_words(_tail(log))
                if state == "open" and _measured(log):
                    state = "done"
                found[state].append(f"{log}: {words}")
        worst = found["failed"] or found["open"]
        if not worst:
            return "not started; see what failed or was cancelled before it"
        more = [f"and {len(worst) - MOST} more logs"] if len(worst) > MOST else []
        return "; ".join(worst[:MOST] + more)

    def _logs_of(self, sample: str, library: str | None) -> Iterator[tuple[str, Path]]:
        if self._names is None:
            folders = sorted(self._folder.glob("*/"))
            self._names = {each.name: sorted(os.listdir(each)) for each in folders}
        for rule, names in self._names.items():
            of = [(sample, _CHUNK if CALLS.fullmatch(rule) else _ending(rule))]
            if library and rule in READS:
                of.append((library, _ending(rule)))
            for name, ending in of:
                for file in _beginning(names, name):
                    if ending.fullmatch(file, len(name)):
                        yield rule, self._folder / rule / file
        yield "judge_qc", self._folder / "judge_qc.log"


def _ending(rule: str) -> re.Pattern[str]:
    return _LANE if rule in LANES else _WHOLE


def _beginning(names: list[str], text: str) -> Iterator[str]:
    """Of sorted names, those that begin so."""
    at = bisect_left(names, text)
    return takewhile(lambda name: name.startswith(text), islice(names, at, None))


def _measured(log: Path) -> bool:
    """Whether its job was measured to the end, of which some tools say nothing."""
    measured = log.with_suffix(".benchmark.tsv")
    return measured.is_file() and measured.stat().st_mtime >= log.stat().st_mtime


def _tail(log: Path) -> list[str]:
    with open(log, "rb") as handle:
        handle.seek(max(0, log.stat().st_size - TAIL))
        return handle.read().decode(errors="replace").splitlines()


def _may_explain(rule: str, kind: str) -> bool:
    """Whether a result of this kind may hang on the rule; one that is not known may."""
    of = {each for each, ends in RULES_OF.items() if rule.endswith(ends)}
    return not kind or not of or kind in of


def _last_words(lines: list[str]) -> tuple[str, str]:
    """Of the last attempt: its error, else its last line; and if it is failed, open or done."""
    starts = [at for at, line in enumerate(lines) if line.startswith(ATTEMPT)]
    lines = lines[starts[-1] + 1 :] if starts else lines
    messages = [message for line in lines if (message := _message(line))]
    spoken = [line for line in lines if line.strip() and not line.startswith('{"type"')]
    if messages:
        return messages[-1], "failed"
    last = spoken[-1][:200] if spoken else "it was interrupted, or is not done; run it again"
    ended = any(line.startswith('{"type": "result"') for line in lines)
    return last, "done" if ended else "open"


def _message(line: str) -> str:
    """Of an engine's last line, or of what `plumbline attempt` makes of it; else empty."""
    if not line.startswith(('{"error_class"', '{"type": "error"')):
        return ""
    try:
        return str(json.loads(line).get("message", ""))
    except ValueError:
        return ""
