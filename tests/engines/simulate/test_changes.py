"""Which records of a truth become changes of which copy, and what is said of the others."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.formats.bed import EMPTY, Intervals
from engines.simulate.case import Draws
from engines.simulate.changes import (
    CONTRADICTS,
    FILTERED,
    HETEROZYGOUS,
    MISSING,
    NO_COPY,
    OTHER_BASES,
    POLYPLOID,
    REFERENCE,
    STAR,
    SYMBOLIC,
    Account,
    Change,
    changes_of,
)
from engines.simulate.copies import TWO, Copies
from engines.simulate.haplotypes import templates
from engines.simulate.records import Record

GENOME = "ACGTTGCAACGGTTAACCGGATTACAGATTACA"
ONE = Copies(second=EMPTY)


def letters(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def record(position: int, ref: str, alt: str, genotype: str, passes: bool = True) -> Record:
    """1-based, as a VCF has it."""
    parts = genotype.replace("|", "/").split("/")
    numbers = tuple(None if part == "." else int(part) for part in parts)
    return Record(position - 1, (ref, *alt.split(",")), numbers, "/" not in genotype, passes)


def sample_of(*records: Record, copies: Copies = TWO) -> tuple[list[str], Account]:
    """The sequence of each copy."""
    sequence = letters(GENOME)
    changes, account = changes_of(records, "c", sequence, copies, Draws(1, "c", 0))
    made = templates(sequence, changes, copies, None, 1)
    text = made.bases.tobytes().decode()
    return [text[c.offset : c.offset + c.length] for c in made.copies], account


def with_bases(start: int, end: int, bases: str, text: str = GENOME) -> str:
    """1-based, inclusive."""
    return text[: start - 1] + bases + text[end:]


@pytest.mark.parametrize(
    ("records", "first", "second"),
    [
        ([record(3, "G", "T", "0|1")], GENOME, with_bases(3, 3, "T")),
        ([record(3, "G", "T", "1|0")], with_bases(3, 3, "T"), GENOME),
        ([record(3, "G", "T,A", "1|2")], with_bases(3, 3, "T"), with_bases(3, 3, "A")),
        ([record(3, "G", "T", "1")], *[with_bases(3, 3, "T")] * 2),
        ([record(3, "G", "T", ".|1")], GENOME, with_bases(3, 3, "T")),
        ([record(3, "GTT", "G", "1|1")], *[with_bases(3, 5, "G")] * 2),
        ([record(3, "G", "GAC", "0|1")], GENOME, with_bases(3, 3, "GAC")),
        ([record(3, "GTT", "GTA,AT", "1|2")], with_bases(3, 5, "GTA"), with_bases(3, 5, "AT")),
        (
            # a base that is changed on one copy, and gone on the other
            [record(3, "GTTG", "G", "1|0"), record(4, "T", "C,*", "2|1")],
            with_bases(3, 6, "G"),
            with_bases(4, 4, "C"),
        ),
        (
            # neighbours: the last base of the one is the anchor of the other
            [record(3, "G", "T", "1|1"), record(4, "TT", "T", "1|1")],
            *[with_bases(3, 5, "TT")] * 2,
        ),
        ([record(1, "A", "TA", "1|1"), record(33, "A", "AC", "1|1")], *[f"T{GENOME}C"] * 2),
    ],
)
def test_copies_have_what_the_genotype_says(records: list[Record], first: str, second: str) -> None:
    made, account = sample_of(*records)
    assert made == [first, second]
    assert (account.applied, account.left_out) == (len(records), {})


@pytest.mark.parametrize(
    ("left_out", "reason", "copies"),
    [
        (record(3, "G", "T", "0|1", passes=False), FILTERED, TWO),
        (record(3, "G", "T", "0|0"), REFERENCE, TWO),
        (record(3, "G", "T", "./."), MISSING, TWO),
        (record(3, "G", "<DEL>", "0|1"), SYMBOLIC, TWO),
        (record(3, "G", "G]c:9]", "0|1"), SYMBOLIC, TWO),
        (record(3, "G", "*", "0|1"), STAR, TWO),
        (record(3, "C", "T", "0|1"), OTHER_BASES, TWO),
        (record(33, "AG", "T", "0|1"), OTHER_BASES, TWO),
        (record(3, "G", "T", "0|1|1"), POLYPLOID, TWO),
        (record(3, "G", "T", "0|1"), HETEROZYGOUS, ONE),
        (record(3, "G", "T", "1|1"), NO_COPY, Copies(first=False)),
        (record(3, "G", "T", "1|1"), NO_COPY, Copies(elsewhere=Intervals.of([(2, 3)]))),
    ],
)
def test_what_is_left_out_is_counted_and_named(
    left_out: Record, reason: str, copies: Copies
) -> None:
    made, account = sample_of(left_out, copies=copies)
    assert set(made) <= {GENOME}
    assert account.left_out == {reason: (1, f"c:{left_out.position + 1}")}
    assert (account.records, account.applied) == (1, 0)


def test_of_records_that_contradict_each_other_the_first_counts() -> None:
    deletion, inside = record(3, "GTTG", "G", "0|1"), record(5, "T", "A", "1|1")
    twice = record(20, "G", "GA", "1|1")
    made, account = sample_of(deletion, inside, twice, twice)
    expected = with_bases(20, 20, "GA")
    assert made == [expected, with_bases(3, 6, "G", expected)]
    assert account.left_out == {CONTRADICTS: (2, "c:5")}


def test_a_symbolic_allele_that_the_sample_has_not_is_no_obstacle() -> None:
    made, account = sample_of(record(3, "G", "T,<NON_REF>", "0|1"))
    assert made[1] == with_bases(3, 3, "T")
    assert account.applied == 1


def test_one_copy_takes_one_allele_however_it_is_written() -> None:
    expected = with_bases(3, 3, "T")
    for genotype in ("1", "1|1", "1/1"):
        assert sample_of(record(3, "G", "T", genotype), copies=ONE)[0] == [expected]


def test_the_seed_tells_who_has_what_where_the_truth_does_not() -> None:
    sequence = letters("A" * 400)
    records = [record(at, "A", "C", "0/1") for at in range(2, 400, 2)]

    def first_copy(seed: int) -> list[Change]:
        changes, account = changes_of(records, "c", sequence, TWO, Draws(seed, "c", 0))
        assert account.unphased == account.applied == len(records)
        assert len(changes[0]) + len(changes[1]) == len(records)
        return changes[0]

    assert first_copy(1) == first_copy(1)
    assert first_copy(1) != first_copy(2)
    assert 60 < len(first_copy(1)) < 140


@given(st.data())
def test_any_changes_give_what_editing_a_text_gives(data: st.DataObject) -> None:
    bases = st.text("ACGT", max_size=4)
    cuts = data.draw(st.lists(st.integers(0, len(GENOME)), unique=True, max_size=8).map(sorted))
    changes = [
        Change(start, end, data.draw(bases))
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
    ]
    made = templates(letters(GENOME), [changes, []], TWO, None, 1)
    expected = GENOME
    for start, end, new in reversed(changes):
        expected = expected[:start] + new + expected[end:]
    assert made.bases.tobytes().decode() == expected + GENOME
    kept = np.array(
        [p for p in range(len(GENOME)) if not any(a <= p < b for a, b, _ in changes)],
        dtype=np.int64,
    )
    copy = made.copies[0]
    there = copy.from_genome(kept)
    assert "".join(expected[p] for p in there) == "".join(GENOME[p] for p in kept)
    assert copy.to_genome(there).tolist() == kept.tolist()
