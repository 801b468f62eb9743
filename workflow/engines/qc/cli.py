"""``plumbline qc``: collect, judge, keep, multiqc, and checks of coverage and genotypes."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from engines.contract.errors import BadUsage, EngineCommand
from engines.contract.options import Prefix

PLACE = click.Path(path_type=Path)
FILE = click.Path(path_type=Path, dir_okay=False)


class Qc(click.Group):
    """Its commands follow the contract of the engines."""

    command_class = EngineCommand


@click.group("qc", cls=Qc)
def qc() -> None:
    """Quality metrics of reads, alignments and calls: in one table, and against a cohort."""


def _name(_: click.Context, __: click.Parameter, given: Any) -> Any:
    """Names that can stand in a table and a file name."""
    for name in [given] if isinstance(given, str) else given or ():
        if not name.strip() or not name.isprintable() or "/" in name:
            raise click.BadParameter(f"{name!r} cannot be the name of a sample")
    return given


def _day(_: click.Context, __: click.Parameter, text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a day such as 2026-11-22") from None


@qc.command("collect")
@click.argument("places", nargs=-1, required=True, type=PLACE, metavar="FILE-or-DIR…")
@click.option("--sample", required=True, callback=_name, help="Name of the sample.")
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    callback=_name,
    help="What the files call it, where that is something else; again for each name.",
)
@click.option(
    "--date", "day", callback=_day, metavar="YYYY-MM-DD", help="When it was sequenced, for trends."
)
@click.option(
    "--out",
    required=True,
    type=Prefix(),
    help="Writes OUT.qc.tsv, OUT.qc.json and OUT.qc.provenance.json.",
)
def collect_command(
    places: tuple[Path, ...], sample: str, aliases: tuple[str, ...], day: date | None, out: Path
) -> None:
    """Put all metrics of one sample into one table.

    Reads DRAGEN's metrics files (known by their names) and what samtools stats, flagstat,
    idxstats and markdup, bcftools stats, fastp, mosdepth, `qc coverage` and `qc genotypes` print
    (known by their first lines). What cannot be read is named and counted.
    """
    from engines.qc.run import run_collect

    run_collect(places, sample, aliases, day, out, datetime.now(UTC))


@qc.command("judge")
@click.argument("samples", nargs=-1, required=True, type=FILE, metavar="PREFIX.qc.json…")
@click.option(
    "--cohort",
    "cohort",
    multiple=True,
    type=PLACE,
    metavar="DIR-or-FILE",
    help="Samples to compare with: .qc.json files, or folders of them; again for more.",
)
@click.option(
    "--kept",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The same, of the folder that `plumbline qc keep` fills; it may be empty or not there.",
)
@click.option(
    "--thresholds",
    type=FILE,
    help="What is good enough (YAML); by default resources/qc_thresholds.yaml.",
)
@click.option(
    "--out",
    required=True,
    type=Prefix(),
    help="Writes OUT.verdict.tsv, OUT.verdict.json, OUT.verdict.html, OUT.verdict.provenance.json.",
)
@click.option(
    "--each",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Also DIR/SAMPLE.verdict.… about each sample alone; the samples are then the cohort of "
    "one another too.",
)
@click.option(
    "--report/--no-report", default=True, show_default=True, help="Also the page with charts."
)
@click.option(
    "--threads",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes that read samples and write pages.",
)
def judge_command(
    samples: tuple[Path, ...],
    cohort: tuple[Path, ...],
    kept: Path | None,
    thresholds: Path | None,
    out: Path,
    each: Path | None,
    report: bool,
    threads: int,
) -> None:
    """Judge samples by thresholds and against a cohort: pass, warn or fail, and why."""
    from engines.qc.run import Against, run_judge

    if len({path.resolve() for path in samples}) < len(samples):
        raise BadUsage("a sample is given twice", hint="give each .qc.json once")
    against = Against(cohort, kept, thresholds)
    run_judge(samples, against, out, each, report, threads, datetime.now(UTC))


@qc.command("keep")
@click.argument("verdicts", nargs=-1, required=True, type=FILE, metavar="VERDICT.json…")
@click.option(
    "--qc",
    "tables",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Where the SAMPLE.qc.json are that were judged.",
)
@click.option(
    "--cohort",
    "folder",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The cohort's folder; made where it is not there.",
)
@click.option(
    "--verdict",
    "wanted",
    multiple=True,
    default=("pass",),
    show_default=True,
    type=click.Choice(["pass", "warn", "none", "fail"]),
    help="Which samples are kept; again for more.",
)
def keep_command(
    verdicts: tuple[Path, ...], tables: Path, folder: Path, wanted: tuple[str, ...]
) -> None:
    """Keep good samples for those that come later: copy their .qc.json into a cohort folder."""
    from engines.qc.keep import keep

    keep(verdicts, tables, folder, wanted)


@qc.command("multiqc")
@click.argument("places", nargs=-1, type=PLACE, metavar="[FILE-or-DIR]…")
@click.option("--sample", callback=_name, help="Name of the sample.")
@click.option(
    "--alias",
    "aliases",
    multiple=True,
    callback=_name,
    help="What the files call it, where that is something else; again for each name.",
)
@click.option(
    "--out", type=Prefix(), help="Writes OUT.multiqc.html and OUT.multiqc.provenance.json."
)
@click.option("--install", is_flag=True, help="Only see to it that there is a MultiQC.")
def multiqc_command(
    places: tuple[Path, ...],
    sample: str | None,
    aliases: tuple[str, ...],
    out: Path | None,
    install: bool,
) -> None:
    """One sample's metrics as MultiQC shows them.

    Takes the files that `plumbline qc collect` takes. MultiQC is the one of the PATH; where there
    is none, it is installed on first use into the user's cache folder, which needs the internet.
    """
    from engines.qc.multiqc_environment import command
    from engines.qc.multiqc_report import run

    if install:
        command()
    elif not places or sample is None or out is None:
        raise BadUsage("give files or folders, --sample and --out", hint="or only --install")
    else:
        run(places, sample, aliases, out, datetime.now(UTC))


@qc.command("coverage")
@click.option("--regions", required=True, type=FILE, help="PREFIX.regions.bed.gz of mosdepth.")
@click.option(
    "--thresholds", required=True, type=FILE, help="PREFIX.thresholds.bed.gz of the same run."
)
@click.option(
    "--depth", type=click.IntRange(1), default=20, show_default=True, help="Depth that is enough."
)
@click.option(
    "--share",
    type=click.FloatRange(0, 100),
    default=95,
    show_default=True,
    help="A region is low where less than this percentage of its bases has the depth.",
)
@click.option(
    "--out",
    required=True,
    type=Prefix(),
    help="Writes OUT.low.tsv, OUT.coverage.json and OUT.coverage.provenance.json.",
)
def coverage_command(regions: Path, thresholds: Path, depth: int, share: float, out: Path) -> None:
    """List the regions of a target with low depth, the worst first."""
    from engines.qc.low_coverage import run

    run(regions, thresholds, depth, share, out, datetime.now(UTC))


@qc.command("target")
@click.option("--target", required=True, type=FILE, help="Regions (BED).")
@click.option("--reference", required=True, type=FILE, help="The genome (FASTA), with its index.")
@click.option("--out", required=True, type=FILE, help="BED file to write.")
def target_command(target: Path, reference: Path, out: Path) -> None:
    """Call the contigs of a target as the genome does (20 is chr20), for mosdepth."""
    from engines.qc.target import run

    run(target, reference, out)


@qc.command("genotypes")
@click.option("--calls", required=True, type=FILE, help="VCF with small variants of the sample.")
@click.option("--query-sample", "sample", help="Which sample of the VCF, where it has several.")
@click.option("--coverage", type=FILE, help="PREFIX.mosdepth.summary.txt, for the depths of X, Y.")
@click.option(
    "--sex",
    "said",
    type=click.Choice(["male", "female", "auto"]),
    default="auto",
    show_default=True,
    help="What the sample is said to be; auto: nobody says.",
)
@click.option(
    "--haploid", type=FILE, help="BED file of what a male has once; known of human genomes."
)
@click.option(
    "--population",
    type=FILE,
    help="VCF with allele frequencies, bgzipped and indexed, for the contamination.",
)
@click.option(
    "--tag",
    help="INFO tag with the frequency of ALT in the population: of --population (there AF by "
    "default), else of the calls.",
)
@click.option(
    "--out",
    required=True,
    type=Prefix(),
    help="Writes OUT.genotypes.json and OUT.genotypes.provenance.json.",
)
def genotypes_command(
    calls: Path,
    sample: str | None,
    coverage: Path | None,
    said: str,
    haploid: Path | None,
    population: Path | None,
    tag: str | None,
    out: Path,
) -> None:
    """Tell sex and contamination by the genotypes of a sample."""
    from engines.qc.genotypes.run import Request, run

    request = Request(calls, sample, coverage, said, haploid, population, tag)
    run(request, out, datetime.now(UTC))
