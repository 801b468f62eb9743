"""What is kept of a stream does not hang on how it is cut into blocks or chunks."""

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.calling.chunks import Piece, by_interval
from engines.calling.keep import Keeper
from engines.calling.keeping import Named, read_header, run_keep
from engines.contract.errors import BadData

LENGTH = 400
HEADER = b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS\n"


def base(contig: str, position: int) -> bytes:
    return b"ACGT"[position % 4 : position % 4 + 1]


def variant(position: int) -> bytes:
    return b"1\t%d\t.\t%b\t<DEL>\t9\t.\tEND=%d\tGT\t0/1\n" % (
        position,
        base("1", position - 1),
        position + 90,
    )


def block(first: int, last: int) -> bytes:
    text = b"1\t%d\t.\t%b\t<*>\t.\t.\tDP=3;END=%d\tGT\t0/0\n"
    return text % (first, base("1", first - 1), last)


def in_blocks(text: bytes, sizes: list[int]) -> list[bytes]:
    """The text in pieces of these sizes, over and over."""
    found, at = [], 0
    while at < len(text):
        size = sizes[len(found) % len(sizes)]
        found.append(text[at : at + size])
        at += size
    return found


def keep(core: list[Piece], blocks: list[bytes]) -> tuple[bytes, Keeper]:
    keeper = Keeper(core, base)
    return b"".join(keeper.lines(blocks)), keeper


@given(
    st.lists(st.integers(1, LENGTH), unique=True).map(sorted),
    st.lists(st.integers(1, 200), min_size=1, max_size=4),
    st.integers(1, 9),
)
def test_chunks_together_keep_each_call_once(
    positions: list[int], sizes: list[int], count: int
) -> None:
    text = b"".join(map(variant, positions))
    kept = [
        keep(chunk.core, in_blocks(text, sizes))
        for chunk in by_interval([Piece("1", 0, LENGTH)], count)
    ]
    assert b"".join(lines for lines, _ in kept) == text
    assert sum(keeper.kept for _, keeper in kept) == len(positions)


@given(
    st.lists(st.integers(2, LENGTH), unique=True, max_size=9).map(sorted),
    st.lists(st.integers(1, 200), min_size=1, max_size=4),
    st.integers(1, 9),
)
@settings(max_examples=60)
def test_blocks_of_a_gvcf_are_cut_and_nothing_is_lost(
    borders: list[int], sizes: list[int], count: int
) -> None:
    starts, ends = [1, *borders], [*(b - 1 for b in borders), LENGTH]
    text = b"".join(map(block, starts, ends))
    covered = []
    for chunk in by_interval([Piece("1", 0, LENGTH)], count):
        lines, _ = keep(chunk.core, in_blocks(text, sizes))
        for line in lines.splitlines():
            cells = line.split(b"\t")
            first, last = int(cells[1]), int(cells[7].rpartition(b"=")[2])
            assert cells[3] == base("1", first - 1)
            covered += range(first, last + 1)
    assert covered == list(range(1, LENGTH + 1))


def test_calls_outside_of_the_core_go() -> None:
    core = [Piece("1", 9, 20), Piece("1", 30, 31)]
    text = b"".join(map(variant, (9, 10, 20, 21, 30, 31, 32)))
    lines, _ = keep(core, [text + variant(11).replace(b"1\t", b"2\t", 1)])
    assert lines == variant(10) + variant(20) + variant(31)


def test_a_stream_that_ends_within_a_line_is_no_result() -> None:
    with pytest.raises(BadData, match="within a line"):
        keep([Piece("1", 0, 50)], [variant(4)[:-3]])


def test_the_header_may_come_in_any_blocks() -> None:
    for size in (1, 7, 1000):
        lines, rest = read_header(iter(in_blocks(HEADER + variant(3), [size])))
        assert lines == HEADER.decode().splitlines()
        assert b"".join(rest) == variant(3)
    with pytest.raises(BadData, match="no VCF"):
        read_header(iter([b"Segmentation fault\n"]))


@pytest.fixture
def chunk(tmp_path: Path) -> tuple[Path, Path]:
    """A genome, and the core of a chunk of it."""
    fasta, core = tmp_path / "g.fa", tmp_path / "c.bed"
    fasta.write_text(">1\n" + "ACGT" * 25 + "\n>2\nACGT\n")
    core.write_text("1\t0\t100\n")
    return fasta, core


def kept(source: bytes, chunk: tuple[Path, Path]) -> str:
    target = io.BytesIO()
    named = Named("lib", "strict", "bcftools", None)
    run_keep(io.BytesIO(source), target, chunk[1], chunk[0], named)
    return target.getvalue().decode()


def test_the_header_is_the_same_on_every_run(
    chunk: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    more = (
        b"##fileformat=VCFv4.2\n##fileDate=%b\n##bcftools_callVersion=1.16\n##reference=file://%b\n"
    )
    more += b"##INFO=<ID=DP,Number=1,Type=Integer,Description=x>\n##bcftools_callCommand=call %b\n"
    tail = HEADER.partition(b"\n")[2] + variant(3)
    one, other = (kept(more.replace(b"%b", each) + tail, chunk) for each in (b"a", b"b"))
    assert one == other
    assert one.splitlines()[:5] == [
        "##fileformat=VCFv4.2",
        '##FILTER=<ID=PASS,Description="All filters passed">',
        '##plumbline_call=<ID=strict,Caller="bcftools 1.16">',
        "##contig=<ID=1,length=100>",
        "##contig=<ID=2,length=4>",
    ]
    assert "##INFO=<ID=DP" in one and "Command" not in one
    assert one.splitlines()[-2].endswith("FORMAT\tlib")
    assert "the reads are of sample 'S'" in capsys.readouterr().err


def test_a_caller_that_wrote_nothing_failed_unless_nothing_was_asked(
    chunk: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(BadData, match="wrote nothing"):
        kept(b"", chunk)
    chunk[1].write_text("")
    assert kept(b"", chunk).endswith("FORMAT\tlib\n")


def test_calls_of_two_samples_are_refused(chunk: tuple[Path, Path]) -> None:
    with pytest.raises(BadData, match="of samples S, T"):
        kept(HEADER.replace(b"\tS\n", b"\tS\tT\n"), chunk)
