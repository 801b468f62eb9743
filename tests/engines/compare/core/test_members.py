"""Which calls belong to which regions, against the rule taken literally."""

import random

from core_lab import Lab
from hypothesis import given, settings
from hypothesis import strategies as st

SEQUENCE = "".join(random.Random(4).choice("ACGT") for _ in range(900))
WIDTH = 70  # subsets, so that their bits take two words

spans = st.lists(
    st.tuples(st.integers(0, 890), st.integers(1, 120)).map(lambda s: (s[0], sum(s))), max_size=6
)
# POS, bases of REF, bases of ALT; deletions of more and of less than 64 bases
calls = st.tuples(
    st.integers(1, 700),
    st.sampled_from([1, 1, 2, 5, 64, 65, 66, 67, 150]),
    st.sampled_from([1, 1, 1, 4, 30]),
)


def spelled(call: tuple[int, int, int]) -> tuple[int, str, str]:
    position, deleted, inserted = call
    ref = SEQUENCE[position - 1 : position - 1 + deleted]
    alt = (ref[0] if deleted + inserted > 2 else "") + "ACGTTGCA" * 4
    alt = alt[:inserted] if inserted > 1 or deleted > 1 else "ACGT"["CGTA".index(ref)]
    return position, ref, alt


def extent(position: int, ref: str, alt: str) -> tuple[int, int, bool]:
    """Changed bases, of an insertion those beside it: suffix cut first, then prefix."""
    while ref and alt and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    start = position - 1
    while ref and alt and ref[0] == alt[0]:
        ref, alt, start = ref[1:], alt[1:], start + 1
    return (start, start + len(ref), False) if ref else (start - 1, start + 1, True)


@settings(max_examples=25, deadline=None)
@given(made=st.lists(calls, max_size=40), some=st.lists(spans, min_size=6, max_size=6))
def test_members(made: list[tuple[int, int, int]], some: list[list[tuple[int, int]]]) -> None:
    where = {f"s{n}": some[n % 6] if n > WIDTH - 7 else [] for n in range(WIDTH)}
    covered = {
        name: {at for start, end in pairs for at in range(start, end)}
        for name, pairs in {**where, "CONF": some[0]}.items()
        if pairs
    }
    records = sorted({spelled(call) for call in made})
    records = [r for r in records if r[1] != r[2] and extent(*r)[0] >= 0]
    lab = Lab(SEQUENCE, subsets=where, confident=some[0], adjust_confident=False)
    lab.truth(*(f"{position} {ref} {alt} 0/1" for position, ref, alt in records)).compare()
    for line, record in zip(lab.lines(), records, strict=True):
        start, end, insertion = extent(*record)
        needed = all if insertion else any
        want = {
            name for name, bases in covered.items() if needed(p in bases for p in range(start, end))
        }
        regions = line.split("\t")[7].partition("Regions=")[2]
        found = {name for name in regions.split(",") if name and not name.startswith("TS_")}
        assert found == want, record
