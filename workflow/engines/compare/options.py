"""The options of ``plumbline compare``, by section; hap.py's names where they mean the same."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import click

from engines.compare.called import CALLED
from engines.compare.limits import Limits
from engines.contract.options import Prefix

FILE = click.Path(path_type=Path, dir_okay=False)


class Names(click.ParamType[tuple[str, ...]]):
    """Names between commas."""

    name = "name,name"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Take them apart."""
        if isinstance(value, tuple):
            return value
        return tuple(dict.fromkeys(name.strip() for name in str(value).split(",") if name.strip()))


class Field(click.ParamType[str]):
    """A field of a VCF record: QUAL, INFO.KEY, FORMAT.KEY; a bare KEY is one of FORMAT."""

    name = "field"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Name its column."""
        return _field(str(value))


class Fields(click.ParamType[tuple[str, ...]]):
    """Fields between commas, each as :class:`Field` has them."""

    name = "field,field"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Name their columns."""
        if isinstance(value, tuple):
            return value
        return tuple(_field(name.strip()) for name in str(value).split(",") if name.strip())


def _field(text: str) -> str:
    """bcftools' spellings INFO/KEY and FMT/KEY are taken too."""
    if text == "QUAL":
        return text
    column, dot, key = text.replace("/", ".", 1).partition(".")
    if not dot:
        return f"FORMAT.{text}"
    return f"{'FORMAT' if column == 'FMT' else column}.{key}"


class Bounds(click.ParamType[tuple[float, ...]]):
    """Rising numbers between commas: the bounds of strata."""

    name = "low,…,high"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        """Take them apart."""
        if isinstance(value, tuple):
            return value
        try:
            bounds = tuple(float(part) for part in str(value).split(","))
        except ValueError:
            self.fail(f"{value!r} is no list of numbers like 0,0.1,0.5,1", param, ctx)
        if len(bounds) < 2 or any(low >= high for low, high in pairwise(bounds)):
            self.fail(f"{value!r}: two or more numbers that rise, like 0,0.1,0.5,1", param, ctx)
        return bounds


def _flag(*names: str, **more: Any) -> Any:
    return click.option(*names, is_flag=True, **more)


def _on(*names: str, **more: Any) -> Any:
    """A switch that is on by default."""
    help_text = f"{more.pop('help').removesuffix('.')} [on]."
    return click.option(*names, default=True, help=help_text, **more)


on_sample_mismatch = click.option(
    "--on-sample-mismatch",
    type=click.Choice(["error", "warn"]),
    default="error",
    show_default=True,
    help="When genotypes agree so rarely that truth and query are of two people.",
)

FILES = (
    click.option("--truth", type=FILE, help="Truth VCF; filtered records are left out."),
    click.option("--query", type=FILE, help="Query VCF, gVCF or BCF."),
    click.option(
        "-r", "--reference", type=FILE, required=True, help="FASTA, plain or bgzipped."
    ),
    click.option(
        "-o", "--out", "--report-prefix", "out", type=Prefix(), required=True,
        help="Output prefix.",
    ),
    click.option("--truth-sample", help="Sample of the truth VCF, where it has several."),
    click.option("--query-sample", help="Sample of the query VCF, where it has several."),
    click.option("--baseline", type=FILE, help="An earlier OUT.summary.json: say what changed."),
    *CALLED,
)  # fmt: skip

REGIONS = (
    click.option(
        "-f", "--confident", "--false-positives", "confident", type=FILE,
        help="BED of regions in which the truth is known; calls elsewhere are UNK.",
    ),
    click.option(
        "-T", "--target", "--target-regions", "target", type=FILE,
        help="BED: compare only records whose POS lies in it.",
    ),
    click.option(
        "-R", "--regions", "--restrict-regions", "regions", type=FILE,
        help="BED: compare only records whose REF overlaps it.",
    ),
    click.option(
        "-l", "--location", "contigs", type=Names(), default=(),
        help="Compare only these contigs, named as in the reference.",
    ),
    _on(
        "--adjust-conf-regions/--no-adjust-conf-regions", "adjust_confident",
        help="Add the extents of truth calls at the edge of the confident regions.",
    ),
    click.option(
        "--stratification", type=FILE, help="Table NAME<TAB>BED: count these subsets too."
    ),
    click.option(
        "--stratification-region", "stratification_regions", multiple=True, metavar="NAME:BED",
        help="One subset more; may be given again.",
    ),
    _flag(
        "--fixchr", "--stratification-fixchr", "fixchr", hidden=True, expose_value=False,
        help="Contig names are always mapped where the lengths allow it.",
    ),
)  # fmt: skip

