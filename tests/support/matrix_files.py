"""Misclassification matrices of our own making, and files of them."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engines.calibrate.ages import AGE_GROUPS, ALGORITHMS, COUNTRIES
from engines.calibrate.case import Deaths

VERSION = "20010203"


def dirichlet(size: int, seed: int) -> list[list[float]]:
    """Positive parameters, largest on the diagonal, another matrix for each seed."""
    return [
        [(20.0 if i == j else 1.0) + ((7 * i + 3 * j + seed) % 11) / 4 for j in range(size)]
        for i in range(size)
    ]


def inventory() -> dict[str, Any]:
    """A matrix for each age group, algorithm and country, in the form of the cache."""
    data: dict[str, Any] = {"version": VERSION}
    seed = 0
    for age_group, facts in AGE_GROUPS.items():
        data[age_group] = {"causes": list(facts.causes)}
        for algorithm in ALGORITHMS:
            data[age_group][algorithm] = {}
            for country in COUNTRIES:
                seed += 1
                rows = dirichlet(len(facts.causes), seed)
                data[age_group][algorithm][country] = {"asDirich": rows}
    return data


# What the package's object looks like: lists by age group, algorithm, kind of numbers, country.
_SAVE = """
words <- commandArgs(trailingOnly = TRUE)
found <- jsonlite::fromJSON(words[1])
missmat <- list()
for (age in intersect(c("neonate", "child"), names(found))) {
  causes <- found[[age]]$causes
  for (algorithm in setdiff(names(found[[age]]), "causes")) {
    for (country in names(found[[age]][[algorithm]])) {
      m <- found[[age]][[algorithm]][[country]]$asDirich
      dimnames(m) <- list(causes, causes)
      missmat[[age]][[algorithm]]$postsumm[[country]] <- array(0.5, c(3, dim(m)))
      missmat[[age]][[algorithm]]$postmean[[country]] <- m / rowSums(m)
      missmat[[age]][[algorithm]]$asDirich[[country]] <- m
    }
  }
}
missmat$version <- found$version
assign(words[3], missmat)
save(list = words[3], file = words[2])
"""


def save_rda(data: dict[str, Any], target: Path, name: str = "CCVA_missmat") -> Path:
    """The same matrices as R saves them; needs R."""
    source = target.with_suffix(".source.json")
    source.write_text(json.dumps(data))
    r(_SAVE, source, target, name)
    return target


def r(code: str, *words: object) -> None:
    """Run a piece of R."""
    command = ["Rscript", "--no-init-file", "-e", code, *map(str, words)]
    subprocess.run(command, check=True, capture_output=True)


def deaths(algorithm: str, causes: Sequence[str], broad: Sequence[str] | None = None) -> Deaths:
    """Ten deaths of each cause."""
    counts = (10,) * len(causes)
    units = tuple(broad or causes)
    return Deaths(
        algorithm, "deaths.csv", None, "counts", tuple(causes), units, counts, sum(counts), 0, ()
    )
