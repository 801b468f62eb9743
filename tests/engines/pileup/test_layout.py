"""Rows in which nothing overlaps, columns with room for what is inserted."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from engines.pileup.layout import Cell, Columns, cells_of, cells_of_changes, packed, spelled
from engines.pileup.reads import Read
from engines.pileup.tracks import trimmed

SPANS = st.lists(
    st.tuples(st.integers(0, 80), st.integers(1, 40)).map(lambda each: (each[0], sum(each))),
    max_size=60,
)


@given(SPANS)
def test_nothing_overlaps_and_nothing_is_lost(spans: list[tuple[int, int]]) -> None:
    items = list(enumerate(spans))
    rows = packed(items, lambda item: item[1])
    assert sorted(item for row in rows for item in row) == items
    for row in rows:
        for (_, before), (_, behind) in pairwise(row):
            assert before[1] < behind[0]
    # every row below the first was needed when its first choice was made
    for row, below in pairwise(rows):
        first = min(below, key=lambda item: item[0])
        assert any(
            item[0] < first[0] and item[1][0] <= first[1][1] and first[1][0] <= item[1][1]
            for item in row
        )


@given(
    st.lists(st.tuples(st.integers(10, 20), st.text("ACGT", min_size=1, max_size=30)), max_size=8)
)
def test_columns_have_room_for_the_longest_insertion(inserted: list[tuple[int, str]]) -> None:
    columns = Columns.of(10, 20, inserted)
    longest = [
        max((len(spelled(b)) for a, b in inserted if a == at), default=0) for at in range(10, 21)
    ]
    assert columns.width == 10 + sum(longest)
    places = [columns.at(at) for at in range(10, 20)]
    taken = [column for at in range(10, 21) for column in columns.across(at)]
    assert sorted(places + taken) == list(range(columns.width))


def read(start: int, bases: str, inserted: dict[int, str] | None = None, **more: object) -> Read:
    made = Read("r", False, 60, "", start, start + len(bases), **more)  # type: ignore[arg-type]
    made.bases = dict(enumerate(bases, start))
    made.inserted = {at: (text, (30,) * len(text)) for at, text in (inserted or {}).items()}
    return made


def text(cells: list[Cell]) -> str:
    return "".join("." if cell.kind == "same" else cell.text for cell in cells)


def test_cells_of_reads_with_and_without_an_insertion() -> None:
    columns = Columns.of(10, 20, [(13, "CTA")])
    reference = "ACGTACGTAC"
    assert cells_of(read(11, "CGTA"), columns, reference)[0] == 1
    assert text(cells_of(read(11, "CGTA"), columns, reference)[1]) == "..---.."
    assert text(cells_of(read(11, "CGTC", {13: "CT"}), columns, reference)[1]) == "..CT-.C"
    assert text(cells_of(read(11, "C**A"), columns, reference)[1]) == ".*---*."


def test_what_others_insert_within_a_gap_of_a_read_is_part_of_it() -> None:
    columns = Columns.of(10, 20, [(13, "CT")])
    for bases, drawn, kind in (("C**A", ".*--*.", "gone"), (">>>>", ">>>>>>", "over")):
        cells = cells_of(read(11, bases), columns, "ACGTACGTAC")[1]
        assert (text(cells), cells[2].kind, cells[3].kind) == (drawn, kind, kind)


def test_clips_go_as_far_as_the_window() -> None:
    columns = Columns.of(10, 20, [])
    found = cells_of(read(12, "GTAC", clips=(9, 3)), columns, "ACGTACGTAC")
    assert (found[0], text(found[1])) == (0, "~~....~~~")
    assert text(cells_of(read(18, "AC", clips=(1, 5)), columns, "ACGTACGTAC")[1]) == "~.."


def test_a_long_insertion_is_a_number() -> None:
    assert spelled("ACGTACGT") == "ACGTACGT"
    assert spelled("A" * 25) == "[25]"


def test_changes_of_records() -> None:
    assert trimmed(9, "GATT", "G") == (10, 3, "")
    assert trimmed(9, "G", "GTA") == (10, 0, "TA")
    assert trimmed(9, "GAT", "GCT") == (10, 1, "C")
    columns = Columns.of(10, 20, [(13, "TA")])
    assert (
        text([cell for _, cell in cells_of_changes([(10, 3, "")], columns, "ACGTACGTAC")]) == "***"
    )
    put = cells_of_changes([(13, 0, "TA")], columns, "ACGTACGTAC")
    assert [(column, cell.text) for column, cell in put] == [(3, "T"), (4, "A")]
    replaced = cells_of_changes([(13, 1, "GTA")], columns, "ACGTACGTAC")
    assert [cell.text for _, cell in replaced] == ["G"]  # room behind it was not asked for
