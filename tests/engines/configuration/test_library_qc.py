"""What the quality of a row with reads is told by, and which files each job of it reads."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engines.configuration import Plan, commands

Plans = Callable[..., Plan]
MINE = "genomes: {mine: {fasta: genome.fa, haploid: truth.bed}}"
HEAD = "sample|build|fastq_1|lanes|alignments|callers|target\n"


@pytest.fixture(autouse=True)
def reads(folder: Path) -> None:
    for name in ("a.fq", "b.fq", "x.bam", "x.bam.bai", "y.cram", "y.cram.crai"):
        (folder / name).write_text("placeholder\n")


def test_reads_of_a_whole_genome(plan: Plans) -> None:
    made = plan(f"{HEAD}s|mine|a.fq,b.fq|f1,f2||delly,freebayes,bcftools|\n", MINE)
    assert made.qc_files("s") == {
        "bcftools": "results/qc/stats/s.bcftools.stats",
        "samtools": "results/qc/stats/s.samtools.stats",
        "fastp": ["results/qc/fastp/s.f1.fastp.json", "results/qc/fastp/s.f2.fastp.json"],
        "markdup": "results/qc/stats/s.markdup.txt",
        "mosdepth": [
            "results/qc/coverage/s.mosdepth.summary.txt",
            "results/qc/coverage/s.mosdepth.global.dist.txt",
        ],
        "genotypes": "results/qc/genotypes/s.genotypes.json",
    }
    calls = "results/calls/s.freebayes.vcf.gz"
    assert made.counted_calls("s") == calls, "of the first caller of small variants"
    assert made.genotype_files("s") == {
        "calls": calls,
        "index": f"{calls}.tbi",
        "coverage": "results/qc/coverage/s.mosdepth.summary.txt",
        "haploid": "truth.bed",
    }
    cram = "results/alignments/s.cram"
    sequence = "results/references/mine.sequence/genome.fa"
    depth = {"alignments": cram, "index": f"{cram}.crai", "reference": sequence}
    assert made.depth_files("s") == depth
    assert made.alignment_files("s")["reference"] == sequence
    assert commands.depth_options(depth) == f"--by 10000 --fasta {sequence}"
    assert [name for name in made.names("qc")] == ["s"], "not what each caller called"


def test_of_a_target_only_what_is_inside(plan: Plans) -> None:
    made = plan(f"{HEAD}s|mine|a.fq||||truth.bed\n", f"{MINE}\nalign: {{duplicates: keep}}")
    files = made.qc_files("s")
    assert "markdup" not in files
    assert files["mosdepth"] == [
        "results/qc/coverage/s.mosdepth.summary.txt",
        "results/qc/coverage/s.mosdepth.region.dist.txt",
        "results/qc/coverage/s.coverage.json",
    ]
    assert commands.depth_options(made.depth_files("s")).startswith(
        "--by results/qc/coverage/s.target.bed "
    )
    assert made.target_files("s")["target"] == "truth.bed"


def test_alignments_that_were_brought(plan: Plans) -> None:
    made = plan(f"{HEAD}s|mine|||x.bam|bcftools|\n", MINE)
    assert set(made.qc_files("s")) == {"bcftools", "samtools", "mosdepth", "genotypes"}
    receipt = "results/reads/s.alignments.json"
    assert made.depth_files("s") == {
        "alignments": "x.bam",
        "index": "x.bam.bai",
        "receipt": receipt,
    }


def test_what_is_not_wanted_is_not_counted(plan: Plans) -> None:
    off = f"{MINE}\nqc: {{coverage: false, bcftools_stats: false}}"
    made = plan(f"{HEAD}s|mine|a.fq|||none|\n", off)
    assert set(made.qc_files("s")) == {"samtools", "fastp", "markdup"}
    called = plan(f"{HEAD}s|mine|a.fq|||bcftools|\n", off)
    assert "coverage" not in called.genotype_files("s")


def test_long_reads_have_no_fastp(plan: Plans) -> None:
    long = f"{MINE}\nalign: {{aligner: minimap2, preset: map-ont}}"
    files = plan(f"{HEAD}s|mine|a.fq|||sniffles|\n", long).qc_files("s")
    assert set(files) == {"samtools", "mosdepth"}


def test_frequencies_of_a_population(plan: Plans) -> None:
    own = f"{MINE}\nqc: {{population: calls.vcf.gz, population_tag: AF_nfe}}"
    made = plan(f"{HEAD}s|mine|a.fq|||bcftools|\n", own)
    line = commands.genotype_options(made.config, "female", made.genotype_files("s"))
    assert line == (
        "--sex female --coverage results/qc/coverage/s.mosdepth.summary.txt --haploid truth.bed "
        "--population calls.vcf.gz --tag AF_nfe"
    )
