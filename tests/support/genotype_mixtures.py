"""Calls of two people's reads mixed in known shares, with the population's frequencies known."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam

HEADER = """\
##fileformat=VCFv4.2
##contig=<ID=chr1,length=248956422>
##contig=<ID=chrX,length=156040895>
##INFO=<ID=PAF,Number=A,Type=Float,Description="Frequency in the population">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">
##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads">
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1
"""
X_ALONE = 3_000_000  # the first position of X that is surely not shared with Y


@dataclass(frozen=True)
class Mixture:
    """Of a sample and of another person of the same population.

    Attributes:
        foreign: share of the reads that are the other person's.
        error: share of the bases that are read as a given other one.
        on_x: variable sites on X; ``female`` says how many copies the sample has.
    """

    foreign: float = 0.0
    sites: int = 6000
    depth: int = 30
    error: float = 0.0003
    on_x: int = 0
    female: bool = True
    seed: int = 1

    def records(self) -> list[str]:
        """Lines of a caller that takes the likeliest of three genotypes."""
        random = np.random.default_rng(self.seed)
        lines = self._contig(random, "chr1", 10_000, self.sites, 2)
        copies = 2 if self.female else 1
        return lines + self._contig(random, "chrX", X_ALONE, self.on_x, copies)

    def _contig(
        self, random: np.random.Generator, contig: str, first: int, sites: int, copies: int
    ) -> list[str]:
        frequency = random.uniform(0.05, 0.95, sites)
        own = random.binomial(copies, frequency) / copies
        other = random.binomial(2, frequency) / 2
        alt = (1 - self.foreign) * own + self.foreign * other
        alt = alt * (1 - self.error) + (1 - alt) * self.error
        depth = random.poisson(self.depth * copies / 2, sites)
        reads = random.binomial(depth, alt)
        lines = []
        for number in range(sites):
            n, x = int(depth[number]), int(reads[number])
            likelihoods = [x * np.log(q) + (n - x) * np.log(1 - q) for q in (0.005, 0.5, 0.995)]
            genotype = int(np.argmax(likelihoods))
            if genotype and n:
                where = f"{contig}\t{first + 100 * number}\t.\tA\tG\t50\tPASS"
                called = f"{('0/1', '1/1')[genotype - 1]}:{n - x},{x}"
                lines.append(f"{where}\tPAF={frequency[number]:.5f}\tGT:AD\t{called}")
        return lines


def write_calls(path: Path, records: list[str], header: str = HEADER) -> Path:
    """A bgzipped, indexed VCF file."""
    with pysam.BGZFile(str(path), "wb") as out:
        out.write((header + "".join(f"{line}\n" for line in records)).encode())
    pysam.tabix_index(str(path), preset="vcf", force=True)
    return path
