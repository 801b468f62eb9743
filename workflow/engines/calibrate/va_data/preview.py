"""How the causes of an input were read, as a table for the terminal."""

from collections.abc import Sequence

from engines.calibrate.case import Deaths
from engines.contract.wording import printable

WIDEST = 44
NO_CAUSE = "no cause, set aside"


def preview(deaths: Deaths) -> str:
    """Each cause of the input with its broad cause, then the deaths by cause that are calibrated.

    Both tables add up: the first to the deaths of the input, the second to those counted.
    """
    counted = sum(deaths.counts)
    lines = [f"{deaths.algorithm}: {deaths.name}, {deaths.form}, {deaths.records:,} deaths", ""]
    mapped = [(m.cause, m.broad or NO_CAUSE, m.deaths) for m in deaths.mapping]
    lines += _table(("cause of the input", "read as", "deaths", "share"), mapped)
    lines += ["", f"deaths counted: {counted:,}; set aside: {deaths.undetermined:,}", ""]
    units = zip(deaths.causes, deaths.broad, deaths.counts, strict=True)
    lines += _table(("cause", "broad cause", "deaths", "share"), list(units))
    empty = [cause for cause, count in zip(deaths.causes, deaths.counts, strict=True) if not count]
    warnings = list(deaths.warnings)
    if empty:  # after a calibration the stalled fit itself is told
        warnings.append(
            f"no deaths of {', '.join(empty)}: where such a cause is calibrated, the path "
            "correction will probably stall and change nothing"
        )
    if warnings:
        lines += ["", *(f"warning: {printable(warning)}" for warning in warnings)]
    return "\n".join(lines)


def _table(heads: tuple[str, str, str, str], rows: Sequence[tuple[str, str, int]]) -> list[str]:
    total = sum(deaths for *_, deaths in rows)
    cells = [
        (_cut(cause), _cut(broad), f"{deaths:,}", f"{100 * deaths / max(total, 1):.1f} %")
        for cause, broad, deaths in [*rows, ("total", "", total)]
    ]
    cells = [heads, *cells]
    widths = [max(len(row[i]) for row in cells) for i in range(4)]
    return [
        f"  {a:<{widths[0]}}  {b:<{widths[1]}}  {c:>{widths[2]}}  {d:>{widths[3]}}"
        for a, b, c, d in cells
    ]


def _cut(name: str) -> str:
    text = printable(name)
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
