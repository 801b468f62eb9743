"""How often an allele was seen, and how sure that is."""

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
