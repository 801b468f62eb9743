"""What a summary says, one number or word a row."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engines.charts.summaries import (
    ANNOTATION,
    CALIBRATION,
    COUNTS,
    LABELS,
    METRICS,
    QC,
    RATIOS,
    ROW_FRACTIONS,
    SCREEN,
    SMALL_VARIANTS,
    STRUCTURAL_VARIANTS,
)
from engines.history import screened
from engines.history.columns import Row

QC_METRICS = "plumbline/qc.summary/1"
KINDS = {
    SMALL_VARIANTS: "small_variants",
    STRUCTURAL_VARIANTS: "structural_variants",
    CALIBRATION: "calibration",
    QC: "qc",
    QC_METRICS: "qc_metrics",
    ANNOTATION: "annotation",
    SCREEN: "screen",
}
ALL = "*"
Data = Mapping[str, Any]


def rows_of(data: Data, sample: str) -> Iterator[Row]:
    """Every row of one sample in a summary, without where and when it comes from.

    Args:
        data: a summary of one of the schemas in ``KINDS``.
        sample: of a QC verdict, whose rows; the other summaries are of one sample.
    """
    makers: dict[str, Callable[[], Iterator[Row]]] = {
        SMALL_VARIANTS: lambda: _small_variants(data),
        STRUCTURAL_VARIANTS: lambda: _structural_variants(data),
        CALIBRATION: lambda: _calibration(data),
        QC: lambda: _verdict(data, sample),
        QC_METRICS: lambda: _qc_metrics(data),
        ANNOTATION: lambda: _annotation(data),
        SCREEN: lambda: screened.rows_of(data),
    }
    return makers[data["schema"]]()


def engine_of(data: Data) -> Row:
    """What measured it, and its version."""
    if data["schema"] in (QC, QC_METRICS):
        return {"engine": "plumbline", "engine_version": data["version"]}
    if data["schema"] in (CALIBRATION, ANNOTATION, SCREEN):
        return {"engine": data["engine"]["name"], "engine_version": data["engine"]["version"]}
    return {"engine": data["engine"], "engine_version": data["version"]}


def _small_variants(data: Data) -> Iterator[Row]:
    kind = SMALL_VARIANTS
    for row in data["rows"]:
        labels = {label: row[label] for label in LABELS[kind]}
        ratios = [ratio for ratio in RATIOS if ratio in row]
        for metric in (*ROW_FRACTIONS[kind], *COUNTS[kind], *ratios):
            yield {**labels, "metric": metric, "value": row[metric]}
    agreement = data.get("genotype_concordance")
    fraction = agreement["fraction"] if agreement else None
    yield {"metric": "genotype_concordance", "value": fraction}
    yield {"metric": "capped_clusters", "value": len(data["capped_clusters"])}
    yield from _call_sets(data)


def _structural_variants(data: Data) -> Iterator[Row]:
    """Rows of the refined comparison where there is one, else of bench."""
    stages = [stage for stage in ("bench", "refine") if data[stage] is not None]
    whole: dict[str, Any] = {}
    for row in data["rows"]:
        if row["type"] == row["size"] == ALL:
            whole = row
    for stage in stages:
        # `rows` has the last stage's line of all variants once more
        numbers = {**(whole if stage == stages[-1] else {}), **data[stage]}
        for metric in (*METRICS, "gt_concordance", *COUNTS[STRUCTURAL_VARIANTS]):
            if metric in numbers:
                labels = {"comparison": stage, "type": ALL, "size": ALL}
                yield {**labels, "metric": metric, "value": numbers[metric]}
    for row in data["rows"]:
        if row is not whole:
            labels = {"comparison": stages[-1], "type": row["type"], "size": row["size"]}
            for metric in (*METRICS, *COUNTS[STRUCTURAL_VARIANTS]):
                yield {**labels, "metric": metric, "value": row[metric]}
    yield from _call_sets(data)


def _annotation(data: Data) -> Iterator[Row]:
    """Variants by tier, by tier in each context, and by oncogenicity; and the counts."""
    for group in ("tiers", "contexts", "oncogenicity"):
        for name, number in data[group].items():
            yield {"metric": group, "metric_group": name, "value": number}
    for name, number in data["counts"].items():
        if isinstance(number, int):
            yield {"metric": name, "value": number}
    for reason, number in data["counts"]["rejected"].items():
        yield {"metric": "rejected", "metric_group": reason, "value": number}
    yield {"metric": "warnings", "value": len(data["warnings"])}


def _call_sets(data: Data) -> Iterator[Row]:
    """How much was read, and what was not compared and why."""
    for side in ("truth", "query"):
        yield {"metric": f"{side}_records", "value": data[side].get("records")}
    for entry in data["set_aside"]:
        group = f"{entry['side']}: {entry['reason']}"
        yield {"metric": "set_aside", "metric_group": group, "value": entry["records"]}
    yield {"metric": "warnings", "value": len(data["warnings"])}


def _calibration(data: Data) -> Iterator[Row]:
    of = {"age_group": data["age_group"], "country": data["country"]}
    for fit in data["fits"]:
        for row in _fit(fit, data["causes"]):
            yield {**of, "fit": fit["name"], **row}
    for entry in data["inputs"]:
        labels = {**of, "fit": entry["algorithm"], "unit": "deaths"}
        for metric in ("records", "counted", "undetermined"):
            yield {**labels, "metric": metric, "value": entry[metric]}
    if data["example"]:  # never to be taken for data
        yield {**of, "metric": "example", "text": data["example"]["text"]}
    yield {**of, "metric": "warnings", "value": len(data["warnings"])}


def _fit(fit: Data, causes: list[str]) -> Iterator[Row]:
    for cause in causes:
        kept = not fit["calibrated"] or cause in fit["not_calibrated"]
        remark = "not calibrated" if kept else "stalled" if fit["stalled"] else None
        before = fit["uncalibrated"][cause]
        yield {"cause": cause, "metric": "uncalibrated", "value": before}
        ends = {"low": fit["lower_ci"][cause], "high": fit["upper_ci"][cause], "text": remark}
        yield {"cause": cause, "metric": "calibrated", "value": fit["mean"][cause], **ends}
        for metric in ("deaths_uncalibrated", "deaths_calibrated"):
            deaths = fit[metric].get(cause)
            yield {"cause": cause, "metric": metric, "value": deaths, "unit": "deaths"}
    yield {
        "metric": "lambda",
        "value": fit["lambda"],
        "text": "stalled" if fit["stalled"] else None,
    }
    diagnostics = fit["diagnostics"] or {}
    for metric in ("rhat", "ess", "divergences"):
        if metric in diagnostics:
            yield {"metric": metric, "value": diagnostics[metric]}


def _verdict(data: Data, sample: str) -> Iterator[Row]:
    found = next(each for each in data["samples"] if each["sample"] == sample)
    yield {"metric": "verdict", "verdict": found["verdict"], "text": found["verdict"]}
    for verdict, count in found["counts"].items():
        yield {"metric": f"count_{verdict}", "value": count}
    yield {"metric": "skipped_files", "value": found.get("skipped")}
    for each in found["metrics"]:
        yield {
            **_qc_metric(each),
            "z": (each["cohort"] or {}).get("z"),
            "verdict": each["verdict"],
            "reason": each["reason"],
        }


def _qc_metrics(data: Data) -> Iterator[Row]:
    for each in data["metrics"]:
        yield _qc_metric(each)
    yield {"metric": "skipped_files", "value": data["skipped"]}


def _qc_metric(each: Data) -> Row:
    value = each["value"]
    number = isinstance(value, int | float)
    return {
        "category": each["category"],
        "metric_group": each["group"],
        "source": each["source"] or "",
        "metric": each["metric"],
        "value": value if number else None,
        "text": value if isinstance(value, str) else None,
        "unit": each["unit"],
    }
