"""Parts of BGZF and the index of their lines, as htslib reads them."""

import gzip
import io
import random
from pathlib import Path

import numpy as np
import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.formats.bgzf import has_end, is_bgzf
from engines.formats.bgzf_writer import BLOCK, PartWriter, join_parts, write_bgzf
from engines.formats.tabix import read_index
from engines.formats.tabix_writer import ContigIndex, depth_for, index_contig, write_index

HEADER = b"##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 3 * BLOCK), max_size=6), st.integers(0, 99))
def test_the_pieces_that_text_comes_in_make_no_difference(sizes: list[int], seed: int) -> None:
    text = random.Random(seed).randbytes(sum(sizes))
    whole, pieces = io.BytesIO(), io.BytesIO()
    for target, cuts in ((whole, [len(text)]), (pieces, sizes)):
        writer, at = PartWriter(target), 0
        for size in cuts:
            writer.write(memoryview(text)[at : at + size])
            at += size
        places = writer.finish()
        assert places[-1] == len(target.getvalue())
    assert whole.getvalue() == pieces.getvalue()
    assert gzip.decompress(whole.getvalue() or gzip.compress(b"")) == text


def test_a_whole_file_is_bgzf(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    write_bgzf(path, b"text\n" * 50_000)
    assert is_bgzf(path) and has_end(path)
    assert gzip.decompress(path.read_bytes()) == b"text\n" * 50_000


def records(rng: random.Random, length: int, count: int) -> list[tuple[int, int]]:
    starts = sorted(rng.randrange(length - 100_000) for _ in range(count))
    return [(s, s + rng.choice((1,) * 20 + (5, 20_000, 90_000))) for s in starts]


def write(folder: Path, lengths: dict[str, int], seed: int) -> dict[str, list[tuple[int, int]]]:
    """A VCF of several contigs by parts; returns what it holds."""
    rng = random.Random(seed)
    depth = depth_for(max(lengths.values()))
    holds, parts, indexes = {}, [folder / "head"], {}
    with open(parts[0], "wb") as target:
        writer = PartWriter(target)
        writer.write(HEADER)
        writer.finish()
    for contig, length in lengths.items():
        holds[contig] = records(rng, length, rng.choice((1, 1000)))
        lines = [
            f"{contig}\t{s + 1}\t.\t{'A' * (e - s)}\tC\t.\t.\t{rng.random()}\n".encode()
            for s, e in holds[contig]
        ]
        parts.append(folder / contig)
        with open(parts[-1], "wb") as target:
            writer = PartWriter(target)
            for line in lines:
                writer.write(line)
            blocks = writer.finish()
        starts, ends = (np.array(column) for column in zip(*holds[contig], strict=True))
        offsets = np.r_[0, np.cumsum([len(line) for line in lines])]
        indexes[contig] = index_contig(starts, ends, offsets, blocks, depth)
    places = dict(zip(lengths, join_parts(folder / "x.vcf.gz", parts)[1:], strict=True))
    write_index(folder / "x.vcf.gz", indexes, places, max(lengths.values()))
    return holds


@pytest.mark.parametrize("longest", [3_000_000, (1 << 29) + 1, (1 << 31) - 1])
def test_htslib_finds_what_overlaps(tmp_path: Path, longest: int) -> None:
    lengths = {"a": longest, "b": 2_000_000, "c": longest}
    holds = write(tmp_path, lengths, longest % 97)
    index = tmp_path / f"x.vcf.gz.{'tbi' if longest <= 1 << 29 else 'csi'}"
    rng = random.Random(3)
    with pysam.TabixFile(str(tmp_path / "x.vcf.gz"), index=str(index)) as tabix:
        assert tabix.contigs == list(lengths)
        for contig, spans in holds.items():
            assert sum(1 for _ in tabix.fetch(contig)) == len(spans)
            for _ in range(40):
                start, _ = rng.choice(spans)
                begin = max(0, start + rng.choice((-40_000, -1, 0, 1, 50_000)))
                end = begin + rng.choice((1, 100, 100_000))
                found = [int(line.split("\t")[1]) - 1 for line in tabix.fetch(contig, begin, end)]
                assert found == [s for s, e in spans if s < end and e > begin]
    counted = {name: stretch.records for name, stretch in read_index(index).items()}
    assert counted == {name: len(spans) for name, spans in holds.items()}


def test_an_index_of_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.vcf.gz"
    write_bgzf(path, HEADER)
    none: dict[str, ContigIndex] = {}
    assert read_index(write_index(path, none, {}, 100)) == {}
