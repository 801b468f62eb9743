"""The report as one HTML file; its pictures are drawn already, so that it needs no script."""

import base64
import hashlib
import itertools
import json
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from engines.charts.embed import environment, packed, trusted
from engines.reporting.document import Document, Section

HERE = "engines.reporting"


def as_html(document: Document, fold: bool = False) -> str:
    """Write the page.

    Args:
        document: what is shown.
        fold: show a data set only when it is opened, where there are many: they stand in the
            page gzipped, a tenth of their size.
    """
    templates = environment(HERE)
    numbered = {"number": itertools.count()}
    blocks: Any = templates.get_template("blocks.html.jinja").make_module(numbered)
    before, sets, after = _by_set(document.sections)
    opened = {group[0].key: str(blocks.sections(group, 2)) for group in sets} if fold else {}
    script = trusted("tables.js") + trusted("report.js", package=HERE)
    return templates.get_template("report.html.jinja").render(
        document=document,
        blocks=blocks,
        before=before,
        sets=sets,
        after=after,
        fold=fold,
        folded=packed(json.dumps(opened)) if fold else "",
        style=trusted("page.css") + trusted("report.css", package=HERE),
        script=script,
        script_hash=_hash(script),
    )


def _by_set(
    sections: Sequence[Section],
) -> tuple[list[Section], list[list[Section]], list[Section]]:
    """What stands before the data sets, each of them with its sections, and what comes last."""
    starts = [number for number, section in enumerate(sections) if section.level == 1]
    if not starts:
        return list(sections[:-1]), [], [sections[-1]]
    ends = [*starts[1:], len(sections) - 1]
    sets = [list(sections[start:end]) for start, end in zip(starts, ends, strict=True)]
    return list(sections[: starts[0]]), sets, [sections[-1]]


def _hash(script: Markup) -> str:
    """For the content security policy: this script may run, and no other."""
    digest = hashlib.sha256(str(script).encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
