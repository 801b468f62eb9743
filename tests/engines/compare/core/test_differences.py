"""The superloci behind false positives and negatives, and the repeats around them."""

import random

import pytest
from core_lab import Lab
from hypothesis import given, settings
from hypothesis import strategies as st

PLAIN = "".join(random.Random(4).choice(p) for p in ("AC", "GT", "CA", "TG") * 15)
TRANSITION = str.maketrans("ACGT", "GTAC")


def snp(sequence: str, position: int, genotype: str = "0/1") -> str:
    ref = sequence[position - 1]
    return f"{position} {ref} {ref.translate(TRANSITION)} {genotype}"


def test_only_superloci_with_a_wrong_call_that_counts() -> None:
    sequence = PLAIN * 5
    lab = Lab(sequence, confident=[(0, 200)])
    lab.truth(snp(sequence, 20), snp(sequence, 80), snp(sequence, 250))
    lab.query(snp(sequence, 20), snp(sequence, 80, "1/1"), snp(sequence, 90), snp(sequence, 270))
    [found] = lab.compare().differences()
    assert (found["start"], found["end"], found["superlocus"]) == (79, 90, 1)
    names = ("truth_tp", "truth_fn", "query_tp", "query_fp", "fp_gt", "fp_al", "snp", "indel")
    assert [found[name] for name in names] == [0, 1, 0, 2, 1, 1, 3, 0]


@pytest.mark.parametrize(
    ("repeat", "unit", "length"),
    [
        ("A" * 9, 0, 0),
        ("CA" * 5, 2, 10),
        ("GATA" * 4 + "G", 4, 17),
        ("ACCTGA" * 3, 6, 18),
        ("ACCTGA" * 2 + "ACCTG", 0, 0),
        ("N" * 12, 0, 0),
    ],
)
@pytest.mark.parametrize("beside", ["left", "right"])
def test_repeats(repeat: str, unit: int, length: int, beside: str) -> None:
    """A run is measured whole, also where the call only touches it."""
    left, right = "GTCTGACG", "TCGGTACTG"
    sequence = left + repeat + right
    base = len(left) if beside == "left" else len(left) + len(repeat) + 1
    [found] = Lab(sequence).truth(snp(sequence, base)).compare().differences()
    assert (found["repeat_unit"], found["repeat_length"]) == (unit, length)
    if unit == 0 and "A" in repeat and "C" not in repeat:
        assert found["homopolymer"] == len(repeat)


@settings(max_examples=100, deadline=None)
@given(sequence=st.text("ACN", min_size=8, max_size=40), data=st.data())
def test_repeats_as_a_slow_search_finds_them(sequence: str, data: st.DataObject) -> None:
    places = [n for n, base in enumerate(sequence, 1) if base != "N"]
    if not places:
        return
    position = data.draw(st.sampled_from(places))
    [found] = Lab(sequence).truth(snp(sequence, position)).compare().differences()
    best = (0, 0)
    for unit in range(6, 1, -1):
        for start in range(len(sequence)):
            for end in range(start + 3 * unit, len(sequence) + 1):
                text = sequence[start:end]
                primitive = all(
                    text[:unit] != text[:part] * (unit // part)
                    for part in range(1, unit)
                    if unit % part == 0
                )
                same = "N" not in text and text[unit:] == text[:-unit]
                touches = start < position + 1 and end > position - 2
                if primitive and same and touches and end - start >= best[1]:
                    best = (unit, end - start)
    assert (found["repeat_unit"], found["repeat_length"]) == best
