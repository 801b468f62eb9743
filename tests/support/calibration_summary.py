"""Summaries as `plumbline calibrate` writes them, with numbers made up for the tests."""

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

CAUSES = {
    "neonate": (
        *("congenital_malformation", "pneumonia", "sepsis_meningitis_inf", "ipre", "other"),
        "prematurity",
    ),
    "child": (
        *("malaria", "pneumonia", "sepsis_meningitis_inf", "diarrhea", "severe_malnutrition"),
        *("hiv", "injury", "other", "other_infections"),
    ),
}
COUNTRIES = (
    *("Bangladesh", "Ethiopia", "Kenya", "Mali", "Mozambique", "Sierra Leone", "South Africa"),
    "other",
)
THREE = ("eava", "insilicova", "interva")
Fractions = dict[str, float]


def calibration_summary(
    age_group: str = "neonate",
    algorithms: Sequence[str] = ("insilicova",),
    ensemble: bool | None = None,
    *,
    causes: Sequence[str] = (),
    stalled: Iterable[str] = (),
    untouched: Iterable[str] = (),
    example: str = "",
    sensitivity: bool = False,
    mmat_type: str = "prior",
    seed: int = 0,
    **more: Any,
) -> dict[str, Any]:
    """A whole summary.

    Args:
        ensemble: None: where there are several algorithms.
        causes: names of the user's own; those of the age group where none are given.
        stalled: algorithms whose path correction stalled.
        untouched: algorithms of which nothing could be calibrated.
        example: what is said of an example; its truth is given too.
        more: keys of the summary that are to be as they are given here.
    """
    rng = random.Random(seed)
    names = list(causes or CAUSES[age_group])
    both = len(algorithms) > 1 if ensemble is None else ensemble
    counts = {each: _counts(names, rng) for each in algorithms}
    fits = [
        _fit(each, counts[each], each in stalled, each in untouched, mmat_type, rng)
        for each in algorithms
    ]
    if both:
        fits.append(_ensemble(counts, [each for each in algorithms if each in stalled], rng))
    everything = _pooled(counts)
    truth = _around(_share(everything), ["other"], rng)
    return {
        "schema": "plumbline/calibration.summary/1",
        "age_group": age_group,
        "country": "Mozambique",
        "mmat_type": mmat_type,
        "causes": names,
        "engine": {
            **{"name": "builtin", "version": "0.1.0", "compat": "2.2", "r": "4.2.2"},
            "packages": {"jsonlite": "1.8.4", "vacalibration": None},
        },
        "options": {
            **{"ensemble": both, "path_correction": True, "shrink_strength": 0},
            **{"not_calibrated": ["other"], "learn_not_calibrated": True, "threshold": 0.1},
            **{"seed": 1, "undetermined": "set-aside"},
        },
        "misclassification": {
            "source": "download",
            "name": "vacalibration 2.2, version 20241004",
            "version": "20241004",
        },
        "inputs": [_input(each, counts[each], rng) for each in algorithms],
        "example": {"text": example, "truth": truth} if example else None,
        "results": {
            "uncalibrated": _share(everything),
            "calibrated": {
                fit["name"]: {key: fit[key] for key in ("mean", "lower_ci", "upper_ci")}
                for fit in fits
            },
        },
        "fits": fits,
        "sensitivity": _sensitivity(fits, mmat_type, rng) if sensitivity else None,
        "warnings": [],
        **more,
    }


def _counts(names: Sequence[str], rng: random.Random) -> dict[str, int]:
    return {
        name: rng.randint(10, 60) if name.startswith("other") else rng.randint(60, 400)
        for name in names
    }


