"""A target under the names of the genome, for mosdepth, and regions that nobody counted."""

import gzip
import json
from pathlib import Path

import pytest
from qc_lab import run


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "genome.fa"
    path.write_text(f">chr1\n{'A' * 100}\n>chrM\n{'C' * 50}\n")
    return path


@pytest.mark.parametrize("packed", [False, True])
def test_contigs_are_called_as_the_genome_calls_them(
    genome: Path, tmp_path: Path, packed: bool
) -> None:
    rows = (
        "track name=kit\n1\t10\t20\texon 1\nchr1\t30\t40\nMT\t0\t5\tND1\t0\t+\n1\t7\t7\n9\t0\t5\n"
    )
    target = tmp_path / "kit.bed"
    target.write_bytes(gzip.compress(rows.encode()) if packed else rows.encode())
    done = run("target", "--target", target, "--reference", genome, "--out", tmp_path / "o.bed")
    assert done.exit_code == 0, done.output
    assert (tmp_path / "o.bed").read_text() == (
        "chr1\t10\t20\texon 1\nchr1\t30\t40\nchrM\t0\t5\tND1\n"
    )
    assert "1 regions of the target lie on contigs that the genome lacks (9)" in done.stderr


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "has no regions"),
        ("1\t0\t101\n", "past the reference's 100 bases"),
        ("9\t0\t5\n", "9"),
        ("1\tx\t5\n", "line 1: not BED"),
    ],
)
def test_a_target_that_fits_nothing_is_an_error(
    genome: Path, tmp_path: Path, rows: str, message: str
) -> None:
    (tmp_path / "kit.bed").write_text(rows)
    given = ("--target", tmp_path / "kit.bed", "--reference", genome)
    done = run("target", *given, "--out", tmp_path / "o.bed")
    assert done.exit_code == 65
    assert message in json.loads(done.stderr.splitlines()[-1])["message"]
    assert not (tmp_path / "o.bed").exists()


def test_no_region_counted_is_an_error(tmp_path: Path) -> None:
    """What mosdepth leaves of a target on contigs that it does not know."""
    regions, thresholds = tmp_path / "r.bed.gz", tmp_path / "t.bed.gz"
    regions.write_bytes(gzip.compress(b""))
    thresholds.write_bytes(gzip.compress(b"#chrom\tstart\tend\tregion\t1X\t20X\n"))
    given = ("--regions", regions, "--thresholds", thresholds)
    done = run("coverage", *given, "--out", tmp_path / "o")
    assert done.exit_code == 65
    assert "counted no region" in json.loads(done.stderr.splitlines()[-1])["message"]
