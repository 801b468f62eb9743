"""`plumbline chart` and `plumbline results`: what was measured, as a page and on the terminal."""

import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from engines.charts import listing
from engines.charts.holdings import expected_samples, holdings
from engines.charts.summaries import SMALL_VARIANTS, STRUCTURAL_VARIANTS, read_summaries
from engines.charts.tables import as_tsv
from engines.contract.errors import BadData, BadUsage, EngineCommand, InputMissing
from engines.contract.output import staging
from engines.contract.progress import say, warn
from engines.contract.provenance import as_json, provenance

FILE = click.Path(path_type=Path)


@click.group("chart", no_args_is_help=False)
def chart() -> None:
    """Draw what was measured: a page that needs nothing else, tables, figures."""


def _chart_command(name: str, kind: str, text: str) -> Callable[..., None]:
    """The two commands differ in the kind of summary only."""

    @chart.command(name, cls=EngineCommand, help=text)
    @click.argument("summaries", nargs=-1, required=True, type=FILE, metavar="SUMMARY.json…")
    @click.option("--out-html", type=FILE, help="Page with charts and tables, for the browser.")
    @click.option("--out-tsv", type=FILE, help="Every row of every summary.")
    @click.option("--out-svg", type=FILE, help="All charts in one figure.")
    @click.option("--out-png", type=FILE, help="The same as pixels.")
    @click.option("--expect", metavar="SAMPLES", default="", help=EXPECT)
    def command(
        summaries: tuple[Path, ...],
        out_html: Path | None,
        out_tsv: Path | None,
        out_svg: Path | None,
        out_png: Path | None,
        expect: str,
    ) -> None:
        outputs = {"html": out_html, "tsv": out_tsv, "svg": out_svg, "png": out_png}
        asked = {form: path for form, path in outputs.items() if path is not None}
        if not asked:
            raise BadUsage(
                "nothing to write", hint="give --out-html, --out-tsv, --out-svg or --out-png"
            )
        if len({path.resolve() for path in asked.values()}) < len(asked):
            raise BadUsage("two outputs have the same name", hint="give each its own")
        draw(summaries, kind, asked, expect)

    return command


EXPECT = "Samples that should be there: a,b,c or a table with a column 'sample' (.tsv, .csv)."

_chart_command("small-variants", SMALL_VARIANTS, "Chart what `plumbline compare` measured.")
_chart_command(
    "structural-variants", STRUCTURAL_VARIANTS, "Chart what `plumbline compare-sv` measured."
)


def draw(paths: Sequence[Path], kind: str, outputs: dict[str, Path], expect: str) -> None:
    """Read everything, make everything, then write: no output is of half the samples.

    Args:
        paths: summaries of one kind.
        outputs: form (html, tsv, svg, png) → file; `STEM.provenance.json` goes beside the first.
        expect: as :func:`expected_samples` reads it; those without a summary are named on the page.
    """
    started = datetime.now(UTC)
    summaries = read_summaries(paths, kind)
    there = {summary.sample for summary in summaries}
    expected = expected_samples(expect)
    wanted = dict.fromkeys([*expected[""], *expected[kind]])
    missing = [sample for sample in wanted if sample not in there]
    for sample in missing:
        warn(f"no summary of {sample}, which was expected")
    made: dict[str, str | bytes] = {}
    if "tsv" in outputs:
        made["tsv"] = as_tsv(summaries)
    if outputs.keys() - {"tsv"}:
        # imported here: Altair takes its time, and a table does without
        from engines.charts import figure, page

        source = figure.material(summaries)
        makers: dict[str, Callable[[], str | bytes]] = {
            "html": lambda: page.as_html(source, missing),
            "svg": lambda: figure.as_svg(source),
            "png": lambda: figure.as_png(source),
        }
        made |= {form: make() for form, make in makers.items() if form in outputs}
    for form, content in made.items():
        size = _write(outputs[form], content)
        if form == "html" and size > page.FRAME_LIMIT:
            warn(f"{outputs[form]}: {size:,} bytes; open it by itself, Snakemake's report cannot")
    inputs: dict[str, Path | None] = {f"summary of {s.sample}": s.path for s in summaries}
    first = next(iter(outputs.values()))
    _write(
        first.with_name(f"{first.stem}.provenance.json"),
        as_json(provenance(inputs, started, threads=1, missing=missing)),
    )
    say(f"charted {len(summaries)} of {len(summaries) + len(missing)} samples")


def _write(path: Path, content: str | bytes) -> int:
    with staging(path) as staged:
        return staged.write_bytes(content.encode() if isinstance(content, str) else content)


@click.command("results", cls=EngineCommand)
@click.argument("places", nargs=-1, type=FILE, metavar="[DIR or SUMMARY.json]…")
@click.option("--expect", metavar="SAMPLES", default="", help=EXPECT)
@click.option("--logs", type=FILE, help="Log folder of the run. [default: DIR/../logs]")
@click.option("--json", "as_json_", is_flag=True, help="For programs.")
def results(
    places: tuple[Path, ...],
    expect: str,
    logs: Path | None,
    as_json_: bool,
) -> None:
    """List what a run measured: recall, precision and counts of every sample.

    DIR is `results` where none is given. Samples that should be there, but are not, are
    named: those of --expect, else those of DIR/samples.tsv, which a run writes. Ends
    with 66 where one has no result, with 65 where a summary cannot be used.
    """
    where = places or (Path("results"),)
    found = holdings(where, expect, logs or where[0].parent / "logs")
    if as_json_:
        click.echo(as_json(listing.as_data(found)), nl=False)
    else:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else 10_000
        click.echo(_printable(listing.as_text(found, width)))
    if found.unusable:
        messages = _some([error.message for error in found.unusable])
        raise BadData(messages, hint="run the comparison of these samples again")
    if found.missing:
        raise InputMissing(
            f"no result of {_some([missing.named for missing in found.missing])}",
            hint="see the logs; what is done is kept when you run again",
        )


def _some(names: list[str], most: int = 5) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _printable(text: str) -> str:
    """The text as this terminal can show it."""
    encoding: Any = sys.stdout.encoding or "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("–", "-").encode(encoding, "backslashreplace").decode(encoding)
    return text