CALLS = (
    _flag("--pass-only", help="Leave out query records that failed a filter."),
    click.option(
        "--filters-only", "ignored_filters", type=Names(), default=(),
        help="Leave out query records that failed these filters and no other.",
    ),
    _flag("--usefiltered-truth", help="Take truth records that failed a filter too."),
    _on(
        "--decompose/--no-decompose", " /-D",
        help="Take complex and het-alt query records apart, as hap.py does.",
    ),
    _on("-L", "--leftshift/--no-leftshift", help="Move query indels left, never past a neighbour."),
    _flag("--preprocess-truth", help="Do both to the truth too."),
    click.option(
        "--sex", "--gender", "sex", type=click.Choice(["male", "female", "auto", "none"]),
        default="auto", show_default=True,
        help="In a male, single-allele genotypes on X and Y count as homozygous; auto asks the "
        "truth.",
    ),
    _flag("--convert-gvcf-query", help="The query is a gVCF: take its calls only."),
    _flag("--convert-gvcf-truth", help="The truth is a gVCF."),
    _flag("--convert-gvcf-to-vcf", "convert_gvcf", help="Both are."),
    _flag("--filter-nonref", help="Leave out records genotyped as <NON_REF>."),
    _flag(
        "--squash-ploidy", "squash",
        help="Compare alleles, whatever the genotypes: for somatic calls.",
    ),
    click.option(
        "--af-field", "fractions", type=Fields(), default=(),
        help="Allele fraction, INFO.KEY or FORMAT.KEY (FORMAT.AD gives a share of reads): of both "
        "sides, or truth,query.",
    ),
    click.option(
        "--af-strata", "fraction_bounds", type=Bounds(), default=(),
        help="Count in strata of the allele fraction, e.g. 0,0.05,0.1,0.5,1.",
    ),
)  # fmt: skip

SCORE = (
    click.option(
        "--roc", "score", type=Field(), default="QUAL", show_default=True,
        help="Score of the query (QQ): QUAL, INFO.KEY or FORMAT.KEY.",
    ),
    _flag("--no-roc", help="Write no levels of the score."),
    click.option(
        "--roc-filter", "roc_filters", type=Names(), default=(),
        help="Filters that SEL rows ignore.",
    ),
    click.option(
        "--roc-delta", type=click.FloatRange(0.001), default=0.5, show_default=True,
        help="Width of a level.",
    ),
    click.option(
        "--roc-regions", type=Names(), multiple=True,
        help="Stratifications whose levels are counted too; * is everything.",
    ),
)  # fmt: skip

TABLES = (
    click.option(
        "--ci-alpha", type=click.FloatRange(0, 1, max_open=True), default=0.0, show_default=True,
        help="Add Jeffreys intervals of this alpha to the CSV tables (the summary has 95 %).",
    ),
    _on("-X", "--write-counts/--no-write-counts", help="Write OUT.extended.csv."),
    _on("--json/--no-json", "write_json", help="Write OUT.metrics.json.gz."),
    _on("-V", "--write-vcf/--no-write-vcf", help="Write the annotated VCF."),
)  # fmt: skip

SEARCH = (
    click.option(
        "--cluster-gap", type=click.IntRange(0, 1000), default=Limits.gap, show_default=True,
        help="Bases between two clusters of calls.",
    ),
    click.option(
        "--max-states", type=click.IntRange(100), default=Limits.states, show_default=True,
        help="Partial haplotype pairs kept in the search of one cluster.",
    ),
    on_sample_mismatch,
    click.option(
        "--threads", type=click.IntRange(1), default=1, show_default=True,
        help="Contigs at a time.",
    ),
)  # fmt: skip

SECTIONS = {
    "Files": FILES,
    "Regions": REGIONS,
    "Calls": CALLS,
    "Score": SCORE,
    "Tables": TABLES,
    "Search": SEARCH,
}
