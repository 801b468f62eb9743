"""``plumbline qc collect`` and ``plumbline qc judge``."""

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
    """Quality metrics of DRAGEN, samtools and bcftools: in one table, and against a cohort."""


def _name(_: click.Context, __: click.Parameter, given: Any) -> Any:
    """Names that can stand in a table and a file name."""
    for name in [given] if isinstance(given, str) else given:
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
    idxstats and bcftools stats print (known by their first lines). What cannot be read is named
    and counted.
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
    "--report/--no-report", default=True, show_default=True, help="Also the page with charts."
)
def judge_command(
    samples: tuple[Path, ...],
    cohort: tuple[Path, ...],
    thresholds: Path | None,
    out: Path,
    report: bool,
) -> None:
    """Judge samples by thresholds and against a cohort: pass, warn or fail, and why."""
    from engines.qc.run import run_judge

    if len({path.resolve() for path in samples}) < len(samples):
        raise BadUsage("a sample is given twice", hint="give each .qc.json once")
    run_judge(samples, cohort, thresholds, out, report, datetime.now(UTC))
