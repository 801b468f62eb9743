"""``plumbline compare`` and ``plumbline read-happy``."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from engines.compare import comparison
from engines.compare.baseline import print_changes
from engines.compare.called import CALLED, called
from engines.compare.case import Request
from engines.compare.happy import read_happy as read_table
from engines.compare.happy_options import HAPPY_OPTIONS
from engines.compare.limits import Limits
from engines.compare.options import FILE, SECTIONS, on_sample_mismatch
from engines.compare.report import print_table
from engines.compare.tables import Rows, summary_csv
from engines.contract.errors import BadUsage, EngineCommand
from engines.contract.options import Prefix
from engines.contract.output import staging
from engines.contract.provenance import as_json, provenance
from engines.contract.sections import Sectioned, in_sections
from engines.contract.subcommands import WithSubcommands

# what stands beside the comparison itself: ``plumbline compare NAME …``
SUBCOMMANDS = {
    "callers": "engines.compare.callers.cli:callers",
    "explain": "engines.compare.explain.cli:explain",
    "sets": "engines.compare.sets.cli:sets",
}


class Compare(Sectioned, WithSubcommands):
    """Its options in sections, its further commands behind them."""


@click.command("compare", cls=Compare, subcommands=SUBCOMMANDS)
@click.argument("files", metavar="[TRUTH QUERY]", nargs=-1, type=FILE)
@in_sections(SECTIONS | {"Options": HAPPY_OPTIONS})
def compare(files: Sequence[Path], **options: Any) -> None:
    """Compare small variants with a truth set, haplotype by haplotype.

    Writes OUT.summary.json, hap.py's tables (OUT.summary.csv, OUT.extended.csv, OUT.roc.*.csv.gz,
    OUT.metrics.json.gz), OUT.vcf.gz with its index (GA4GH form) and OUT.provenance.json, all of
    them or none.
    """
    report = comparison.compare(request_from(files, options))
    print_table(report)
    if report.get("baseline"):
        print_changes(report["baseline"])


def request_from(files: Sequence[Path], options: dict[str, Any]) -> Request:
    """What the command line asks for.

    Raises:
        BadUsage: truth or query is missing or given twice, or options contradict each other.
    """
    _take_files(files, options)
    called(options["called_sample"], options["caller"])
    limits = Limits(gap=options.pop("cluster_gap"), states=options.pop("max_states"))
    if options.pop("convert_gvcf"):
        options["convert_gvcf_truth"] = options["convert_gvcf_query"] = True
    options["write_roc"] = not options.pop("no_roc")
    named = [name for names in options["roc_regions"] for name in names]
    options["roc_regions"] = tuple(dict.fromkeys(["*", *named]))
    fractions = options.pop("fractions")
    if len(fractions) > 2:
        raise BadUsage("--af-field takes one field, or one of the truth and one of the query")
    if bool(fractions) != bool(options["fraction_bounds"]):
        raise BadUsage("--af-field and --af-strata belong together")
    if fractions:
        options["truth_fraction"], options["query_fraction"] = fractions[0], fractions[-1]
    return Request(limits=limits, **options)


def _take_files(files: Sequence[Path], options: dict[str, Any]) -> None:
    """``TRUTH QUERY`` as hap.py has them, or ``--truth`` and ``--query``."""
    if files and len(files) != 2:
        raise BadUsage(
            f"two files are needed, given {len(files)}: {' '.join(map(str, files))}",
            hint="plumbline compare TRUTH QUERY -r REFERENCE -o OUT",
        )
    for name, path in zip(("truth", "query"), files, strict=False):
        if options[name] is not None:
            raise BadUsage(f"the {name} is given twice: {options[name]} and {path}")
        options[name] = path
    for name in ("truth", "query"):
        if options[name] is None:
            raise BadUsage(f"no {name} is given", hint=f"--{name} FILE, or TRUTH QUERY in front")


@click.command("read-happy", cls=EngineCommand)
@click.argument("prefix", type=click.Path(path_type=Path))
@click.option("--engine", type=click.Choice(["happy", "vcfeval"]), required=True)
@click.option("--truth", type=FILE, required=True, help="What hap.py compared with.")
@click.option("--query", type=FILE, required=True, help="What hap.py compared.")
@click.option("-r", "--reference", type=FILE, required=True, help="The reference it used.")
@click.option("-f", "--confident", type=FILE, help="The confident regions it used.")
@click.option("-T", "--target", type=FILE, help="The target regions it used.")
@click.option("-o", "--out", type=Prefix(), required=True, help="Output prefix.")
@CALLED[0]
@CALLED[1]
@on_sample_mismatch
def read_happy(
    prefix: Path,
    engine: str,
    out: Path,
    on_sample_mismatch: str,
    called_sample: str | None,
    caller: str | None,
    **files: Path | None,
) -> None:
    """Turn the tables that hap.py wrote at PREFIX into OUT.summary.json and OUT.summary.csv."""
    started = datetime.now(UTC)
    table = prefix.with_name(f"{prefix.name}.extended.csv")
    whose = called(called_sample, caller)
    report, rows = read_table(table, engine, files, on_sample_mismatch)
    report |= whose
    with staging(out) as staged:
        for ending, text in (
            (".summary.json", as_json(report)),
            (".summary.csv", summary_csv(Rows.of(rows))),
            (".provenance.json", as_json(provenance({"table": table, **files}, started, 1))),
        ):
            staged.with_name(staged.name + ending).write_text(text, encoding="utf-8")
    print_table(report)
