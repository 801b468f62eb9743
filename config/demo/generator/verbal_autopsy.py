"""Deaths of newborns in a country that does not exist, as three algorithms see them.

Every death has a true cause, drawn from fractions that are told in expected.json; each
algorithm takes some for another, by a misclassification of its own. The matrices that are
given to a calibration are what a study would know of it: Dirichlet parameters, of which the
true misclassification is one draw.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

COUNTRY = "Demoland"
DEATHS = 900

# Broad causes of neonates, in the order of the published matrices, with their true fractions.
TRUTH = {
    "congenital_malformation": 0.07,
    "pneumonia": 0.14,
    "sepsis_meningitis_inf": 0.31,
    "ipre": 0.23,
    "other": 0.05,
    "prematurity": 0.20,
}
CAUSES = list(TRUTH)

# Which share of each true cause an algorithm knows, and how it spreads the rest over the causes;
# and from how many deaths a study would have that.
KNOWN_FROM = 150
ALGORITHMS: dict[str, tuple[list[float], list[float]]] = {
    "eava": ([0.70, 0.55, 0.62, 0.72, 0.40, 0.68], [0.06, 0.14, 0.24, 0.22, 0.05, 0.29]),
    "insilicova": ([0.45, 0.50, 0.58, 0.66, 0.35, 0.74], [0.03, 0.16, 0.20, 0.21, 0.06, 0.34]),
    "interva": ([0.60, 0.48, 0.50, 0.60, 0.30, 0.80], [0.05, 0.10, 0.17, 0.20, 0.04, 0.44]),
}
UNDETERMINED = 0.06  # of the deaths, by algorithms that name single causes

# What the two that name single causes write, and how often among the deaths of a broad cause.
NAMES: dict[str, dict[str, float]] = {
    "congenital_malformation": {"Congenital malformation": 1.0},
    "pneumonia": {"Neonatal pneumonia": 0.8, "Acute resp infect incl pneumonia": 0.2},
    "sepsis_meningitis_inf": {
        "Neonatal sepsis": 0.8,
        "Meningitis and encephalitis": 0.12,
        "Diarrhoeal diseases": 0.05,
        "Tetanus": 0.03,
    },
    "ipre": {"Birth asphyxia": 1.0},
    "other": {"Other and unspecified neonatal CoD": 0.9, "Accid fall": 0.1},
    "prematurity": {"Prematurity": 1.0},
}

Counts = dict[str, int]


class Deaths:
    """The deaths, drawn once.

    Attributes:
        true: number of each cause.
        found: algorithm → broad cause of each death, in an order of their own; "" where it
            found none.
        matrices: algorithm → Dirichlet parameters, rows true causes.
    """

    def __init__(self, rng: np.random.RandomState) -> None:
        true = rng.choice(len(CAUSES), DEATHS, p=list(TRUTH.values()))
        self.true = {cause: int((true == number).sum()) for number, cause in enumerate(CAUSES)}
        self.matrices = {name: parameters(*shares) for name, shares in ALGORITHMS.items()}
        self.found = {}
        for name, matrix in self.matrices.items():
            rows = [rng.dirichlet(row) for row in matrix]
            seen = [CAUSES[rng.choice(len(CAUSES), p=rows[cause])] for cause in true]
            lost = rng.rand(DEATHS) < (0 if name == "eava" else UNDETERMINED)
            self.found[name] = ["" if no else cause for no, cause in zip(lost, seen, strict=True)]

    def counts(self, algorithm: str) -> Counts:
        """Deaths by broad cause; those without a cause are in none."""
        return {cause: self.found[algorithm].count(cause) for cause in CAUSES}

    def expected(self) -> dict[str, Any]:
        """The known answer."""
        return {
            "age_group": "neonate",
            "country": COUNTRY,
            "truth": TRUTH,
            "deaths": {"drawn": DEATHS, "by_true_cause": self.true},
            "found": {name: self.counts(name) for name in self.found},
            "undetermined": {name: seen.count("") for name, seen in self.found.items()},
        }


def parameters(found: list[float], rest: list[float]) -> list[list[float]]:
    """Dirichlet parameters: each row sums to KNOWN_FROM."""
    rows = KNOWN_FROM * (np.diag(found) + np.outer(1 - np.array(found), rest))
    return [[round(float(value), 2) for value in row] for row in rows]


def matrices(deaths: Deaths) -> dict[str, Any]:
    """In the form of the published file, for one country."""
    algorithms = {name: {COUNTRY: {"asDirich": matrix}} for name, matrix in deaths.matrices.items()}
    return {
        "version": "demo",
        "orientation": "rows = true cause, columns = VA cause",
        "neonate": {"causes": CAUSES, **algorithms},
    }


def individuals(
    deaths: Deaths, algorithm: str, rng: np.random.RandomState
) -> Iterator[tuple[str, str]]:
    """One row a death: its number, and the cause as the algorithm writes it."""
    for number, cause in enumerate(deaths.found[algorithm], 1):
        names = NAMES.get(cause, {"Undetermined": 1.0})
        yield f"d{number:04}", str(rng.choice(list(names), p=list(names.values())))
