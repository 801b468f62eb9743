"""``plumbline compare explain``."""

from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from engines.compare.cli import request_from
from engines.compare.explain.earlier import request_of
from engines.compare.explain.run import explain as explained
from engines.compare.options import FILE, SECTIONS
from engines.contract.errors import BadUsage, EngineCommand
from engines.contract.options import Prefix
from engines.contract.provenance import as_json
from engines.contract.sections import Sectioned, in_sections
from engines.pileup.cli import columns, write

# options of the comparison that say what is written, and the values that stand in for them
OF_OUTPUT: dict[str, Any] = {
    "out": Path("explain"),
    "baseline": None,
    "ci_alpha": 0.0,
    "write_counts": True,
    "write_json": True,
    "write_vcf": False,
    "no_roc": True,
    "roc_delta": 0.5,
    "roc_regions": (),
    "on_sample_mismatch": "warn",
    "threads": 1,
}


class Explain(Sectioned, EngineCommand):
    """The options of the comparison that decide how calls are compared, none of them required."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params = [param for param in self.params if param.name not in OF_OUTPUT]
        for param in self.params:
            param.required = param.name == "site"


@click.command("explain", cls=Explain, short_help="Why calls were counted as they were.")
@click.argument("site", metavar="CHROM:POS[-END]")
@click.option("--run", type=Prefix(), help="OUT of an earlier comparison: its files and options.")
@click.option("--json", "as_data", is_flag=True, help="Print JSON.")
@click.option("--alignments", type=FILE, help="BAM or CRAM whose reads are drawn below.")
@click.option("--svg", type=FILE, help="Write the reads as a picture.")
@in_sections(SECTIONS)
@click.pass_context
def explain(
    ctx: click.Context,
    /,
    site: str,
    run: Path | None,
    as_data: bool,
    alignments: Path | None,
    svg: Path | None,
    **options: Any,
) -> None:
    """Why the calls at a site were counted as they were.

    Shows truth and query, the haplotypes of both under the reference, and the reason for each
    decision. Give an earlier comparison (--run), or its files and options again. Where there are
    alignments (of a run that made some they are found), the reads at the site are drawn, too.
    """
    given = [name for name in options if _is_given(ctx, name)]
    if run is not None and given:
        raise BadUsage(
            f"--run has all options of its comparison; --{given[0].replace('_', '-')} is too much"
        )
    if run is None:
        for name in ("truth", "query", "reference"):
            if options[name] is None:
                raise BadUsage(f"no --{name} is given", hint="or --run OUT of a comparison")
    request = request_of(run) if run else request_from((), OF_OUTPUT | options)
    found = explained(request, site, alignments)
    if svg is not None:
        if found.reads is None:
            why = found.no_reads or "there are no alignments"
            raise BadUsage(f"--svg {svg}: nothing to draw: {why}", hint="give --alignments FILE")
        write(found.reads, svg)
    click.echo(as_json(found.data()) if as_data else found.text(columns()), nl=False)


def _is_given(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) == ParameterSource.COMMANDLINE
