"""The shortest, leftmost form of an allele: as ``bcftools norm`` has it."""

import shutil
import subprocess
from pathlib import Path
from random import Random

import pysam
import pytest

from engines.annotate.prepare.normal import is_compatible, trim
from tests.support.annotate_lab import prepared


def test_trimming_keeps_one_base() -> None:
    assert trim(100, "ATTG", "ATTC") == (103, "G", "C")
    assert trim(100, "CAA", "CA") == (100, "CA", "C")
    assert trim(100, "AC", "TT") == (100, "AC", "TT")
    assert trim(100, "A", "T") == (100, "A", "T")


def test_letters_for_several_bases() -> None:
    assert is_compatible("A", "M")
    assert not is_compatible("G", "M")
    assert not is_compatible("AA", "M")


@pytest.mark.skipif(shutil.which("bcftools") is None, reason="no bcftools here")
@pytest.mark.parametrize("seed", range(4))
def test_as_bcftools_norm_has_it(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    unit = random.choice(["A", "AC", "CAG", "T"])
    parts = ["".join(random.choices("ACGT", k=20)) + unit * random.randint(0, 400 // len(unit))]
    parts += ["".join(random.choices("AC", k=30)), "".join(random.choices("ACGT", k=300))]
    sequence = "".join(parts)
    fasta = tmp_path / "g.fa"
    fasta.write_text(f">c\n{sequence}\n")
    pysam.faidx(str(fasta))
    rows = set()
    for _ in range(300):
        start = random.randrange(len(sequence) - 12)
        ref = sequence[start : start + random.randint(1, 8)]
        alt = random.choice(
            [ref[0], ref[0] + ref, ref + unit, "".join(random.choices("ACGT", k=3))]
        )
        if alt != ref:
            rows.add((start + 1, ref, alt))
    calls = tmp_path / "a.vcf"
    head = f"##fileformat=VCFv4.2\n##contig=<ID=c,length={len(sequence)}>\n"
    head += "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n"
    calls.write_text(head + "".join(f"c\t{p}\t.\t{r}\t{a}\t.\t.\t.\n" for p, r, a in sorted(rows)))
    norm = ["bcftools", "norm", "-m-", "-c", "w", "-f", str(fasta), str(calls)]
    shown = subprocess.run(norm, capture_output=True, text=True, check=True).stdout
    theirs = set()
    for line in shown.splitlines():
        if not line.startswith("#"):
            cells = line.split("\t")
            theirs.add(f"c:{cells[1]}:{cells[3]}:{cells[4]}")
    assert set(prepared(calls, tmp_path / "s", fasta=fasta).told()) == theirs
