"""References: whose index is right, and what stands in for it."""

import os
import random
from pathlib import Path

import pysam
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


def test_index_older_than_the_file_is_not_trusted(
    tmp_path: Path, scratch: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_fasta(tmp_path / "r.fa", {"c": "ACGTACGT"})
    path.write_text(">c\nACGT\nTTTT\n")  # other line lengths: the old index reads other bases
    os.utime(tmp_path / "r.fa.fai", (1, 1))
    assert open_reference(path, scratch).fetch("c") == "ACGTTTTT"
    assert (tmp_path / "r.fa.fai").stat().st_mtime == 1, "not ours to change"
    assert "the one beside it is older" in capsys.readouterr().err


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


@pytest.mark.parametrize("name", ["r.fa", "r.fa.gz"])
@pytest.mark.parametrize("width", [1, 7, 60, 5000])
def test_whole_contigs_are_what_fetch_gives(
    tmp_path: Path, scratch: Path, name: str, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engines.formats.fasta_bases.PIECE", 200)
    rng = random.Random(width)
    contigs = {f"c{n}": "".join(rng.choices("ACGTNacgtnRy*-", k=n)) for n in (1, 7, 60, 420, 421)}
    text = "".join(
        f">{contig} x\n" + "".join(f"{bases[at : at + width]}\n" for at in range(0, n, width))
        for contig, bases in contigs.items()
        for n in [len(bases)]
    ).rstrip("\n")
    path = tmp_path / name
    with pysam.BGZFile(str(path), "wb") if path.suffix == ".gz" else path.open("wb") as handle:
        handle.write(text.encode())
    reference = open_reference(path, scratch)
    for contig, bases in contigs.items():
        assert reference.load(contig).tobytes().decode() == bases.upper()
        assert reference.fetch(contig) == bases.upper()


def test_whole_contig_by_an_index_of_another_file(tmp_path: Path, scratch: Path) -> None:
    path = write_fasta(tmp_path / "r.fa", {"c": "ACGT" * 50, "d": "ACGT"})
    reference = open_reference(path, scratch)
    path.write_text(">c\n" + "ACGTAC\n" * 60)
    with pytest.raises(BadData, match="c cannot be read"):
        reference.load("c")
    path.write_text(">c\nACGT\n")
    with pytest.raises(BadData, match="c cannot be read"):
        reference.load("c")
    (tmp_path / "r.fa.fai").write_text("c\t200\t3\t0\t0\nd\t4\t206\t4\t5\n")
    with pytest.raises(BadData, match="c cannot be read"):
        reference.load("c")
