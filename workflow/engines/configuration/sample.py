"""One row with a sequenced sample: what is at hand, what is fetched, what is left out and why."""

import os
from collections.abc import Iterator
from typing import Any

from engines.configuration.commands import happy_engine
from engines.configuration.libraries import Library
from engines.configuration.plan import FETCHED, Sample, Truth
from engines.configuration.problems import Problems
from engines.configuration.settings import builds, no_build
from engines.configuration.sheet import NONE, QUERIES, SEQUENCED, Row
from engines.configuration.truth import check_giab, find_truth

RESULTS = "results/small_variants"


def is_sequenced(row: Row) -> bool:
    """Whether a row has calls, metrics or alignments, or says where they are."""
    return any(row.cells.get(column, NONE) != NONE for column in SEQUENCED)


def find_sample(
    row: Row, config: dict[str, Any], problems: Problems, library: Library | None = None
) -> Sample | None:
    """A row with its truths, or lines in ``problems``.

    Args:
        library: its reads, where they are aligned or called.
    """
    build = row.get("build") or config["build"]
    if build not in builds(config):
        if row.get("build"):
            problems.add(row.where("build"), no_build(build, config))
        return None
    check_giab(row, problems)
    at_source = set(_at_source(row, config))
    truths, left_out = _truths(row, build, at_source, config, problems)
    queries = {
        kind: row.get(kind) or f"{FETCHED}/{row.sample}/{kind}.vcf.gz"
        for kind in QUERIES
        if kind in truths or (kind not in at_source and row.cells.get(kind, NONE) != NONE)
    }
    fetched = tuple(role for role in config["fetch"]["roles"] if role in at_source - set(left_out))
    _check_source(row, fetched, left_out, problems)
    _check_engine(row, queries, fetched, config, problems)
    _check_baseline(row, queries, left_out, config, problems)
    return Sample(
        name=row.sample,
        build=build,
        queries=queries,
        truths=truths,
        target=row.get("target"),
        sex=row.get("sex") or "auto",
        query_sample=row.get("query_sample"),
        source=row.get("source"),
        fetched=fetched,
        metrics=_place(row, "metrics", fetched, "/metrics"),
        alignments=library.alignments(config)
        if library and library.is_aligned_here
        else _place(row, "alignments", fetched, ""),
        alias=row.get("alias"),
        day=row.get("date"),
        left_out=left_out,
        baseline=row.get("baseline"),
    )


def _truths(
    row: Row, build: str, at_source: set[str], config: dict[str, Any], problems: Problems
) -> tuple[dict[str, Truth], dict[str, str]]:
    """The truth for each kind of calls; and the kinds at the source that nobody has one for."""
    truths: dict[str, Truth] = {}
    left_out: dict[str, str] = {}
    for kind in QUERIES:
        if kind in at_source or row.cells.get(kind, NONE) != NONE:
            reasons = left_out if kind in at_source else None
            truth = find_truth(row, kind, build, config["references"], problems, reasons)
            if truth:
                truths[kind] = truth
    return truths, left_out


def _at_source(row: Row, config: dict[str, Any]) -> Iterator[str]:
    """Roles that are to come from column source: those that are wanted and not named."""
    if row.get("source"):
        yield from (role for role in config["fetch"]["roles"] if role not in row.cells)


def _place(row: Row, column: str, fetched: tuple[str, ...], below: str) -> str | None:
    """The path of metrics or alignments; of fetched ones that of the link."""
    if column in fetched:
        return f"{FETCHED}/{row.sample}{below}"
    cell = row.get(column)
    return None if cell == NONE else cell


def _check_source(
    row: Row, fetched: tuple[str, ...], left_out: dict[str, str], problems: Problems
) -> None:
    """Is there a use for column source, and anything to do?"""
    if not row.get("source") or fetched:
        return
    if left_out:
        reasons = "; ".join(f"{kind.replace('_', ' ')}: {why}" for kind, why in left_out.items())
        if not any(row.cells.get(column, NONE) != NONE for column in SEQUENCED[1:]):
            what = f"nothing to do: there are no metrics to fetch, and no truth ({reasons})"
            problems.add(row.where("source"), what)
        return
    what = "nothing would be fetched: each of fetch.roles has a file in its column, or none"
    problems.add(row.where("source"), what)


def _check_engine(
    row: Row,
    queries: dict[str, str],
    fetched: tuple[str, ...],
    config: dict[str, Any],
    problems: Problems,
) -> None:
    """Can hap.py do it, where it is asked to?"""
    if "small_variants" not in queries or not happy_engine(config):
        return
    if row.get("query_sample"):
        problems.add(row.where("query_sample"), "hap.py cannot choose a sample; use engine builtin")
    if "small_variants" in fetched and len(config["fetch"]["patterns"]["small_variants"]) != 1:
        what = "hap.py goes by the name of a gVCF; give one pattern in "
        problems.add(row.where("source"), f"{what}fetch.patterns.small_variants")


def _check_baseline(
    row: Row,
    queries: dict[str, str],
    left_out: dict[str, str],
    config: dict[str, Any],
    problems: Problems,
) -> None:
    """Is there something to compare with the earlier summary, and does it outlive this run?"""
    earlier = row.get("baseline")
    if not earlier:
        return
    where = row.where("baseline")
    if "small_variants" not in {*queries, *left_out}:
        problems.add(where, "is for small variants, and this row has none; leave it empty")
    elif happy_engine(config):
        engine = config["small_variants"]["engine"]
        problems.add(where, f"is for engine builtin, not {engine}; leave it empty")
    elif os.path.realpath(earlier) == os.path.realpath(f"{RESULTS}/{row.sample}.summary.json"):
        problems.add(where, "is what this run itself writes; copy it elsewhere, and name the copy")
