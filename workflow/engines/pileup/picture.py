"""A pile-up as SVG: small, without scripts, for light and dark pages."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby
from textwrap import wrap

from engines.charts.theme import FONT, GREEN, ORANGE, SKY, VERMILION
from engines.pileup.layout import BESIDE, CLIPPED, GONE, OTHER, OVER, PUT, SAME, Cell, Columns
from engines.pileup.pileup import Drawn, Pileup
from engines.pileup.text import HEADINGS, POOR, TICK, allele_rows, notes, told

# In pixels: a column, a row of reads, a line of text, the labels on the left, the margin.
COLUMN, ROW, LINE, LABEL, MARGIN = 9, 11, 15, 112, 12
LETTER = 6  # width of a letter of the notes, rather too wide
READ = 9  # height of a read within its row
TIP = 4  # of the arrow that says where a read goes
VERY_POOR = 10
CELL = 66  # width of a column of the table of alleles, behind its first
SMALLEST = 720
LONGEST_LABEL = 18

# By page: ground, ink, soft ink, reads forward and reverse, lines, the site.
LOOK = {
    "light": ("#ffffff", "#1b1f24", "#57606a", "#d5dde8", "#e9dcd5", "#8c959f", "#fff4cc"),
    "dark": ("#16191d", "#e8eaed", "#a3abb5", "#3a4656", "#54443d", "#8b949e", "#35301c"),
}
BASES = {"A": GREEN, "C": SKY, "G": ORANGE, "T": VERMILION, "N": "#8c8c8c"}


def as_svg(pileup: Pileup) -> str:
    """The drawing with the table of alleles below it and a legend."""
    lines = _heights(pileup)
    table = allele_rows(pileup)
    width = max(SMALLEST, LABEL + pileup.columns.width * COLUMN + 3 * MARGIN)
    words = [
        line
        for each in (*(f"caution: {each}" for each in pileup.cautions), *notes(pileup), *KEY)
        for line in wrap(each, (width - 2 * MARGIN) // LETTER)
    ]
    below = lines["table"] + (len(table) + 1 + bool(pileup.others[0])) * LINE + 10
    height = below + len(words) * LINE
    title = escape(f"Reads of {pileup.name} at {pileup.site}")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" role="img" aria-labelledby="title desc">',
        f'<title id="title">{title}</title>',
        f'<desc id="desc">{escape(described(pileup))}</desc>',
        f"<style>{_style()}</style>",
        f'<rect class="ground" width="{width}" height="{height}"/>',
        f'<text x="{MARGIN}" y="{MARGIN + 11}" class="head">{title}</text>',
        f'<text x="{MARGIN}" y="{MARGIN + 27}" class="soft">{escape(told(pileup))}</text>',
        *_head(pileup, lines),
        *_tracks(pileup, lines["tracks"]),
        *_reads(pileup, lines["reads"]),
        *_table(pileup, table, lines["table"]),
    ]
    for n, each in enumerate(words):
        parts.append(
            f'<text x="{MARGIN}" y="{below + n * LINE}" class="soft">{escape(each)}</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


KEY = (
    "blue: forward, brown: reverse, pale: poor quality, hollow: mapping quality 0",
    "letter: another base, line: deleted, boxed: inserted, dotted: soft clip, dashed: intron",
)


def described(pileup: Pileup) -> str:
    """What the picture shows, for who does not see it."""
    alleles = [
        f"{row[0]}: {row[1]} reads" + (f" (called by {row[-1]})" if row[-1] else "")
        for row in allele_rows(pileup)
    ]
    return "; ".join([told(pileup), *alleles, *notes(pileup)])


def _heights(pileup: Pileup) -> dict[str, int]:
    """Where each part begins."""
    ruler = MARGIN + 42
    tracks = ruler + 2 * LINE + 2
    reads = tracks + len(pileup.tracks) * LINE + 6
    return {
        "ruler": ruler,
        "tracks": tracks,
        "reads": reads,
        "table": reads + len(pileup.rows) * ROW + 24,
    }


def _style() -> str:
    """Colours of a light page, and of a dark one."""
    common = (
        f"text{{font:11px {FONT}}}.head{{font-size:13px;font-weight:bold}}"
        ".m,.m text{font:9px monospace;text-anchor:middle}.n{text-anchor:end}"
        ".b{font-weight:bold}.m.k text{fill:#101418}.p1{opacity:.5}.p2{opacity:.25}"
        "path{fill:none}.gone{stroke-width:1.5}.clip{stroke-width:2;stroke-dasharray:2 3}"
        ".over{stroke-dasharray:5 3}"
    )
    common += "".join(
        f".{base}{{stroke:{colour};stroke-width:9}}" for base, colour in BASES.items()
    )
    return common + _look("light") + f"@media(prefers-color-scheme:dark){{{_look('dark')}}}"


def _look(page: str) -> str:
    ground, ink, soft, forward, reverse, edge, site = LOOK[page]
    return (
        f".ground{{fill:{ground}}}text{{fill:{ink}}}.soft{{fill:{soft}}}"
        f".f{{fill:{forward};stroke:none}}.r{{fill:{reverse};stroke:none}}"
        f".z{{fill:none;stroke:{edge};stroke-width:1}}"
        f".gone,.clip{{stroke:{edge}}}.over{{stroke:{edge}}}.site{{fill:{site}}}"
        f".put{{fill:{ground};stroke:{ink};stroke-width:1}}"
        f".q1,.q2{{stroke:{ground};stroke-width:{READ}}}.q1{{opacity:.35}}.q2{{opacity:.65}}"
    )


def _x(column: int) -> int:
    return MARGIN + LABEL + column * COLUMN


def _head(pileup: Pileup, lines: dict[str, int]) -> Iterator[str]:
    """The site's ground, the ruler, the reference."""
    columns, site = pileup.columns, pileup.site
    left, right = _x(columns.at(site.start)), _x(columns.at(site.end - 1) + 1)
    top = lines["ruler"] - 10
    yield (
        f'<rect class="site" x="{left}" y="{top}" width="{right - left}" '
        f'height="{lines["table"] - 18 - top}"/>'
    )
    for at in range(columns.low, columns.high):
        if (at + 1) % TICK == 0:
            middle = _x(columns.at(at)) + COLUMN // 2
            place = f'x="{middle}" y="{lines["ruler"]}"'
            yield f'<text {place} class="soft" text-anchor="middle">{at + 1:,}</text>'
    base_line = lines["ruler"] + LINE
    yield _label("reference", base_line)
    letters = dict.fromkeys(range(columns.width), "-")
    letters |= {columns.at(at): base for at, base in enumerate(pileup.bases, columns.low)}
    yield _letters([(column, base_line, base) for column, base in sorted(letters.items())], "m b")


