"""Quality metrics of two samples, in DRAGEN's layout: one good, one shallow with many duplicates.

Nothing of it was measured: the demo has no reads. The numbers are those of a whole genome.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Genome:
    """What a pipeline would have measured.

    Attributes:
        depth: mean coverage. at_15x, duplicates: in percent. insert: median length in bases.
        verdict: the known answer, of the default thresholds and no cohort.
        remarkable: the metrics that give it.
    """

    depth: float
    at_15x: float
    duplicates: float
    insert: int
    verdict: str
    remarkable: tuple[str, ...] = ()


GENOMES = {
    "caller_a": Genome(35.12, 97.4, 8.0, 412, "pass"),
    "caller_b": Genome(
        *(24.38, 95.6, 23.0, 398, "warn"),
        remarkable=(
            "Average alignment coverage over genome",
            "Q30 bases (excl. dups & clipped bases)",
            "Number of duplicate marked reads (%)",
        ),
    ),
}
GENOME_BASES = 3_217_346_917
READ_LENGTH = 151


def files(sample: str) -> dict[str, str]:
    """File name → text, of one sample."""
    genome = GENOMES[sample]
    texts = {
        "mapping_metrics": _mapping(genome),
        "wgs_coverage_metrics": _coverage(genome),
        "vc_metrics": _calls(sample),
        "ploidy_estimation_metrics": _ploidy(genome),
    }
    return {f"{sample}.{name}.csv": text for name, text in texts.items()}


def _mapping(genome: Genome) -> str:
    reads = round(genome.depth * GENOME_BASES / READ_LENGTH / (1 - genome.duplicates / 100))
    duplicates = round(reads * genome.duplicates / 100)
    head = "MAPPING/ALIGNING SUMMARY,"
    return f"""\
{head},Total input reads,{reads},100.00
{head},Number of duplicate marked reads,{duplicates},{genome.duplicates:.2f}
{head},Mapped reads,{reads * 996 // 1000},99.60
{head},Q30 bases (excl. dups & clipped bases),{(reads - duplicates) * READ_LENGTH * 91 // 100}
{head},Insert length: median,{genome.insert}
{head},Estimated sample contamination,0.0011
"""


def _coverage(genome: Genome) -> str:
    head = "COVERAGE SUMMARY,"
    return f"""\
{head},Average alignment coverage over genome,{genome.depth:.2f}
{head},Uniformity of coverage (PCT > 0.2*mean) over genome,96.31
{head},PCT of genome with coverage [ 15x: inf),{genome.at_15x:.2f}
"""


def _calls(sample: str) -> str:
    head = f"VARIANT CALLER POSTFILTER,{sample}"
    return f"""\
VARIANT CALLER SUMMARY,,Number of samples,1
{head},Total,4861230,100.00
{head},SNPs,3921450,80.67
{head},Ti/Tv ratio,2.05
{head},Het/Hom ratio,1.58
{head},Percent Callability,97.90
"""


def _ploidy(genome: Genome) -> str:
    head = "PLOIDY ESTIMATION,"
    half = genome.depth / 2
    return f"""\
{head},Autosomal median coverage,{genome.depth:.2f}
{head},X median coverage,{half:.2f}
{head},Y median coverage,{half:.2f}
{head},X median / Autosomal median,0.50
{head},Y median / Autosomal median,0.50
{head},Ploidy estimation,XY
"""


def expected() -> dict[str, Any]:
    """The known answer."""
    return {
        sample: {"verdict": genome.verdict, "not_good": list(genome.remarkable)}
        for sample, genome in GENOMES.items()
    }
