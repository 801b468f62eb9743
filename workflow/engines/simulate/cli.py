"""``plumbline simulate``."""

from pathlib import Path
from typing import Any

import click

from engines.contract.errors import EngineCommand
from engines.contract.options import Prefix
from engines.simulate.case import Request
from engines.simulate.copies import AUTO, FEMALE, MALE

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("simulate", cls=EngineCommand)
@click.option("-r", "--reference", type=FILE, required=True, help="FASTA, plain or bgzipped.")
@click.option("--truth", type=FILE, required=True, help="VCF with what the sample has.")
@click.option("--truth-sample", help="Sample of the truth VCF, where it has several.")
@click.option("-o", "--out", type=Prefix(), required=True, help="Output prefix.")
@click.option("--sample", help="Name of the sample. [default: the last part of --out]")
@click.option("--target", type=FILE, help="BED: reads of these regions only, as of a capture.")
@click.option(
    "--haploid",
    type=FILE,
    help="BED of which a male has one copy. [default: X and Y but for what they share]",
)
@click.option(
    "--sex",
    type=click.Choice([MALE, FEMALE, AUTO]),
    default=AUTO,
    show_default=True,
    help="For the copies of X and Y; auto takes it from the truth.",
)
@click.option(
    "--depth",
    type=click.FloatRange(0, 1000, min_open=True),
    default=25,
    show_default=True,
    help="Mean depth where there are two copies (fold).",
)
@click.option(
    "--read-length",
    type=click.IntRange(30, 100_000),
    default=150,
    show_default=True,
    help="Bases of a read; above 1000 the mean of long reads, without mates.",
)
@click.option(
    "--fragment",
    type=click.IntRange(50),
    default=400,
    show_default=True,
    help="Mean length of the fragments that pairs are read from (bases).",
)
@click.option(
    "--fragment-sd",
    type=click.FloatRange(0),
    default=60,
    show_default=True,
    help="Its standard deviation.",
)
@click.option(
    "--error-rate",
    type=click.FloatRange(0, 0.2),
    default=0.004,
    show_default=True,
    help="Share of bases that are read wrongly.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True)
@click.option(
    "--tell-places",
    "tells_places",
    is_flag=True,
    help="Behind each name where the read is from: CONTIG:START-END:STRAND:COPY.",
)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
def simulate(out: Path, sample: str | None, **options: Any) -> None:
    """Make reads of a sample whose variants are known, to measure callers with.

    The truth's genotypes are put into two copies of each contig, fragments of them are drawn
    evenly, and read from both strands with errors as often as the qualities say. Writes
    OUT_1.fastq.gz, OUT_2.fastq.gz, OUT.simulation.json and OUT.provenance.json, all of them or
    none; the same bytes for the same seed, whatever the threads.
    """
    from engines.simulate.session import run

    click.echo(run(Request(out=out, sample=sample or out.name, **options)))
