"""What R is asked, and its answer (the protocol is told in ``r/main.R``)."""

import json
from pathlib import Path
from typing import Any

from engines.calibrate import diagnostics, kept
from engines.calibrate.case import Case
from engines.calibrate.progress import Fits, Share
from engines.calibrate.session import RSession
from engines.contract.errors import Transient
from engines.contract.progress import say
from engines.contract.user_cache import user_cache

# What a fit costs against one of a fixed matrix, as measured (docs/performance.md).
COST = {"prior": 4.0, "samples": 4.0, "fixed": 1.0}


def cost(case: Case) -> float:
    """How long a calibration takes against others: the ensemble as long as its members."""
    return COST[case.mmat_type] * len(case.deaths) * (2 if case.ensemble else 1)


def ask(
    case: Case, session: RSession, share: Share, number: int, folder: Path, title: str = ""
) -> dict[str, Any]:
    """Have R calibrate.

    Args:
        share: where progress is told, as calibration ``number`` of those that belong together.
        folder: for the answer, which is too long for a line.
        title: of the calibration, where there are several.

    Returns:
        R's result: engine, versions and fits.
    """
    output = folder / f"{number}.json"
    asked = specification(case, output)
    names = [deaths.algorithm for deaths in case.deaths]
    fits = Fits(names, case.ensemble, share, number, title)
    if case.request.reuse and (kept_one := kept.find(asked, session.hello)):
        say(f"{title}calibrated before with the same data, options and programs: taken from there")
        share.update(number, 1.0, f"{title}Calibrated before", {})
        return kept_one
    session.ask(asked, fits.line)
    result = _read(output)
    diagnostics.check(result["fits"])  # what did not converge is never kept
    kept.keep(asked, session.hello, result)
    return result


def _read(output: Path) -> dict[str, Any]:
    """R's answer. Where a disk is full, R may not notice that the end of it was not written."""
    try:
        result: dict[str, Any] = json.loads(output.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Transient(
            f"the answer of R is cut off: {output}", hint="make room on this disk, and start again"
        ) from error
    return result


def specification(case: Case, output: Path) -> dict[str, Any]:
    """The request, complete: R knows no defaults but the lengths of its chains."""
    request = case.request
    return {
        "do": "calibrate",
        "output": str(output),
        "engine": case.engine,
        "compat": case.compat,
        "age_group": case.age_group,
        "country": case.country,
        # samples are Dirichlet distributions by now, as in the package
        "mmat_type": "fixed" if case.mmat_type == "fixed" else "prior",
        "causes": list(case.deaths[0].causes),
        "ensemble": case.ensemble,
        "path_correction": request.path_correction,
        "shrink_strength": case.shrink_strength,
        "not_calibrated": {d.algorithm: list(case.not_calibrated) for d in case.deaths},
        "learn_not_calibrated": request.learn_not_calibrated,
        "threshold": request.threshold,
        "seed": request.seed,
        "warmup": request.warmup,
        "iterations": request.iterations,
        "chains": request.chains,
        "cache": _folder_of_models(),
        "algorithms": [_algorithm(case, number) for number in range(len(case.deaths))],
    }


def _folder_of_models() -> str | None:
    """Where compiled Stan models are kept; None for somebody without a home."""
    try:
        return str(user_cache() / "stan")
    except RuntimeError:
        return None


def _algorithm(case: Case, number: int) -> dict[str, Any]:
    deaths = case.deaths[number]
    matrix = case.matrices.by_algorithm[deaths.algorithm]
    rows = {"mean": matrix.mean} if case.mmat_type == "fixed" else {"dirichlet": matrix.dirichlet}
    return {"name": deaths.algorithm, "counts": list(deaths.counts), **rows}
