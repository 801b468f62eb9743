"""Breaking texts into lines: nothing is lost, and no line is wider than the room."""

from hypothesis import given
from hypothesis import strategies as st

from engines.reporting.typeset import broken, width_of


@given(st.text(max_size=80), st.floats(20, 300), st.booleans())
def test_lines_hold_the_whole_text_and_fit(text: str, most: float, bold: bool) -> None:
    lines = broken(text, most, 11, bold)
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    assert all(len(line) <= 1 or width_of(line, 11, bold) <= most for line in lines)


def test_widths_are_those_of_arial() -> None:
    assert round(width_of("prematurity 28.6 %", 10), 2) == 83.92
    assert width_of("e\u0301", 10) == width_of("é", 10) == width_of("e", 10)
    assert width_of("নিউমোনিয়া", 10) > 30


def test_names_are_broken_where_their_words_end() -> None:
    assert broken("sepsis_meningitis_inf", 60, 11) == ["sepsis_", "meningitis_", "inf"]
    assert broken("", 60, 11) == [""]
    assert broken("aaaaaaaaaa", 25, 11) == ["aaaa", "aaaa", "aa"]
