"""Where everything goes: columns of the drawing, cells of a read, and which reads share a row."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple, TypeVar

from engines.pileup.alleles import Change
from engines.pileup.reads import DELETED, SKIPPED, Read

LONGEST_SPELLED = 8  # inserted bases that are written; of more only the number
GAP = 1  # free columns between two reads of a row

# Kinds of cells
SAME, OTHER, GONE, OVER = "same", "other", "gone", "over"
PUT, BESIDE, CLIPPED = "put", "beside", "clip"

T = TypeVar("T")


class Cell(NamedTuple):
    """What stands in one column of a read.

    Attributes:
        kind: ``SAME`` as the reference, ``OTHER`` another base, ``GONE`` deleted, ``OVER`` passed
            over (an intron), ``PUT`` inserted, ``BESIDE`` an insertion of others, ``CLIPPED``.
        text: the base, or part of the number of inserted bases.
        quality: of the base, None where it has none.
    """

    kind: str
    text: str
    quality: int | None = None


@dataclass(frozen=True)
class Columns:
    """The columns of a window of the reference.

    Attributes:
        low, high: of the window, 0-based, half open.
        room: columns for insertions before each of ``low`` … ``high``.
    """

    low: int
    high: int
    room: tuple[int, ...]

    @classmethod
    def of(cls, low: int, high: int, inserted: Iterable[tuple[int, str]]) -> "Columns":
        """Columns with room for insertions, each a place and what is put before it."""
        room = [0] * (high - low + 1)
        for at, bases in inserted:
            if low <= at <= high:
                room[at - low] = max(room[at - low], len(spelled(bases)))
        return cls(low, high, tuple(room))

    @cached_property
    def _places(self) -> list[int]:
        return [n + before for n, before in enumerate(accumulate(self.room))]

    def at(self, position: int) -> int:
        """The column of a base (of ``high``: that behind the last one)."""
        return self._places[position - self.low]

    @property
    def width(self) -> int:
        """All of them."""
        return self.at(self.high)

    def across(self, position: int) -> range:
        """The columns for insertions before a base."""
        end = self.at(position)
        return range(end - self.room[position - self.low], end)


def spelled(bases: str) -> str:
    """Inserted bases as they are drawn: few as they are, of many the number."""
    return bases if len(bases) <= LONGEST_SPELLED else f"[{len(bases)}]"


def cells_of(read: Read, columns: Columns, reference: str) -> tuple[int, list[Cell]]:
    """The first column of a read and its cells, clipped to the window."""
    made: dict[int, Cell] = {}
    first, last = max(read.start, columns.low), min(read.end, columns.high)
    for position in range(first, last):
        base = read.bases[position]
        made[columns.at(position)] = _cell(read, position, base, reference[position - columns.low])
    for position in range(max(read.start, columns.low), min(read.end, columns.high) + 1):
        put = read.inserted.get(position)
        inside = read.start < position < read.end
        if put or inside:
            text = spelled(put[0]) if put else ""
            qualities = put[1] if put and len(put[0]) == len(text) == len(put[1]) else ()
            for n, column in enumerate(columns.across(position)):
                quality = qualities[n] if n < len(qualities) else None
                if n < len(text):
                    made[column] = Cell(PUT, text[n], quality)
                else:
                    made[column] = _beside(read, position)
    _clip(made, read, columns)
    start = min(made)
    return start, [made[column] for column in range(start, max(made) + 1)]


def _cell(read: Read, position: int, base: str, expected: str) -> Cell:
    if base == DELETED:
        return Cell(GONE, base)
    if base == SKIPPED:
        return Cell(OVER, base)
    return Cell(SAME if base == expected else OTHER, base, read.qualities.get(position))


def _beside(read: Read, position: int) -> Cell:
    """A column for what others insert before a base; within a gap of the read it is part of it."""
    around = {read.bases.get(position - 1), read.bases.get(position)}
    if around == {SKIPPED}:
        return Cell(OVER, SKIPPED)
    return Cell(GONE if around == {DELETED} else BESIDE, "-")


def _clip(made: dict[int, Cell], read: Read, columns: Columns) -> None:
    """Clipped bases beside the aligned part, as far as the window goes."""
    left, right = read.clips
    first, last = (min(made), max(made)) if made else (0, -1)
    if read.start >= columns.low:
        made.update((at, Cell(CLIPPED, "~")) for at in range(max(0, first - left), first))
    if read.end <= columns.high:
        end = min(columns.width, last + 1 + right)
        made.update((at, Cell(CLIPPED, "~")) for at in range(last + 1, end))


def cells_of_changes(
    changes: Sequence[Change], columns: Columns, reference: str
) -> list[tuple[int, Cell]]:
    """Columns and cells of the changes that a call set has in the window."""
    made: list[tuple[int, Cell]] = []
    for at, taken, put in changes:
        shared = min(taken, len(put))
        for n in range(taken):
            position = at + n
            if columns.low <= position < columns.high:
                base = put[n] if n < shared else ""
                same = base == reference[position - columns.low]
                cell = Cell(SAME if same else OTHER, base) if base else Cell(GONE, DELETED)
                made.append((columns.at(position), cell))
        more, behind = put[shared:], at + taken
        if more and columns.low <= behind <= columns.high:
            text = spelled(more)
            made += [
                (column, Cell(PUT, text[n]))
                for n, column in enumerate(columns.across(behind))
                if n < len(text)
            ]
    return sorted(made)


def packed(items: Iterable[T], span: Callable[[T], tuple[int, int]]) -> list[list[T]]:
    """Rows of things that do not overlap: each goes into the first row where it has room.

    Args:
        items: in the order in which they choose.
        span: first and last column of one, half open.
    """
    rows: list[list[T]] = []
    taken: list[list[tuple[int, int]]] = []
    for item in items:
        start, end = span(item)
        for row, spans in zip(rows, taken, strict=True):
            if all(end + GAP <= other or start >= last + GAP for other, last in spans):
                row.append(item)
                spans.append((start, end))
                break
        else:
            rows.append([item])
            taken.append([(start, end)])
    for row in rows:
        row.sort(key=lambda item: span(item)[0])
    return rows
