"""Every operation of a CIGAR, and what reads carry at a site."""

from pathlib import Path

import pysam
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pileup_lab import Given, write_alignments

from engines.pileup.alleles import Counted
from engines.pileup.reads import Read, read_of, why_left_out

#         1234567890123456789012345678901234567890
BASES = "ACGTTGCAAGCTTACGGATCCATGTTTAACGCGATATCGA"


def read(folder: Path, one: Given, low: int = 0, high: int = len(BASES)) -> Read:
    with pysam.AlignmentFile(
        str(write_alignments(folder / "one.bam", {"chr20": BASES}, [one]))
    ) as file:
        (found,) = file
        return read_of(found, low, high)


def drawn(found: Read, start: int, end: int) -> str:
    return "".join(found.bases.get(at, " ") for at in range(start - 1, end))


@pytest.mark.parametrize(
    ("cigar", "span", "bases"),
    [
        ("10M", (3, 12), " GTTGCAAGCT "),
        ("4=2X4=", (3, 12), " GTTGCAAGCT "),
        ("3S7M2H", (3, 9), " GTTGCAA    "),
        ("4M3D4M", (3, 13), " GTTG***GCTT"),
        ("4M3N4M", (3, 13), " GTTG>>>GCTT"),
        ("4M2I4M", (3, 10), " GTTGCAAG   "),
        ("4M2I1P1I4M", (3, 10), " GTTGCAAG   "),
    ],
)
def test_operations(tmp_path: Path, cigar: str, span: tuple[int, int], bases: str) -> None:
    found = read(tmp_path, Given(3, cigar))
    assert (found.start + 1, found.end) == span
    assert drawn(found, 2, 13).rstrip() == bases.rstrip()
    inserted = {at: text for at, (text, _) in found.inserted.items()}
    assert inserted == ({6: "A" * (2 if "P" not in cigar else 3)} if "I" in cigar else {})
    assert found.deleted == ({6: 3} if "D" in cigar else {})
    assert found.clips == ((3, 0) if "S" in cigar else (0, 0))


# without padding: pysam takes a base of the read for it
INNER = st.lists(st.tuples(st.sampled_from("M=XIDN"), st.integers(1, 6)), max_size=6)


@given(INNER, st.integers(0, 5), st.integers(0, 5), st.integers(0, 30), st.integers(0, 30))
def test_any_cigar_is_as_pysam_pairs_it(
    inner: list[tuple[str, int]], left: int, right: int, low: int, size: int
) -> None:
    parts = [("S", left), ("M", 2), *inner, ("M", 3), ("S", right)]
    cigar = "".join(f"{n}{op}" for op, n in parts if n)
    made = pysam.AlignedSegment()
    made.reference_start, made.cigarstring = 3, cigar
    length = sum(n for op, n in parts if op in "SM=XI")
    made.query_sequence = ("ACGT" * 20)[:length]
    found = read_of(made, low, low + size)
    pairs = made.get_aligned_pairs()
    window = range(low, low + size)
    for at, place in ((a, p) for a, p in pairs if p is not None and p in window):
        expected = "*>" if at is None else made.query_sequence[at]
        assert found.bases.pop(place) in expected
    assert not found.bases
    skipped = left + sum(len(text) for text, _ in found.inserted.values()) + right
    if low <= made.reference_start and low + size >= (made.reference_end or 0):
        assert skipped == sum(place is None and at is not None for at, place in pairs)


def test_distance_to_the_end_counts_what_is_clipped(tmp_path: Path) -> None:
    found = read(tmp_path, Given(5, "3H2S6M4S"))
    assert [found.ends[at] for at in (4, 9)] == [5, 4]
    assert found.clips == (2, 4)


def test_only_the_window_is_read(tmp_path: Path) -> None:
    found = read(tmp_path, Given(3, "4M2I10M3D10M"), 10, 14)
    assert sorted(found.bases) == [10, 11, 12, 13]
    assert not found.inserted and (found.start, found.end) == (2, 29)


