"""What samtools and bcftools print, by the programs themselves on small files, and broken."""

from pathlib import Path

import pysam
import pysam.bcftools
import pytest
from qc_lab import collected, skipped, values
from small_files import write_vcf


@pytest.fixture(scope="module")
def bam(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten reads: nine mapped, two of them duplicates, one secondary alignment more."""
    path = tmp_path_factory.mktemp("bam") / "S1.bam"
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr1", "LN": 1000}]}
    with pysam.AlignmentFile(str(path), "wb", header=header) as out:
        for number, flag in enumerate([0] * 7 + [1024] * 2 + [256, 4]):
            read = pysam.AlignedSegment(out.header)
            read.query_name, read.flag = f"r{number}", flag
            read.query_sequence = "ACGTACGTAC"
            read.query_qualities = pysam.qualitystring_to_array("IIIIIIIIII")
            if flag != 4:
                read.reference_id, read.reference_start = 0, 10 * number
                read.mapping_quality, read.cigarstring = 60, "10M"
                read.set_tag("NM", 1 if number == 0 else 0)
            out.write(read)
    pysam.index(str(path))
    return path


@pytest.fixture
def folder(bam: Path, tmp_path: Path) -> Path:
    """What the programs print, under names as people give them."""
    place = tmp_path / "in"
    place.mkdir()
    (place / "S1.stats").write_text(pysam.samtools.stats(str(bam)))
    (place / "S1.flagstat.txt").write_text(pysam.samtools.flagstat(str(bam)))
    (place / "idxstats.txt").write_text(pysam.samtools.idxstats(str(bam)))
    calls = [("chr1", 10, "A", "G", "0/1"), ("chr1", 20, "A", "G", "0/1")]
    calls += [("chr1", 30, "A", "C", "1/1"), ("chr1", 40, "AT", "A", "0/1")]
    vcf = write_vcf(tmp_path / "S1.vcf.gz", calls, {"chr1": 1000}, samples=("S1", "S2"))
    (place / "S1.bcftools.stats.txt").write_text(pysam.bcftools.stats("-s", "-", str(vcf)))
    return place


def test_known_values(folder: Path, tmp_path: Path) -> None:
    data = collected(tmp_path / "o", folder)
    found = values(data)
    known = {
        ("alignments", "raw total sequences", ""): 10,
        ("alignments", "reads duplicated", ""): 2,
        ("alignments", "reads duplicated (%)", ""): 20.0,
        ("alignments", "reads mapped (%)", ""): 90.0,
        ("alignments", "bases mapped (cigar)", ""): 90,
        ("alignments", "in total", ""): 11,
        ("alignments", "in total", "QC-failed"): 0,
        ("alignments", "mapped (%)", ""): 90.91,
        ("alignments", "mapped (%)", "QC-failed"): None,
        ("alignments", "mapped reads", "chr1"): 10,
        ("alignments", "unmapped reads", "*"): 1,
        ("alignments", "contig length", "chr1"): 1000,
        ("variants", "number of SNPs", ""): 3,
        ("variants", "ts/tv ratio", ""): 2.0,
        ("variants", "nHets", ""): 2,
        ("variants", "het/hom ratio", ""): 2.0,
    }
    assert {key: found.get(key, "absent") for key in known} == known
    assert found["alignments", "error rate", ""] == pytest.approx(1 / 90)
    assert data["remarks"]["other_sample"] == 1
    assert {file["kind"] for file in data["files"]} == {
        *("samtools/stats", "samtools/flagstat", "samtools/idxstats", "bcftools/stats")
    }


def test_only_the_summary_numbers_are_enough(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "S1.stats").read_text().splitlines(keepends=True)
    path = tmp_path / "S1.txt"
    path.write_text("".join(line for line in lines if line.startswith("SN")))
    data = collected(tmp_path / "o", path)
    assert values(data)["alignments", "raw total sequences", ""] == 10


@pytest.mark.parametrize(
    ("name", "at", "reason"),
    [
        ("S1.stats", "SN\traw", "has no metric of samtools stats: cut off?"),
        ("S1.stats", "SN\tbases trimmed", "is cut off in its summary numbers (SN)"),
        ("S1.bcftools.stats.txt", "SN\t0\t", "has no metric of bcftools stats: cut off?"),
    ],
)
def test_cut_off(folder: Path, tmp_path: Path, name: str, at: str, reason: str) -> None:
    text = (folder / name).read_text()
    (folder / name).write_text(text[: text.index(at)])
    assert skipped(collected(tmp_path / "o", folder)) == {name: reason}


def test_another_line_among_them(folder: Path, tmp_path: Path) -> None:
    for name in ("S1.flagstat.txt", "idxstats.txt"):
        with open(folder / name, "a") as handle:
            handle.write("[E::hts] something\n")
    found = skipped(collected(tmp_path / "o", folder))
    assert all('"[E::hts] something" is not of ' in reason for reason in found.values())
    assert len(found) == 2