def _label(text: str, y: int) -> str:
    shown = text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"
    return f'<text x="{MARGIN}" y="{y}">{escape(shown)}<title>{escape(text)}</title></text>'


def _letters(found: Sequence[tuple[int, int, str]], look: str) -> str:
    """Letters by column and height; those of one height are one text."""
    lines = []
    for y, line in groupby(found, key=lambda each: each[1]):
        placed = list(line)
        places = " ".join(str(_x(column) + COLUMN // 2) for column, _, _ in placed)
        letters = escape("".join(letter for _, _, letter in placed))
        lines.append(f'<text x="{places}" y="{y}">{letters}</text>')
    return f'<g class="{look}">{"".join(lines)}</g>'


def _tracks(pileup: Pileup, top: int) -> Iterator[str]:
    for n, row in enumerate(pileup.tracks):
        middle = top + n * LINE + 5
        yield _label(row.label, middle + 3)
        yield from _marks([(column, middle, cell) for column, cell in row.cells])


def _reads(pileup: Pileup, top: int) -> Iterator[str]:
    cells: list[tuple[int, int, Cell]] = []
    for n, row in enumerate(pileup.rows):
        middle = top + n * ROW + ROW // 2
        for each in row:
            yield _body(each, middle, pileup.columns)
            cells += [(column, middle, cell) for column, cell in enumerate(each.cells, each.column)]
    yield from _marks(cells)


def _body(each: Drawn, middle: int, columns: Columns) -> str:
    """The grounds of a read: a path for what is aligned, with an arrow where its last base is."""
    read = each.read
    look = ("r" if read.is_reverse else "f") + (" z" if read.mapping_quality == 0 else "")
    solid = (SAME, OTHER, PUT, BESIDE)
    pieces = []
    at = each.column
    for is_solid, group in groupby(each.cells, key=lambda cell: cell.kind in solid):
        n = len(list(group))
        if is_solid:
            pieces.append((at, at + n))
        at += n
    top, half = middle - READ // 2, READ // 2
    is_forward_tip = not read.is_reverse and read.end <= columns.high
    is_reverse_tip = read.is_reverse and read.start >= columns.low
    path = ""
    for number, (start, end) in enumerate(pieces):
        width = (end - start) * COLUMN - 1
        if is_forward_tip and number == len(pieces) - 1:
            path += f"M{_x(start)} {top}h{width - TIP}l{TIP} {half}l-{TIP} {half}h-{width - TIP}z"
        elif is_reverse_tip and number == 0:
            path += (
                f"M{_x(start) + TIP} {top}h{width - TIP}v{2 * half}h-{width - TIP}l-{TIP} -{half}z"
            )
        else:
            path += f"M{_x(start)} {top}h{width}v{2 * half}h-{width}z"
    strand = "reverse" if read.is_reverse else "forward"
    words = f"{read.name}, {strand}, mapping quality {read.mapping_quality}, {_cigar(read.cigar)}"
    return f'<path class="{look}" d="{path}"><title>{escape(words)}</title></path>'


def _cigar(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


def _marks(cells: Sequence[tuple[int, int, Cell]]) -> Iterator[str]:
    """All that differs, kind by kind: a path or a text each, so that the file stays small.

    Args:
        cells: column, height and cell, from left to right in each row.
    """
    paths: dict[str, list[list[int]]] = defaultdict(list)
    letters: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for column, middle, cell in cells:
        if look := _ground(cell):
            runs = paths[look]
            if runs and runs[-1][1:] == [column, middle]:
                runs[-1][1] += 1
            else:
                runs.append([column, column + 1, middle])
        if cell.kind in (OTHER, PUT):
            dark = " k" * (cell.kind == OTHER and not _poor(cell.quality))
            letters[f"m{dark}"].append((column, middle + 3, cell.text))
    for look, runs in sorted(paths.items()):
        yield f'<path class="{look}" d="{"".join(_run(look, *run) for run in runs)}"/>'
    for look, found in sorted(letters.items()):
        yield _letters(sorted(found, key=lambda each: (each[1], each[0])), look)


def _ground(cell: Cell) -> str:
    """The class of what is drawn under a cell's letter; empty for nothing."""
    poor = _poor(cell.quality)
    if cell.kind == OTHER:
        return (cell.text if cell.text in BASES else "N") + (f" p{poor}" if poor else "")
    if cell.kind == SAME:
        return f"q{poor}" if poor else ""
    return {PUT: "put", GONE: "gone", OVER: "over", CLIPPED: "clip"}.get(cell.kind, "")


def _run(look: str, first: int, end: int, middle: int) -> str:
    """A stretch of one kind: a box around what is inserted, else a line as thick as its class."""
    width = (end - first) * COLUMN
    if look == "put":
        return f"M{_x(first)} {middle - 4}h{width - 1}v8h-{width - 1}z"
    return f"M{_x(first)} {middle}h{width}"


def _poor(quality: int | None) -> int:
    """0 for a good base (or one of unknown quality), 1 for a poor one, 2 for a very poor one."""
    if quality is None or quality >= POOR:
        return 0
    return 1 if quality >= VERY_POOR else 2


def _table(pileup: Pileup, rows: Sequence[tuple[str, ...]], top: int) -> Iterator[str]:
    """The table of alleles."""
    if not rows:
        yield f'<text x="{MARGIN}" y="{top}">no read covers the site</text>'
        return
    heads = (*HEADINGS, "called by" if any(row[-1] for row in rows) else "")
    first = 240
    for n, row in enumerate((heads, *rows)):
        look = "soft" if n == 0 else ""
        y = top + n * LINE
        for k, cell in enumerate(row):
            if not cell:
                continue
            if k == 0:
                yield f'<text x="{MARGIN}" y="{y}" class="{look}">{escape(_cut(cell))}</text>'
            elif k < len(HEADINGS):
                x = first + (k - 1) * CELL
                yield f'<text x="{x}" y="{y}" class="{look} n">{escape(cell)}</text>'
            else:
                x = first + (k - 2) * CELL + 16
                yield f'<text x="{x}" y="{y}" class="{look}">{escape(_cut(cell))}</text>'
    more, reads = pileup.others
    if more:
        y = top + (len(rows) + 1) * LINE
        yield f'<text x="{MARGIN}" y="{y}">{more:,} alleles more: {reads:,} reads</text>'


def _cut(text: str) -> str:
    return text if len(text) <= 32 else f"{text[:31]}…"
