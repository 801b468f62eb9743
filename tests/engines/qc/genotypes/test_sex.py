"""Sex by genotypes and by depth: simulated men and women, and what does not fit."""

from pathlib import Path
from typing import Any

import pytest
from genotype_mixtures import HEADER, X_ALONE, Mixture, write_calls
from qc_lab import checked

from engines.qc.genotypes.sex import by_depth

SUMMARY = "chrom\tlength\tbases\tmean\tmin\tmax\n"
DEPTHS = {"female": (30, 0.3), "male": (15, 8)}


def summary(folder: Path, x: float, y: float) -> Path:
    """mosdepth's, of autosomes at 30x."""
    rows = [("chr1", 1000, 30.0), ("chr2", 500, 30.0), ("chrX", 400, x), ("chrY", 100, y)]
    rows.append(("total", 2000, 25.0))
    path = folder / "S1.mosdepth.summary.txt"
    lines = [f"{c}\t{n}\t{round(n * d)}\t{d:.2f}\t0\t99\n" for c, n, d in rows]
    path.write_text(SUMMARY + "".join(lines))
    return path


def told(folder: Path, mixture: Mixture, *more: object) -> dict[str, Any]:
    calls = write_calls(folder / "S1.vcf.gz", mixture.records())
    return checked(folder / "S1", "--calls", calls, *more)["sex"]


@pytest.mark.parametrize("sex", ["female", "male"])
def test_both_say_the_same(tmp_path: Path, sex: str):
    mixture = Mixture(sites=500, on_x=300, female=sex == "female")
    depths = summary(tmp_path, *DEPTHS[sex])
    found = told(tmp_path, mixture, "--coverage", depths, "--sex", "female")
    assert found["by_heterozygosity"]["sex"] == found["by_depth"]["sex"] == found["sex"] == sex
    assert found["agrees"] is (sex == "female")
    assert (found["depth_of_x"], found["depth_of_y"]) == tuple(
        round(depth / 30, 4) for depth in DEPTHS[sex]
    )


def test_what_does_not_fit_together_is_not_determined(tmp_path: Path):
    mixture = Mixture(sites=500, on_x=300, female=True)
    found = told(tmp_path, mixture, "--coverage", summary(tmp_path, 15, 8), "--sex", "male")
    assert (found["sex"], found["agrees"]) == ("undetermined", None)
    two_x_and_y = told(tmp_path, mixture, "--coverage", summary(tmp_path, 30, 8))
    assert two_x_and_y["by_depth"]["sex"] == "undetermined"


@pytest.mark.parametrize(
    ("x", "y", "sex"),
    [
        *((0.5, 0.25, "male"), (0.5, None, "male"), (1.0, 0.01, "female"), (1.0, None, "female")),
        *((0.5, 0.0, "undetermined"), (1.0, 0.25, "undetermined"), (0.72, 0.25, "undetermined")),
        *((5.0, 0.0, "undetermined"), (0.0, 0.0, "undetermined"), (None, 0.3, None)),
    ],
)
def test_depths_of_known_karyotypes(x: float | None, y: float | None, sex: str | None):
    assert by_depth(x, y).sex == sex


def test_what_x_shares_with_y_does_not_count(tmp_path: Path):
    """Heterozygous in a man, all of it in the region that he has twice."""
    shared = Mixture(sites=500, on_x=300, female=True).records()
    moved = [line.replace(f"chrX\t{X_ALONE // 10**6}", "chrX\t1", 1) for line in shared]
    calls = write_calls(tmp_path / "S1.vcf.gz", moved)
    found = checked(tmp_path / "S1", "--calls", calls)["sex"]
    assert found["by_heterozygosity"] == {
        "sex": None,
        "reason": "too few: 0 SNVs on X, 50 are needed",
    }


def test_haploid_calls_are_no_evidence(tmp_path: Path):
    records = Mixture(sites=500, on_x=300, female=False).records()
    haploid = [line.replace("1/1:", "1:") if line.startswith("chrX") else line for line in records]
    calls = write_calls(tmp_path / "S1.vcf.gz", haploid)
    found = checked(tmp_path / "S1", "--calls", calls, "--sex", "male")["sex"]
    assert found["sex"] is None and found["agrees"] is None
    assert "called as haploid" in found["by_heterozygosity"]["reason"]


def test_of_another_genome_a_bed_file_says_where(tmp_path: Path):
    header = HEADER.replace("248956422", "9000000").replace("156040895", "8000000")
    records = Mixture(sites=500, on_x=300, female=False).records()
    calls = write_calls(tmp_path / "S1.vcf.gz", records, header)
    without = checked(tmp_path / "S1", "--calls", calls)["sex"]
    assert "--haploid" in without["by_heterozygosity"]["reason"]
    bed = tmp_path / "haploid.bed"
    bed.write_text(f"chrX\t{X_ALONE - 1}\t8000000\n")
    found = checked(tmp_path / "S1", "--calls", calls, "--haploid", bed)["sex"]
    assert found["sex"] == "male"


def test_another_table_is_no_summary(tmp_path: Path):
    calls = write_calls(tmp_path / "S1.vcf.gz", Mixture(sites=20).records())
    other = tmp_path / "other.txt"
    other.write_text("a\tb\n")
    said = checked(tmp_path / "S1", "--calls", calls, "--coverage", other, code=65)
    assert "is no summary of mosdepth" in said
