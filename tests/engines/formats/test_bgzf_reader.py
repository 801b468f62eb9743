"""Bytes between two virtual offsets, and where each contig's lines lie."""

import gzip
import random
from pathlib import Path

import pysam
import pytest
from small_files import vcf_text

from engines.contract.errors import BadData
from engines.formats.bgzf_reader import read_between
from engines.formats.tabix import DAMAGED, read_index
from engines.formats.vcf import open_vcf

CONTIGS: dict[str, int | None] = {"chr1": 900_000, "chr2": 900_000, "chr3": 900_000, "chr4": 9}
TEXT = vcf_text(
    [
        (contig, position, "A", "".join(random.Random(position).choices("ACGT", k=30)), "0/1")
        for contig in ("chr1", "chr2", "chr3")
        for position in range(1, 6000, 3)
    ],
    CONTIGS,
)


def compressed(folder: Path, text: str, csi: bool = False) -> Path:
    path = folder / "q.vcf.gz"
    with pysam.BGZFile(str(path), "wb") as handle:
        handle.write(text.encode())
    pysam.tabix_index(str(path), preset="vcf", force=True, csi=csi)
    return path


@pytest.mark.parametrize("csi", [False, True])
def test_each_contig_has_its_own_lines(tmp_path: Path, csi: bool) -> None:
    path = compressed(tmp_path, TEXT, csi)
    stretches = read_index(tmp_path / f"q.vcf.gz.{'csi' if csi else 'tbi'}")
    assert [(name, s.records) for name, s in stretches.items()] == [
        ("chr1", 2000), ("chr2", 2000), ("chr3", 2000),
    ]  # fmt: skip
    for name, stretch in stretches.items():
        text = b"".join(read_between(path, stretch.begin, stretch.end)).decode()
        rows = [line for line in TEXT.splitlines(keepends=True) if line.startswith(f"{name}\t")]
        assert text == "".join(rows)


def test_a_last_line_without_an_end_is_read(tmp_path: Path) -> None:
    vcf = open_vcf(compressed(tmp_path, TEXT.rstrip("\n")), "query", tmp_path)
    assert b"".join(vcf.pieces("chr3")).count(b"\n") == 2000


def test_a_file_that_is_shorter_than_its_index(tmp_path: Path) -> None:
    path = compressed(tmp_path, TEXT)
    stretch = read_index(tmp_path / "q.vcf.gz.tbi")["chr3"]
    path.write_bytes(path.read_bytes()[: (stretch.end >> 16) - 50])
    with pytest.raises(DAMAGED):
        list(read_between(path, stretch.begin, stretch.end))


def test_an_index_of_another_file_is_seen(tmp_path: Path) -> None:
    path = compressed(tmp_path, TEXT)
    index = (tmp_path / "q.vcf.gz.tbi").read_bytes()
    with gzip.open(tmp_path / "q.vcf.gz.tbi", "wb") as handle:
        handle.write(gzip.decompress(index).replace(b"chr1\0chr2\0", b"chr2\0chr1\0"))
    with pytest.raises(BadData, match="takes lines of chr1 for those of chr2"):
        list(open_vcf(path, "query", tmp_path).pieces("chr2"))
