"""``plumbline compare``."""

from datetime import UTC, datetime
from pathlib import Path

import click

from engines.compare import comparison
from engines.compare.case import Request
from engines.compare.happy import read_happy as read_table
from engines.compare.limits import Limits
from engines.compare.report import print_table
from engines.compare.tables import summary_csv
from engines.contract.errors import EngineCommand
from engines.contract.options import Prefix
from engines.contract.output import staging
from engines.contract.provenance import as_json, provenance
from engines.contract.subcommands import WithSubcommands

FILE = click.Path(path_type=Path, dir_okay=False)

on_sample_mismatch = click.option(
    "--on-sample-mismatch",
    type=click.Choice(["error", "warn"]),
    default="error",
    show_default=True,
    help="When genotypes agree so rarely that truth and query are of two people.",
)


# what stands beside the comparison itself: ``plumbline compare NAME …``
SUBCOMMANDS: dict[str, str] = {}


@click.command("compare", cls=WithSubcommands, subcommands=SUBCOMMANDS)
@click.option("--truth", type=FILE, required=True, help="Truth VCF; filtered records are left out.")
@click.option("--query", type=FILE, required=True, help="Query VCF or gVCF.")
@click.option("-r", "--reference", type=FILE, required=True, help="FASTA, plain or bgzipped.")
@click.option("-f", "--confident", type=FILE, help="BED of regions in which the truth is known.")
@click.option("-T", "--target", type=FILE, help="BED: compare only records whose POS lies in it.")
@click.option("--stratification", type=FILE, help="Table NAME<TAB>BED: count these subsets too.")
@click.option("-o", "--out", type=Prefix(), required=True, help="Output prefix.")
@click.option("--truth-sample", help="Sample of the truth VCF, where it has several.")
@click.option("--query-sample", help="Sample of the query VCF, where it has several.")
@click.option("--pass-only", is_flag=True, help="Leave out query records that failed a filter.")
@click.option(
    "--decompose/--no-decompose",
    default=True,
    show_default=True,
    help="Take complex and het-alt query records apart, as hap.py does.",
)
@click.option(
    "--leftshift/--no-leftshift",
    default=True,
    show_default=True,
    help="Move query indels left, never past a neighbour.",
)
@click.option(
    "--adjust-conf-regions/--no-adjust-conf-regions",
    "adjust_confident",
    default=True,
    show_default=True,
    help="Add the extents of truth calls at the edge of the confident regions.",
)
@click.option(
    "--sex",
    type=click.Choice(["male", "female", "auto"]),
    default="auto",
    show_default=True,
    help="In a male, single-allele genotypes on X and Y count as homozygous; auto asks the truth.",
)
@click.option(
    "--cluster-gap",
    type=click.IntRange(0, 1000),
    default=Limits.gap,
    show_default=True,
    help="Bases between two clusters of calls.",
)
@click.option(
    "--max-states",
    type=click.IntRange(100),
    default=Limits.states,
    show_default=True,
    help="Partial haplotype pairs kept in the search of one cluster.",
)
@on_sample_mismatch
@click.option(
    "--threads", type=click.IntRange(1), default=1, show_default=True, help="Contigs at a time."
)
def compare(cluster_gap: int, max_states: int, **options: object) -> None:
    """Compare small variants with a truth set, haplotype by haplotype.

    Writes OUT.summary.json, OUT.summary.csv (hap.py's columns), OUT.vcf.gz with its index
    (GA4GH form) and OUT.provenance.json, all of them or none.
    """
    limits = Limits(gap=cluster_gap, states=max_states)
    report = comparison.compare(Request(limits=limits, **options))  # type: ignore[arg-type]
    print_table(report)


@click.command("read-happy", cls=EngineCommand)
@click.argument("prefix", type=click.Path(path_type=Path))
@click.option("--engine", type=click.Choice(["happy", "vcfeval"]), required=True)
@click.option("--truth", type=FILE, required=True, help="What hap.py compared with.")
@click.option("--query", type=FILE, required=True, help="What hap.py compared.")
@click.option("-r", "--reference", type=FILE, required=True, help="The reference it used.")
@click.option("-f", "--confident", type=FILE, help="The confident regions it used.")
@click.option("-T", "--target", type=FILE, help="The target regions it used.")
@click.option("-o", "--out", type=Prefix(), required=True, help="Output prefix.")
@on_sample_mismatch
def read_happy(
    prefix: Path, engine: str, out: Path, on_sample_mismatch: str, **files: Path | None
) -> None:
    """Turn the tables that hap.py wrote at PREFIX into OUT.summary.json and OUT.summary.csv."""
    started = datetime.now(UTC)
    table = prefix.with_name(f"{prefix.name}.extended.csv")
    report, rows = read_table(table, engine, files, on_sample_mismatch)
    with staging(out) as staged:
        for ending, text in (
            (".summary.json", as_json(report)),
            (".summary.csv", summary_csv(rows)),
            (".provenance.json", as_json(provenance({"table": table, **files}, started, 1))),
        ):
            staged.with_name(staged.name + ending).write_text(text, encoding="utf-8")
    print_table(report)
