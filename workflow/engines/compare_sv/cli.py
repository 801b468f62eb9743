"""``plumbline compare-sv``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from engines.compare.called import CALLED, called
from engines.compare_sv.case import Request
from engines.compare_sv.options import Options
from engines.contract.errors import EngineCommand
from engines.contract.options import Prefix

FILE = click.Path(path_type=Path, dir_okay=False)
SIZE = click.IntRange(0)
SHARE = click.FloatRange(0, 1)

Function = TypeVar("Function", bound=Callable[..., Any])


def _size_bins(_: click.Context, __: click.Parameter, text: str) -> tuple[int, ...]:
    bounds = tuple(int(part) for part in text.split(",") if part.strip().isdigit())
    if len(bounds) != len(text.split(",")) or list(bounds) != sorted(set(bounds)):
        raise click.BadParameter(f"{text!r} is not a rising list such as 50,100,300,1000,5000")
    return bounds


def _flag(name: str, text: str) -> Callable[[Function], Function]:
    """``--name/--no-name`` with the default of :class:`Options`."""
    off = f"--no-{name[2:]}"
    default = getattr(Options, name[2:].replace("-", "_"))
    return click.option(f"{name}/{off}", default=default, show_default=True, help=text)


def _value(name: str, kind: Any, text: str) -> Callable[[Function], Function]:
    """``--name VALUE`` with the default of :class:`Options`."""
    default = getattr(Options, name[2:].replace("-", "_"))
    return click.option(
        name, type=kind, default=default, show_default=default is not None, help=text
    )


@click.command("compare-sv", cls=EngineCommand)
@click.option("--truth", type=FILE, required=True, help="Truth VCF.")
@click.option("--query", type=FILE, required=True, help="Query VCF.")
@click.option("-r", "--reference", type=FILE, help="FASTA, plain or bgzipped; needed to refine.")
@click.option("-f", "--confident", type=FILE, help="BED of regions in which the truth is known.")
@click.option("-o", "--out", type=Prefix(), required=True, help="Output prefix.")
@click.option("--truth-sample", help="Sample of the truth VCF, where it has several.")
@click.option("--query-sample", help="Sample of the query VCF, where it has several.")
@click.option(
    "--refine/--no-refine",
    default=None,
    help="Compare haplotypes where calls are unmatched; by default when there is a reference.",
)
@_value("--align", click.Choice(["poa", "wfa", "mafft"]), "Aligner of refine.")
@_value("--coords", click.Choice(["R", "O"]), "Refine around unmatched calls, or confident rows.")
@_value("--buffer", SIZE, "Bases around a region that is refined.")
@_flag("--passonly", "Compare only calls whose FILTER is PASS or missing.")
@_value("--sizemin", SIZE, "Smallest truth call, in bases.")
@_value("--sizefilt", SIZE, "Smallest query call, in bases; 30, or --sizemin where that is less.")
@_value("--sizemax", click.IntRange(-1), "Largest call, in bases; -1 is no limit.")
@_value("--pick", click.Choice(["single", "ac", "multi"]), "Matches allowed for each call.")
@_flag("--dup-to-ins", "Compare duplications as insertions.")
@_flag("--typeignore", "Compare calls of different types.")
@_value("--refdist", SIZE, "Most bases between two calls that match.")
@_value("--pctseq", SHARE, "Least sequence similarity; 0 ignores the sequence.")
@_value("--pctsize", SHARE, "Least size similarity.")
@_value("--pctovl", SHARE, "Least reciprocal overlap.")
@_value("--bnddist", click.IntRange(-1), "Most bases between two breakends; -1 leaves them out.")
@_flag("--decompose", "Compare symbolic calls with breakends.")
@_flag("--roll", "Compare sequences at every rotation.")
@_value("--max-resolve", SIZE, "Longest symbolic call whose sequence is looked up, in bases.")
@_value("--chunksize", SIZE, "Bases without a call between two chunks.")
@_value("--no-ref", click.Choice(["a", "b", "c"]), "Leave out 0/0 and ./.: all, base, comp.")
@_value("--extend", SIZE, "Bases outside the regions in which query calls may match.")
@click.option(
    "--size-bins",
    callback=_size_bins,
    default=",".join(map(str, Options.size_bins)),
    show_default=True,
    help="Lower bounds of the size bins, in bases.",
)
@CALLED[0]
@CALLED[1]
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="For refine.")
def compare_sv(
    truth: Path,
    query: Path,
    out: Path,
    reference: Path | None,
    confident: Path | None,
    refine: bool | None,
    truth_sample: str | None,
    query_sample: str | None,
    threads: int,
    called_sample: str | None,
    caller: str | None,
    **parameters: Any,
) -> None:
    """Compare structural variants with a truth set: truvari bench, refine and ga4gh.

    Writes OUT.summary.json, OUT.by_type_and_size.tsv, OUT.base.vcf.gz and OUT.comp.vcf.gz
    (truth and query calls with GA4GH tags), OUT.bench.{tp-base,tp-comp,fp,fn}.vcf.gz as bench
    left them, and OUT.provenance.json, all of them or none. The defaults are those of GIAB's
    maintainers.
    """
    # here, because truvari takes half a second to import and --help needs none of it
    from engines.compare_sv import comparison, summary

    called(called_sample, caller)
    request = Request(
        truth=truth,
        query=query,
        out=out,
        reference=reference,
        confident=confident,
        refine=refine,
        truth_sample=truth_sample,
        query_sample=query_sample,
        options=Options(**parameters),
        threads=threads,
        called_sample=called_sample,
        caller=caller,
    )
    click.echo(summary.overview(comparison.compare(request)))
