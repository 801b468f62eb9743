"""``plumbline calling``: split, copies, keep, gather."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from engines.contract.errors import EngineCommand
from engines.contract.options import Prefix
from engines.contract.pipes import handed_on

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


class Calling(click.Group):
    """Its commands follow the contract of the engines."""

    command_class = EngineCommand


@click.group("calling", cls=Calling)
def calling() -> None:
    """Variant calling in pieces: cut the genome, keep what belongs to a piece, gather."""


@calling.command("split")
@click.option("--fai", required=True, type=FILE, help="Index of the genome.")
@click.option("--target", type=FILE, help="Regions in which variants are called (BED).")
@click.option(
    "--padding",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Bases around each region of the target in which variants are called too.",
)
@click.option(
    "--by",
    type=click.Choice(["interval", "contig"]),
    default="interval",
    show_default=True,
    help="Chunks of the same number of bases, or of whole contigs.",
)
@click.option(
    "--chunks", type=click.IntRange(1, 9999), default=1, show_default=True, help="How many."
)
@click.option(
    "--sex",
    type=click.Choice(["male", "female", "auto"]),
    default="auto",
    show_default=True,
    help="Of a male, X and Y have one copy; auto takes two, since nobody says it.",
)
@click.option("--haploid", type=FILE, help="Regions of which a male has one copy (BED).")
@click.option("--tool", help="Caller that has to write the fields of --expression.")
@click.option(
    "--expression",
    help="Filter of the calls, as bcftools filter --exclude takes it; tried before all else.",
)
@click.option("--out", required=True, type=FOLDER, help="Folder; chunks that are in it go.")
def split_command(
    fai: Path,
    target: Path | None,
    padding: int,
    by: str,
    chunks: int,
    sex: str,
    haploid: Path | None,
    tool: str | None,
    expression: str | None,
    out: Path,
) -> None:
    """Cut a genome, or a target, into chunks that are called one by one.

    Writes OUT/0001.core.bed (calls that begin there are kept), OUT/0001.called.bed (with a margin,
    in which variants are called), … , OUT/haploid.bed with what a
    male has one copy of (empty for others), OUT/shared.bed with the rest of these contigs, and for
    bcftools and GATK the same as OUT/ploidy.tsv and OUT/ploidy.bed.
    """
    from engines.calling.split import Genome, run_split

    run_split(Genome(fai, target, padding, sex, haploid), by, chunks, (tool, expression), out)


@calling.command("copies")
@click.option(
    "--form", required=True, type=click.Choice(["freebayes", "strelka"]), help="For whom."
)
@click.option("--haploid", required=True, type=FILE, help="Regions with one copy (BED).")
@click.option("--alignments", required=True, type=FILE, help="BAM or CRAM file.")
def copies_command(form: str, haploid: Path, alignments: Path) -> None:
    """Print the map of copies that a caller takes: haploid regions of the samples in a file."""
    from engines.calling.chunks import read_pieces
    from engines.calling.ploidy import freebayes_copies, samples_in, strelka_copies

    write = freebayes_copies if form == "freebayes" else strelka_copies
    click.echo(write(read_pieces(haploid), samples_in(alignments)), nl=False)


@calling.command("keep")
@click.option("--core", required=True, type=FILE, help="Regions whose calls are kept (BED).")
@click.option("--reference", required=True, type=FILE, help="The genome (FASTA), with its index.")
@click.option("--sample", required=True, help="Name that the sample has in the result.")
@click.option("--settings", required=True, help="Name of the settings by which was called.")
@click.option("--tool", required=True, help="The caller.")
@click.option("--version", help="Its version, where the calls do not say it.")
def keep_command(
    core: Path, reference: Path, sample: str, settings: str, tool: str, version: str | None
) -> None:
    """Keep the calls of a chunk, from stdin to stdout, with a header that is the same on every run.

    Calls that begin outside of the core go; a block of a gVCF is cut at its borders.
    """
    from engines.calling.keeping import Named, run_keep

    named = Named(sample, settings, tool, version)
    with handed_on() as out:
        run_keep(sys.stdin.buffer, out, core, reference, named)


@calling.command("gather")
@click.argument("chunks", nargs=-1, required=True, type=FILE, metavar="CHUNK.vcf.gz…")
@click.option(
    "--regions",
    required=True,
    type=FOLDER,
    help="Folder that `plumbline calling split` made.",
)
@click.option("--expression", help="Mark calls for which this is true (bcftools filter --exclude).")
@click.option("--gvcf", is_flag=True, help="There are blocks of what is like the reference.")
@click.option(
    "--called",
    is_flag=True,
    help="Leave out records whose genotype has no alternative allele; they are counted.",
)
@click.option(
    "--measured",
    multiple=True,
    type=FILE,
    help="What a job of the caller took (Snakemake's benchmark table), of each job; the sum goes "
    "into the provenance.",
)
@click.option(
    "--out",
    required=True,
    type=Prefix(),
    help="Writes OUT.vcf.gz, OUT.vcf.gz.tbi, OUT.vcf.gz.md5 and OUT.provenance.json.",
)
def gather_command(
    chunks: tuple[Path, ...],
    regions: Path,
    expression: str | None,
    gvcf: bool,
    called: bool,
    measured: tuple[Path, ...],
    out: Path,
) -> None:
    """Put the chunks of a sample's calls into one file, in the order in which they are given."""
    from engines.calling.gather import Asked, run_gather

    cores = sorted(regions.glob("*.core.bed"))
    asked = Asked(chunks, cores, expression, gvcf, out, called, measured)
    run_gather(asked, datetime.now(UTC))
