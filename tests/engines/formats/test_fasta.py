"""References: whose index is right, and what stands in for it."""

import os
from pathlib import Path

import pytest
from small_files import write_fasta, write_vcf

from engines.contract.errors import BadData, InputMissing
from engines.formats.fasta import open_reference


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("name", ["r.fa", "r.fa.gz"])
def test_missing_index_is_made_beside_the_file(tmp_path: Path, scratch: Path, name: str) -> None:
    path = write_fasta(tmp_path / name, {"c": "acgtN"})
    for index in tmp_path.glob("*.?[az]i"):
        index.unlink()
    assert open_reference(path, scratch).fetch("c") == "ACGTN"
    made = {p.suffix for p in tmp_path.iterdir()}
    assert ".fai" in made and (".gzi" in made) == (name == "r.fa.gz")


def test_index_older_than_the_file_is_not_trusted(tmp_path: Path, scratch: Path) -> None:
    path = write_fasta(tmp_path / "r.fa", {"c": "ACGTACGT"})
    path.write_text(">c\nACGT\nTTTT\n")  # other line lengths: the old index reads other bases
    os.utime(tmp_path / "r.fa.fai", (1, 1))
    assert open_reference(path, scratch).fetch("c") == "ACGTTTTT"
    assert (tmp_path / "r.fa.fai").stat().st_mtime == 1, "not ours to change"


def test_truncated_file_with_its_old_index(tmp_path: Path, scratch: Path) -> None:
    path = write_fasta(tmp_path / "r.fa", {"c": "ACGT" * 5000})
    times = path.stat().st_mtime
    path.write_text(">c\nACGT\n")
    os.utime(path, (times, times))
    with pytest.raises(BadData, match="c cannot be read"):
        open_reference(path, scratch).fetch("c")


def test_what_is_no_reference(tmp_path: Path, scratch: Path) -> None:
    path = tmp_path / "r.fa"
    with pytest.raises(InputMissing, match="no such file"):
        open_reference(path, scratch)
    for content, message in (("", "empty"), ("ACGT\n", "not FASTA")):
        path.write_text(content)
        with pytest.raises(BadData, match=message):
            open_reference(path, scratch)
    path.write_text(">c\nACGT\n")
    (tmp_path / "r.fa.fai").write_text("garbage\n")
    with pytest.raises(BadData, match="its index cannot be read"):
        open_reference(path, scratch)


def test_compressed_and_no_reference(tmp_path: Path, scratch: Path) -> None:
    whole = write_fasta(tmp_path / "r.fa.gz", {"c": "ACGT" * 500}).read_bytes()
    cut = tmp_path / "cut.fa.gz"
    cut.write_bytes(whole[:-30])
    with pytest.raises(BadData, match="truncated"):
        open_reference(cut, scratch)
    calls = write_vcf(tmp_path / "calls.vcf.gz", [("c", 1, "A", "T", "0/1")], {"c": None})
    with pytest.raises(BadData, match="not FASTA: it starts with '##fileformat"):
        open_reference(calls, scratch)
