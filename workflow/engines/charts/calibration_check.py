"""Whether a summary of `plumbline calibrate` can be drawn: its schema, and what fits together."""

import json
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from engines.charts.wording import MAKE_AGAIN
from engines.contract.errors import BadData

SCHEMA = Path(__file__).resolve().parents[2] / "schemas" / "calibration.summary.schema.json"
BY_CAUSE = (
    *("uncalibrated", "mean", "lower_ci", "upper_ci", "deaths_uncalibrated"),
    "deaths_calibrated",
)
OF_SENSITIVITY = ("mean", "lower_ci", "upper_ci")
LENGTH = 120  # characters of a problem; a value can be as long as the file
TOLERANCE = 1e-6


def check(path: Path, data: dict[str, Any]) -> None:
    """Hold a summary against its schema, and its parts against each other.

    Raises:
        BadData: one line with the file and the key that is wrong.
    """
    error = best_match(_validator().iter_errors(data))
    if error:
        missing = error.validator == "required"
        _fail(path, _place(error), "missing" if missing else error.message)
    causes = data["causes"]
    if len(set(causes)) < len(causes):
        _fail(path, "causes", "a cause is there twice")
    names = [fit["name"] for fit in data["fits"]]
    if len(set(names)) < len(names):
        _fail(path, "fits", "a fit is there twice")
    for number, fit in enumerate(data["fits"]):
        _check_fit(path, f"fits[{number}]", fit, causes)
    for number, entry in enumerate(data["sensitivity"] or ()):
        for place, fit in enumerate(entry["fits"]):
            where = f"sensitivity[{number}].fits[{place}]"
            if fit["name"] not in names:
                _fail(path, f"{where}.name", f"{fit['name']!r} is none of the fits")
            for key in OF_SENSITIVITY:
                _check_causes(path, f"{where}.{key}", fit[key], causes)
    if data["example"] and data["example"]["truth"]:
        _check_causes(path, "example.truth", data["example"]["truth"], causes)


def _check_fit(path: Path, where: str, fit: dict[str, Any], causes: list[str]) -> None:
    for key in BY_CAUSE:
        _check_causes(path, f"{where}.{key}", fit[key], causes)
    for key in ("uncalibrated", "mean"):
        if abs(sum(fit[key].values()) - 1) > TOLERANCE:
            _fail(path, f"{where}.{key}", f"adds up to {sum(fit[key].values()):.6f}, not to 1")
    for cause in causes:
        if (fit["lower_ci"][cause] is None) != (fit["upper_ci"][cause] is None):
            _fail(path, f"{where}.lower_ci.{cause}", "an interval with one end only")
    matrix = fit["matrix"]
    if matrix is None:
        return
    if unknown := set(matrix["causes"]) - set(causes):
        _fail(path, f"{where}.matrix.causes", f"{sorted(unknown)[0]!r} is none of the causes")
    size = len(matrix["causes"])
    for key in ("input", "used"):
        if [len(row) for row in matrix[key]] != [size] * size:
            _fail(path, f"{where}.matrix.{key}", f"not {size} rows of {size} numbers")
    if matrix["concentration"] is not None and len(matrix["concentration"]) != size:
        _fail(path, f"{where}.matrix.concentration", f"not {size} numbers")


def _check_causes(path: Path, where: str, by_cause: dict[str, Any], causes: list[str]) -> None:
    for cause in causes:
        if cause not in by_cause:
            _fail(path, f"{where}.{cause}", "missing")
    if unknown := sorted(set(by_cause) - set(causes)):
        _fail(path, f"{where}.{unknown[0]}", "none of the causes")


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text("utf-8")))


def _place(error: ValidationError) -> str:
    """The key: ``fits[0].mean.pneumonia``; of a missing or unknown one its own name."""
    parts = list(error.absolute_path)
    if error.validator == "required":
        wanted: Any = error.validator_value
        there: Any = error.instance
        parts.append(next(key for key in wanted if key not in there))
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.lstrip(".") or "the whole"


def _fail(path: Path, key: str, problem: str) -> NoReturn:
    problem = problem if len(problem) <= LENGTH else problem[:LENGTH] + "…"
    raise BadData(f"{path}: {key}: {problem}", hint=MAKE_AGAIN.format("calibrate"))