@pytest.mark.parametrize(
    ("flag", "why"),
    [
        (0, ""),
        (2048, ""),
        (256, "secondary"),
        (512, "failed quality control"),
        (1024, "duplicate"),
        (4, "unmapped"),
    ],
)
def test_what_is_left_out(tmp_path: Path, flag: int, why: str) -> None:
    path = write_alignments(tmp_path / "one.bam", {"chr20": BASES}, [Given(3, "10M", flag=flag)])
    with pysam.AlignmentFile(str(path)) as file:
        assert [why_left_out(each) for each in file] == [why]


def carried(folder: Path, given: Given, start: int, end: int) -> str | None:
    counted = Counted(start - 1, end, lambda low, high: BASES[low:high])
    changes = counted.add(read(folder, given))
    return None if changes is None else counted.name(changes)


@pytest.mark.parametrize(
    ("given", "site", "name"),
    [
        (Given(3, "10M"), (5, 5), "reference"),
        (Given(3, "10M", "GTAGCAAGCT"), (5, 5), "T>A"),
        (Given(3, "10M", "GTAGCAAGCT"), (4, 6), "5 T>A"),
        (Given(3, "3M2I7M"), (5, 5), "ins AA"),  # a VCF places it at the base before
        (Given(3, "3M2I7M"), (6, 6), "ins AA"),  # a place from the list at the base behind
        (Given(3, "3M2I7M"), (7, 7), "reference"),
        (Given(3, "3M2D7M"), (5, 5), "del GC"),
        (Given(3, "3M2D7M"), (6, 6), "del GC"),
        (Given(3, "3M2D7M"), (7, 7), "del GC"),
        (Given(3, "3M2D7M"), (8, 8), "reference"),
        (Given(3, "3M2I3D7M"), (4, 9), "5 ins AA, 6 del GCA"),
        (Given(3, "3M4N7M"), (7, 7), None),
        (Given(3, "4M6S"), (5, 9), None),
        (Given(20, "10M"), (5, 9), None),
    ],
)
def test_what_a_read_carries(
    tmp_path: Path, given: Given, site: tuple[int, int], name: str | None
) -> None:
    assert carried(tmp_path, given, *site) == name


def test_reads_that_do_not_count_are_counted_apart(tmp_path: Path) -> None:
    counted = Counted(4, 9, lambda low, high: BASES[low:high])
    for each in (Given(3, "4M6S"), Given(3, "3M4N7M"), Given(20, "10M"), Given(3, "10M")):
        counted.add(read(tmp_path, each))
    assert (counted.partial, counted.skipped, counted.depth) == (1, 1, 1)


def test_means_of_an_allele(tmp_path: Path) -> None:
    counted = Counted(4, 5, lambda low, high: BASES[low:high])
    counted.add(read(tmp_path, Given(3, "10M", "GTAGCAAGCT", quality=30)))
    counted.add(read(tmp_path, Given(1, "12M", "ACGTAGCAAGCT", 16, 0, quality=11)))
    counted.mark("truth", [(4, 1, "A")])
    counted.mark("query", [(4, 1, "C")])
    (allele,) = counted.sorted()
    assert allele.data() == {
        "allele": "T>A", "reads": 2, "forward": 1, "reverse": 1, "base_quality": 20.5,
        "mapping_quality": 30.0, "mapping_quality_0": 1, "from_end": 3.0, "called": ["truth"],
    }  # fmt: skip


def test_a_deleted_site_is_judged_by_the_bases_beside_it(tmp_path: Path) -> None:
    counted = Counted(5, 7, lambda low, high: BASES[low:high])
    counted.add(read(tmp_path, Given(3, "3M2D7M", quality=20)))
    (allele,) = counted.sorted()
    assert (allele.data()["base_quality"], allele.data()["from_end"]) == (20.0, 2.0)
