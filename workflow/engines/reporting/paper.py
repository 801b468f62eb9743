"""The report on paper: A4 pages, set as SVG and turned into PDF with its fonts in it."""

import re
from html import escape

import vl_convert

from engines.charts.theme import FONT, INK, SOFT
from engines.reporting.document import (
    Block,
    Document,
    Listing,
    Notice,
    Picture,
    Section,
    Terms,
)
from engines.reporting.pdf import joined
from engines.reporting.ruled import Columns, columns_of
from engines.reporting.typeset import broken

WIDTH, HEIGHT = 595.28, 841.89  # A4, in points
LEFT, TOP, BOTTOM = 45, 48, 56  # margins
ROOM = WIDTH - 2 * LEFT
PICTURE = 0.75  # points for a pixel, at most
BODY, SMALL, TABLE = 9.0, 8.0, 7.5  # sizes of type
LEADING = 1.35
ALARMS = {  # frame, ground
    "example": ("#b35900", "#fff1dc"),
    "stalled": ("#a31621", "#fdeceb"),
    "warning": ("#8a6d00", "#fffbe6"),
}
_ROOT = re.compile(r"<svg[^>]*>")
_SIZE = re.compile(r'\bwidth="([\d.]+)" height="([\d.]+)"')


def as_pdf(document: Document) -> bytes:
    """The document on A4 pages."""
    pages = [bytes(vl_convert.svg_to_pdf(page)) for page in pages_of(document)]
    return joined(pages, document.title)


def pages_of(document: Document) -> list[str]:
    """The pages as SVG."""
    paper = _Paper()
    paper.heading(document.title, 17, after=40)
    for fact in document.facts:
        paper.text(fact, BODY, INK)
    for section in document.sections:
        paper.section(section)
    paper.skip(8)
    paper.text(document.footer, SMALL, SOFT)
    return paper.finished(document.title)


