"""Lines that are no records end in an error with file and place."""

import os
from pathlib import Path

import pysam
import pytest
from small_files import vcf_text

from engines.contract.errors import BadData
from engines.formats.vcf import open_vcf

GOOD = ("chr1", 10, "A", "T", "0/1")


def opened(tmp_path: Path, text: str):  # type: ignore[no-untyped-def]
    """The text bgzipped and indexed as it stands, then opened."""
    path = tmp_path / "q.vcf.gz"
    with pysam.BGZFile(str(path), "wb") as handle:
        handle.write(text.encode("utf-8", "surrogateescape"))
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return open_vcf(path, "query", tmp_path)


def test_text_beyond_ascii_is_read(tmp_path: Path) -> None:
    text = vcf_text([GOOD], {"chr1": None}).replace("PASS\t.", "PASS\tCLNDN=Sjögren_α")
    (line,) = opened(tmp_path, text).lines("chr1")
    assert "Sjögren_α" in line


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("chr1\t20\t.\tA\tT\t.\tPASS\t.", "chr1, behind 10: a record has 8 columns, the header 10"),
        ("chr1\t20\t.\tA\tT\t.\tPASS\t\udcff\tGT\t0/1", "chr1, behind 10: not UTF-8 text"),
        ("", "chr1, behind 10: a line that cannot be read"),
    ],
)
def test_a_line_that_is_no_record(tmp_path: Path, line: str, message: str) -> None:
    vcf = opened(tmp_path, vcf_text([GOOD], {"chr1": None}) + line + "\n")
    with pytest.raises(BadData) as caught:
        list(vcf.lines("chr1"))
    assert caught.value.message == f"query {tmp_path}/q.vcf.gz: {message}" + (
        ", or the file is damaged" if "cannot" in message else ""
    )


@pytest.mark.parametrize(("position", "message"), [("abc", "POS is .abc."), ("-5", "POS is '-5'")])
def test_a_position_that_is_no_number(tmp_path: Path, position: str, message: str) -> None:
    text = vcf_text([GOOD], {"chr1": None}) + f"chr1\t{position}\t.\tA\tT\t.\tPASS\t.\tGT\t0/1\n"
    plain = tmp_path / "q.vcf"
    plain.write_text(text)
    with pytest.raises(BadData, match=message):
        list(open_vcf(plain, "query", tmp_path).lines("chr1"))


def test_csi_index_alone_and_beside_a_stale_tbi(tmp_path: Path) -> None:
    vcf = opened(tmp_path, vcf_text([GOOD], {"chr1": 1000}))
    tbi = tmp_path / "q.vcf.gz.tbi"
    pysam.tabix_index(str(vcf.path), preset="vcf", force=True, csi=True)
    tbi.write_bytes(b"stale")
    os.utime(tbi, (0, 0))
    for _ in range(2):
        again = open_vcf(tmp_path / "q.vcf.gz", "query", tmp_path)
        assert again.index.suffix == ".csi" and not again.notes
        assert len(list(again.lines("chr1"))) == 1
        tbi.unlink(missing_ok=True)


def test_index_that_is_none(tmp_path: Path) -> None:
    opened(tmp_path, vcf_text([GOOD], {"chr1": 1000}))
    (tmp_path / "q.vcf.gz.tbi").write_bytes(b"garbage")
    with pytest.raises(BadData, match=r"its index q\.vcf\.gz\.tbi cannot be read"):
        open_vcf(tmp_path / "q.vcf.gz", "query", tmp_path)


def test_damage_in_the_middle_of_a_file(tmp_path: Path) -> None:
    records = [("chr1", p, "A", "T", "0/1") for p in range(1, 60_000)]
    opened(tmp_path, vcf_text(records, {"chr1": 100_000}))
    path = tmp_path / "q.vcf.gz"
    damaged = bytearray(path.read_bytes())
    middle = len(damaged) // 2
    damaged[middle : middle + 200] = bytes(200)
    path.write_bytes(damaged)
    with pytest.raises(BadData, match="cannot be read, or the file is damaged"):
        list(open_vcf(path, "query", tmp_path).lines("chr1"))
    (tmp_path / "q.vcf.gz.tbi").unlink()
    with pytest.raises(BadData):
        list(open_vcf(path, "query", tmp_path).lines("chr1"))


def test_damaged_bcf_and_pipe_are_explained(tmp_path: Path) -> None:
    bcf = tmp_path / "q.bcf"
    with pysam.BGZFile(str(bcf), "wb") as handle:
        handle.write(b"BCF\2\2xxxxxxxxxxxxxxx")
    with pytest.raises(BadData) as caught:
        open_vcf(bcf, "query", tmp_path)
    assert "BCF that cannot be read" in caught.value.message
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadData, match="not a file"):
        open_vcf(tmp_path / "pipe", "query", tmp_path)
