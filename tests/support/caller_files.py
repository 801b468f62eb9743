"""Summaries of callers of one sample, and how they stand side by side; numbers made up."""

from collections import Counter
from itertools import combinations
from typing import Any

from benchmark_extras import with_extras
from summary_files import small_row, small_summary

from engines.compare.callers import paired, verdict
from engines.compare.callers.run import SCHEMA

SUBSETS = ("*", "low_mappability")


def called(
    caller: str, fn: int, fp: int, sample: str = "demo", found: int = 1000
) -> dict[str, Any]:
    """The summary of one caller: so many of its variants are missed, so many calls wrong."""
    rows = [
        small_row(kind, (found - fn, fn, fp, 5), filter=each, subset=subset)
        for kind in ("SNP", "INDEL")
        for each in ("ALL", "PASS")
        for subset in SUBSETS
    ]
    told = {"sample": sample, "caller": caller}
    return with_extras(small_summary(f"{sample}.{caller}", rows, called=told), seed=fn)


def side_by_side(*summaries: dict[str, Any]) -> dict[str, Any]:
    """What `plumbline compare callers` says if every error is of one caller alone."""
    names = [each["called"]["caller"] for each in summaries]
    callers = [
        verdict.Caller.of(name, each["rows"]) for name, each in zip(names, summaries, strict=True)
    ]
    counted = paired.Counted()
    for number, caller in enumerate(callers):
        for (kind, name, subset), row in caller.rows.items():
            errors = {"missed": row["truth_fn"], "wrong": row["query_fp"]}
            errors[paired.PLACES] = sum(errors.values())
            for what, times in errors.items():
                at = counted.by.setdefault((what, kind, name, subset), Counter())
                at[1 << number] += times
    pairs = list(verdict.pair_rows(callers, counted))
    assert len(list(combinations(names, 2))) * 8 == len(pairs)
    first = summaries[0]
    return {
        "schema": SCHEMA,
        "version": "0.1.0",
        "sample": first["called"]["sample"],
        "callers": [{"name": n, "summary": f"{n}.summary.json", "query": n} for n in names],
        **{key: first[key] for key in ("truth", "reference", "confident", "target")},
        "level": verdict.LEVEL,
        "rows": verdict.number_rows(callers),
        "best": verdict.best_rows(callers, pairs),
        "pairs": pairs,
        "shared": paired.sets(counted, names),
        "warnings": [],
    }