class _Paper:
    """Pages that fill from top to bottom; what does not fit any more begins the next one."""

    def __init__(self) -> None:
        self.pages: list[list[str]] = [[]]
        self.y = float(TOP)

    def section(self, section: Section) -> None:
        first = section.blocks[0] if section.blocks else None
        if section.level == 1:
            self.turn()
        self.skip(14 if section.title else 8)
        if section.title:
            self.heading(section.title, 15 if section.level == 1 else 12, after=_least(first))
        for block in section.blocks:
            self.block(block)

    def block(self, block: Block) -> None:
        if isinstance(block, Notice):
            self.notice(block)
        elif isinstance(block, Listing):
            self.listing(block)
        elif isinstance(block, Terms):
            self.terms(block)
        elif isinstance(block, Picture):
            self.picture(block)
        else:
            self.text(block.text, BODY, SOFT)

    def heading(self, text: str, size: float, after: float) -> None:
        """A heading stays with ``after`` points of what it is above."""
        lines = broken(text, ROOM, size, bold=True)
        self.need(len(lines) * size * LEADING + after)
        for line in lines:
            self.line(line, size, INK, bold=True)
        self.skip(3)

    def text(self, text: str, size: float, colour: str) -> None:
        for line in broken(text, ROOM, size):
            self.line(line, size, colour)

    def line(self, text: str, size: float, colour: str, bold: bool = False) -> None:
        self.need(size * LEADING)
        self.put(_text(text, LEFT, self.y + size, size, colour, bold=bold))
        self.skip(size * LEADING)

    def notice(self, notice: Notice) -> None:
        frame, ground = ALARMS[notice.alarm]
        lines = [line for text in notice.lines for line in broken(text, ROOM - 24, BODY)]
        step = BODY * LEADING
        for at in range(0, len(lines), 40):  # a long list goes on, on the next page
            part = lines[at : at + 40]
            high = step * len(part) + 26
            self.need(high + 8)
            box = f'x="{LEFT}" y="{self.y:.1f}" width="{ROOM:.1f}" height="{high:.1f}"'
            self.put(f'<rect {box} fill="{ground}" stroke="{frame}" stroke-width="0.6"/>')
            self.put(
                f'<rect x="{LEFT}" y="{self.y:.1f}" width="5" height="{high:.1f}" fill="{frame}"/>'
            )
            self.put(_text(notice.title, LEFT + 14, self.y + 15, 10, frame, bold=True))
            for number, line in enumerate(part):
                y = self.y + 18 + (number + 0.85) * step
                self.put(_text(line, LEFT + 14, y, BODY, INK))
            self.skip(high + 8)

    def picture(self, picture: Picture) -> None:
        svg = picture.first
        wide, high = _size(svg)
        caption = broken(picture.caption, ROOM, SMALL) if picture.caption else []
        below = len(caption) * SMALL * LEADING + 10
        scale = min(PICTURE, ROOM / wide, (HEIGHT - TOP - BOTTOM - below - 30) / high)
        self.need(high * scale + below)
        root = (
            f'<svg x="{LEFT}" y="{self.y:.2f}" width="{wide * scale:.2f}" '
            f'height="{high * scale:.2f}" viewBox="0 0 {wide} {high}">'
        )
        self.put(_ROOT.sub(root, svg, count=1))
        self.skip(high * scale + 4)
        for line in caption:
            self.line(line, SMALL, SOFT)
        self.skip(6)

    def listing(self, listing: Listing) -> None:
        columns = columns_of(listing.table, ROOM, TABLE)
        if listing.title:
            self.skip(6)
            self.heading(listing.title, 10, after=60)
        self.head(columns)
        for row in columns.rows:
            high = columns.height(row)
            if self.y + high > HEIGHT - BOTTOM:
                self.turn()
                self.head(columns)
            self.row(columns, row, high, bold=False)
        for note in listing.table.notes:
            self.text(note, TABLE, SOFT)
        self.skip(8)

    def head(self, columns: Columns) -> None:
        high = columns.height(columns.head)
        self.need(high + 30)
        self.row(columns, columns.head, high, bold=True)

    def row(self, columns: Columns, row: list[list[str]], high: float, bold: bool) -> None:
        for x, anchor, lines in columns.placed(row):
            for number, line in enumerate(lines):
                y = self.y + 2 + columns.size * (0.9 + number * columns.leading)
                self.put(_text(line, LEFT + x, y, columns.size, INK, anchor=anchor, bold=bold))
        self.skip(high)
        colour, y = (INK if bold else "#e4e4e4"), self.y - 0.5
        self.put(
            f'<path d="M{LEFT} {y:.1f}h{columns.wide:.1f}" stroke="{colour}" stroke-width="0.5"/>'
        )

    def terms(self, terms: Terms) -> None:
        indent = terms.indent
        for word, text in terms.terms:
            lines = [
                line for each in text.split("\n") for line in broken(each, ROOM - indent, BODY)
            ]
            self.need(min(len(lines), 4) * BODY * LEADING)
            self.put(_text(word, LEFT, self.y + BODY, BODY, INK, bold=True))
            for line in lines:
                self.need(BODY * LEADING)
                self.put(_text(line, LEFT + indent, self.y + BODY, BODY, SOFT))
                self.skip(BODY * LEADING)
            self.skip(3)

    def need(self, height: float) -> None:
        if self.y + height > HEIGHT - BOTTOM:
            self.turn()

    def turn(self) -> None:
        if self.pages[-1]:
            self.pages.append([])
        self.y = float(TOP)

    def skip(self, height: float) -> None:
        self.y += height

    def put(self, shape: str) -> None:
        self.pages[-1].append(shape)

    def finished(self, title: str) -> list[str]:
        """The pages as SVG, each with its number."""
        name = broken(title, ROOM - 60, SMALL)[0]
        texts = []
        for number, shapes in enumerate(self.pages, 1):
            place = f"{number} / {len(self.pages)}"
            foot = _text(name, LEFT, HEIGHT - 28, SMALL, SOFT)
            foot += _text(place, WIDTH - LEFT, HEIGHT - 28, SMALL, SOFT, anchor="end")
            texts.append(
                f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
                f'viewBox="0 0 {WIDTH} {HEIGHT}">{"".join(shapes)}{foot}</svg>'
            )
        return texts


def _least(block: Block | None) -> float:
    """How much of a block has to stand below its heading."""
    if isinstance(block, Picture):
        wide, high = _size(block.first)
        return min(high * min(PICTURE, ROOM / wide), HEIGHT - TOP - BOTTOM - 60)
    return 60


def _size(svg: str) -> tuple[float, float]:
    found = _SIZE.search(svg)
    if found is None:
        raise ValueError("a picture without a size")
    return float(found[1]), float(found[2])


def _text(
    text: str,
    x: float,
    y: float,
    size: float,
    colour: str,
    anchor: str = "start",
    bold: bool = False,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.2f}" y="{y:.2f}" font-family="{FONT}" font-size="{size}" fill="{colour}" '
        f'text-anchor="{anchor}"{weight}>{escape(text)}</text>'
    )
