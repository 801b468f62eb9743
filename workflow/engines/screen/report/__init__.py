"""The report of a screen for whoever treats or counts: HTML, PDF, text, of the summary alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any


def write(data: Mapping[str, Any], prefix: Path) -> None:
    """Write ``PREFIX.html``, ``PREFIX.pdf`` and ``PREFIX.txt``, which are to be staged already.

    Args:
        data: of ``PREFIX.summary.json``.
    """
    for form, content in made(data).items():
        prefix.with_name(f"{prefix.name}.{form}").write_bytes(content)


def made(data: Mapping[str, Any]) -> dict[str, bytes]:
    """Ending → what the file is to hold; the same bytes for the same summary."""
    # imported here: what typesets takes its time, and who wants no report does without
    from engines.reporting.document import printable
    from engines.reporting.page import as_html
    from engines.reporting.paper import as_pdf
    from engines.reporting.plain import as_text
    from engines.screen.report.contents import document

    found = document(printable(dict(data)))
    return {
        "html": as_html(found).encode(),
        "pdf": as_pdf(found),
        "txt": as_text(found).encode(),
    }
