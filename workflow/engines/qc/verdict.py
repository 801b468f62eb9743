"""Pass, warn or fail: one sample against thresholds and a cohort, with the reason in words."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from engines.contract.wording import either
from engines.qc.metric import Key
from engines.qc.spread import Distribution, Place
from engines.qc.thresholds import LEVELS, Threshold

# the worst first; `none` says that there is no verdict
VERDICTS = ("fail", "warn", "pass", "none")
UNUSUAL = 5.0  # |z| from which on a metric is listed for which nobody set a threshold
SIMILAR = 0.8  # of two names, from which on one may be meant by the other

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Verdict:
    """What was found on one metric.

    Attributes:
        row: None where the sample does not have it.
        without: the category, or the kind of file, of which nothing was collected; else empty.
    """

    threshold: Threshold
    row: Row | None
    verdict: str
    reason: str
    place: Place | None
    without: str = ""


def judge(
    rows: list[Row],
    thresholds: tuple[Threshold, ...],
    minimum: int,
    place_of: Callable[[Row], Place | None],
) -> list[Verdict]:
    """The verdict of every threshold; several where its group is ``*``.

    Args:
        rows: the sample's metrics.
        minimum: how many other samples a z-score needs.
        place_of: where a row's value stands in the cohort.
    """
    named: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        named.setdefault((row["category"], row["metric"]), []).append(row)
    found = []
    for threshold in thresholds:
        fitting = [
            row
            for row in named.get((threshold.category, threshold.metric), [])
            if threshold.source in (None, row["source"]) and threshold.group in ("*", row["group"])
        ]
        for row in fitting:
            found.append(_one(threshold, row, minimum, place_of(row)))
        if not fitting:
            found.append(_missing(threshold, rows))
    return found


def _missing(threshold: Threshold, rows: list[Row]) -> Verdict:
    """The metric is not there: say what is near."""
    of_category = {row["metric"] for row in rows if row["category"] == threshold.category}
    known, without = threshold.metric in of_category, ""
    if not of_category:
        without = threshold.category
    elif not known and threshold.source not in {None, *(row["source"] for row in rows)}:
        without = str(threshold.source)
    if without:
        why = f"not measured: nothing of {without} was collected"
    elif known:
        groups = sorted({r["group"] for r in rows if r["metric"] == threshold.metric})
        shown = ", ".join(repr(group) for group in groups[:5])
        why = f"not measured with this source and group; there are the groups {shown}"
    else:
        why = f"not measured: not in the files of {threshold.category}"
        if near := get_close_matches(threshold.metric, of_category, 1, SIMILAR):
            why += f"; did you mean {near[0]}?"
    return Verdict(threshold, None, threshold.missing, why, None, without)


def by_what_is_missing(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """Category or kind of file of which nothing was collected → the metrics without a verdict."""
    found: dict[str, list[str]] = {}
    for each in verdicts:
        found.setdefault(each.without, []).append(each.threshold.metric)
    return [{"of": name, "metrics": metrics} for name, metrics in found.items()]


def not_measured(found: Iterable[Mapping[str, Any]]) -> tuple[int, str]:
    """How many metrics :func:`by_what_is_missing` names, and all of it in words."""
    groups = list(found)
    told = "; ".join(f"{each['of']} ({', '.join(each['metrics'])})" for each in groups)
    count = sum(len(each["metrics"]) for each in groups)
    return count, f"not measured: nothing was collected of {told}" if groups else ""


def _one(threshold: Threshold, row: Row, minimum: int, place: Place | None) -> Verdict:
    value = row["value"]
    if threshold.allowed is not None:
        return _text(threshold, row)
    if value is None:
        return Verdict(threshold, row, threshold.missing, "not available (NA)", None)
    if not isinstance(value, int | float):
        verdict = threshold.missing
        return Verdict(threshold, row, verdict, f"{value} cannot be compared with a number", None)
    broken = {level: _breaches(threshold, level, row, minimum, place) for level in LEVELS}
    for level in LEVELS:
        if broken[level]:
            return Verdict(threshold, row, level, "; ".join(broken[level]), place)
    judged = any(
        bounds.lowest is not None or bounds.highest is not None for bounds in _all(threshold)
    )
    by_z = [bounds.z for bounds in _all(threshold) if bounds.z is not None]
    parts = [f"{shown(value, row['unit'])} is within its bounds"] if judged else []
    if by_z:
        usable = place is not None and place.n >= minimum and place.z is not None
        judged |= usable
        parts.append(_no_z(place, minimum) if not usable else _where(place))
    return Verdict(threshold, row, "pass" if judged else "none", "; ".join(parts), place)


def _text(threshold: Threshold, row: Row) -> Verdict:
    value, allowed = row["value"], threshold.allowed or ()
    if value is None:
        return Verdict(threshold, row, threshold.missing, "not available (NA)", None)
    if str(value) in allowed:
        of_several = f"{value} is {either(allowed)}" if len(allowed) > 1 else str(value)
        return Verdict(threshold, row, "pass", of_several, None)
    return Verdict(threshold, row, threshold.otherwise, f"{value} is not {either(allowed)}", None)


def _all(threshold: Threshold) -> list[Any]:
    return list(threshold.bounds.values())


def _breaches(
    threshold: Threshold, level: str, row: Row, minimum: int, place: Place | None
) -> list[str]:
    """What is wrong by the bounds of one level, in words."""
    bounds = threshold.bounds.get(level)
    if bounds is None:
        return []
    value, unit, found = row["value"], row["unit"], []
    if bounds.lowest is not None and value < bounds.lowest:
        found.append(f"{shown(value, unit)} is less than {shown(bounds.lowest, unit)}")
    if bounds.highest is not None and value > bounds.highest:
        found.append(f"{shown(value, unit)} is more than {shown(bounds.highest, unit)}")
    if bounds.z is not None and place and place.z is not None and place.n >= minimum:
        low, high = place.z < -bounds.z, place.z > bounds.z
        if (low and threshold.direction != "high") or (high and threshold.direction != "low"):
            found.append(f"{_where(place)}, beyond {'-' if low else ''}{bounds.z:g}")
    return found


def _where(place: Place | None) -> str:
    if place is None or place.z is None:
        return ""
    by = "" if place.by != "mean deviation" else ", by the mean deviation, as the MAD is 0"
    return (
        f"z {round(place.z, 2) + 0.0:.2f} (median {figure(place.median)} of {place.n} samples{by})"
    )


def _no_z(place: Place | None, minimum: int) -> str:
    """Why there is no verdict by z-score."""
    if place is None:
        return "no verdict by z-score: no other sample has it"
    if place.n < minimum:
        samples = "samples" if place.n > 1 else "sample"
        return f"no verdict by z-score: {place.n} other {samples}, fewer than {minimum}"
    return f"no z-score: all {place.n} others are {figure(place.median)}, and this one is not"


def figure(value: float) -> str:
    """A number as texts show it: six digits, thousands apart."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:,.6g}" if abs(value) < 1e6 else f"{value:,.0f}"


def shown(value: float, unit: str) -> str:
    """A number with its unit."""
    if unit == "%":
        return f"{figure(value)} %"
    return f"{figure(value)} {unit}".rstrip()


def worst(verdicts: list[Verdict]) -> str:
    """The sample's verdict; ``none`` where nothing could be judged."""
    given = {each.verdict for each in verdicts}
    return next((verdict for verdict in VERDICTS if verdict in given), "none")


def unusual(
    values: Mapping[Key, float],
    sample: str,
    distributions: Mapping[Key, Distribution],
    judged: set[Key],
    minimum: int,
) -> list[tuple[Key, float, Place]]:
    """Metrics without a threshold that are far from all others, the farthest first."""
    found = []
    for key, value in values.items():
        if key in judged or key not in distributions:
            continue
        place = distributions[key].place(sample, value)
        if place and place.n >= minimum and place.z is not None and abs(place.z) >= UNUSUAL:
            found.append((key, value, place))
    return sorted(found, key=lambda each: (-abs(each[2].z or 0), each[0]))
