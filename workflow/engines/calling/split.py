"""The work of ``plumbline calling split``."""

from dataclasses import dataclass
from pathlib import Path

from engines.calling.chunks import as_bed, by_contig, by_interval, read_lengths, wanted
from engines.calling.filters import check
from engines.calling.ploidy import bcftools_ploidy, gatk_ploidy, haploid_of_males, shared_of_males
from engines.contract.progress import say, warn


@dataclass(frozen=True)
class Genome:
    """Of which bases variants are called, and how many copies there are of them.

    Attributes:
        fai: index of the FASTA file.
        target: BED file, None for the whole genome.
        padding: bases around each region of the target.
        sex: male, female or auto.
        haploid: BED file of what a male has one copy of, None for what is known of the build.
    """

    fai: Path
    target: Path | None
    padding: int
    sex: str
    haploid: Path | None


def run_split(
    genome: Genome, by: str, chunks: int, filtered: tuple[str | None, str | None], out: Path
) -> None:
    """Write the chunks into a folder, which is made anew.

    Args:
        by: interval or contig.
        filtered: caller, None where its arguments may add fields, and expression, which is
            tried before anything is called.

    Raises:
        InputMissing, BadData: the genome's index or a BED file cannot be used.
        BadUsage: the expression cannot be understood.
    """
    tool, expression = filtered
    if expression:
        check(expression, tool)
    lengths = read_lengths(genome.fai)
    pieces = wanted(lengths, genome.target, genome.padding)
    made = (by_interval if by == "interval" else by_contig)(pieces, chunks)
    out.mkdir(parents=True, exist_ok=True)
    for old in (*out.glob("*.core.bed"), *out.glob("*.called.bed")):
        old.unlink()
    for number, chunk in enumerate(made, 1):
        (out / f"{number:04}.core.bed").write_text(as_bed(chunk.core), encoding="utf-8")
        (out / f"{number:04}.called.bed").write_text(as_bed(chunk.called), encoding="utf-8")
    haploid = haploid_of_males(lengths, genome.haploid) if genome.sex == "male" else []
    (out / "haploid.bed").write_text(as_bed(haploid), encoding="utf-8")
    shared = shared_of_males(haploid, lengths)
    (out / "shared.bed").write_text(as_bed(shared), encoding="utf-8")
    (out / "ploidy.bed").write_text(gatk_ploidy(haploid), encoding="utf-8")
    (out / "ploidy.tsv").write_text(bcftools_ploidy(haploid), encoding="utf-8")
    filled = sum(1 for chunk in made if chunk.core)
    say(f"{sum(piece.bases for piece in pieces):,} bases in {filled} of {chunks} chunks")
    _tell_ploidy(genome, sum(piece.bases for piece in haploid))


def _tell_ploidy(genome: Genome, haploid: int) -> None:
    if haploid:
        say(f"{haploid:,} bases of the genome have one copy in this sample (male)")
    elif genome.sex == "male":
        warn(
            "a male, and nobody knows which regions of this genome he has one copy of: all is "
            "called with two; name them in genomes.NAME.haploid"
        )
    elif genome.sex == "auto":
        say("the sex is not known: all is called with two copies; column sex of the sheet tells it")
