"""People's verdicts as a file."""

from collections.abc import Iterable
from typing import Any

from control.record.table_file import MEDIA_TYPES, Format, harmless, pieces
from control.verdicts.ledger import Given
from control.verdicts.words import Standing

__all__ = ["COLUMNS", "MEDIA_TYPES", "Format", "harmless", "written"]

COLUMNS = (
    *("id", "at", "user", "run_id", "owner", "sample", "verdict", "machine", "state"),
    *("comment", "sha256", "supersedes"),
)


def written(rows: Iterable[tuple[Given, Standing]], kind: Format) -> str:
    """All rows as one text; the columns are ``COLUMNS``."""
    return "".join(pieces(COLUMNS, (_values(row, standing) for row, standing in rows), kind))


def _values(row: Given, standing: Standing) -> dict[str, Any]:
    return {**vars(row), "state": standing.value}
