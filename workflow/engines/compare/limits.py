"""Bounds of the search for a match."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds of the search.

    Attributes:
        gap: bases between the rolled extents of two clusters.
        states: how many partial haplotype pairs are kept at one position.
    """

    gap: int = 30
    states: int = 20_000
