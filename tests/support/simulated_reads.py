"""Pairs of reads of made-up genomes that carry given genes; where each pair comes from is known.

As the set S1 of the notes on screening: random genomes, genes put into them at random places,
fragments of about 350 bases, substitutions at 0.3 % of the bases, qualities in the four bins of
a NovaSeq. Everything follows from the seed.
"""

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

BASES = np.frombuffer(b"ACGT", np.uint8)
COMPLEMENT = np.arange(256, dtype=np.uint8)
COMPLEMENT[list(b"ACGT")] = list(b"TGCA")
BINS = np.frombuffer(b"F:,#", np.uint8)
AT_ONCE = 50_000

Letters = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Sample:
    """A mixture of genomes as one text, and the fragments to draw from it."""

    genome: Letters
    length: int = 150
    fragment: int = 350
    errors: float = 0.003
    seed: int = 1


def genomes(genes: Sequence[bytes], bases: int, seed: int = 1) -> Letters:
    """``bases`` random letters with each gene put in once, at even distances."""
    random = np.random.default_rng(seed)
    text = BASES[random.integers(0, 4, bases)]
    for number, gene in enumerate(genes):
        at = (2 * number + 1) * bases // (2 * len(genes))
        text[at : at + len(gene)] = np.frombuffer(gene, np.uint8)[: bases - at]
    return text


def pairs(sample: Sample, count: int) -> Iterator[tuple[bytes, bytes]]:
    """Text of R1 and of R2, some thousand pairs at a time."""
    random = np.random.default_rng(sample.seed)
    for first in range(0, count, AT_ONCE):
        n = min(AT_ONCE, count - first)
        sizes = np.clip(random.normal(sample.fragment, 40, n), sample.length, 600).astype(np.int64)
        starts = random.integers(0, len(sample.genome) - 600, n)
        offsets = np.arange(sample.length)
        one = sample.genome[starts[:, None] + offsets]
        two = COMPLEMENT[sample.genome[(starts + sizes - 1)[:, None] - offsets]]
        turned = random.random(n) < 0.5
        one[turned], two[turned] = two[turned], one[turned]
        yield tuple(  # type: ignore[misc]
            _text(random, sample, reads, first, mate) for mate, reads in ((1, one), (2, two))
        )


def write_pairs(sample: Sample, count: int, folder: Path) -> tuple[Path, Path]:
    """``R1.fastq.gz`` and ``R2.fastq.gz`` in ``folder``."""
    paths = folder / "R1.fastq.gz", folder / "R2.fastq.gz"
    with gzip.open(paths[0], "wb", 6) as one, gzip.open(paths[1], "wb", 6) as two:
        for first, second in pairs(sample, count):
            one.write(first)
            two.write(second)
    return paths


def _text(
    random: np.random.Generator, sample: Sample, reads: Letters, first: int, mate: int
) -> bytes:
    wrong = random.random(reads.shape) < sample.errors
    shift = random.integers(1, 4, int(wrong.sum()))
    reads[wrong] = BASES[(np.searchsorted(BASES, reads[wrong]) + shift) % 4]
    # runs of one bin, as machines give them
    bins = (random.random((len(reads), 10)) ** 9 * 4).astype(np.int64)
    quality = BINS[np.repeat(bins, sample.length // 10 + 1, axis=1)[:, : sample.length]]
    lines = []
    for number, (letters, qualities) in enumerate(zip(reads, quality, strict=True), first):
        tile, x, y = 1101 + number % 78, number % 32_000, number * 7 % 47_000
        lines.append(b"@A00123:45:HXXXXDSX2:1:%d:%d:%d %d:N:0:ACGTACGT" % (tile, x, y, mate))
        lines += [letters.tobytes(), b"+", qualities.tobytes()]
    return b"\n".join(lines) + b"\n"


def fasta_genes(fasta: Path) -> list[bytes]:
    """Sequences of a FASTA file, upper case, in its order."""
    records = ("\n" + fasta.read_text()).split("\n>")[1:]
    return ["".join(r.split("\n")[1:]).upper().encode() for r in records]
