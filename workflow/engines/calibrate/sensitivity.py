"""The same deaths with other matrices: what hangs on the choice of country and of its use."""

from dataclasses import replace
from pathlib import Path

from engines.calibrate.case import Case, Matrices
from engines.calibrate.matrices.choose import choose
from engines.contract.errors import BadData
from engines.contract.progress import warn

TYPES = ("prior", "fixed")


def variants(case: Case, folder: Path) -> list[Case]:
    """Every country that has matrices of all algorithms, prior and fixed, but for the case itself.

    Args:
        folder: for files of the matrices.
    """
    found = []
    for country in _countries(case):
        for mmat_type in TYPES:
            if (country, mmat_type) == (case.country, case.mmat_type):
                continue
            matrices = _matrices(case, country, mmat_type, folder)
            if matrices is not None:
                found.append(replace(case, country=country, mmat_type=mmat_type, matrices=matrices))
    return found


def _countries(case: Case) -> list[str]:
    """The country of the case first; an example has no other."""
    if case.inventory is None:
        return [case.country]
    of_each = [case.inventory.countries(case.age_group, deaths.algorithm) for deaths in case.deaths]
    others = [c for c in of_each[0] if c != case.country and all(c in each for each in of_each)]
    return [case.country, *others]


def _matrices(case: Case, country: str, mmat_type: str, folder: Path) -> Matrices | None:
    """None where there are none of this kind: rates serve for ``fixed`` alone."""
    if case.inventory is None:
        return case.matrices
    try:
        return choose(
            case.inventory,
            case.deaths,
            age_group=case.age_group,
            country=country,
            mmat_type=mmat_type,
            scratch=folder,
        )
    except BadData as error:
        warn(f"left out of the sensitivity analysis: {country}, {mmat_type}: {error.message}")
        return None
