"""Reads of alleles as each caller writes them."""

from pathlib import Path

import pytest
from annotate_lab import GRCH37, prepared, write_vcf

from engines.contract.errors import BadUsage


@pytest.mark.parametrize(
    ("ref", "alt", "keys", "values", "depth", "vaf"),
    [
        ("A", "T", "DP:AU:CU:GU:TU", "100:60,61:0,0:0,0:20,22", 100, 0.25),  # Strelka2
        ("A", "AT", "DP:TAR:TIR", "50:30,31:10,11", 50, 0.25),
        ("A", "T", "GT:DP:RD:AD:FREQ", "0/1:40:30:10:25%", 40, 0.25),  # VarScan
        ("A", "T", "GT:AD:AF", "0/1:30,10:0.9", 40, 0.25),  # Mutect2: AD before AF
        ("A", "T", "DP:AU:CU:GU", "100:60,61:0,0:0,0", 100, None),
        ("A", "T", "DP:AU:CU:GU:TU", "100:.:.:.:.", 100, None),
        ("A", "AT", "DP:AU:CU:GU:TU", "100:1,1:1,1:1,1:1,1", 100, None),
        ("A", "T", "DP:AU:CU:GU:TU", "100:0,0:0,0:0,0:0,0", 100, None),
    ],
)
def test_share_of_reads(tmp_path: Path, ref, alt, keys, values, depth, vaf):
    row = ("7", 100, ref, alt, ".", keys, "0:0", values)
    path = write_vcf(tmp_path / "a.vcf", [row], contigs=GRCH37, samples=["NORMAL", "TUMOR"])
    (call,) = prepared(path, tmp_path / "s").calls
    assert (call.depth, call.vaf) == (depth, vaf)


def test_the_header_may_name_the_tumour(tmp_path: Path):
    row = ("7", 100, "A", "T", ".", "AD", "30,0", "30,10")
    made = {"contigs": GRCH37, "samples": ["P1N", "P1T"]}
    meta = ["##normal_sample=P1N", "##tumor_sample=P1T"]
    path = write_vcf(tmp_path / "a.vcf", [row], meta=meta, **made)
    assert prepared(path, tmp_path / "s").prepared.sample == "P1T"
    assert prepared(path, tmp_path / "t", tumour="P1N").prepared.sample == "P1N"
    other = write_vcf(tmp_path / "b.vcf", [row], meta=["##tumor_sample=P2T"], **made)
    with pytest.raises(BadUsage, match="2 samples: P1N, P1T"):
        prepared(other, tmp_path / "u")
