"""Every change of one base of a gene, and of two in a codon: what the genetic code says."""

from itertools import product
from pathlib import Path

import pytest

from config.demo.generator.gene import reverse_complement
from config.demo.generator.tumour import Tumour
from tests.support.annotate_lab import FASTA, GFF, prepared, write_vcf

LETTERS = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
CODE = {"".join(codon): letter for codon, letter in zip(product("TCAG", repeat=3), LETTERS)}  # noqa: B905
META = ('##FORMAT=<ID=GT,Number=1,Type=String,Description="x">',)


def expected(tumour: Tumour, symbol: str, residue: int, changes: dict[int, str]) -> str:
    """``V600K``; ``changes``: place in the codon (0 to 2) → base of the gene's strand."""
    gene = tumour.genes[symbol]
    codon = [tumour.genome.base(gene.contig, gene.base(3 * residue - 2 + i)) for i in range(3)]
    if gene.strand == "-":
        codon = [reverse_complement(base) for base in codon]
    before = CODE["".join(codon)]
    for place, base in changes.items():
        codon[place] = base
    after = CODE["".join(codon)]
    return f"{before}{residue}{'=' if before == after else after}"


def row(tumour: Tumour, symbol: str, coding: int, base: str, genotype: str) -> tuple[object, ...]:
    gene = tumour.genes[symbol]
    start = gene.base(coding)
    alt = base if gene.strand == "+" else reverse_complement(base)
    ref = tumour.genome.base(gene.contig, start)
    return gene.contig, start + 1, ref, alt, ".", "GT", genotype


@pytest.mark.parametrize("symbol", ["KRAS", "MET"])
def test_every_base_by_itself(tmp_path: Path, symbol: str) -> None:
    tumour = Tumour()
    gene = tumour.genes[symbol]
    rows, wanted = [], {}
    for residue in range(2, min(gene.residues, 400)):
        for place, base in product(range(3), "ACGT"):
            each = row(tumour, symbol, 3 * residue - 2 + place, base, "0/1")
            if each[2] != each[3]:
                rows.append(each)
                name = f"{each[0]}:{each[1]}:{each[2]}:{each[3]}"
                wanted[name] = expected(tumour, symbol, residue, {place: base})
    calls = write_vcf(tmp_path / "a.vcf", rows, meta=META, samples=("T",))
    outcome = prepared(calls, tmp_path / "s", fasta=FASTA, gff=GFF)
    found = {
        c.original: c.chosen and c.chosen.protein and c.chosen.protein.name for c in outcome.calls
    }
    assert found == wanted


def test_a_splice_region_is_told_with_what_it_codes(tmp_path: Path) -> None:
    tumour = Tumour()
    last = tumour.genes["MET"].coding[1][1] - 1  # the last base of exon 2
    ref = tumour.genome.base("chr7", last)
    rows = [("chr7", last + 1, ref, alt) for alt in "ACGT" if alt != ref]
    calls = prepared(
        write_vcf(tmp_path / "a.vcf", rows), tmp_path / "s", fasta=FASTA, gff=GFF
    ).calls
    told = [each.terms for call in calls for each in call.consequences or ()]
    assert len(told) == len(calls)
    assert {len(terms) for terms in told} == {2}
    assert all("splice_region_variant" in terms for terms in told)


@pytest.mark.parametrize("symbol", ["KRAS", "MET"])
def test_two_bases_of_a_codon_on_one_haplotype(tmp_path: Path, symbol: str) -> None:
    tumour = Tumour()
    gene = tumour.genes[symbol]
    starts = [start for span in gene.coding for start in (span[0], span[1] - 1)]
    rows, wanted = [], {}
    for residue in range(2, gene.residues, 2):
        bases = [gene.base(3 * residue - 2 + i) for i in range(3)]
        if any(abs(base - end) < 12 for base in bases for end in starts):
            continue  # a codon that an intron cuts, or a splice region
        places = ((0, 1), (1, 2), (0, 2))[residue // 2 % 3]
        changes = {}
        for place in places:
            there = tumour.genome.base(gene.contig, bases[place])
            there = there if gene.strand == "+" else reverse_complement(there)
            changes[place] = {"A": "G", "C": "T", "G": "C", "T": "A"}[there]
        for place, base in changes.items():
            each = row(tumour, symbol, 3 * residue - 2 + place, base, "0|1")
            rows.append(each)
            name = f"{each[0]}:{each[1]}:{each[2]}:{each[3]}"
            wanted[name] = expected(tumour, symbol, residue, changes)
    calls = write_vcf(tmp_path / "a.vcf", rows, meta=META, samples=("T",))
    outcome = prepared(calls, tmp_path / "s", fasta=FASTA, gff=GFF)
    found = {
        c.original: c.chosen and c.chosen.protein and c.chosen.protein.name for c in outcome.calls
    }
    assert len(found) > 100
    assert found == wanted
