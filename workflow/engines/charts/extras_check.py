"""What a small-variant summary may hold beside its rows, checked key by key as the rows are."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engines.charts.summaries import _Check

POINT_COUNTS = ("truth_tp", "truth_fn", "query_tp", "query_fp")
CONTEXT_COUNTS = ("clusters", "truth_fn", "query_fp")
CHANGED_COUNTS = ("truth_fn", "query_fp")
CHANGED_SHARES = ("recall", "precision")
LABELS = ("type", "subtype", "subset", "filter")


def check(file: "_Check", data: dict[str, Any]) -> None:
    """Curves, clusters by context and changes against an earlier summary, where there are any.

    Raises:
        BadData: a key is missing or impossible.
    """
    if data.get("roc"):
        _curves(file, file.nested(data, "roc"))
    if data.get("differences"):
        found = file.nested(data, "differences")
        file.counts(found, "differences.", "clusters")
        file.entries(found, "by_context", ("context",), CONTEXT_COUNTS, "differences.")
    if data.get("baseline"):
        _changes(file, file.nested(data, "baseline"))


def _curves(file: "_Check", roc: dict[str, Any]) -> None:
    file.text(roc, "roc.", "field")
    file.entries(roc, "curves", ("type", "filter"), (), "roc.")
    for number, curve in enumerate(roc["curves"]):
        where = f"roc.curves[{number}]."
        file.entries(curve, "points", (), POINT_COUNTS, where)
        for place, point in enumerate(curve["points"]):
            at = f"{where}points[{place}]."
            for key in ("recall", "precision"):
                file.fraction(point, at, key)
            _number(file, point, at, "level")


def _changes(file: "_Check", baseline: dict[str, Any]) -> None:
    file.text(baseline, "baseline.", "name")
    file.entries(baseline, "rows", LABELS, (), "baseline.")
    for number, row in enumerate(baseline["rows"]):
        where = f"baseline.rows[{number}]."
        for key in CHANGED_COUNTS:
            file.counts(file.nested(row, key, where), f"{where}{key}.", "old", "new")
        for key in CHANGED_SHARES:
            share, at = file.nested(row, key, where), f"{where}{key}."
            file.text(share, at, "word")
            file.fraction(share, at, "old")
            file.fraction(share, at, "new")
            for name in ("difference", "low", "high"):
                _number(file, share, at, name)


def _number(file: "_Check", data: dict[str, Any], where: str, key: str) -> None:
    if type(data.get(key, file)) not in (int, float, type(None)):
        file.fail(where + key, file.found(data, key, "a number or null"))
