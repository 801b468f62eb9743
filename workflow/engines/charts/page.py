"""The page: one HTML file that needs nothing else and asks nothing of the network."""

import base64
import gzip
import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import vl_convert
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from engines import __version__
from engines.charts import html_tables
from engines.charts.figure import Material, specification
from engines.charts.summaries import Summary

# Snakemake's report shows a page in a frame, from a data URI, and Chromium leaves a frame empty
# whose URI is longer than 2 MiB: as base64, that is a page of this many bytes.
FRAME_LIMIT = 2 * 2**20 * 3 // 4 - 200
CANVAS_ABOVE = 100  # samples; beyond, dots are drawn on a canvas, which stays quick


def as_html(source: Material, missing: Sequence[str] = ()) -> str:
    """Write the page.

    Args:
        source: what is shown.
        missing: samples that were expected and have no summary.
    """
    environment = Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined
    )
    own = files("engines.charts")
    template = environment.from_string(own.joinpath("page.html.jinja").read_text("utf-8"))
    layout, summaries = source.layout, source.summaries
    shown = source.sections
    return template.render(
        title="Small variants" if source.small else "Structural variants",
        small=source.small,
        version=__version__,
        summaries=summaries,
        layout=layout,
        missing=list(missing),
        gaps=source.gaps,
        facts=_facts(source),
        trouble=_trouble(summaries),
        overview=html_tables.overview_table(source.rows, source.small),
        sections=shown,
        breakdowns={b.key: html_tables.breakdown_table(b, source.small) for b in source.breakdowns},
        drawn={section.key for section in shown},
        undrawn=source.breakdowns,
        compared=html_tables.compared_table(summaries),
        options=html_tables.options_by_use(summaries),
        set_aside=html_tables.set_aside_table(summaries),
        capped=html_tables.capped_table(summaries),
        warnings=html_tables.warnings_table(summaries),
        style=Markup(own.joinpath("page.css").read_text("utf-8")),  # noqa: S704 our own file
        script=Markup(own.joinpath("page.js").read_text("utf-8")),  # noqa: S704 our own file
        library=_library(),
        data=_packed(json.dumps(source.datasets)),
        specs=_embedded({s.key: specification(s.chart, layout, s.selections) for s in shown}),
        renderer="svg" if len(layout.samples) <= CANVAS_ABOVE else "canvas",
    )


def _facts(source: Material) -> list[str]:
    """What is the same for all samples, in a line."""
    number = len(source.layout.samples)
    facts = [f"{number:,} sample{'s' if number > 1 else ''}"]
    engines = {f"engine {s.data['engine']} {s.data['version']}" for s in source.summaries}
    builds = {_build(s) for s in source.summaries}
    for values in (engines, builds):
        facts += [value for value in values if len(values) == 1 and value]
    return facts


def _build(summary: Summary) -> str:
    reference = summary.data["reference"]
    if isinstance(reference, dict):
        return str(reference.get("build") or reference["name"])
    return str(reference or "")


def _trouble(summaries: Sequence[Summary]) -> dict[str, int]:
    """How much there is to look at before the numbers are believed."""
    return {
        "warnings": sum(len(s.data["warnings"]) for s in summaries),
        "records set aside": sum(e["records"] for s in summaries for e in s.data["set_aside"]),
        "capped clusters": sum(len(s.data.get("capped_clusters", ())) for s in summaries),
    }


@cache
def _library() -> str:
    """Vega, Vega-Lite and Vega-Embed, which leave ``window.vegaEmbed`` when they are run."""
    return _packed(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def _packed(text: str) -> str:
    """A text, gzipped, as base64: the chart library shrinks from 0.9 to 0.4 MB."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _embedded(data: Any) -> Markup:
    """JSON that can stand in a script element, whatever the texts in it are."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 nothing in it can end the element
