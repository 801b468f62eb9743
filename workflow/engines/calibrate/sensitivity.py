"""The same deaths with other matrices: what hangs on the choice of country and of its use."""

from dataclasses import replace

from engines.calibrate.case import Case, Matrices
from engines.calibrate.matrices.choose import choose
from engines.contract.errors import BadData

TYPES = ("prior", "fixed")


def variants(case: Case) -> tuple[list[Case], list[str]]:
    """Every country that has matrices of all algorithms, prior and fixed, but for the case itself.

    Returns:
        The cases, and warnings of those that there are no matrices for.
    """
    found, warnings = [], []
    for country in _countries(case):
        for mmat_type in TYPES:
            if (country, mmat_type) == (case.country, case.mmat_type):
                continue
            other = replace(case, country=country, mmat_type=mmat_type)
            try:
                found.append(replace(other, matrices=_matrices(other)))
            except BadData as error:  # rates serve for ``fixed`` alone
                warnings.append(left_out(other, error))
    return found, warnings


def left_out(case: Case, error: BadData) -> str:
    """That a case has no place among the others, and why."""
    which = f"{case.country}, {case.mmat_type}"
    return f"left out of the sensitivity analysis: {which}: {error.message}"


def _countries(case: Case) -> list[str]:
    """The country of the case first; an example has no other."""
    if case.inventory is None:
        return [case.country]
    of_each = [case.inventory.countries(case.age_group, deaths.algorithm) for deaths in case.deaths]
    others = [c for c in of_each[0] if c != case.country and all(c in each for each in of_each)]
    return [case.country, *others]


def _matrices(case: Case) -> Matrices:
    if case.inventory is None:
        return case.matrices
    return choose(
        case.inventory,
        case.deaths,
        age_group=case.age_group,
        country=case.country,
        mmat_type=case.mmat_type,
    )
