"""The haplotypes of truth and query under the reference, column by column."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from engines.compare.explain.locus import QUERY, TRUTH, Edit, Locus
from engines.compare.explain.phases import placed, written

# Bases of reference around what is drawn, and the longest stretch without a change kept in it.
FLANK = 10
QUIET = 24
LONGEST = 1_200

SIDES = (TRUTH, QUERY)

NAMES = ("reference", "truth 1", "query 1", "truth 2", "query 2")


@dataclass(frozen=True)
class Piece:
    """Part of the alignment.

    Attributes:
        start, end: of the reference in it, 0-based, half open.
        rows: for each of ``NAMES`` its columns: a base that differs from the reference, ``.``
            where it is the same, ``-`` where it has none.
        marks: ``^`` under the columns in which truth and query differ.
    """

    start: int
    end: int
    rows: tuple[str, ...]
    marks: str


@dataclass(frozen=True)
class Drawing:
    """The haplotypes of a superlocus.

    Attributes:
        pieces: the alignment, without long stretches in which nothing changes.
        same: for both haplotypes whether truth and query have the same bases.
        left_out: columns that are not shown, of an alignment longer than ``LONGEST``.
        unphased: calls of blocks for which no common phase was found in time.
        homeless: calls that fit on neither haplotype beside the others of their side.
        overlapping: rows in which matched calls overlap, so that one hides the other.
    """

    pieces: tuple[Piece, ...]
    same: tuple[bool, bool]
    left_out: int
    unphased: tuple[int, ...]
    homeless: tuple[int, ...]
    overlapping: tuple[str, ...]


# position in the reference, whether it is the base itself (else bases before it), five cells
Column = tuple[int, tuple[str, ...]]


def draw(locus: Locus) -> Drawing:
    """Align both haplotypes of both sides with the reference.

    Where truth and query have the same bases the query is drawn as the truth is written, so
    that another spelling of the same haplotype does not look like a difference.
    """
    pairs, unphased, homeless = placed(locus)
    edits: dict[tuple[str, int], list[Edit]] = {(s, h): [] for s in (TRUTH, QUERY) for h in (0, 1)}
    for index, pair in pairs.items():
        for h, edit in enumerate(pair):
            if edit is not None:
                edits[locus.calls[index].side, h].append(edit)
    start, end = _bounds(locus, [edit for found in edits.values() for edit in found])
    same, overlapping = _sameness(locus, edits, start, end)
    rows = [_Row(locus, edits[side, h]) for h in (0, 1) for side in (TRUTH, QUERY)]
    columns = _columns(locus, rows, start, end)
    shown = columns[:LONGEST]
    pieces = tuple(_piece(part) for part in _loud(shown))
    return Drawing(
        pieces,
        same,
        len(columns) - len(shown),
        tuple(unphased),
        tuple(homeless),
        tuple(overlapping),
    )


def _bounds(locus: Locus, edits: Sequence[Edit]) -> tuple[int, int]:
    """What is drawn of the reference."""
    start = min([locus.start, *(edit[0] for edit in edits)]) - FLANK
    end = max([locus.end, *(edit[1] for edit in edits)]) + FLANK
    return max(locus.origin, start), min(locus.origin + len(locus.bases), end)


def _sameness(
    locus: Locus, edits: dict[tuple[str, int], list[Edit]], start: int, end: int
) -> tuple[tuple[bool, bool], list[str]]:
    """For both haplotypes whether the sides are the same, and rows whose records overlap.

    Where they are the same the query gets the edits of the truth.
    """
    same: list[bool] = []
    overlapping: list[str] = []
    for h in (0, 1):
        texts = [written(locus, edits[side, h], start, end) for side in SIDES]
        if None in texts:  # records that cannot stand together, in one side or in both
            same.append(sorted(edits[TRUTH, h]) == sorted(edits[QUERY, h]))
            overlapping += [
                f"{side} {h + 1}" for side, text in zip(SIDES, texts, strict=True) if text is None
            ]
            continue
        same.append(texts[0] == texts[1])
        if same[h]:
            edits[QUERY, h] = edits[TRUTH, h]
    return (same[0], same[1]), overlapping


class _Row:
    """One haplotype by place in the reference."""

    def __init__(self, locus: Locus, edits: Sequence[Edit]) -> None:
        self.bases: dict[int, str] = {}
        self.inserted: dict[int, str] = {}
        for start, end, alt in edits:
            for at in range(start, end):
                inside = at - start
                given = alt[inside] if inside < len(alt) else "-"
                same = given == locus.bases[at - locus.origin]
                self.bases[at] = "." if same else given
            if len(alt) > end - start:
                self.inserted[end] = self.inserted.get(end, "") + alt[end - start :]


def _columns(locus: Locus, rows: Sequence[_Row], start: int, end: int) -> list[Column]:
    columns: list[Column] = []
    for at in range(start, end):
        longest = max(len(row.inserted.get(at, "")) for row in rows)
        for k in range(longest):
            cells = tuple((row.inserted.get(at, "")[k : k + 1] or "-") for row in rows)
            columns.append((at, ("-", *cells)))
        base = locus.bases[at - locus.origin]
        columns.append((at, (base, *(row.bases.get(at, ".") for row in rows))))
    return columns


def _is_quiet(column: Column) -> bool:
    return all(cell == "." for cell in column[1][1:])


def _loud(columns: list[Column]) -> list[list[Column]]:
    """The alignment cut where nothing changes for long; what is near a change is kept."""
    pieces: list[list[Column]] = [[]]
    for quiet, group in groupby(columns, key=_is_quiet):
        stretch = list(group)
        if not quiet or len(stretch) <= QUIET:
            pieces[-1] += stretch
            continue
        pieces[-1] += stretch[:FLANK]
        pieces.append(stretch[-FLANK:])
    return [piece for piece in pieces if any(not _is_quiet(column) for column in piece)]


def _piece(columns: Sequence[Column]) -> Piece:
    cells = [column[1] for column in columns]
    rows = tuple("".join(row) for row in zip(*cells, strict=True))
    marks = "".join("^" if c[1] != c[2] or c[3] != c[4] else " " for c in cells)
    return Piece(columns[0][0], columns[-1][0] + 1, rows, marks.rstrip())
