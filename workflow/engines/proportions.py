"""Proportions, and how sure they are."""

import math

Z = 1.959964  # two-sided 95 %


def wilson(successes: int, trials: int, z: float = Z) -> tuple[float, float]:
    """Wilson's interval of a proportion, which holds for few trials and near 0 and 1.

    Wilson 1927, doi:10.1080/01621459.1927.10502953. Without trials nothing is known: (0, 1).

    Raises:
        ValueError: more successes than trials, or fewer than none.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials}")
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    low, high = (middle - half) / scale, (middle + half) / scale
    # exact at the ends, where rounding would leave a trace
    return (0.0 if successes == 0 else low), (1.0 if successes == trials else high)


def difference(old: tuple[int, int], new: tuple[int, int]) -> tuple[float, float, float]:
    """``new - old`` of two independent proportions with its 95 % interval.

    The hybrid score interval, method 10 of Newcombe 1998
    (doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I).

    Args:
        old, new: successes and trials.

    Raises:
        ValueError: one of them has no trials.
    """
    if not old[1] or not new[1]:
        raise ValueError("no trials")
    before, after = old[0] / old[1], new[0] / new[1]
    (low_old, high_old), (low_new, high_new) = wilson(*old), wilson(*new)
    below = math.hypot(after - low_new, high_old - before)
    above = math.hypot(high_new - after, before - low_old)
    found = after - before
    return found, max(-1.0, found - below), min(1.0, found + above)


def mcnemar(only_one: int, only_other: int) -> float:
    """The exact two-sided p-value of McNemar's test: do two err equally often on the same cases?

    The binomial test of the cases on which only one of them errs, against one half (McNemar 1947,
    doi:10.1007/BF02295996). Without such cases nothing speaks against it: 1.

    Raises:
        ValueError: a number of cases is below 0.
    """
    least, cases = min(only_one, only_other), only_one + only_other
    if least < 0:
        raise ValueError(f"{only_one} and {only_other} cases")
    if 2 * least >= cases:
        return 1.0
    choices = math.lgamma(cases + 1) - math.lgamma(least + 1) - math.lgamma(cases - least + 1)
    term, total = 1.0, 0.0  # as shares of the largest term, which is the last one
    for found in range(least, -1, -1):
        total += term
        term *= found / (cases - found + 1)
        if term < 1e-17 * total:
            break
    return min(1.0, 2 * total * math.exp(choices - cases * math.log(2)))
