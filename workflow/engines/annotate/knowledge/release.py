"""Which release of a source it is, how old, and when that is too old."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from engines.contract.errors import BadUsage
from engines.contract.wording import quoted

OLD_DAYS = 180
BY_REVIEW = "day of the newest review"
"""Where nobody said the day of the release: it may be younger than that."""
_DAY = re.compile(r"(?<!\d)(\d{4})[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")
_NAMED = re.compile(r"(?<!\d)(\d\d)[-_ ]([A-Z][a-z]{2})[-_ ](\d{4})(?!\d)")


@dataclass(frozen=True, slots=True)
class Release:
    """How its publisher calls it (empty: nobody said), and its day, YYYY-MM-DD (None: unknown)."""

    name: str
    date: str | None


def day(text: str) -> str:
    """A day as YYYY-MM-DD.

    Raises:
        BadUsage: it is none.
    """
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise BadUsage(f"{quoted(text)} is no day", hint="write YYYY-MM-DD") from error


def release_of(
    paths: Iterable[Path], newest_inside: str | None = None, said: Release | None = None
) -> Release:
    """What was said; else the day in a file's or its folder's name; else the newest day within,
    which the release is not older than."""
    if said and said.date:
        return said
    for path in paths:
        for name in (path.name, path.resolve().parent.name):
            found = in_name(name)
            if found:
                return Release(said.name if said and said.name else found[0], found[1])
    told = said.name if said else ""
    return Release(told or (BY_REVIEW if newest_inside else ""), newest_inside)


def in_name(name: str) -> tuple[str, str] | None:
    """(as it is written, YYYY-MM-DD) of the first day in a name; None where it has none."""
    named, plain = _NAMED.search(name), _DAY.search(name)
    try:
        if named:
            return named[0], datetime.strptime(
                "-".join(named.groups()), "%d-%b-%Y"
            ).date().isoformat()
        if plain:
            return plain[0], date(*map(int, plain.groups())).isoformat()
    except ValueError:
        pass
    return None


def age(released: str | None, today: date) -> int | None:
    """Days since the release; None where its day is not known."""
    return (today - date.fromisoformat(released)).days if released else None


def is_old(released: str | None, today: date) -> bool:
    """Older than OLD_DAYS, or nobody knows how old."""
    days = age(released, today)
    return days is None or days > OLD_DAYS
