"""A run's results with a comparison of called variants and the alignments they came from."""

from pathlib import Path

from compare_bench import LENGTHS, SEQUENCES, TRUTH, Bench, other, snp
from pileup_lab import Given, write_alignments
from small_files import write_fasta, write_vcf

NAME = "HG002.bcftools"
SITE = 550
"""A place where the query has a SNP and the truth has none: three of twenty reads carry it."""
CARRY, DEPTH = 3, 20


def compared(work: Path) -> Path:
    """Fill the results of a working directory; gives the prefix of the comparison."""
    inputs = work / "results" / "calls"
    inputs.mkdir(parents=True)
    bench = Bench.__new__(Bench)
    bench.folder = inputs
    bench.reference = write_fasta(inputs / "genome.fa.gz", SEQUENCES)
    bench.truth = write_vcf(inputs / "truth.vcf.gz", TRUTH, LENGTHS)
    bench.query = write_vcf(
        inputs / f"{NAME}.vcf.gz",
        sorted([*TRUTH, snp("chr20", SITE)], key=lambda each: (str(each[0]), each[1])),
        LENGTHS,
    )
    bench.out = work / "results" / "small_variants" / NAME
    done = bench.run("--called-sample", "HG002", "--caller", "bcftools")
    assert done.exit_code == 0, done.output
    return bench.out


def aligned(work: Path) -> Path:
    """Alignments of the sample, where a run puts them."""
    path = work / "results" / "alignments" / "HG002.bam"
    path.parent.mkdir(parents=True)
    return write_alignments(path, SEQUENCES, [_read(n) for n in range(DEPTH)], sums=True)


def _read(number: int) -> Given:
    start = SITE - 80 + 3 * number
    bases = SEQUENCES["chr20"][start - 1 : start + 99]
    if number < CARRY:
        at = SITE - start
        bases = bases[:at] + other("chr20", SITE) + bases[at + 1 :]
    return Given(start, "100M", bases, flag=16 * (number % 2), name=f"read{number}")
