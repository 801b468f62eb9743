"""The page: one HTML file that needs nothing else and asks nothing of the network."""

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from typing import Any

import vl_convert

from engines import __version__
from engines.charts import callers, changes, html_tables
from engines.charts.curves import ZOOMS
from engines.charts.differences import cluster_rows
from engines.charts.embed import embedded, environment, packed, trusted
from engines.charts.figure import CURVES, LEVELS_DRAWN, Material, specification
from engines.charts.summaries import METRICS, Summary
from engines.charts.wording import TITLES
from engines.contract.output import write_atomic
from engines.contract.user_cache import user_cache

CANVAS_ABOVE = 100  # samples; beyond, dots are drawn on a canvas, which stays quick


CLUSTERS_LISTED = 40  # with their explanations, of all samples together


def as_html(
    source: Material,
    missing: Sequence[str] = (),
    left_out: str = "",
    clusters: Mapping[str, dict[str, Any]] | None = None,
) -> str:
    """Write the page.

    Args:
        source: what is shown.
        missing: samples that were expected and have no summary.
        left_out: samples whose calls were not to be compared, and why.
        clusters: sample → the worst clusters of its comparison, as
            :func:`engines.charts.differences.differences_of` gives them.
    """
    listed = _listed(clusters)
    template = environment().get_template("page.html.jinja")
    layout, summaries = source.layout, source.summaries
    shown = source.sections
    return template.render(
        title="Small variants" if source.small else "Structural variants",
        small=source.small,
        version=__version__,
        summaries=summaries,
        layout=layout,
        missing=list(missing),
        left_out=left_out,
        gaps=source.gaps,
        facts=_facts(source),
        trouble=_trouble(summaries),
        overview=html_tables.overview_table(source.rows, source.small),
        sections=shown,
        curves_title=CURVES,
        without_line=source.without_line,
        breakdowns={b.key: html_tables.breakdown_table(b, source.small) for b in source.breakdowns},
        drawn={section.key for section in shown},
        undrawn=source.breakdowns,
        callers=_callers(source),
        changes=html_tables.changes_table(summaries) if source.small else None,
        changed=changes.in_words(summaries) if source.small else "",
        compared=html_tables.compared_table(summaries),
        options=html_tables.options_by_use(summaries),
        set_aside=html_tables.set_aside_table(summaries),
        capped=html_tables.capped_table(summaries),
        warnings=html_tables.warnings_table(summaries),
        style=trusted("page.css"),
        script=trusted("tables.js", "page.js"),
        library=_library(),
        data=packed(json.dumps(source.datasets)),
        specs=embedded(
            {s.key: specification(s.chart, layout, s.selections, s.params) for s in shown}
        ),
        choices=_choices(source),
        levels_drawn=LEVELS_DRAWN,
        listed_clusters=listed,
        contexts=sorted({row["context"] for _, rows, _ in listed for row in rows}),
        renderer="svg" if len(layout.samples) <= CANVAS_ABOVE else "canvas",
    )


def _callers(source: Material) -> list[tuple[str, html_tables.Table]]:
    """The tables of callers side by side; none where no sample has several."""
    if not source.teams:
        return []
    paired = list(source.paired.values())
    numbers = callers.number_rows(source.teams, source.summaries, source.paired, source.costs)
    made = [
        ("", html_tables.callers_table(numbers)),
        ("Pair by pair", html_tables.pairs_table(callers.pair_rows(paired))),
        ("Where one is better", html_tables.where_table(callers.where_rows(paired))),
        ("Errors that they share", html_tables.shared_table(callers.shared_rows(paired))),
    ]
    return [(title, table) for title, table in made if table.rows]


def _choices(source: Material) -> list[tuple[str, str, dict[str, str]]]:
    """What can be chosen beside sample and selection: name, title, value → what it is called."""
    there = [param["name"] for section in source.sections for param in section.params]
    metrics = {key: TITLES[key] for key in reversed(METRICS)}
    offered = [("metric", "Heat map of", metrics), ("zoom", "Curves", ZOOMS)]
    return [each for each in offered if each[0] in there]


def _listed(
    clusters: Mapping[str, dict[str, Any]] | None,
) -> list[tuple[str, list[dict[str, Any]], str]]:
    """Sample, some of its clusters with their explanations, and how many more there are."""
    made = []
    each = max(3, CLUSTERS_LISTED // max(1, len(clusters or {})))
    for sample, data in (clusters or {}).items():
        rows = [
            {**row, "explained": cluster["explained"]}
            for row, cluster in zip(cluster_rows(sample, data), data["worst"], strict=True)
        ]
        more = data["clusters"] - len(rows[:each])
        rest = f"{more:,} more are in {sample}.differences.tsv.gz." if more > 0 else ""
        if rows:
            made.append((sample, rows[:each], rest))
    return made


def _facts(source: Material) -> list[str]:
    """What is the same for all samples, in a line."""
    number = len(source.layout.samples)
    teams = source.teams
    number -= sum(len(team.callers) - 1 for team in teams)
    facts = [f"{number:,} sample{'s' if number > 1 else ''}"]
    facts += [f"{len(source.layout.samples):,} call sets"] if teams else []
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
    """Vega, Vega-Lite and Vega-Embed, which leave ``window.vegaEmbed`` when they are run.

    To make them takes a second, and they are the same for each page: the user's cache keeps them.
    """
    try:
        kept = user_cache() / "charts" / f"vega-{version('vl-convert-python')}.js.gz.base64"
    except RuntimeError:  # nobody knows where the home folder is
        return _made()
    with suppress(OSError):
        return kept.read_text("ascii")
    made = _made()
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(kept, made)
    return made


def _made() -> str:
    return packed(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))
