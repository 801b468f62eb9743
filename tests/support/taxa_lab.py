"""Made-up genomes with known relations, reads of them, and a screen over both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engines.screen.reads import open_reads
from engines.screen.taxa.build import make_taxa_index
from engines.screen.taxa.genomes import genomes_of
from engines.screen.taxa.layout import TaxaIndex
from engines.screen.taxa.result import GenomeFound, TaxaResult, TaxonFound
from engines.screen.taxa.screen import screen_taxa

BASES = np.frombuffer(b"ACGT", np.uint8)
COMPLEMENT = np.arange(256, dtype=np.uint8)
COMPLEMENT[list(b"ACGTN")] = list(b"TGCAN")

Letters = npt.NDArray[np.uint8]


def random_letters(seed: int, length: int) -> Letters:
    return BASES[np.random.default_rng(seed).integers(0, 4, length)]


def relative(of: Letters, identity: float, seed: int) -> Letters:
    """A genome that differs from another at a share of its places, and nowhere else."""
    random = np.random.default_rng(seed)
    other = of.copy()
    places = np.flatnonzero(random.random(len(of)) > identity)
    shift = random.integers(1, 4, len(places))
    other[places] = BASES[(np.searchsorted(BASES, of[places]) + shift) % 4]
    return other


def write_fasta(path: Path, *sequences: Letters) -> Path:
    """A FASTA file with lines of 80 letters."""
    text = b""
    for number, sequence in enumerate(sequences):
        letters = sequence.tobytes()
        lines = [letters[at : at + 80] for at in range(0, len(letters), 80)]
        text += b">sequence%d of %s\n" % (number, path.stem.encode()) + b"\n".join(lines) + b"\n"
    path.write_bytes(text)
    return path


def reads_of(
    genome: Letters, count: int, seed: int, length: int = 150, errors: float = 0.003
) -> list[tuple[str, str]]:
    """Pairs from all over a circular genome, fragments of about 350 bases, of both strands."""
    random = np.random.default_rng(seed)
    around = np.concatenate((genome, genome[:600]))
    starts = random.integers(0, len(genome), count)
    sizes = np.clip(random.normal(350, 40, count), length, 600).astype(np.int64)
    offsets = np.arange(length)
    one = around[starts[:, None] + offsets]
    two = COMPLEMENT[around[(starts + sizes - 1)[:, None] - offsets]]
    for mate in (one, two):
        wrong = (random.random(mate.shape) < errors) & (mate != ord("N"))
        shift = random.integers(1, 4, int(wrong.sum()))
        mate[wrong] = BASES[(np.searchsorted(BASES, mate[wrong]) + shift) % 4]
    turned = random.random(count) < 0.5
    one[turned], two[turned] = two[turned], one[turned]
    return [(a.tobytes().decode(), b.tobytes().decode()) for a, b in zip(one, two, strict=True)]


def write_reads(pairs: Sequence[tuple[str, str]], folder: Path) -> tuple[Path, Path]:
    """Two FASTQ files."""
    paths = folder / "r1.fastq", folder / "r2.fastq"
    for mate, path in enumerate(paths):
        reads = enumerate(pair[mate] for pair in pairs)
        path.write_text("".join(f"@p{n}/{mate + 1}\n{r}\n+\n{'F' * len(r)}\n" for n, r in reads))
    return paths


@dataclass
class Lab:
    """Genomes of a community with their lineages, and who of them is in the sample.

    Attributes:
        genomes: name → sequences.
        lineages: name → names above, separated by ``;``.
    """

    folder: Path
    genomes: dict[str, list[Letters]] = field(default_factory=dict)
    lineages: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, lineage: str, *sequences: Letters) -> None:
        self.genomes[name] = list(sequences)
        self.lineages[name] = lineage

    def index(self, sampling: int = 16) -> TaxaIndex:
        return make_taxa_index(genomes_of(self.table()), sampling)

    def table(self) -> Path:
        rows = []
        for name, sequences in self.genomes.items():
            write_fasta(self.folder / f"{name}.fa", *sequences)
            rows.append(f"{name}\t\t{self.lineages[name]}\t{name}.fa\n")
        path = self.folder / "table.tsv"
        path.write_text("".join(rows))
        return path

    def screened(
        self, pairs: Sequence[tuple[str, str]], index: TaxaIndex | None = None, threads: int = 2
    ) -> TaxaResult:
        one, two = write_reads(pairs, self.folder)
        found, _ = screen_taxa(open_reads(str(one), str(two)), index or self.index(), threads)
        return found


def genomes_by_name(result: TaxaResult) -> Mapping[str, GenomeFound]:
    return {genome.name: genome for genome in result.genomes}


def taxa_by_name(result: TaxaResult) -> Mapping[str, TaxonFound]:
    return {taxon.name: taxon for taxon in result.taxa}
