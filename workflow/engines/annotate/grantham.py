"""Grantham's distance between amino acids (Science 1974), from its three properties."""

from math import sqrt

# composition, polarity, volume
_PROPERTIES = {
    "S": (1.42, 9.2, 32.0), "R": (0.65, 10.5, 124.0), "L": (0.0, 4.9, 111.0),
    "P": (0.39, 8.0, 32.5), "T": (0.71, 8.6, 61.0), "A": (0.0, 8.1, 31.0),
    "V": (0.0, 5.9, 84.0), "G": (0.74, 9.0, 3.0), "I": (0.0, 5.2, 111.0),
    "F": (0.0, 5.2, 132.0), "Y": (0.20, 6.2, 136.0), "C": (2.75, 5.5, 55.0),
    "H": (0.58, 10.4, 96.0), "Q": (0.89, 10.5, 85.0), "N": (1.33, 11.6, 56.0),
    "K": (0.33, 11.3, 119.0), "D": (1.38, 13.0, 54.0), "E": (0.92, 12.3, 83.0),
    "M": (0.0, 5.7, 105.0), "W": (0.13, 5.4, 170.0),
}  # fmt: skip
_WEIGHTS = (1.833, 0.1018, 0.000399)
_SCALE = 50.723


def distance(one: str, other: str) -> float | None:
    """0 for the same, about 5 to 215 for others; None where either is no amino acid."""
    first, second = _PROPERTIES.get(one), _PROPERTIES.get(other)
    if first is None or second is None:
        return None
    pairs = zip(_WEIGHTS, first, second, strict=True)
    return _SCALE * sqrt(sum(weight * (a - b) ** 2 for weight, a, b in pairs))
