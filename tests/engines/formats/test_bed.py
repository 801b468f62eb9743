"""Interval arithmetic against sets of bases."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.contract.errors import BadData
from engines.formats.bed import Intervals, read_bed

spans = st.tuples(st.integers(0, 60), st.integers(1, 12)).map(lambda s: (s[0], s[0] + s[1]))


def bases(pairs: list[tuple[int, int]]) -> set[int]:
    return {base for start, end in pairs for base in range(start, end)}


@given(st.lists(spans), spans)
def test_overlap_and_contain(pairs: list[tuple[int, int]], span: tuple[int, int]) -> None:
    intervals, covered = Intervals.of(pairs), bases(pairs)
    start, end = np.array([span[0]]), np.array([span[1]])
    asked = set(range(*span))
    assert bool(intervals.overlap(start, end)[0]) == bool(asked & covered)
    assert bool(intervals.contain(start, end)[0]) == (asked <= covered)
    assert intervals.bases == len(covered)
    assert intervals.listed == sum(e - s for s, e in pairs)


@given(st.lists(spans), st.lists(spans))
def test_shared(one: list[tuple[int, int]], two: list[tuple[int, int]]) -> None:
    assert Intervals.of(one).shared(Intervals.of(two)) == len(bases(one) & bases(two))


@given(st.lists(spans))
def test_merged_arrays_are_merged_pairs(pairs: list[tuple[int, int]]) -> None:
    columns = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    merged, slow = Intervals.merged(columns[:, 0], columns[:, 1]), Intervals.of(pairs)
    assert merged.starts.dtype == np.int32
    assert (merged.starts.tolist(), merged.ends.tolist(), merged.listed) == (
        slow.starts.tolist(), slow.ends.tolist(), slow.listed,
    )  # fmt: skip


def test_rows_without_a_base_and_absent_contigs_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.bed"
    path.write_text("track name=x\n20\t5\t5\n20\t1\t9\nchrUn\t0\t4\n\n")
    regions = read_bed(path, "confident", {"chr20": 100})
    assert (regions.bases, regions.ignored, regions.absent) == (8, 1, ["chrUn"])


def test_bad_row_is_named_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.bed"
    path.write_text("chr20\t1\t9\nchr20\tx\t9\n")
    with pytest.raises(BadData, match=r"a\.bed, line 2: not BED"):
        read_bed(path, "confident", {"chr20": 100})


@pytest.mark.parametrize("place", ["9" * 19, "9" * 5000, "²", "-1"])
def test_what_is_no_place_of_any_genome_is_no_row(tmp_path: Path, place: str) -> None:
    path = tmp_path / "a.bed"
    path.write_text(f"chr20\t1\t{place}\n")
    with pytest.raises(BadData, match=r"a\.bed, line 1: not BED"):
        read_bed(path, "confident", {"chr20": 100})


def test_a_vcf_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "truth.bed"
    path.write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\nchr20\t5\trs1\tA\tC\n")
    with pytest.raises(BadData, match=r"truth\.bed: a VCF file") as caught:
        read_bed(path, "confident", {"chr20": 100})
    assert "BED file of the regions" in caught.value.hint and "rs1" not in caught.value.message


def test_two_spellings_are_taken_together(tmp_path: Path) -> None:
    path = tmp_path / "a.bed"
    path.write_text("20\t0\t10\r\nchr20\t20\t30\r\n")
    regions = read_bed(path, "confident", {"chr20": 100})
    assert (regions.bases, regions.renamed) == (20, 1)
