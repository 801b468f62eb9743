"""A pile-up for a terminal."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import click

from engines.pileup.layout import BESIDE, CLIPPED, GONE, OTHER, OVER, PUT, SAME, Cell, Columns
from engines.pileup.pileup import Drawn, Pileup

WIDTH = 160
"""Columns of a line where nobody tells how wide the terminal is."""
LONGEST_LABEL = 24
POOR = 20  # base quality: below, a base is drawn faintly
TICK = 20  # bases between two numbers of the ruler

COLOURS = {"A": "green", "C": "blue", "G": "yellow", "T": "red"}
LEGEND = (
    ". , as the reference on the forward and the reverse strand (: ; mapping quality 0), letters "
    "another base,\n* deleted, - beside an insertion, ~ soft clip, > intron, [25] that many bases "
    "inserted"
)


def as_text(pileup: Pileup, width: int = WIDTH) -> str:
    """Heading, drawing, a line an allele, and what was left out; coloured, as click prints it.

    Args:
        width: of a line, labels included; a wider window goes on in a further block.
    """
    lines = [f"{pileup.name} at {pileup.site}: {told(pileup)}", ""]
    lines += [line.rstrip() for line in _drawing(pileup, width)]
    lines += ["", *_table(pileup), ""]
    lines += [f"caution: {words}" for words in pileup.cautions]
    lines += [*notes(pileup), LEGEND]
    return "\n".join(lines) + "\n"


def told(pileup: Pileup) -> str:
    """Depth, and how many reads are drawn."""
    drawn = f"{pileup.drawn:,} of {pileup.seen:,} reads drawn"
    rest = ", the rest counted" if pileup.drawn < pileup.seen else ""
    return f"depth {pileup.counted.depth:,}; {drawn}{rest}"


def notes(pileup: Pileup) -> list[str]:
    """What does not count for an allele, in words."""
    lines = []
    counted = pileup.counted
    if counted.partial:
        lines.append(f"on a part of the site only, not counted: {_reads(counted.partial)}")
    if counted.skipped:
        lines.append(f"passing over the site, not counted: {_reads(counted.skipped)}")
    if pileup.left_out:
        words = ", ".join(f"{n:,} {why}" for why, n in pileup.left_out.items())
        lines.append(f"left out: {words}")
    return lines


def _reads(number: int) -> str:
    return f"{number:,} read{'' if number == 1 else 's'}"


HEADINGS = ("allele", "reads", "forward", "reverse", "base q", "map q", "map q 0", "from end")


def allele_rows(pileup: Pileup) -> list[tuple[str, ...]]:
    """The table of alleles: a row each, as ``HEADINGS`` says; the last cell names who called it."""
    rows = []
    for allele in pileup.alleles:
        data = allele.data()
        keys = ("base_quality", "mapping_quality")
        name = allele.name
        if not allele.changes and len(_site_bases(pileup)) <= LONGEST_LABEL:
            name = f"{name} {_site_bases(pileup)}"
        rows.append(
            (
                name,
                *(f"{data[key]:,}" for key in ("reads", "forward", "reverse")),
                *(_number(data[key]) for key in keys),
                f"{data['mapping_quality_0']:,}",
                _number(data["from_end"]),
                ", ".join(allele.called),
            )
        )
    return rows


def _site_bases(pileup: Pileup) -> str:
    low = pileup.columns.low
    return pileup.bases[pileup.site.start - low : pileup.site.end - low]


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.1f}"


def _table(pileup: Pileup) -> Iterator[str]:
    rows = allele_rows(pileup)
    if not rows:
        yield "no read covers the site"
        return
    heads = (*HEADINGS, "called by" if any(row[-1] for row in rows) else "")
    widths = [max(len(row[n]) for row in (heads, *rows)) for n in range(len(heads))]
    for row in (heads, *rows):
        cells = [
            cell.rjust(width) if 0 < n < len(HEADINGS) else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()
    more, reads = pileup.others
    if more:
        yield f"and {more:,} alleles more in {_reads(reads)}"


@dataclass(frozen=True)
class _Line:
    """A label and its cells, by column."""

    label: str
    cells: dict[int, str]


def _drawing(pileup: Pileup, width: int) -> Iterator[str]:
    lines = [*_tracks(pileup), *(_row(row) for row in pileup.rows)]
    head = [_site(pileup), _reference(pileup)]
    room = max(len(line.label) for line in (*head, *lines)) + 1
    step = max(20, width - room)
    for first in range(0, pileup.columns.width, step):
        part = range(first, min(first + step, pileup.columns.width))
        if first:
            yield ""
        yield " " * room + ruler(pileup.columns, part)
        for number, line in enumerate((*head, *lines)):
            text = "".join(line.cells.get(column, " ") for column in part)
            if number < len(head) or text.strip():
                yield f"{line.label:<{room}}{text.rstrip()}"


def ruler(columns: Columns, part: range) -> str:
    """Positions above their columns; where they would run into another they are left out."""
    made = [" "] * len(part)
    free = 0
    for position in range(columns.low, columns.high):
        column = columns.at(position) - part.start
        text = f"|{position + 1:,}"
        if (position + 1) % TICK == 0 and column >= free and column + len(text) <= len(part):
            made[column : column + len(text)] = text
            free = column + len(text) + 1
    return "".join(made).rstrip()


def _site(pileup: Pileup) -> _Line:
    columns = (pileup.columns.at(at) for at in range(pileup.site.start, pileup.site.end))
    return _Line("site", dict.fromkeys(columns, "v"))


def _reference(pileup: Pileup) -> _Line:
    columns = pileup.columns
    cells = dict.fromkeys(range(columns.width), "-")
    cells |= {columns.at(at): base for at, base in enumerate(pileup.bases, columns.low)}
    return _Line("reference", cells)


def _tracks(pileup: Pileup) -> Iterator[_Line]:
    for row in pileup.tracks:
        label = row.label if len(row.label) <= LONGEST_LABEL else f"{row.label[:23]}…"
        yield _Line(label, {column: _called(cell) for column, cell in row.cells})


def _row(row: Sequence[Drawn]) -> _Line:
    cells: dict[int, str] = {}
    for each in row:
        is_lost = each.read.mapping_quality == 0
        for column, cell in enumerate(each.cells, each.column):
            text = letter(cell, each.read.is_reverse, is_lost)
            cells[column] = _styled(cell, text, is_lost)
    return _Line("", cells)


def letter(cell: Cell, is_reverse: bool, is_lost: bool) -> str:
    """What stands for a cell.

    Args:
        is_lost: the mapping quality is 0.
    """
    if cell.kind == SAME:
        return (":;" if is_lost else ".,")[is_reverse]
    if cell.kind == OVER:
        return "<" if is_reverse else ">"
    if cell.kind in (OTHER, PUT) and is_reverse:
        return cell.text.lower()
    return cell.text


def _called(cell: Cell) -> str:
    return click.style("." if cell.kind == SAME else cell.text, bold=True)


def _styled(cell: Cell, text: str, is_lost: bool) -> str:
    """With colour: another base in its own, what is poor or lost faint."""
    is_poor = cell.quality is not None and cell.quality < POOR
    if cell.kind in (OTHER, PUT):
        colour = COLOURS.get(cell.text, "magenta")
        return click.style(text, fg="bright_black" if is_lost else colour, bold=not is_poor)
    if cell.kind == GONE:
        return click.style(text, fg="magenta")
    if is_lost or is_poor or cell.kind in (CLIPPED, BESIDE):
        return click.style(text, dim=True)
    return text
