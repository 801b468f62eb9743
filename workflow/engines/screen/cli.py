"""``plumbline screen``."""

from pathlib import Path
from typing import Any

import click

from engines.contract.errors import BadUsage, EngineCommand
from engines.contract.progress import warn
from engines.screen.case import DEVICES, LISTS, MODES, Request

FILE = click.Path(path_type=Path, dir_okay=False)
PLACE = click.Path(path_type=Path)
FOLDER = click.Path(path_type=Path, file_okay=False)


def _name(_: click.Context, __: click.Parameter, text: str | None) -> str:
    """A name that can stand in file names and tables."""
    if text is None:
        return ""
    if not text.strip() or not text.isprintable() or "/" in text or text.startswith("."):
        raise click.BadParameter(f"{text!r} cannot be the name of a sample")
    return text


# What bio_gpu_pipeline takes and nothing here needs: the screen has no Bloom filter that could be
# left out (it changes no result), and abundance has no rounds of expectation and maximization.
UNUSED = ("use_multi_gpu", "use_bloom_filter", "no_em", "em_iterations")


@click.command("screen", cls=EngineCommand)
@click.option(
    "--r1",
    multiple=True,
    type=FILE,
    help="Reads: FASTQ, plain or gzip; again for each lane; - is the standard input.",
)
@click.option("--r2", multiple=True, type=FILE, help="Their mates, in the same order of lanes.")
@click.option("--interleaved", is_flag=True, help="Mates follow each other in --r1.")
@click.option("--sample-id", "sample", callback=_name, help="Name of the sample.")
@click.option(
    "--samples",
    type=FILE,
    help="Many samples in one process, each into DIR/SAMPLE: a table with tabs and the columns "
    "sample, reads_1, reads_2 (lanes between commas) and species.",
)
@click.option(
    "-o", "--output-dir", "out", required=True, type=FOLDER, help="Folder of the results."
)
@click.option(
    "--resistance-db",
    "resistance",
    type=FOLDER,
    help="Folder with the databases. [default: where `plumbline references ensure amr` keeps them]",
)
@click.option(
    "--reference-db",
    "reference",
    type=PLACE,
    help="Genomes for taxa: FASTA, or a folder of them. Without it taxa are not assessed.",
)
@click.option(
    "--taxdump", type=FOLDER, help="Folder of NCBI's taxonomy (nodes.dmp), for names of genomes."
)
@click.option(
    "--species",
    help="Of the isolate, such as 'Escherichia coli', for point mutations: else not assessed.",
)
@click.option(
    "--mode",
    type=click.Choice(MODES),
    default="fast",
    show_default=True,
    help="How far from known genes a read may be: exact loses less, translated finds distant ones.",
)
@click.option(
    "--device",
    type=click.Choice(DEVICES),
    default="auto",
    show_default=True,
    envvar="PLUMBLINE_SCREEN_DEVICE",
    show_envvar=True,
    help="Where reads are screened.",
)
@click.option(
    "--gpu-device",
    "gpu",
    type=click.IntRange(0),
    help="Number of the GPU, as CUDA counts what it sees. [default: a free one]",
)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True)
@click.option(
    "--batch-size",
    "batch",
    type=click.IntRange(1),
    help="Pairs that a GPU gets at once. [default: as they fit]",
)
@click.option(
    "--coverage",
    type=click.FloatRange(0, 100),
    default=60.0,
    show_default=True,
    help="Percent of a gene that reads have to cover.",
)
@click.option(
    "--identity",
    type=click.FloatRange(0, 100),
    default=90.0,
    show_default=True,
    help="Percent of it that has to be the same.",
)
@click.option(
    "--depth",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Reads at a codon, below which nothing is said of it.",
)
@click.option(
    "--mutations",
    "lists",
    type=click.Choice(LISTS),
    multiple=True,
    default=LISTS[:1],
    show_default=True,
    help="Whose list of mutations; again for both.",
)
@click.option("--resfinder", is_flag=True, help="ResFinder's own tables too, in DIR/resfinder.")
@click.option("--disable-amr", "without_genes", is_flag=True, help="Without resistance genes.")
@click.option(
    "--disable-resistance", "without_mutations", is_flag=True, help="Without resistance mutations."
)
@click.option(
    "--executable",
    type=FILE,
    help="A program with the command line of bio_gpu_pipeline, which screens instead.",
)
@click.option(
    "--progress-json",
    "tells_stages",
    is_flag=True,
    help="Tell the stages on the standard output: one JSON object a line.",
)
@click.option(
    "--report/--no-report", default=True, show_default=True, help="A page for people, HTML and PDF."
)
@click.option("--use-multi-gpu", is_flag=True, hidden=True)
@click.option("--use-bloom-filter", is_flag=True, hidden=True)
@click.option("--no-em", is_flag=True, hidden=True)
@click.option("--em-iterations", type=int, hidden=True)
def screen(
    samples: Path | None, without_genes: bool, without_mutations: bool, **options: Any
) -> None:
    """Screen reads for resistance genes and mutations, and for the organisms they are of.

    A genotype, not a susceptibility test. A k-mer screen, on a GPU or on the processor, keeps the
    pairs that could be of a gene; KMA calls the genes of those as it would of all reads. Writes
    DIR/ID.summary.json, ID.html, ID.pdf, ID.hamronization.tsv, and the files of bio_gpu_pipeline,
    whose command line it takes: DIR/amr/, DIR/resistance/, DIR/*.json.
    """
    from engines.screen.samples import run_samples
    from engines.screen.session import run

    for name in UNUSED:
        if options.pop(name):
            warn(f"--{name.replace('_', '-')}: has no meaning here, and changes nothing")
    options |= {"has_genes": not without_genes, "has_mutations": not without_mutations}
    _check_whose(samples, options)
    request = Request(**options)
    # where a program reads the stages, they are all that stands on the standard output
    done = run_samples(request, samples) if samples else run(request)
    click.echo(done, err=request.tells_stages)


def _check_whose(samples: Path | None, options: dict[str, Any]) -> None:
    """One sample by options, or many by a table.

    Raises:
        BadUsage: neither, or both.
    """
    by_options = options["sample"] or options["r1"] or options["r2"]
    if samples is None and not (options["sample"] and options["r1"]):
        missing = "--r1" if options["sample"] else "--sample-id"
        raise BadUsage(
            f"Missing option '{missing}'.",
            hint="give --sample-id and --r1 of one sample, or --samples TABLE of many",
        )
    if samples and (by_options or options["executable"]):
        raise BadUsage(
            "--samples names reads and samples, and other options do too",
            hint="leave away --sample-id, --r1, --r2 and --executable",
        )
