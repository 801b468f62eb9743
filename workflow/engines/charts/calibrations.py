"""What a list of calibrations says of each fit: the largest cause before and after."""

from collections.abc import Iterable, Mapping
from typing import Any

from engines.charts.summaries import Summary
from engines.charts.wording import DASH, percent

Row = dict[str, Any]

ATTENTION = ("Examples, not data", "Path correction stalled", "Warnings", "Deaths set aside")


def fit_rows(summaries: Iterable[Summary]) -> list[Row]:
    """A row per data set and fit, as texts; ``lambda`` is a dash where there is none."""
    return [
        {
            "dataset": summary.sample,
            "fit": fit["name"],
            "before": _words(largest(fit["uncalibrated"]), fit["uncalibrated"]),
            "after": _after(fit),
            "lambda": DASH if fit["lambda"] is None else f"{fit['lambda']:.2f}",
            "age_group": summary.data["age_group"],
            "country": summary.data["country"],
            "engine": engine_of(summary.data),
        }
        for summary in summaries
        for fit in summary.data["fits"]
    ]


def largest(fractions: Mapping[str, float]) -> str:
    """The cause with the largest fraction; the first of them in the order of the input."""
    return max(fractions, key=lambda cause: fractions[cause])


def engine_of(data: Mapping[str, Any]) -> str:
    """``builtin 0.1.0 (as 2.2)``, or ``vacalibration 2.2``."""
    engine = data["engine"]
    as_ = f" (as {engine['compat']})" if engine["compat"] else ""
    return f"{engine['name']} {engine['version']}{as_}"


def _words(cause: str, fractions: Mapping[str, float]) -> str:
    return f"{cause} {percent(fractions[cause])} %"


def _after(fit: Mapping[str, Any]) -> str:
    if not fit["calibrated"]:
        return "not calibrated"
    cause = largest(fit["mean"])
    if cause in fit["not_calibrated"]:  # its interval is that point: no sign of being sure
        return f"{_words(cause, fit['mean'])} (not calibrated)"
    if fit["lower_ci"][cause] is None:
        why = "stalled" if fit["stalled"] else "no interval"
        return f"{_words(cause, fit['mean'])} ({why})"
    ends = f"{percent(fit['lower_ci'][cause])}, {percent(fit['upper_ci'][cause])}"
    return f"{_words(cause, fit['mean'])} [{ends}]"


def attention(summaries: Iterable[Summary]) -> dict[str, dict[str, Any]]:
    """What to know before the numbers are believed, each by data set."""
    found: dict[str, dict[str, Any]] = {what: {} for what in ATTENTION}
    for summary in summaries:
        data = summary.data
        stalled = [fit["name"] for fit in data["fits"] if fit["stalled"]]
        aside = sum(each["undetermined"] for each in data["inputs"])
        values = (
            *("" if data["example"] else None, f"({', '.join(stalled)})" if stalled else None),
            *(len(data["warnings"]) or None, aside or None),
        )
        for what, number in zip(ATTENTION, values, strict=True):
            if number is not None:
                found[what][summary.sample] = number
    return {what: by_set for what, by_set in found.items() if by_set}


def as_data(summary: Summary) -> dict[str, Any]:
    """The same for programs, see `results.schema.json`."""
    data = summary.data
    return {
        "dataset": summary.sample,
        "file": str(summary.path),
        "age_group": data["age_group"],
        "country": data["country"],
        "engine": {key: data["engine"][key] for key in ("name", "version", "compat")},
        "example": data["example"] is not None,
        "rows": [_fit_data(fit) for fit in data["fits"]],
        "warnings": data["warnings"],
        "undetermined": sum(each["undetermined"] for each in data["inputs"]),
    }


def _fit_data(fit: Mapping[str, Any]) -> dict[str, Any]:
    before, after = largest(fit["uncalibrated"]), largest(fit["mean"])
    return {
        "fit": fit["name"],
        "calibrated": fit["calibrated"],
        "stalled": fit["stalled"],
        "stalled_members": fit["stalled_members"],
        "lambda": fit["lambda"],
        "largest_before": {"cause": before, "fraction": fit["uncalibrated"][before]},
        "largest_after": {
            "cause": after,
            "fraction": fit["mean"][after],
            "lower_ci": fit["lower_ci"][after],
            "upper_ci": fit["upper_ci"][after],
        },
    }
