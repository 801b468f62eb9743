"""``plumbline compare sets``."""

from pathlib import Path

import click

from engines.compare.limits import Limits
from engines.compare.sets.run import Asked, compare_sets
from engines.compare.sets.tables import print_tables
from engines.contract.errors import EngineCommand
from engines.contract.options import Prefix

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("sets", cls=EngineCommand, short_help="What several call sets have in common.")
@click.argument("sets", metavar="VCF VCF…", type=FILE, nargs=-1, required=True)
@click.option("-r", "--reference", type=FILE, required=True, help="FASTA, plain or bgzipped.")
@click.option("-f", "--regions", type=FILE, help="BED: count only calls in these regions.")
@click.option("-o", "--out", type=Prefix(), required=True, help="Output prefix.")
@click.option(
    "--sample", "samples", multiple=True, help="Once for each set, where they have several."
)
@click.option("--pass-only", is_flag=True, help="Leave out records that failed a filter.")
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
@click.option(
    "--threads", type=click.IntRange(1), default=1, show_default=True, help="Contigs at a time."
)
def sets(cluster_gap: int, max_states: int, **options: object) -> None:
    """Which calls several call sets of one sample have in common, without a truth.

    Every pair is compared haplotype by haplotype, by genotype and by allele. Writes
    OUT.sets.json, OUT.pairs.csv, OUT.combinations.csv and OUT.provenance.json.
    """
    limits = Limits(gap=cluster_gap, states=max_states)
    print_tables(compare_sets(Asked(limits=limits, **options)))  # type: ignore[arg-type]
