"""``PREFIX.verdict.json`` and ``PREFIX.verdict.tsv``: the verdicts as data."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engines import __version__
from engines.contract.provenance import sha256_of
from engines.qc.checks import COVERAGE, LOW_REGION
from engines.qc.cohort import Cohort, Member, key_of
from engines.qc.contigs import is_compared
from engines.qc.metric import Key
from engines.qc.spread import Distribution, Place, Trend, trend
from engines.qc.thresholds import Bounds, Thresholds
from engines.qc.verdict import (
    VERDICTS,
    Verdict,
    by_what_is_missing,
    judge,
    not_measured,
    unusual,
    worst,
)

SCHEMA = "plumbline/qc.verdict/1"
KEY = ("source", "category", "metric", "group")


@dataclass(frozen=True)
class Judged:
    """One sample and what was found of it."""

    member: Member
    data: Mapping[str, Any]
    verdicts: list[Verdict]


@dataclass(frozen=True)
class Judgement:
    """All verdicts, from which those of one sample can be told alone.

    Attributes:
        judged: by name.
        distributions: of the cohort, by metric.
        trends: of the judged metrics.
    """

    judged: list[Judged]
    cohort: Cohort
    thresholds: Thresholds
    distributions: Mapping[Key, Distribution]
    trends: Mapping[Key, Trend]

    def outcome(self) -> dict[str, Any]:
        """Everything about all samples, as ``PREFIX.verdict.json`` has it."""
        return self._outcome(self.judged, self.cohort, self.trends)

    def alone(self, judged: Judged) -> dict[str, Any]:
        """The same about one sample; its cohort are the others."""
        keys = _judged_keys([judged])
        trends = {key: found for key, found in self.trends.items() if key in keys}
        return self._outcome([judged], self.cohort.without(judged.member.sample), trends)

    def _outcome(
        self, judged: list[Judged], cohort: Cohort, trends: Mapping[Key, Trend]
    ) -> dict[str, Any]:
        thresholds = self.thresholds
        return {
            "schema": SCHEMA,
            "version": __version__,
            "thresholds": {
                "name": thresholds.path.name,
                "sha256": sha256_of(thresholds.path),
                "minimum": thresholds.minimum,
            },
            "cohort": {
                "samples": list(cohort.members),
                "dated": cohort.dated(),
                "left_out": cohort.left_out,
            },
            "samples": [_sample(each, self.distributions, thresholds) for each in judged],
            "trends": [_trend(key, found) for key, found in trends.items()],
            "warnings": _warnings(judged, cohort, thresholds),
        }


def judgement(
    samples: Sequence[tuple[Member, dict[str, Any]]], cohort: Cohort, thresholds: Thresholds
) -> Judgement:
    """Judge all ``samples``; the same in whatever order they are given."""
    keys = {key for member, _ in samples for key in member.values if is_compared(key)}
    distributions = cohort.distributions(keys)
    judged = [
        Judged(member, data, _judge(member, data, distributions, thresholds))
        for member, data in sorted(samples, key=lambda each: each[0].sample)
    ]
    return Judgement(judged, cohort, thresholds, distributions, _trends(judged, cohort))


def _judge(
    member: Member,
    data: Mapping[str, Any],
    distributions: Mapping[Key, Distribution],
    thresholds: Thresholds,
) -> list[Verdict]:
    def place_of(row: Mapping[str, Any]) -> Place | None:
        distribution, value = distributions.get(key_of(row)), member.values.get(key_of(row))
        if distribution is None or value is None:
            return None
        return distribution.place(member.sample, value)

    return judge(data["metrics"], thresholds.each, thresholds.minimum, place_of)


def _warnings(judged: list[Judged], cohort: Cohort, thresholds: Thresholds) -> list[str]:
    found = []
    if cohort.left_out:
        names = ", ".join(sorted(set(cohort.left_out))[:5])
        found.append(
            f"{len(cohort.left_out)} files of the cohort are of samples that are there with a "
            f"newer one: {names}"
        )
    for each in judged:
        others = len(cohort.members) - (each.member.sample in cohort.members)
        if others < thresholds.minimum:
            found.append(
                f"{each.member.sample}: no verdict by z-score: a cohort of {others} other samples "
                f"is smaller than {thresholds.minimum}"
            )
        if each.data.get("skipped"):
            found.append(f"{each.member.sample}: skipped: {_skipped(each.data['files'])}")
    return found


def _skipped(files: Sequence[Mapping[str, Any]], most: int = 3) -> str:
    """The files of a sample that could not be used, each with the reason."""
    told = [f"{file['name']} ({file['reason']})" for file in files if not file["read"]]
    more = f" and {len(told) - most} more" if len(told) > most else ""
    return ", ".join(told[:most]) + more


def _sample(
    judged: Judged, distributions: Mapping[Key, Distribution], thresholds: Thresholds
) -> dict[str, Any]:
    member, everything = judged.member, judged.verdicts
    # of what nothing was collected a sample has no row, unless that is bad
    without = [each for each in everything if each.without and each.verdict == "none"]
    verdicts = [each for each in everything if each not in without]
    counts = Counter(each.verdict for each in verdicts)
    keys = {key_of(each.row) for each in verdicts if each.row}
    strange = unusual(member.values, member.sample, distributions, keys, thresholds.minimum)
    ordered = sorted(verdicts, key=lambda each: VERDICTS.index(each.verdict))
    return {
        "sample": member.sample,
        "sha256": member.sha256,
        "date": member.day.isoformat() if member.day else None,
        "dated": member.dated,
        "verdict": worst(verdicts),
        "counts": {verdict: counts[verdict] for verdict in VERDICTS},
        "skipped": judged.data["skipped"],
        "metrics": [_verdict(each) for each in ordered],
        "not_measured": by_what_is_missing(without),
        "low_regions": [
            {"region": row["group"], "percent": row["value"]}
            for row in judged.data["metrics"]
            if row["source"] == COVERAGE and row["metric"] == LOW_REGION
        ],
        "unusual": [
            {**dict(zip(KEY, key, strict=True)), "value": value, "cohort": _place(place)}
            for key, value, place in strange
        ],
    }


def _verdict(each: Verdict) -> dict[str, Any]:
    threshold, row = each.threshold, each.row
    return {
        "category": threshold.category,
        "metric": threshold.metric,
        "group": row["group"] if row else threshold.group,
        "source": row["source"] if row else threshold.source,
        "value": row["value"] if row else None,
        "unit": row["unit"] if row else "",
        "verdict": each.verdict,
        "reason": each.reason,
        "threshold": {
            "direction": threshold.direction or None,
            **{level: _bounds(threshold.bounds.get(level)) for level in ("warn", "fail")},
            "allowed": list(threshold.allowed) if threshold.allowed else None,
            "reason": threshold.reason,
        },
        "cohort": _place(each.place),
    }


def _bounds(bounds: Bounds | None) -> dict[str, Any] | None:
    if bounds is None:
        return None
    return {"lowest": bounds.lowest, "highest": bounds.highest, "z": bounds.z}


def _place(place: Place | None) -> dict[str, Any] | None:
    """Rounded, as the last digits of a difference are noise."""
    if place is None:
        return None
    return {
        "n": place.n,
        "median": rounded(place.median),
        "mad": rounded(place.mad),
        "z": None if place.z is None else round(place.z, 6) + 0.0,
        "by": place.by,
        "rank": place.rank,
    }


def rounded(value: float) -> float:
    """Ten digits of a number that was calculated."""
    return value if isinstance(value, int) else float(f"{value:.10g}")


def _judged_keys(judged: list[Judged]) -> set[Key]:
    """The metrics with a verdict and a number."""
    return {
        key_of(verdict.row)
        for each in judged
        for verdict in each.verdicts
        if verdict.row and key_of(verdict.row) in each.member.values
    }


def _trends(judged: list[Judged], cohort: Cohort) -> dict[Key, Trend]:
    """How the judged metrics moved over all samples that have a date."""
    everyone = cohort.members | {each.member.sample: each.member for each in judged}
    found = {}
    for key in sorted(_judged_keys(judged)):
        points = [
            (member.day, member.values[key])
            for member in everyone.values()
            if member.day and key in member.values
        ]
        moved = trend(points) if len(points) > 2 else None
        if moved:
            found[key] = moved
    return found


def _trend(key: Key, found: Trend) -> dict[str, Any]:
    return {
        **dict(zip(KEY, key, strict=True)),
        "n": found.n,
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "slope_30_days": rounded(found.slope),
        "z": round(found.z, 6),
        "drifts": found.drifts,
    }


COLUMNS = (
    *("sample", "verdict", "category", "metric", "group", "value", "unit"),
    *("z", "median", "mad", "n", "rank", "reason", "threshold"),
)
_NOTHING = ("", "NA", "", *["NA"] * 5)  # group to rank, where there is no value


def as_tsv(data: Mapping[str, Any]) -> str:
    """A row for each verdict; a first one of each sample, of ``all`` its metrics, and a last one
    of those of which nothing was collected.
    """
    lines = ["\t".join(COLUMNS)]
    for sample in data["samples"]:
        told = ", ".join(f"{count} {name}" for name, count in sample["counts"].items() if count)
        cells = [sample["sample"], sample["verdict"], "all", *[""] * 4, *["NA"] * 5, told, ""]
        lines.append("\t".join(cells))
        for each in sample["metrics"]:
            place = each["cohort"] or {}
            figures = [place.get(name) for name in ("z", "median", "mad", "n", "rank")]
            cells = [sample["sample"], each["verdict"], each["category"], each["metric"]]
            cells += [each["group"], _cell(each["value"]), each["unit"], *map(_cell, figures)]
            lines.append("\t".join([*cells, each["reason"], " ".join(_reason(each).split())]))
        count, why = not_measured(sample["not_measured"])
        if count:
            cells = [sample["sample"], "none", "not measured", f"{count} metrics", *_NOTHING]
            lines.append("\t".join([*cells, why, ""]))
    return "\n".join(lines) + "\n"


def _reason(each: Mapping[str, Any]) -> str:
    return str(each["threshold"]["reason"])


def _cell(value: object) -> str:
    return "NA" if value is None else str(value)
