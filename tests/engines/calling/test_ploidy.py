"""Where a male has one copy, and the forms in which callers take it."""

from pathlib import Path

import pysam

from engines.calling.chunks import Piece
from engines.calling.ploidy import (
    bcftools_ploidy,
    freebayes_copies,
    gatk_ploidy,
    haploid_of_males,
    samples_in,
    shared_of_males,
    strelka_copies,
)
from engines.formats.contigs import KNOWN_LENGTHS

X38 = [Piece("chrX", 0, 10_000), Piece("chrX", 2_781_479, 155_701_382)]
X38 += [Piece("chrX", 156_030_895, 156_040_895)]


def test_x_and_y_outside_of_their_shared_regions() -> None:
    lengths = {f"chr{name}": length for name, length in KNOWN_LENGTHS["GRCh38"].items()}
    found = haploid_of_males(lengths, None)
    assert [piece for piece in found if piece.contig == "chrX"] == X38
    assert {piece.contig for piece in found} == {"chrX", "chrY"}
    shared = shared_of_males(found, lengths)
    assert shared[:2] == [Piece("chrX", 10_000, 2_781_479), Piece("chrX", 155_701_382, 156_030_895)]


def test_a_genome_that_nobody_knows_has_none_but_those_of_a_file(tmp_path: Path) -> None:
    assert haploid_of_males({"chrX": 5000}, None) == []
    bed = tmp_path / "haploid.bed"
    bed.write_text("chrX\t100\t200\n")
    assert haploid_of_males({"1": 10, "chrX": 5000}, bed) == [Piece("chrX", 100, 200)]


def test_each_caller_counts_bases_in_its_own_way() -> None:
    haploid = [Piece("X", 100, 200)]
    assert bcftools_ploidy(haploid) == "X\t101\t200\tF\t1\n*\t*\t*\tF\t2\n"
    assert gatk_ploidy(haploid) == "X\t100\t200\t1\n"
    assert freebayes_copies(haploid, ["a b"]) == "X\t100\t200\ta b\t1\n"
    last = strelka_copies(haploid, ["a"]).splitlines()[-1]
    assert last == "X\t100\t.\tN\t<CNV>\t.\tPASS\tEND=200\tCN\t1"


def test_samples_of_read_groups(tmp_path: Path) -> None:
    groups = [{"ID": "1", "SM": "a"}, {"ID": "2", "SM": "a"}, {"ID": "3"}, {"ID": "4", "SM": "b"}]
    head = {"HD": {"VN": "1.6"}, "SQ": [{"SN": "X", "LN": 9}], "RG": groups}
    with pysam.AlignmentFile(str(tmp_path / "a.bam"), "wb", header=head):
        pass
    assert samples_in(tmp_path / "a.bam") == ["a", "b"]
