"""Recall and precision by the query's score: the counts of each level, from the top.

A level is a multiple of the delta; a row of it counts the calls whose score is at least that.
(hap.py leaves out the first call of each level: with QUAL 60 everywhere its row of 60 counts one
call less than there are.) Calls without a score reach no level.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from engines.compare.core import native
from engines.compare.tables import Rows
from engines.compare.tally import AT, LEVEL_KEY, Array, Key, Levels, Tally, ratio

MOST_POINTS = 200
OF_QUERY = ("tp", "fp", "unk")
FOUND = [number for number, name in enumerate(native.DECISIONS) if name != "truth_fn"]


def level_rows(tally: Tally, delta: float, filters: Sequence[str]) -> Rows:
    """A row for each level of each type, subtype, subset and filter, of rising level."""
    shown = set(tally.shown())
    keys: list[Key] = []
    scores: list[float | None] = []
    counted = [np.zeros((0, len(native.COLUMNS)), dtype=np.int64)]
    for key, levels, counts in _groups(tally):
        subset = tally.subsets.index(key[2])
        if key[3] not in filters or (subset, int(key[0] == "INDEL")) not in shown:
            continue
        reached = levels != native.NO_LEVEL
        scores += (levels[reached] * delta).tolist()
        keys += [key] * int(reached.sum())
        counted.append(counts[reached])
    return Rows(keys, np.concatenate(counted), scores)


def _groups(tally: Tally) -> Iterator[tuple[Key, Array, Array]]:
    """Key, levels, and for each of them the row of the calls that reach it."""
    if tally.levels is None:
        return
    held = tally.levels
    keys = np.stack([held[name] for name in LEVEL_KEY[:3]], axis=1)
    bounds = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]).any(axis=1), True]).tolist()
    for start, end in pairwise(bounds):
        part = held[start:end]
        # a level that only missed truth calls have (they failed a filter) changes nothing
        found = part["counts"][:, FOUND].any(axis=1) | (part["level"] == native.NO_LEVEL)
        part = part[found]
        if not len(part):
            continue
        subset, kind, name = (int(part[column][0]) for column in LEVEL_KEY[:3])
        key = (
            "SNP" if kind == 0 else "INDEL",
            "*" if kind < 2 else native.KINDS[kind],
            tally.subsets[subset],
            native.FILTERS[name],
        )
        yield key, part["level"], _reached(part, tally.counts[subset, kind, name])


def _reached(part: Levels, whole: Array) -> Array:
    """Rows of the tally: what is counted from each level upwards, of all that is in ``whole``."""
    rows = np.zeros((len(part), len(native.COLUMNS)), dtype=np.int64)
    for column, prefix in (("counts", ""), ("ti", "_ti"), ("tv", "_tv")):
        above = part[column][::-1].cumsum(axis=0)[::-1]
        for number, decision in enumerate(native.DECISIONS):
            rows[:, AT[decision + prefix]] = above[:, number]
        # a truth call below the level is not found
        found, missed = AT["truth_tp" + prefix], AT["truth_fn" + prefix]
        rows[:, missed] = whole[found] + whole[missed] - rows[:, found]
    for column in ("fp_gt", "fp_al"):
        rows[:, AT[column]] = part[column][::-1].cumsum()[::-1]
    return rows


def without_score(tally: Tally) -> int:
    """How many query calls have no score, so that no level counts them."""
    if tally.levels is None:
        return 0
    held = tally.levels
    whole = (held["subset"] == 0) & (held["kind"] < 2) & (held["filter"] == 0)
    none = held[whole & (held["level"] == native.NO_LEVEL)]["counts"]
    return sum(int(none[:, native.DECISIONS.index(f"query_{name}")].sum()) for name in OF_QUERY)


def curves(tally: Tally, field: str, delta: float, filters: Sequence[str]) -> dict[str, Any] | None:
    """``roc`` of the summary; None where no query call has a score."""
    found = []
    for key, levels, counts in _groups(tally):
        if key[1:3] != ("*", "*") or key[3] not in filters:
            continue
        points = [
            point(None if level == native.NO_LEVEL else level * delta, values)
            for level, values in zip(levels.tolist(), counts, strict=True)
        ]
        if len(points) > 1 and points[0]["level"] is None and _same(points[0], points[1]):
            del points[0]  # the calls without a score are all missed ones
        if any(point["level"] is not None for point in points):
            found.append({"type": key[0], "filter": key[3], "points": thinned(points)})
    found.sort(key=lambda curve: (curve["type"], curve["filter"]))
    return {"field": field, "delta": delta, "curves": found} if found else None


def point(level: float | None, values: Array) -> dict[str, Any]:
    tp, fn, hits, wrong = (
        int(values[AT[name]]) for name in ("truth_tp", "truth_fn", "query_tp", "query_fp")
    )
    return {
        "level": level,
        "recall": ratio(tp, tp + fn),
        "precision": ratio(hits, hits + wrong),
        "truth_tp": tp,
        "truth_fn": fn,
        "query_tp": hits,
        "query_fp": wrong,
    }


def _same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return all(a[name] == b[name] for name in a if name != "level")


def thinned(points: list[dict[str, Any]], most: int = MOST_POINTS) -> list[dict[str, Any]]:
    """At most so many points, spread evenly along the curve; the ends stay."""
    if len(points) <= most:
        return points
    places = np.array([[point["recall"] or 0, point["precision"] or 0] for point in points])
    steps = np.hypot(*np.diff(places, axis=0).T)
    along = np.r_[0, np.cumsum(steps + 1e-12)]  # levels that change nothing are spread too
    wanted = np.linspace(0, along[-1], most)  # both ends are among them
    return [points[at] for at in np.unique(np.searchsorted(along, wanted)).tolist()]
