"""`plumbline chart` and `plumbline results`: what was measured, as a page and on the terminal."""

import shutil
import sys
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from engines.charts import listing
from engines.charts.embed import FRAME_LIMIT
from engines.charts.holdings import holdings, told_left_out
from engines.charts.summaries import CALIBRATION, SMALL_VARIANTS, STRUCTURAL_VARIANTS, Summary
from engines.charts.tables import as_tsv
from engines.contract.errors import BadData, BadUsage, EngineCommand, InputMissing
from engines.contract.output import staging
from engines.contract.progress import say, warn
from engines.contract.provenance import as_json, provenance
from engines.contract.wording import some

FILE = click.Path(path_type=Path)


@click.group("chart", no_args_is_help=False)
def chart() -> None:
    """Draw what was measured: a page that needs nothing else, tables, figures."""


FORMS = {
    "html": "Page with charts and tables, for the browser.",
    "tsv": "Every number of every summary.",
    "svg": "All charts in one figure.",
    "png": "The same as pixels.",
}
PRINTED = {**FORMS, "pdf": "The page on paper (A4)."}


def _chart_command(name: str, kind: str, text: str, forms: dict[str, str] = FORMS) -> None:
    """The commands differ in the kind of summary, and in the forms that there are."""

    def command(places: tuple[Path, ...], expect: str, **outputs: Path | None) -> None:
        asked = {form: path for form in forms if (path := outputs[f"out_{form}"]) is not None}
        if not asked:
            options = [f"--out-{form}" for form in forms]
            hint = f"give {', '.join(options[:-1])} or {options[-1]}"
            raise BadUsage("nothing to write", hint=hint)
        draw(places, kind, asked, expect)

    options = [
        click.Argument(["places"], nargs=-1, required=True, type=FILE, metavar=PLACES),
        *(click.Option([f"--out-{form}"], type=FILE, help=why) for form, why in forms.items()),
        click.Option(["--expect"], metavar="SAMPLES", default="", help=EXPECT),
    ]
    chart.add_command(EngineCommand(name, params=options, callback=command, help=text))


PLACES = "[DIR or SUMMARY.json]…"
EXPECT = "What should be there: a,b,c or a table with a column 'sample' (.tsv, .csv)."

_chart_command("small-variants", SMALL_VARIANTS, "Chart what `plumbline compare` measured.")
_chart_command(
    "structural-variants", STRUCTURAL_VARIANTS, "Chart what `plumbline compare-sv` measured."
)
_chart_command("calibration", CALIBRATION, "Chart what `plumbline calibrate` found.", PRINTED)


def draw(places: Sequence[Path], kind: str, outputs: dict[str, Path], expect: str) -> None:
    """Read everything, make everything, then write: no output is of half the samples.

    Args:
        places: results folders or summaries, as :func:`holdings` looks through them.
        outputs: form (html, tsv, svg, png, pdf) → file; beside the first goes
            `FILE.provenance.json`.
        expect: as :func:`expected_samples` reads it; those without a summary are named on the page.
    """
    started = datetime.now(UTC)
    found = holdings(places, expect, kinds=[kind])
    summaries, missing = found.summaries[kind], [each.named for each in found.missing]
    if found.unusable:
        raise found.unusable[0]
    aside = told_left_out(found.left_out)
    if not summaries:
        raise InputMissing(
            f"no result of {some(missing or aside)}", hint="there is nothing to chart"
        )
    for each in aside:
        say(f"left out: {each}")
    if missing:
        warn(f"no summary of {some(missing)}, which {_were(missing)} expected")
    if found.others:
        say(f"of earlier runs, not charted: {some(found.others)}")
    first = next(iter(outputs.values()))
    record = first.with_name(f"{first.name}.provenance.json")
    _refuse_overwriting([*outputs.values(), record], [summary.path for summary in summaries])
    made = _report(summaries, missing, aside, outputs.keys())
    inputs: dict[str, Path | None] = {f"summary of {s.sample}": s.path for s in summaries}
    origin = as_json(provenance(inputs, started, threads=1, missing=missing, others=found.others))
    _write({record: origin, **{outputs[form]: content for form, content in made.items()}})
    what = "datasets" if kind == CALIBRATION else "samples"
    say(f"charted {len(summaries)} of {len(summaries) + len(missing)} {what}")


def _report(
    summaries: list[Summary], missing: list[str], aside: list[str], forms: Collection[str]
) -> dict[str, str | bytes]:
    """Form → what its file is to hold."""
    if summaries[0].kind == CALIBRATION:
        from engines.calibrate import report

        made = report.made(summaries, forms, missing)
    else:
        made = _drawn(summaries, missing, aside, forms)
    size = len(str(made.get("html", "")).encode())
    if size > FRAME_LIMIT:
        warn(f"the page has {size:,} bytes; open it by itself, Snakemake's report cannot")
    return made


