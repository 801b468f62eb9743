"""``plumbline calibrate``."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from engines.calibrate.case import EXAMPLE, Request
from engines.contract.errors import EngineCommand
from engines.contract.options import Prefix

FILE = click.Path(path_type=Path, dir_okay=False)
COUNT = click.IntRange(1)
ITERATIONS = click.IntRange(20)


def _va_data(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> dict[str, str]:
    """``ALGORITHM=FILE``, each algorithm once."""
    data: dict[str, str] = {}
    for text in given:
        algorithm, equals, file = text.partition("=")
        algorithm = algorithm.strip()
        if not (algorithm and equals and file):
            raise click.BadParameter(
                f"{text!r} is not ALGORITHM=FILE, e.g. insilicova=deaths.csv or eava={EXAMPLE}"
            )
        if algorithm.lower() in map(str.lower, data):
            raise click.BadParameter(f"{algorithm} is there twice; its deaths belong into one file")
        data[algorithm] = file
    return data


def _toggle(names: str, default: bool, text: str) -> Callable[..., Any]:
    return click.option(names, default=default, show_default=True, help=text)


@click.command("calibrate", cls=EngineCommand)
@click.option(
    "--va-data",
    multiple=True,
    required=True,
    callback=_va_data,
    metavar="ALGORITHM=FILE",
    help="Deaths as eava, insilicova or interva saw them: a CSV or JSON file of individual causes, "
    f"probabilities, broad causes or counts; or {EXAMPLE}. Again for each algorithm.",
)
@click.option("--age-group", required=True, help="neonate (0-27 days) or child (1-59 months).")
@click.option("--country", help="Whose misclassification; 'other' for all together.  [required]")
@click.option(
    "--mmat-type",
    type=click.Choice(["prior", "fixed", "samples"]),
    default="prior",
    show_default=True,
    help="Misclassification with its uncertainty, as its mean, or as samples of it.",
)
@click.option(
    "--ensemble/--no-ensemble",
    default=None,
    help="All algorithms in one fit too; by default where there are several.",
)
@click.option(
    "--engine",
    type=click.Choice(["auto", "vacalibration", "builtin"]),
    default="auto",
    show_default=True,
    help="The R package where it is installed, else our own, which needs R and jsonlite only.",
)
@click.option(
    "--compat",
    type=click.Choice(["2.2", "2.0"]),
    help="Path correction of the built-in engine as in this version of the package. [default: 2.2]",
)
@click.option(
    "--misclassification",
    type=FILE,
    help="Matrices of your own: JSON, CSV, RDA or RDS. [default: those of the installed package, "
    "else of `plumbline references ensure calibration`]",
)
@click.option(
    "--cause-map", type=FILE, help="Your causes to broad causes: CSV (cause,broad_cause)."
)
@click.option(
    "--undetermined",
    type=click.Choice(["set-aside", "other"]),
    default="set-aside",
    show_default=True,
    help="Deaths without a cause: count and leave out, or count as other.",
)
@_toggle(
    "--path-correction/--no-path-correction",
    True,
    "Shrink the matrix towards the identity until the calibration equation has an answer.",
)
@click.option(
    "--shrink-strength",
    type=click.FloatRange(0),
    help="Of the prior towards the uncalibrated fractions, without path correction. [default: 4]",
)
@click.option(
    "--not-calibrated",
    multiple=True,
    default=["other"],
    show_default=True,
    metavar="CAUSE",
    help="Broad cause that stays as it is; again for more; 'none' for none.",
)
@_toggle("--learn/--no-learn", True, "Find more causes that the matrix says nothing about.")
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1),
    default=0.1,
    show_default=True,
    help="Of --learn: a column of the mean matrix with no wider range is not calibrated.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True)
@click.option(
    "--chains", type=click.IntRange(4, 1000), help="Of the built-in engine. [default: 16]"
)
@click.option(
    "--warmup", type=ITERATIONS, help="Iterations before draws are kept. [default: engine's]"
)
@click.option("--iterations", type=ITERATIONS, help="Draws kept of each chain. [default: engine's]")
@_toggle(
    "--sensitivity/--no-sensitivity",
    False,
    "Again with every other country's matrices, prior and fixed, to see what hangs on them.",
)
@_toggle("--report/--no-report", True, "OUT.html and OUT.pdf.")
@_toggle("--reuse/--no-reuse", True, "Take the answer to the same question from an earlier time.")
@click.option("--preview", is_flag=True, help="Show how causes are mapped, and calibrate nothing.")
@click.option("--cache", type=click.Path(path_type=Path), help="Of `plumbline references`.")
@click.option("--threads", type=COUNT, default=1, show_default=True, help="For --sensitivity.")
@click.option("--rscript", default="Rscript", show_default=True, help="The program that runs R.")
@click.option("-o", "--out", type=Prefix(), help="Output prefix; needed unless --preview.")
def calibrate(
    preview: bool, learn: bool, out: Path | None, country: str | None, **options: Any
) -> None:
    """Calibrate cause-specific mortality fractions of verbal autopsies.

    Writes OUT.summary.json, OUT.csv, OUT.html, OUT.pdf and OUT.provenance.json, all of them or
    none. The same input and seed give the same bytes.
    """
    from engines.calibrate import calibration

    for name, value in (("--country", country), ("--out", out)):
        if value is None and not preview:
            raise click.UsageError(f"Missing option '{name}'.")
    options |= {"learn_not_calibrated": learn, "country": country or ""}
    request = Request(out=out or Path("preview"), **options)
    if preview:
        click.echo(calibration.preview(request))
    else:
        click.echo(calibration.calibrate(request))
