"""What is said of a calibration: ``PREFIX.summary.json`` and ``PREFIX.csv``."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engines import __version__
from engines.calibrate.case import ENSEMBLE, Case, Deaths

SCHEMA = "plumbline/calibration.summary/1"
DIGITS = 8  # more than any sampler knows, and few enough to read

Fit = dict[str, Any]


def report(
    case: Case,
    result: Mapping[str, Any],
    fits: Sequence[Fit],
    sensitivity: list[dict[str, Any]] | None,
    warnings: Sequence[str],
) -> dict[str, Any]:
    """The summary; it is the same in whatever folder the inputs lie."""
    return {
        "schema": SCHEMA,
        "age_group": case.age_group,
        "country": case.country,
        "mmat_type": case.mmat_type,
        "causes": list(case.deaths[0].causes),
        "engine": {
            "name": case.engine,
            "version": result["package"] or __version__,
            "compat": case.compat,
            "r": result["r"],
            "packages": {"rstan": result["rstan"]},
        },
        "options": _options(case),
        "misclassification": {
            "source": case.matrices.source,
            "name": case.matrices.name,
            "version": case.matrices.version,
        },
        "inputs": [_input(deaths) for deaths in case.deaths],
        "example": case.example and {"text": case.example.text, "truth": case.example.truth},
        "results": _results(fits, case.deaths),
        "fits": list(fits),
        "sensitivity": sensitivity,
        "warnings": list(dict.fromkeys([*case.warnings, *about(fits), *warnings])),
    }


def _options(case: Case) -> dict[str, Any]:
    asked = case.request
    return {
        "ensemble": case.ensemble,
        "path_correction": asked.path_correction,
        "shrink_strength": case.shrink_strength,
        "not_calibrated": list(case.not_calibrated),
        "learn_not_calibrated": asked.learn_not_calibrated,
        "threshold": asked.threshold,
        "seed": asked.seed,
        "undetermined": asked.undetermined,
    }


def sensitivity_row(case: Case, fits: Sequence[Fit]) -> dict[str, Any]:
    """What one set of matrices makes of the same deaths."""
    kept = ("name", "mean", "lower_ci", "upper_ci", "lambda", "stalled")
    return {
        "country": case.country,
        "mmat_type": case.mmat_type,
        "fits": [{key: fit[key] for key in kept} for fit in fits],
    }


def fits_of(result: Mapping[str, Any], deaths: Sequence[Deaths]) -> list[Fit]:
    """The fits of R's result, by the names of the causes; no intervals where a path stalled.

    A stalled path correction leaves a matrix that is all but the identity, so that the
    intervals come out several times too narrow; the ensemble of a stalled member too.
    """
    causes = deaths[0].causes
    stalled = {fit["name"] for fit in result["fits"] if fit["stalled"]}
    return [_fit(fit, causes, deaths, sorted(stalled - {ENSEMBLE})) for fit in result["fits"]]


def _fit(
    fit: Mapping[str, Any], causes: Sequence[str], deaths: Sequence[Deaths], stalled: list[str]
) -> Fit:
    ensemble = fit["name"] == ENSEMBLE
    members = [d for d in deaths if ensemble or d.algorithm == fit["name"]]
    blank = bool(stalled) if ensemble else fit["name"] in stalled
    rounded = {key: _by_cause(causes, fit[key]) for key in ("uncalibrated", "mean")}
    bounds = {
        name: _by_cause(causes, [None] * len(causes) if blank else fit[key])
        for name, key in (("lower_ci", "lower"), ("upper_ci", "upper"))
    }
    before = [sum(d.counts[i] for d in members) for i in range(len(causes))]
    return {
        "name": fit["name"],
        "calibrated": fit["calibrated"],
        "not_calibrated": list(fit["not_calibrated"]),
        **rounded,
        **bounds,
        "deaths_uncalibrated": dict(zip(causes, before, strict=True)),
        "deaths_calibrated": dict(zip(causes, map(int, fit["deaths"]), strict=True)),
        "lambda": fit["lambda"],
        "stalled": blank,
        "stalled_members": stalled if ensemble else [],
        "matrix": _matrix(fit, causes),
        "diagnostics": fit["diagnostics"],
    }


def _by_cause(causes: Sequence[str], values: Sequence[float | None]) -> dict[str, float | None]:
    rounded = [None if value is None else round(value, DIGITS) for value in values]
    return dict(zip(causes, rounded, strict=True))


def _matrix(fit: Mapping[str, Any], causes: Sequence[str]) -> dict[str, Any] | None:
    """Over the causes that are calibrated, as they enter the model: each row sums to 1."""
    if not fit.get("matrix"):
        return None
    kept = [i for i, cause in enumerate(causes) if cause not in fit["not_calibrated"]]
    concentration = fit["matrix"]["concentration"]
    return {
        "causes": [causes[i] for i in kept],
        "input": _over(fit["matrix"]["input"], kept),
        "used": _over(fit["matrix"]["used"], kept),
        "concentration": concentration and [round(concentration[i], 4) for i in kept],
    }


def _over(rows: Sequence[Sequence[float]], kept: Sequence[int]) -> list[list[float]]:
    chosen = [[rows[i][j] for j in kept] for i in kept]
    return [[round(value / sum(row), DIGITS) for value in row] for row in chosen]


def _results(fits: Iterable[Fit], deaths: Sequence[Deaths]) -> dict[str, Any]:
    """What clients of the live stream show: uncalibrated, and calibrated by algorithm."""
    totals = [sum(d.counts[i] for d in deaths) for i in range(len(deaths[0].causes))]
    shares = [total / sum(totals) for total in totals]
    return {
        "uncalibrated": _by_cause(deaths[0].causes, shares),
        "calibrated": {
            fit["name"]: {key: fit[key] for key in ("mean", "lower_ci", "upper_ci")} for fit in fits
        },
    }


def _input(deaths: Deaths) -> dict[str, Any]:
    """One algorithm's deaths, with how their causes were read."""
    return {
        "algorithm": deaths.algorithm,
        "name": deaths.name,
        "form": deaths.form,
        "records": deaths.records,
        "counted": sum(deaths.counts),
        "undetermined": deaths.undetermined,
        "counts": dict(zip(deaths.causes, deaths.counts, strict=True)),
        "mapping": [
            {"cause": each.cause, "broad_cause": each.broad, "deaths": each.deaths}
            for each in deaths.mapping
        ],
    }


