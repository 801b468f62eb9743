"""What fastp counts of the reads of a lane, before and after its filters; and of all lanes.

Layout: the JSON report of fastp (https://github.com/OpenGene/fastp, 0.20 to 0.24).
"""

import json
from collections.abc import Collection, Mapping
from typing import Any

from engines.qc.metric import Content, Metric, Unusable

KIND = "fastp"

# metric → unit, where it lies in the report; what is counted adds up over the lanes
_COUNTS = {
    "reads": ("reads", "summary.before_filtering.total_reads"),
    "bases": ("bases", "summary.before_filtering.total_bases"),
    "Q20 bases": ("bases", "summary.before_filtering.q20_bases"),
    "Q30 bases": ("bases", "summary.before_filtering.q30_bases"),
    "reads kept": ("reads", "summary.after_filtering.total_reads"),
    "bases kept": ("bases", "summary.after_filtering.total_bases"),
    "Q20 bases kept": ("bases", "summary.after_filtering.q20_bases"),
    "Q30 bases kept": ("bases", "summary.after_filtering.q30_bases"),
    "reads dropped: low quality": ("reads", "filtering_result.low_quality_reads"),
    "reads dropped: too many N": ("reads", "filtering_result.too_many_N_reads"),
    "reads dropped: too short": ("reads", "filtering_result.too_short_reads"),
    "reads dropped: too long": ("reads", "filtering_result.too_long_reads"),
    "reads with adapter": ("reads", "adapter_cutting.adapter_trimmed_reads"),
    "adapter bases": ("bases", "adapter_cutting.adapter_trimmed_bases"),
}
# metric → where its share lies, of what: lanes weigh by that
_RATES = {
    "GC (%)": ("summary.before_filtering.gc_content", "bases"),
    "GC kept (%)": ("summary.after_filtering.gc_content", "bases kept"),
    "duplication (%)": ("duplication.rate", "reads"),
}
# metric → unit, factor, dividend, divisor
_QUOTIENTS = {
    "Q20 bases (%)": ("%", 100, "Q20 bases", "bases"),
    "Q30 bases (%)": ("%", 100, "Q30 bases", "bases"),
    "Q20 bases kept (%)": ("%", 100, "Q20 bases kept", "bases kept"),
    "Q30 bases kept (%)": ("%", 100, "Q30 bases kept", "bases kept"),
    "reads kept (%)": ("%", 100, "reads kept", "reads"),
    "reads with adapter (%)": ("%", 100, "reads with adapter", "reads"),
    "adapter bases (%)": ("%", 100, "adapter bases", "bases"),
    "mean length": ("bp", 1, "bases", "reads"),
    "mean length kept": ("bp", 1, "bases kept", "reads kept"),
}
# without them it is no report of fastp
_NEEDED = ("reads", "bases", "reads kept", "bases kept")

Values = dict[str, int | float | None]


def recognise(text: str) -> str | None:
    """``fastp`` where a text is a report of it; None for all others."""
    return KIND if text.startswith("{") and '"fastp_version"' in text[:2000] else None


def read(text: str) -> Content:
    """The metrics of one lane.

    What fastp did not look for (adapters of reads without mates, when they were not asked for)
    is not there.

    Raises:
        Unusable: it is no report of fastp.
    """
    try:
        report = json.loads(text)
    except (ValueError, RecursionError):
        raise Unusable("is not JSON: cut off?") from None
    values: Values = {name: _count(report, path) for name, (_, path) in _COUNTS.items()}
    missing = [name for name in _NEEDED if values[name] is None]
    if missing:
        raise Unusable(f"has no {missing[0]} of fastp")
    for name, (path, _) in _RATES.items():
        share = _at(report, path)
        values[name] = 100 * share if _is_number(share) else None
    return Content(_metrics(values))


def joined(lanes: Collection[Content]) -> list[Metric]:
    """The same of all lanes together: counts added up, shares weighed by what they are of.

    Duplicates of one lane in another are not seen. What one lane lacks is lacking.
    """
    tables = [{metric.metric: metric.value for metric in lane.metrics} for lane in lanes]
    values: Values = {}
    for name in _COUNTS:
        values[name] = _sum([table.get(name) for table in tables])
    for name, (_, of) in _RATES.items():
        whole = values[of]
        parts = _sum([_product(table.get(name), table.get(of)) for table in tables])
        values[name] = parts / whole if parts is not None and whole else None
    return _metrics(values)


def _metrics(values: Values) -> list[Metric]:
    """Those that there are, with the quotients of them; shares with two decimals."""
    found = [(name, unit, values[name]) for name, (unit, _) in _COUNTS.items()]
    found += [(name, "%", _rounded(values[name])) for name in _RATES]
    for name, (unit, factor, part, whole) in _QUOTIENTS.items():
        above, below = values[part], values[whole]
        share = factor * above / below if above is not None and below else None
        found.append((name, unit, _rounded(share)))
    return [
        Metric(KIND, "reads", name, "", value, unit)
        for name, unit, value in found
        if value is not None
    ]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _sum(values: list[Any]) -> Any:
    return None if any(not _is_number(value) for value in values) else sum(values)


def _product(a: Any, b: Any) -> float | None:
    return a * b if _is_number(a) and _is_number(b) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _count(report: Any, path: str) -> int | None:
    value = _at(report, path)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _at(report: Any, path: str) -> Any:
    for key in path.split("."):
        report = report.get(key) if isinstance(report, Mapping) else None
    return report
