"""A comparison of two runs as one table (TSV): a line a value, for spreadsheets and scripts."""

from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields

from control.runs.comparison import OnlyIn, Scalar
from control.verdicts.export import harmless

MEDIA_TYPE = "text/tab-separated-values"
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


@dataclass(frozen=True)
class Line:
    """One value of both runs.

    Attributes:
        part: configuration, samples, version, or the kind of result, such as small_variants.
        sample: whose value it is; "" for the run's.
        row: which row of the sample, such as ``SNP PASS``.
        name: of the value.
        a, b: as each run has it; None where it does not.
        difference: b - a, of numbers.
        only_in: in which run it is, where it is in one only.
    """

    part: str
    sample: str
    row: str
    name: str
    a: Scalar
    b: Scalar
    difference: float | None
    only_in: OnlyIn


COLUMNS = tuple(field.name for field in fields(Line))


def written(lines: Iterable[Line]) -> str:
    r"""All lines as TSV; in it a tab, a line end and a backslash are ``\t``, ``\n`` and ``\\``."""
    rows = [COLUMNS, *(tuple(map(_cell, astuple(line))) for line in lines)]
    return "".join("\t".join(row) + "\n" for row in rows)


def _cell(value: Scalar) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    # a negative number is no formula
    return (harmless(text) if isinstance(value, str) else text).translate(_ESCAPES)
