"""Results of two runs as lines of a table, the bigger changes first."""

from collections.abc import Iterable
from typing import NamedTuple

from control.runs.comparison import OnlyIn, Scalar, is_same
from control.web.api.comparison import ComparedRow, ComparedValue

_TITLES = {
    "small_variants": "Small variants",
    "structural_variants": "Structural variants",
    "calibration": "Calibration",
    "qc": "Quality",
}
_LARGEST = 2.0  # change of a number that turns its sign
_MINUS, _THOUSANDS = "\u2212", "\u202f"  # a minus as wide as a plus, a narrow space


class ResultLine(NamedTuple):
    """One value of the results.

    Attributes:
        kind: of the result, for people.
        sample: whose it is.
        row: which row of the sample; "" for the sample itself.
        name: of the value.
        a, b: as each run has it.
        difference: b - a, where both are numbers.
        change: the same as a share of a, where that is not 0.
        weight: how big the change is, to sort by: texts that differ, then numbers, then what is
            in one run only, then what is the same.
        only_in: in which run it is, where it is in one only.
    """

    kind: str
    sample: str
    row: str
    name: str
    a: Scalar
    b: Scalar
    difference: float | None
    change: float | None
    weight: float
    only_in: OnlyIn

    @property
    def differs(self) -> bool:
        """It is not the same in both."""
        return self.weight > 0


def result_lines(rows: Iterable[ComparedRow]) -> list[ResultLine]:
    """All values, the bigger changes first; equal ones as the runs have them."""
    lines = [_line(row, value) for row in rows for value in row.values]
    return sorted(lines, key=lambda line: -line.weight)


def _line(row: ComparedRow, value: ComparedValue) -> ResultLine:
    only_in = row.only_in
    return ResultLine(
        kind=_TITLES.get(row.kind, row.kind),
        sample=row.sample,
        row=row.row,
        name=value.name,
        a=value.a,
        b=value.b,
        difference=value.difference,
        change=_change(value.a, value.difference),
        weight=_weight(value, only_in),
        only_in=only_in,
    )


def _change(a: Scalar, difference: float | None) -> float | None:
    if difference is None or isinstance(a, bool) or not isinstance(a, int | float) or not a:
        return None
    return difference / abs(a)


def _weight(value: ComparedValue, only_in: OnlyIn) -> float:
    if only_in:
        return 1.0
    if is_same(value.a, value.b) or value.difference == 0:
        return 0.0
    if value.difference is None:
        return 3 + _LARGEST  # such as a verdict: what is no number says most
    assert isinstance(value.a, int | float) and isinstance(value.b, int | float)
    return 2 + abs(value.difference) / max(abs(value.a), abs(value.b))


def in_words(value: Scalar) -> str:
    """A value as people read it: thousands apart, six digits behind the point at most."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace(",", _THOUSANDS)
    return f"{value:.6g}" if isinstance(value, float) else value


def signed(value: float | None) -> str:
    """A difference with its sign; "" for none."""
    if value is None:
        return ""
    whole = value == int(value)
    size = in_words(int(abs(value))) if whole else f"{abs(value):.4g}"
    return _sign(value) + size


def percent(value: float | None) -> str:
    """A share as a percentage with its sign; "" for none."""
    return "" if value is None else f"{_sign(value)}{abs(value) * 100:.3g} %"


def _sign(value: float) -> str:
    return "+" if value > 0 else _MINUS if value < 0 else ""
