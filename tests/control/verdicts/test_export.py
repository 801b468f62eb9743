"""The list as a file: exact as JSON, one row a verdict, and no formula for a spreadsheet."""

import csv
import io
import json

import pandas
import pytest
from hypothesis import given
from hypothesis import strategies as st

from control.verdicts.export import COLUMNS, Format, harmless, written
from control.verdicts.ledger import Given
from control.verdicts.words import MachineWord, Standing, Verdict

TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("\n\t=+-@'\",;\\"))


def row(sample: str = "S1", comment: str = "") -> Given:
    return Given(
        *(3, "2026-11-22T10:00:00.000Z", "ada", "20261121-221005-3f9a", "ada", 1000, sample),
        *("ab" * 32, MachineWord.WARN, Verdict.PASS, comment, None),
    )


def read_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@given(TEXTS, TEXTS)
def test_no_cell_is_a_formula_and_nothing_is_lost(sample: str, comment: str) -> None:
    rows = [(row(sample, comment), Standing.CURRENT)]
    (heads, cells) = read_csv(written(rows, Format.CSV))
    assert tuple(heads) == COLUMNS
    assert [cell for cell in cells if cell.strip()[:1] in ("=", "+", "-", "@")] == []
    told = dict(zip(heads, cells, strict=True))
    assert told["comment"] in (comment, f"'{comment}")
    assert told["sample"] in (sample, f"'{sample}")
    lines = written(rows, Format.TSV).split("\n")
    assert len(lines) == 3 and lines[2] == ""
    cells = lines[1].split("\t")
    assert len(cells) == len(COLUMNS)
    plain = cells[COLUMNS.index("comment")]
    back = plain.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t").replace("\0", "\\")
    assert back in (comment, f"'{comment}")
    (data,) = json.loads(written(rows, Format.JSON))
    assert (data["sample"], data["comment"], data["supersedes"]) == (sample, comment, None)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "\t=1", "\r=1", "＝1"])
def test_what_a_spreadsheet_would_run_is_a_text(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "1-2", "'=1", "10x, fine"])
def test_other_texts_stay(text: str) -> None:
    assert harmless(text) == text


def test_pandas_reads_them() -> None:
    rows = [(row(comment='two\nlines, "quoted"'), Standing.GONE)] * 2
    table = pandas.read_csv(io.StringIO(written(rows, Format.CSV)))
    assert list(table.columns) == list(COLUMNS)
    assert list(table.comment) == ['two\nlines, "quoted"'] * 2
    assert list(table.state) == ["gone"] * 2
    assert len(pandas.read_csv(io.StringIO(written(rows, Format.TSV)), sep="\t", quoting=3)) == 2


def test_without_rows_there_are_headings() -> None:
    assert written([], Format.CSV) == ",".join(COLUMNS) + "\r\n"
    assert json.loads(written([], Format.JSON)) == []


def test_a_carriage_return_begins_no_row_of_a_spreadsheet() -> None:
    text = written([(row(comment="fine\r=1+1"), Standing.CURRENT)], Format.TSV)
    assert "\r" not in text
    assert "fine\\r=1+1" in text
