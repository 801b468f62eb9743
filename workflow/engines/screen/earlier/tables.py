"""Tables with tabs or commas, as they are written everywhere here."""

import csv
import io
from collections.abc import Iterable, Sequence


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], mark: str = "\t") -> str:
    """A header and rows; None is an empty cell, a truth value TRUE or FALSE."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_cell(each) for each in row] for row in rows])
    return out.getvalue()


def _cell(value: object) -> object:
    if value is None:
        return ""
    return str(value).upper() if isinstance(value, bool) else value
