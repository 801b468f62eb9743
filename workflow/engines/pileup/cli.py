"""``plumbline pileup``."""

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from engines.contract.errors import BadUsage, EngineCommand
from engines.contract.options import Prefix
from engines.contract.output import refuse_overwriting, staging
from engines.contract.provenance import as_json
from engines.pileup.limits import FLANK, LARGEST_MOST, LONGEST, MOST, WIDEST_FLANK

if TYPE_CHECKING:
    from engines.pileup.pileup import Pileup

FILE = click.Path(path_type=Path, dir_okay=False)
NARROWEST, WIDEST = 80, 160


@click.command("pileup", cls=EngineCommand, short_help="Draw the reads at a site.")
@click.argument("alignments", type=FILE)
@click.option("--reference", "-r", type=FILE, required=True, help="FASTA they were aligned to.")
@click.option(
    "--at", metavar="CHROM:POS[-END]", required=True, help=f"The site, up to {LONGEST} bases."
)
@click.option(
    "--flank",
    type=click.IntRange(0, WIDEST_FLANK),
    default=FLANK,
    show_default=True,
    help="Bases shown on both sides of it.",
)
@click.option("--calls", type=FILE, multiple=True, help="VCF that is drawn above the reads.")
@click.option(
    "--most",
    type=click.IntRange(1, LARGEST_MOST),
    default=MOST,
    show_default=True,
    help="Reads that are drawn; all are counted.",
)
@click.option("--text", "as_text", is_flag=True, help="Print it (the default without output).")
@click.option("--svg", type=FILE, help="Write the picture.")
@click.option("--out", type=Prefix(), help="Write OUT.txt, OUT.svg and OUT.json.")
def pileup(
    alignments: Path,
    reference: Path,
    at: str,
    flank: int,
    calls: tuple[Path, ...],
    most: int,
    as_text: bool,
    svg: Path | None,
    out: Path | None,
) -> None:
    """Draw the reads of a BAM or CRAM file at a site, and count what they carry there."""
    from engines.pileup.pileup import Request, pile_up

    inputs = (alignments, reference, *calls)
    if out is not None:
        refuse_overwriting(out, (".txt", ".svg", ".json"), inputs)
    if svg is not None:
        refuse_overwriting(svg, ("",), inputs)
        if svg.suffix.lower() != ".svg":
            raise BadUsage(f"--svg {svg}: the name of a picture ends in .svg")
    found = pile_up(Request(alignments, reference, at, flank, calls, most))
    write(found, svg, out)
    if as_text or not (svg or out):
        show(found)


def write(found: "Pileup", svg: Path | None = None, out: Path | None = None) -> None:
    """Put a pile-up into files.

    Raises:
        CannotWrite: see :func:`engines.contract.output.staging`.
    """
    from engines.pileup import picture, text

    if svg is not None:
        with staging(svg) as staged:
            staged.write_text(picture.as_svg(found), encoding="utf-8")
    if out is not None:
        texts = {
            "txt": click.unstyle(text.as_text(found)),
            "svg": picture.as_svg(found),
            "json": as_json(found.data()),
        }
        with staging(out) as staged:
            for ending, content in texts.items():
                file = staged.with_name(f"{staged.name}.{ending}")
                file.write_text(content, encoding="utf-8")


def show(found: "Pileup") -> None:
    """Print a pile-up; with colours on a terminal."""
    from engines.pileup import text

    click.echo(text.as_text(found, columns()), nl=False)


def columns() -> int:
    """How wide a drawing may be: as the terminal, within reason."""
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDEST
    return min(max(width, NARROWEST), WIDEST)
