"""Alleles that both sides have are matched as they stand where that costs no other match."""

import random
from collections.abc import Iterable

from core_lab import Lab
from hypothesis import given, settings
from hypothesis import strategies as st

Allele = tuple[int, str, str]  # POS, REF, ALT; no two of a set are the same change
SQUASH = {"decompose": False, "leftshift": False, "squash": True}


def compared(sequence: str, truth: Iterable[Allele], query: Iterable[Allele]) -> list[set[Allele]]:
    """What is matched on each side."""
    sides = [sorted(truth), sorted(query)]
    texts = [[f"{position} {ref} {alt} 0/1" for position, ref, alt in side] for side in sides]
    lab = Lab(sequence, **SQUASH).truth(*texts[0]).query(*texts[1]).compare()
    return [
        {allele for allele, match in zip(side, matches, strict=True) if match == "gm"}
        for side, matches in zip(sides, lab.matches(), strict=True)
    ]


def alleles(chance: random.Random, sequence: str) -> dict[tuple[int, int, str], Allele]:
    """Some alleles by the change that they are."""
    found = {}
    for _ in range(chance.randint(2, 5)):
        at, size = chance.randrange(2, len(sequence) - 8), chance.randint(1, 4)
        ref = sequence[at]
        kind = chance.choice("sidd")
        if kind == "s":
            alt = chance.choice([base for base in "ACGT" if base != ref])
            found[at, at + 1, alt] = (at + 1, ref, alt)
        elif kind == "i":
            more = "T" + "".join(chance.choices("CA", k=size - 1))  # so that it is trimmed one way
            found[at + 1, at + 1, more] = (at + 1, ref, ref + more)
        elif sequence[at] != sequence[at + size]:
            found[at + 1, at + 1 + size, ""] = (at + 1, sequence[at : at + 1 + size], ref)
    return found


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 1 << 32), st.sampled_from(["CA" * 6, "A" * 10, "ACC" * 4]))
def test_an_allele_of_both_sides_is_unmatched_only_where_more_matches_so(
    seed: int, repeat: str
) -> None:
    chance, sequence = random.Random(seed), f"GT{repeat}GGT"
    mine, theirs, others = (alleles(chance, sequence) for _ in range(3))
    truth = set((mine | dict(list(theirs.items())[:2])).values())
    query = set((dict(list(mine.items())[:3]) | others).values())
    both = truth & query
    matched = compared(sequence, truth, query)
    if both <= matched[0] and both <= matched[1]:
        return
    rest = compared(sequence, truth - both, query - both)
    assert sum(map(len, matched)) > 2 * len(both) + sum(map(len, rest))


def test_the_truth_s_copy_was_used_in_another_match() -> None:
    sequence = "GTACCACCACCACCGGT"
    both = {(3, "A", "AAACA"), (6, "AC", "A")}
    truth = both | {(3, "ACCAC", "A"), (8, "C", "A")}
    query = both | {(3, "A", "T"), (4, "CCAC", "C"), (4, "CCACC", "C"), (9, "A", "AA")}
    matched = compared(sequence, truth, query)
    assert both <= matched[0] and both <= matched[1]
    assert sum(map(len, matched)) == 6
