"""Results of two runs as lines: which come first, and how they are written."""

import pytest

from control.runs.comparison import OnlyIn, Scalar
from control.web.api.comparison import ComparedRow, ComparedValue
from control.web.pages.compare_results import in_words, percent, result_lines, signed


def value(name: str, a: Scalar, b: Scalar, difference: float | None = None) -> ComparedValue:
    return ComparedValue(name=name, a=a, b=b, difference=difference)


def row(*values: ComparedValue, only_in: OnlyIn = None) -> ComparedRow:
    return ComparedRow(kind="qc", sample="S", row="", only_in=only_in, values=list(values))


def test_the_bigger_changes_come_first() -> None:
    lines = result_lines(
        [
            row(value("gone", 5, None), only_in="a"),
            row(
                value("same", 7, 7, 0.0),
                value("small", 100, 101, 1.0),
                value("turned", -1, 1, 2.0),
                value("from_nothing", 0, 3, 3.0),
                value("large", 10, 2, -8.0),
                value("verdict", "pass", "fail"),
                value("typed", 1, 1.0, 0.0),
            ),
        ]
    )
    assert [line.name for line in lines] == [
        *("verdict", "turned", "from_nothing", "large", "small", "gone", "same", "typed")
    ]
    assert [line.name for line in lines if not line.differs] == ["same", "typed"]
    changes = {line.name: line.change for line in lines}
    assert (changes["large"], changes["turned"], changes["small"]) == (-0.8, 2.0, 0.01)
    assert changes["from_nothing"] is changes["verdict"] is changes["gone"] is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *((None, ""), (True, "yes"), (False, "no"), (0, "0"), ("pass", "pass")),
        *((1234567, "1\u202f234\u202f567"), (0.123456789, "0.123457"), (1e-9, "1e-09")),
    ],
)
def test_values(value: Scalar, text: str) -> None:
    assert in_words(value) == text


@pytest.mark.parametrize(
    ("difference", "text"),
    [
        *((None, ""), (0.0, "0"), (5.0, "+5"), (-12345.0, "\u221212\u202f345")),
        *((0.05, "+0.05"), (-0.00312345, "\u22120.003123")),
    ],
)
def test_differences(difference: float | None, text: str) -> None:
    assert signed(difference) == text


@pytest.mark.parametrize(
    ("share", "text"), [(None, ""), (0.0, "0 %"), (0.0555555, "+5.56 %"), (-0.5, "\u221250 %")]
)
def test_shares(share: float | None, text: str) -> None:
    assert percent(share) == text
