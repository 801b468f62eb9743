"""Chunks cover every wanted base once, evenly, and look beyond their borders but no further."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.calling.chunks import MARGIN, Piece, by_contig, by_interval, read_lengths, wanted
from engines.contract.errors import BadData, InputMissing


@st.composite
def pieces(draw: st.DrawFn) -> list[Piece]:
    """Regions of up to four contigs, in order, that do not touch."""
    found = []
    for contig in draw(st.sets(st.sampled_from("abcd"), min_size=1)):
        at = 0
        for gap, bases in draw(
            st.lists(st.tuples(st.integers(1, 3000), st.integers(1, 5000)), min_size=1, max_size=5)
        ):
            found.append(Piece(contig, at + gap, at + gap + bases))
            at += gap + bases
    return found


def joined(regions: list[Piece]) -> list[Piece]:
    """What was cut, put together again."""
    whole: list[Piece] = []
    for piece in regions:
        if whole and whole[-1].contig == piece.contig and whole[-1].end == piece.start:
            piece = Piece(piece.contig, whole.pop().start, piece.end)
        whole.append(piece)
    return whole


@given(pieces(), st.integers(1, 40))
def test_intervals_are_even_and_cover_everything_once(regions: list[Piece], count: int) -> None:
    chunks = by_interval(regions, count)
    sizes = [sum(piece.bases for piece in chunk.core) for chunk in chunks]
    assert len(chunks) == count
    assert max(sizes) - min(sizes) <= 1
    assert joined([piece for chunk in chunks for piece in chunk.core]) == regions


@given(pieces(), st.integers(1, 40))
def test_margins_end_where_the_wanted_regions_end(regions: list[Piece], count: int) -> None:
    for chunk in by_interval(regions, count):
        assert len(chunk.core) == len(chunk.called)
        for core, called in zip(chunk.core, chunk.called, strict=True):
            assert called.start <= core.start < core.end <= called.end
            assert core.start - called.start <= MARGIN and called.end - core.end <= MARGIN
            home = next(
                piece for piece in regions if piece.contig == core.contig and piece.end >= core.end
            )
            assert home.start <= called.start and called.end <= home.end


@given(pieces(), st.integers(1, 40))
def test_contigs_stay_whole_and_in_order(regions: list[Piece], count: int) -> None:
    chunks = by_contig(regions, count)
    assert len(chunks) == count
    assert [piece for chunk in chunks for piece in chunk.core] == regions
    homes = [{piece.contig for piece in chunk.core} for chunk in chunks]
    assert sum(map(len, homes)) == len(set().union(*homes))


def test_a_border_within_a_region_has_a_margin_on_both_sides() -> None:
    first, second = by_interval([Piece("1", 0, 10_000)], 2)
    assert (first.core, first.called) == ([Piece("1", 0, 5000)], [Piece("1", 0, 6000)])
    assert (second.core, second.called) == ([Piece("1", 5000, 10000)], [Piece("1", 4000, 10000)])


def test_a_target_is_padded_merged_and_clipped(tmp_path: Path) -> None:
    bed = tmp_path / "t.bed"
    bed.write_text("2\t50\t60\n1\t5\t20\n1\t40\t90\n")
    assert wanted({"1": 100, "2": 1000}, bed, 15) == [Piece("1", 0, 100), Piece("2", 35, 75)]
    assert wanted({"1": 100, "2": 7}, None, 15) == [Piece("1", 0, 100), Piece("2", 0, 7)]


def test_what_is_left_out_of_a_target_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bed = tmp_path / "t.bed"
    bed.write_text("1\t5\t20\nchr99\t5\t20\n1\t30\t10\n")
    assert wanted({"1": 100}, bed, 0) == [Piece("1", 5, 20)]
    said = capsys.readouterr().err
    assert "not in the genome, nothing is called: chr99\n" in said
    assert "regions without a base, nothing is called: 1\n" in said


def test_an_empty_target_is_no_target(tmp_path: Path) -> None:
    bed = tmp_path / "t.bed"
    bed.write_text("")
    with pytest.raises(BadData, match="has no regions"):
        wanted({"1": 100}, bed, 0)


def test_an_index_is_read_or_refused(tmp_path: Path) -> None:
    fai = tmp_path / "g.fai"
    with pytest.raises(InputMissing):
        read_lengths(fai)
    fai.write_text("b\t30\t3\t10\t11\na\t20\t40\t10\t11\n")
    assert read_lengths(fai) == {"b": 30, "a": 20}
    fai.write_text("chr1 30\n")
    with pytest.raises(BadData):
        read_lengths(fai)
