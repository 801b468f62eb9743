"""The report as plain text, for a terminal, a letter or another system; without its pictures."""

import textwrap
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from engines.charts.html_tables import Table
from engines.reporting.document import Block, Document, Listing, Notice, Section, Terms

WIDTH = 100  # columns
LEAST = 8  # a column is not made narrower than this
GAP = "  "


def as_text(document: Document) -> str:
    """The document as lines of at most :data:`WIDTH` columns, words that are longer aside."""
    lines = [document.title, "=" * len(document.title)]
    for fact in document.facts:
        lines += _wrapped(fact)
    for section in document.sections:
        lines += ["", *_section(section)]
    lines += ["", *_wrapped(document.footer)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _section(section: Section) -> Iterator[str]:
    if section.title:
        yield from (section.title, "-" * len(section.title))
    for number, block in enumerate(section.blocks):
        lines = list(_block(block))
        if number and lines:
            yield ""
        yield from lines


def _block(block: Block) -> Iterator[str]:
    if isinstance(block, Notice):
        yield f"*** {block.title} ***"
        for line in block.lines:
            yield from _wrapped(line)
    elif isinstance(block, Listing):
        if block.title:
            yield f"{block.title}:"
        yield from _table(block.table)
    elif isinstance(block, Terms):
        for word, text in block.terms:
            yield f"{word}:"
            for each in text.split("\n"):
                yield from _wrapped(each, "  ")
    elif block.form == "text":
        yield from _wrapped(block.text)  # type: ignore[union-attr]


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _table(table: Table) -> Iterator[str]:
    texts = [table.columns, *([cell.text for cell in row] for row in table.rows)]
    widths = _widths(texts)
    for number, row in enumerate(texts):
        yield from _row(row, widths, table.labels)
        if number == 0:
            yield GAP.join("-" * width for width in widths)
    for note in table.notes:
        yield from _wrapped(note)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """Lower the ceiling until all columns fit under it together."""
    columns = list(zip(*rows, strict=True))
    natural = [max(map(len, column)) for column in columns]
    room = WIDTH - len(GAP) * (len(natural) - 1)
    words = [
        max(len(word) for text in column for word in text.split() or [""]) for column in columns
    ]
    for floors in (words, [LEAST] * len(natural)):  # words stay whole where there is room
        ceiling = max(natural)
        while ceiling > LEAST and sum(_under(ceiling, natural, floors)) > room:
            ceiling -= 1
        if sum(_under(ceiling, natural, floors)) <= room:
            break
    return _under(ceiling, natural, floors)


def _under(ceiling: int, natural: Sequence[int], floors: Sequence[int]) -> list[int]:
    return [min(width, max(ceiling, floor)) for width, floor in zip(natural, floors, strict=True)]


def _row(row: Sequence[str], widths: Sequence[int], labels: int) -> Iterator[str]:
    cells = [textwrap.wrap(text, width) for text, width in zip(row, widths, strict=True)]
    for parts in zip_longest(*cells, fillvalue=""):
        yield GAP.join(
            part.ljust(width) if at < labels else part.rjust(width)
            for at, (part, width) in enumerate(zip(parts, widths, strict=True))
        )
