"""Calls that bcftools csq has annotated already."""

import shutil
import subprocess
from pathlib import Path

import pytest
from annotate_lab import CALLS, FASTA, GFF, GRCH37, prepared, write_vcf

META = (
    '##INFO=<ID=BCSQ,Number=.,Type=String,Description="Local consequence annotation from '
    "BCFtools/csq, see http://samtools.github.io/bcftools/howtos/csq-calling.html. Format: "
    'Consequence|gene|transcript|biotype|strand|amino_acid_change|dna_change">'
)


def told(tmp_path: Path, *rows: tuple[object, ...], **options: object):
    path = write_vcf(tmp_path / "a.vcf", rows, contigs=GRCH37, meta=[META])
    return prepared(path, tmp_path / "s", **options)


def test_rows_are_read_by_their_change_of_the_dna(tmp_path: Path):
    text = (
        "missense|BRAF|ENST1.4|protein_coding|-|600V>600E|100A>T,"
        "missense|BRAF|ENST1.4|protein_coding|-|600V>600G|100A>C"
    )
    outcome = told(tmp_path, ("7", 100, "A", "T,C,G", f"BCSQ={text}"), ("7", 200, "A", "T"))
    names = [c.chosen.protein.name if c.chosen else c.consequences for c in outcome.calls]
    assert sorted(map(str, names)) == ["()", "None", "V600E", "V600G"]
    assert outcome.prepared.consequences == "BCSQ"
    (first,) = [c for c in outcome.calls if c.chosen and c.chosen.protein.alt == "E"]
    assert first.chosen.transcript == "ENST1" and first.chosen.terms == ("missense_variant",)


def test_words_at_another_record_are_not_assessed(tmp_path: Path):
    joint = "BCSQ=missense|BRAF|E1|protein_coding|-|600V>600K|100A>T+102C>G"
    outcome = told(tmp_path, ("7", 100, "A", "T", joint), ("7", 102, "C", "G", "BCSQ=@100"))
    first, second = outcome.calls
    assert first.chosen.protein.name == "V600K" and second.consequences is None


def test_breakends_are_not_taken_for_what_csq_says(tmp_path: Path):
    wrong = "BCSQ=frameshift|EGFR|E1|protein_coding|+|10A>10G|100N>N"
    outcome = told(tmp_path, ("7", 100, "N", "N[17:500[", wrong))
    assert [each.genes for each in outcome.structural] == [None]


@pytest.mark.skipif(not shutil.which("bcftools"), reason="bcftools is not there")
def test_what_csq_wrote_says_what_csq_says(tmp_path: Path, scratch: Path):
    """Of single bases, which csq tells alike however it is run."""
    small = tmp_path / "small.vcf"
    only = ["bcftools", "view", "-v", "snps", "-o", small, CALLS]
    subprocess.run(list(map(str, only)), check=True)
    own = prepared(small, scratch, fasta=FASTA, gff=GFF)
    wanted = {c.allele: c.chosen.protein for c in own.calls if c.chosen and c.ref_matches}
    clean, made = tmp_path / "clean.vcf", tmp_path / "made.vcf"
    norm = ["bcftools", "norm", "-m-", "-c", "x", "-f", FASTA, "-o", clean, small]
    subprocess.run(list(map(str, norm)), check=True, capture_output=True)
    models = next((tmp_path / "cache").rglob("models.gff3"))
    csq = ["bcftools", "csq", "-l", "-s", "-", "-p", "a", "-f", FASTA, "-g", models, "-o", made]
    subprocess.run([*map(str, csq), str(clean)], check=True, capture_output=True)
    read = prepared(made, tmp_path / "again", fasta=FASTA)
    found = {c.allele: c.chosen.protein for c in read.calls if c.chosen}
    alone = {a: p for a, p in wanted.items() if not _is_joint(own.calls, a)}
    assert len(alone) > 3 and {a: found.get(a) for a in alone} == alone


def _is_joint(calls, allele) -> bool:
    return any(each.joint for c in calls if c.allele == allele for each in c.consequences or ())