def _pooled(counts: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    names = next(iter(counts.values()))
    return {name: sum(each[name] for each in counts.values()) for name in names}


def _share(counts: Mapping[str, int]) -> Fractions:
    whole = sum(counts.values())
    return {name: number / whole for name, number in counts.items()}


def _around(fractions: Fractions, fixed: Iterable[str], rng: random.Random) -> Fractions:
    """Other fractions of the same sum; those of ``fixed`` stay."""
    kept = {name: value for name, value in fractions.items() if name in set(fixed)}
    moved = {k: v * rng.lognormvariate(0, 0.6) for k, v in fractions.items() if k not in kept}
    scale = (1 - sum(kept.values())) / sum(moved.values())
    return {name: kept.get(name, moved.get(name, 0) * scale) for name in fractions}


def _fit(
    name: str,
    counts: dict[str, int],
    stalled: bool,
    untouched: bool,
    mmat_type: str,
    rng: random.Random,
) -> dict[str, Any]:
    before = _share(counts)
    fixed = list(counts) if untouched else [cause for cause in counts if cause == "other"]
    after = before if untouched or stalled else _around(before, fixed, rng)
    calibrated = [cause for cause in counts if cause not in fixed]
    fit = _with_bounds(name, counts, before, after, fixed, stalled, rng)
    fit["lambda"] = None if untouched else 0.99 if stalled else round(rng.uniform(0, 0.4), 2)
    if not untouched:
        fit["matrix"] = _matrix(calibrated, fit["lambda"], mmat_type, rng)
    return fit


def _ensemble(
    counts: Mapping[str, dict[str, int]], stalled: list[str], rng: random.Random
) -> dict[str, Any]:
    pooled = _pooled(counts)
    before = _share(pooled)
    after = _around(before, ["other"], rng)
    fit = _with_bounds("ensemble", pooled, before, after, ["other"], False, rng)
    return {**fit, "stalled_members": stalled}


def _with_bounds(
    name: str,
    counts: Mapping[str, int],
    before: Fractions,
    after: Fractions,
    fixed: Sequence[str],
    stalled: bool,
    rng: random.Random,
) -> dict[str, Any]:
    lower: dict[str, float | None] = {}
    upper: dict[str, float | None] = {}
    for cause, mean in after.items():
        width = 0 if cause in fixed else rng.uniform(0.3, 0.9)
        lower[cause] = None if stalled else mean * (1 - width)
        upper[cause] = None if stalled else min(1, mean * (1 + width))
    whole = sum(counts.values())
    return {
        "name": name,
        "calibrated": len(fixed) < len(counts) - 1,
        "not_calibrated": list(fixed),
        "uncalibrated": dict(before),
        "mean": dict(after),
        "lower_ci": lower,
        "upper_ci": upper,
        "deaths_uncalibrated": dict(counts),
        "deaths_calibrated": {cause: round(whole * mean) for cause, mean in after.items()},
        "lambda": None,
        "stalled": stalled,
        "stalled_members": [],
        "matrix": None,
        "diagnostics": None if len(fixed) == len(counts) else _diagnostics(rng),
    }


def _diagnostics(rng: random.Random) -> dict[str, Any]:
    return {
        **{"rhat": round(rng.uniform(1, 1.02), 4), "ess": rng.randint(1500, 6000) + 0.5},
        **{"divergences": 0, "draws": 12800, "chains": 32, "warmup": 400, "iterations": 400},
        "acceptance": round(rng.uniform(0.75, 0.85), 3),
    }


def _matrix(causes: list[str], path: float, mmat_type: str, rng: random.Random) -> dict[str, Any]:
    given, used = [], []
    for here in range(len(causes)):
        row = [rng.gammavariate(4 if here == there else 1, 1) for there in range(len(causes))]
        given.append([value / sum(row) for value in row])
        used.append(
            [(1 - path) * value + path * (here == there) for there, value in enumerate(given[-1])]
        )
    certain = None if mmat_type == "fixed" else [round(rng.uniform(20, 80), 1) for _ in causes]
    return {"causes": causes, "input": given, "used": used, "concentration": certain}


def _input(algorithm: str, counts: dict[str, int], rng: random.Random) -> dict[str, Any]:
    mapping = [
        {"cause": f"{cause} {part}", "broad_cause": cause, "deaths": number}
        for cause, whole in counts.items()
        for part, number in (("(certain)", whole - whole // 4), ("(probable)", whole // 4))
    ]
    aside = rng.randint(0, 250)
    if aside:
        mapping.append({"cause": "Undetermined", "broad_cause": None, "deaths": aside})
    counted = sum(counts.values())
    return {
        "algorithm": algorithm,
        "name": f"{algorithm}.csv",
        "form": "individual causes",
        "records": counted + aside,
        "counted": counted,
        "undetermined": aside,
        "counts": counts,
        "mapping": sorted(mapping, key=lambda entry: -entry["deaths"]),
    }


def _sensitivity(
    fits: Sequence[Mapping[str, Any]], mmat_type: str, rng: random.Random
) -> list[dict[str, Any]]:
    """Every country with prior and fixed matrices; what was chosen is as in the fits."""
    keys = ("name", "mean", "lower_ci", "upper_ci", "lambda", "stalled")
    entries = []
    for country in COUNTRIES:
        for kind in ("prior", "fixed"):
            as_chosen = (country, kind) == ("Mozambique", mmat_type)
            found = [
                {key: each[key] for key in keys}
                for each in (fits if as_chosen else [_elsewhere(fit, rng) for fit in fits])
            ]
            entries.append({"country": country, "mmat_type": kind, "fits": found})
    return entries


def _elsewhere(fit: Mapping[str, Any], rng: random.Random) -> dict[str, Any]:
    fixed, counts = fit["not_calibrated"], fit["deaths_uncalibrated"]
    after = _around(fit["mean"], fixed, rng)
    bounds = _with_bounds(
        fit["name"], counts, fit["uncalibrated"], after, fixed, bool(fit["stalled"]), rng
    )
    return {**bounds, "lambda": fit["lambda"]}
