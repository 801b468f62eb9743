"""``plumbline annotate``."""

import gc
from pathlib import Path
from typing import Any

import click

from engines.annotate.case import MSI, Request
from engines.contract.errors import EngineCommand
from engines.contract.options import Prefix

FILE = click.Path(path_type=Path, dir_okay=False)
FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("annotate", cls=EngineCommand)
@click.option("--calls", type=FILE, required=True, help="Somatic variants: VCF or BCF.")
@click.option(
    "--knowledge", type=FILE, required=True, help="What is known: of `plumbline knowledge compile`."
)
@click.option("--disease", required=True, help="Of the tumour: a name, a DOID or an OncoTree code.")
@click.option("-o", "--out", type=Prefix(), required=True, help="Output prefix.")
@click.option("--tumour", metavar="SAMPLE", help="Sample of the tumour, where there are several.")
@click.option(
    "--build",
    metavar="GRCh37|GRCh38",
    help="Genome of the calls. [default: by the lengths of contigs]",
)
@click.option("--fasta", type=FILE, help="The genome, with its .fai; REF is checked with it.")
@click.option(
    "--gff", type=FILE, help="Gene models (GFF3 of Ensembl) for bcftools csq; needs --fasta."
)
@click.option("--transcripts", type=FILE, help="Transcripts to tell variants by, one a line.")
@click.option("--vaf-tag", metavar="TAG", help="INFO tag with the tumour's share of reads.")
@click.option("--depth-tag", metavar="TAG", help="INFO tag with the tumour's reads.")
@click.option(
    "--score", "scores", multiple=True, metavar="TAG", help="INFO tag with a score (REVEL)."
)
@click.option("--population", type=FILE, help="VCF with allele frequencies, indexed.")
@click.option("--population-tag", metavar="TAG", help="Its tag, or of the input without one.")
@click.option(
    "--callable",
    type=FILE,
    help="BED of where a variant would have been seen: for pertinent negatives and TMB.",
)
@click.option(
    "--tumour-only/--matched",
    "tumour_only",
    default=None,
    help="Whether there was a matched normal. [default: nobody has said]",
)
@click.option(
    "--msi", type=click.Choice(MSI), help="Microsatellite instability, by a test: never computed."
)
@click.option("--strict", is_flag=True, help="Preclinical evidence of other diseases: tier III.")
@click.option("--templates", type=FOLDER, help="Folder with texts of your own.")
@click.option(
    "--tell",
    type=click.Choice(["auto", "all", "tiered", "none"]),
    default="auto",
    show_default=True,
    help="Variants that the log tells: tiers I and II; auto also the first 20,000 of any tier.",
)
@click.option(
    "--fail-on-error", is_flag=True, help="Leave with 65 where a record could not be annotated."
)
@click.option("--report/--no-report", default=True, show_default=True, help="OUT.html, OUT.pdf.")
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="2: calls are read beside tiering, and bcftools csq besides.",
)
def annotate(**options: Any) -> None:
    """Tier somatic variants after AMP/ASCO/CAP 2017, each with the evidence for it.

    For research use only. Every variant is told on the log as it is done. Writes OUT.ndjson (all
    that was told), OUT.tsv, OUT.vcf.gz (the input with what was found), OUT.summary.json,
    OUT.html, OUT.pdf and OUT.provenance.json. Killed at any point and started again, it goes on
    where it was, and comes to the same results.
    """
    from engines.annotate import annotation
    from engines.annotate.stream import summary

    # what is known are millions of objects that all stay: looking through them for garbage with
    # every few hundred variants takes a fifth of the time
    gc.set_threshold(100_000, 50, 50)
    click.echo(summary.overview(annotation.annotate(Request(**options))))
