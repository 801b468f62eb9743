"""Whether the chains of a fit can be believed: a failed diagnostic is a failure, not a result.

Limits: Vehtari et al. 2021 (doi:10.1214/20-BA1221) ask for R-hat below 1.01 and an effective
sample size of 400 for stable quantiles. R-hat is given some air, because the largest over many
chains and causes of short runs is a little above 1 by chance.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from engines.contract.errors import BadData

HIGHEST_RHAT = 1.05
LEAST_ESS = 400
MOST_DIVERGENT = 0.01  # of the draws
SOME_DIVERGENT = 0.001  # fewer are chance, and stand in the table of diagnostics


class NotConverged(BadData):
    """The sampler did not come to an answer that can be relied on."""


def check(fits: Iterable[Mapping[str, Any]]) -> list[str]:
    """Warnings about chains that are good enough.

    Raises:
        NotConverged: chains that are not, all of them in one message.
    """
    failures: list[str] = []
    warnings: list[str] = []
    for fit in fits:
        numbers = fit["diagnostics"]
        if not fit["calibrated"]:
            continue
        if numbers is None:
            failures.append(f"{fit['name']}: no diagnostics")
            continue
        failures += [f"{fit['name']}: {text}" for text in _failures(numbers)]
        if numbers["divergences"] > SOME_DIVERGENT * numbers["draws"]:
            warnings.append(
                f"{fit['name']}: {numbers['divergences']} of {numbers['draws']} draws were "
                "divergent; compare with another --seed"
            )
    if failures:
        raise NotConverged(
            f"the chains did not converge: {'; '.join(failures)}",
            hint="run longer (--warmup, --iterations), or with another --seed or --engine; "
            "nothing was written",
        )
    return warnings


def _failures(numbers: Mapping[str, Any]) -> list[str]:
    found = []
    rhat, ess = numbers["rhat"], numbers["ess"]
    if rhat is None or not rhat <= HIGHEST_RHAT:
        found.append(f"R-hat {_shown(rhat)} is above {HIGHEST_RHAT}")
    if ess is None or not ess >= LEAST_ESS:
        found.append(f"effective sample size {_shown(ess)} is below {LEAST_ESS}")
    if numbers["divergences"] > MOST_DIVERGENT * numbers["draws"]:
        found.append(f"{numbers['divergences']} of {numbers['draws']} draws were divergent")
    return found


def _shown(value: float | None) -> str:
    return "of nothing" if value is None else f"{value:.4g}"