def _drawn(
    summaries: list[Summary], missing: list[str], aside: list[str], forms: Collection[str]
) -> dict[str, str | bytes]:
    """The comparisons, as page, figure and table."""
    made: dict[str, str | bytes] = {}
    if "tsv" in forms:
        made["tsv"] = as_tsv(summaries)
    if set(forms) - {"tsv"}:
        # imported here: Altair takes its time, and a table does without
        from engines.charts import figure, page

        source = figure.material(summaries, _paired(summaries), _costs(summaries))
        makers: dict[str, Callable[[], str | bytes]] = {
            "html": lambda: page.as_html(source, missing, some(aside), _clusters(summaries)),
            "svg": lambda: figure.as_svg(source),
            "png": lambda: figure.as_png(source),
        }
        made |= {form: make() for form, make in makers.items() if form in forms}
    return made


def _paired(summaries: list[Summary]) -> dict[str, dict[str, Any]]:
    """Sample → how its callers stand side by side, where somebody put them there."""
    from engines.charts import callers

    found = {}
    by_name = {summary.sample: summary for summary in summaries}
    for team in callers.teams(summaries):
        path = callers.beside(by_name[next(iter(team.callers))], team.sample)
        try:
            data = callers.callers_of(path, path.read_bytes())
        except FileNotFoundError:
            continue
        if callers.is_of(data, team, summaries):
            found[team.sample] = data
        else:
            warn(f"{path}: of other comparisons than these; nobody is called best")
    return found


def _costs(summaries: list[Summary]) -> dict[str, dict[str, Any]]:
    """Call set → what its caller took, of samples with several callers, where it was measured."""
    from engines.charts import callers

    found = {}
    theirs = {name for team in callers.teams(summaries) for name in team.callers}
    for summary in summaries:
        path = callers.provenance_of_calls(summary)
        if summary.sample in theirs and path.is_file():
            found[summary.sample] = callers.costs_of(path, path.read_bytes())
    return found


def _clusters(summaries: list[Summary]) -> dict[str, dict[str, Any]]:
    """Sample → what lists the clusters of its comparison, where it says that there is one."""
    from engines.charts.differences import beside, differences_of

    found = {}
    for summary in summaries:
        if not summary.data.get("differences"):
            continue
        path = beside(summary)
        try:
            found[summary.sample] = differences_of(path, path.read_bytes())
        except FileNotFoundError:
            warn(f"{path}: not there; the page has no clusters of {summary.sample}")
    return found


def _refuse_overwriting(outputs: Sequence[Path], inputs: Iterable[Path]) -> None:
    taken = {path.resolve() for path in inputs}
    for path in outputs:
        if path.resolve() in taken:
            raise BadUsage(
                f"{path}: two outputs of this name, or an input", hint="choose another name"
            )
        taken.add(path.resolve())


def _write(contents: dict[Path, str | bytes]) -> None:
    """Write all, then put all in place; where one cannot be written, none is."""
    with ExitStack() as stack:
        for path, content in contents.items():
            staged = stack.enter_context(staging(path))
            staged.write_bytes(content.encode() if isinstance(content, str) else content)


@click.command("results", cls=EngineCommand)
@click.argument("places", nargs=-1, type=FILE, metavar=PLACES)
@click.option("--expect", metavar="SAMPLES", default="", help=EXPECT)
@click.option("--logs", type=FILE, help="Log folder of the run. [default: DIR/../logs]")
@click.option("--json", "as_json_", is_flag=True, help="For programs.")
@click.option(
    "--export",
    "export_file",
    type=FILE,
    metavar="FILE",
    help="Also every number as rows of a table: .parquet, .sqlite, .tsv, .csv or .json.",
)
def results(
    places: tuple[Path, ...],
    expect: str,
    logs: Path | None,
    as_json_: bool,
    export_file: Path | None,
) -> None:
    """List what a run measured: recall and precision, causes of death, verdicts of quality.

    DIR is `results` where none is given. What should be there, but is not, is
    named: those of --expect, else those of DIR/samples.tsv, which a run writes. Ends
    with 66 where one has no result, with 65 where a summary cannot be used.
    """
    where = places or (Path("results"),)
    found = holdings(where, expect, logs)
    if as_json_:
        click.echo(as_json(listing.as_data(found)), nl=False)
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
        click.echo(_printable(listing.as_text(found, width)))
    if export_file:
        # imported here: it brings pyarrow, and a list does without
        from engines.history.export import export

        export(found, export_file)
    if found.unusable:
        messages = some([error.message for error in found.unusable])
        raise BadData(messages, hint="run it again for these")
    if found.missing:
        raise InputMissing(
            f"no result of {some([missing.named for missing in found.missing])}",
            hint="see the logs; what is done is kept when you run again",
        )


def _were(names: list[str]) -> str:
    return "was" if len(names) == 1 else "were"


def _printable(text: str) -> str:
    """The text as this terminal can show it."""
    encoding: Any = sys.stdout.encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("–", "-").encode(encoding, "backslashreplace").decode(encoding)
    return text
