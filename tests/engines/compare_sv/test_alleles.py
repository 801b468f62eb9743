"""Multi-allelic records taken apart: genotypes, values per allele, types and sizes."""

import gzip
from pathlib import Path

import pytest
from pysam import bcftools
from sv_files import DEFINITIONS, sv_text, write_text

from engines.compare_sv.alleles import Splitter, genotype_of

HEADER = [
    *DEFINITIONS,
    '##INFO=<ID=AC,Number=A,Type=Integer,Description="x">',
    '##INFO=<ID=AD,Number=R,Type=Integer,Description="x">',
    '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="x">',
    '##FORMAT=<ID=PL,Number=G,Type=Integer,Description="x">',
    '##FORMAT=<ID=PS,Number=1,Type=Integer,Description="x">',
]


def split(ref: str, alt: str, info: str = ".", form: str = "GT", values: str = "1|2") -> list[str]:
    fields = ["chr1", "100", "id", ref, alt, ".", "PASS", info, form, values]
    return ["\t".join(record[3:5] + record[7:]) for record in Splitter(HEADER).split(fields)]


@pytest.mark.parametrize(
    ("genotype", "allele", "expected"),
    [
        ("1|2", 1, "1|0"),
        ("1|2", 2, "0|1"),
        ("2/1", 2, "1/0"),
        ("0/2", 1, "0/0"),
        ("./2", 2, "./1"),
        ("2", 2, "1"),
        ("12|2", 12, "1|0"),
        ("1/2/2", 2, "0/1/1"),
    ],
)
def test_genotype(genotype: str, allele: int, expected: str) -> None:
    assert genotype_of(genotype, allele) == expected


def test_values_per_allele_per_genotype_and_for_all() -> None:
    assert split("A", "AT,ATT", "AC=3,4;AD=9,8,7", "GT:AD:PL:PS", "1|2:1,2,3:0,1,2,3,4,5:77") == [
        "A\tAT\tAC=3;AD=9,8\tGT:AD:PL:PS\t1|0:1,2:0,1,2:77",
        "A\tATT\tAC=4;AD=9,7\tGT:AD:PL:PS\t0|1:1,3:0,3,5:77",
    ]


def test_missing_values_and_short_sample_columns_stay() -> None:
    assert split("A", "AT,ATT", "AC=.", "GT:AD", "1|2:.") == [
        "A\tAT\tAC=.\tGT:AD\t1|0:.",
        "A\tATT\tAC=.\tGT:AD\t0|1:.",
    ]
    assert split("A", "AT,ATT", ".", "GT:AD", "1|2")[0] == "A\tAT\t.\tGT:AD\t1|0"


def test_one_svlen_for_all_is_dropped_since_the_sequence_says_it() -> None:
    assert split("A", "ATT,ATTTT", "SVTYPE=INS;SVLEN=2") == [
        "A\tATT\tSVTYPE=INS\tGT\t1|0",
        "A\tATTTT\tSVTYPE=INS\tGT\t0|1",
    ]


def test_svtype_goes_where_the_alleles_are_of_two_types() -> None:
    assert split("ACGT", "A,ACGTACGT", "SVTYPE=DEL;SVLEN=-3,4") == [
        "ACGT\tA\tSVLEN=-3\tGT\t1|0",
        "ACGT\tACGTACGT\tSVLEN=4\tGT\t0|1",
    ]


def test_symbolic_alleles_with_lengths_of_their_own_lose_the_common_end() -> None:
    assert split("A", "<DEL>,<DUP>", "SVLEN=-50,80;END=180") == [
        "A\t<DEL>\tSVLEN=-50\tGT\t1|0",
        "A\t<DUP>\tSVLEN=80\tGT\t0|1",
    ]


def test_agrees_with_bcftools_where_bcftools_is_right(tmp_path: Path) -> None:
    calls = [
        ("chr1", 100, "A", "AT,ATT", "1|2", "AC=3,4;AD=9,8,7"),
        ("chr1", 200, "ACG", "A,ACGT,ACC", "2/3", "AC=3,4,5"),
        ("chr1", 300, "A", "ATTT,*", "./1", "AC=1,1"),
        ("chr1", 400, "A", "AC", "1/1", "AC=2"),
        ("chr1", 500, "A", "ACC,AGG", "2", "AC=2,1"),
    ]
    source = write_text(tmp_path / "a.vcf.gz", sv_text(calls, {"chr1": 1000}, (*"XY",), HEADER))
    theirs = tmp_path / "b.vcf.gz"
    bcftools.norm("-m", "-any", "-Oz", "-o", str(theirs), str(source), catch_stdout=False)
    with gzip.open(source, "rt") as handle:
        records = [line.rstrip("\n").split("\t") for line in handle if line[0] != "#"]
    splitter = Splitter(HEADER)
    ours = [
        split
        for fields in records
        for split in (splitter.split(fields) if "," in fields[4] else [fields])
    ]
    with gzip.open(theirs, "rt") as handle:
        expected = [line.rstrip("\n").split("\t") for line in handle if line[0] != "#"]
    assert sorted(ours) == sorted(expected)
    assert len(ours) == 10