FEW = 5  # deaths for each cause


def about(fits: Sequence[Fit]) -> list[str]:
    """What a reader has to know of a fit before its numbers are used."""
    lines = []
    for fit in fits:
        deaths = sum(fit["deaths_uncalibrated"].values())
        if deaths < FEW * len(fit["mean"]):
            lines.append(
                f"{fit['name']}: {deaths} deaths are few for {len(fit['mean'])} causes; the prior "
                "weighs as much as they do"
            )
        if not fit["calibrated"]:
            lines.append(f"{fit['name']}: at most one cause can be calibrated, so nothing was")
        elif fit["stalled_members"]:
            names = ", ".join(fit["stalled_members"])
            lines.append(
                f"{fit['name']}: the path correction of {names} stalled, so the intervals of the "
                f"ensemble are left out; calibrate without {names} to get them"
            )
        elif fit["stalled"]:
            lines.append(_stall(fit))
    return lines


def _stall(fit: Fit) -> str:
    causes = [
        cause
        for cause, deaths in fit["deaths_uncalibrated"].items()
        if not deaths and cause not in fit["not_calibrated"]
    ]
    why = f" ({', '.join(causes)}: no deaths)" if causes else ""
    return (
        f"{fit['name']}: the path correction stalled at lambda {fit['lambda']:.2f}{why}, "
        "so hardly anything was calibrated; intervals are left out, as they would be far too "
        "narrow; --no-path-correction, or fewer causes, may help"
    )


COLUMNS = (
    *("fit", "cause", "uncalibrated", "mean", "lower_ci", "upper_ci"),
    *("deaths_uncalibrated", "deaths_calibrated", "calibrated", "lambda", "stalled"),
)


def as_csv(fits: Sequence[Fit]) -> str:
    """A row for each fit and cause; an interval that is not given is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for fit in fits:
        for cause in fit["mean"]:
            values = [fit[column][cause] for column in COLUMNS[2:8]]
            calibrated = fit["calibrated"] and cause not in fit["not_calibrated"]
            marks = [_yes(calibrated), fit["lambda"], _yes(fit["stalled"])]
            writer.writerow([fit["name"], _harmless(cause), *values, *marks])
    return text.getvalue()


def _harmless(name: str) -> str:
    """A name that a spreadsheet does not run as a formula."""
    return f"'{name}" if name[:1] in "=+-@" else name


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def overview(fits: Sequence[Fit]) -> str:
    """A few lines for the terminal, in percent: before, after, and the interval."""
    width = max(len(cause) for cause in fits[0]["mean"])
    lines = []
    for fit in fits:
        how = "" if fit["lambda"] is None else f", lambda {fit['lambda']:.2f}"
        lines += ["", f"{fit['name']}{how}" + (", stalled: no intervals" * fit["stalled"])]
        lines.append(f"  {'cause':<{width}}{'before':>9}{'after':>9}   95 % interval")
        for cause, mean in fit["mean"].items():
            before = f"{100 * fit['uncalibrated'][cause]:>9.1f}{100 * mean:>9.1f}"
            lines.append(f"  {cause:<{width}}{before}   {_interval(fit, cause)}")
    return "\n".join(lines[1:])


def _interval(fit: Fit, cause: str) -> str:
    if not fit["calibrated"] or cause in fit["not_calibrated"]:
        return "not calibrated"
    if fit["stalled"]:
        return "not given"
    return f"{100 * fit['lower_ci'][cause]:.1f} to {100 * fit['upper_ci'][cause]:.1f}"
