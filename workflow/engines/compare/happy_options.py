"""Options of hap.py that mean nothing here: each answers with one line that says what to do."""

from collections.abc import Callable
from typing import Any

import click

HAPLOTYPES = "calls are always compared by haplotype here, by one method; leave it out"
SCRATCH = "scratch files are in $TMPDIR and go when the command ends; leave it out"
OUTPUT = "progress and warnings go to stderr, results to files; send them where you like with 2>"
REFUSED = {
    ("--engine",): HAPLOTYPES + " (the workflow runs hap.py itself: small_variants: engine)",
    ("--engine-vcfeval-path", "--engine-vcfeval-template"): HAPLOTYPES,
    ("--engine-scmp-distance", "--scmp-distance", "--lose-match-distance"): HAPLOTYPES,
    ("--xcmp-enumeration-threshold",): "the bound of the search is --max-states",
    ("--xcmp-expand-hapblocks", "-w", "--window-size"): "the distance of clusters is --cluster-gap",
    ("--unhappy", "--no-haplotype-comparison"): HAPLOTYPES,
    ("--preprocessing-window-size",): "no windows are needed here; leave it out",
    ("--bcftools-norm",): "run `bcftools norm -c x -D` on the calls before",
    ("--somatic", "--set-gt"): "alleles without genotypes are compared with --squash-ploidy",
    ("--bcf",): "BCF is read as it is, and the annotated calls are VCF; leave it out",
    ("--output-vtc",): "the annotated VCF has no VTC field; BD, BK, BI, BVT say what was counted",
    ("--preserve-info",): "the annotated VCF has no INFO of the inputs; join it by position",
    ("--no-fixchr",): "names are mapped only where the lengths allow it, and this is said",
    ("--scratch-prefix", "--keep-scratch"): SCRATCH,
    ("--logfile", "--verbose", "--quiet"): OUTPUT,
    ("-t", "--type"): "only whole comparisons are made; a compared VCF is not counted anew",
}


def _refuse(reason: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def callback(ctx: click.Context, option: click.Parameter, given: Any) -> Any:
        if given:
            raise click.UsageError(f"{option.opts[0]} of hap.py is not taken: {reason}", ctx)

    return callback


# They are flags here: what follows them is never looked at, since they end the command before.
HAPPY_OPTIONS = tuple(
    click.option(
        name,
        f"refused_{name.strip('-').replace('-', '_')}",
        is_flag=True,
        hidden=True,
        is_eager=True,
        expose_value=False,
        callback=_refuse(reason),
    )
    for names, reason in REFUSED.items()
    for name in names
)
