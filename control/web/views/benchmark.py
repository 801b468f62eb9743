"""Call sets against truth: small variants and structural variants."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from control.web.views import summaries
from control.web.views.earlier import trend_rows
from control.web.views.file_links import file_table
from control.web.views.material import Material
from control.web.views.shown import Chart, Choice, HeatMap, Link, Section, Shown, Table
from control.web.views.view import View
from engines.charts import changes
from engines.charts.heat_maps import SAMPLES_IN_COLUMNS, has_columns
from engines.charts.summaries import (
    METRICS,
    SMALL_VARIANTS,
    STRUCTURAL_VARIANTS,
    Summary,
    own_name,
)
from engines.charts.wording import TITLES

if TYPE_CHECKING:
    from engines.charts.figure import Material as Drawable

PARTS = {SMALL_VARIANTS: "Small variants", STRUCTURAL_VARIANTS: "Structural variants"}
FOLDERS = {SMALL_VARIANTS: "small_variants", STRUCTURAL_VARIANTS: "structural_variants"}
FILES = {
    **{".summary.json": "Summary (JSON)", ".summary.csv": "Summary (CSV)"},
    **{".extended.csv": "Extended (CSV)", ".vcf.gz": "Annotated VCF", ".vcf.gz.tbi": "Its index"},
    ".roc.all.csv.gz": "ROC (CSV)",
    **{
        f".roc.Locations.{kind}{which}.csv.gz": f"ROC, {kind}{which.replace('.', ' ')}"
        for kind in ("SNP", "INDEL")
        for which in ("", ".PASS", ".SEL")
    },
    **{".metrics.json.gz": "Metrics (JSON)", ".runinfo.json": "Run (JSON)"},
    **{".differences.tsv.gz": "Clusters (TSV)", ".differences.json": "Clusters (JSON)"},
    **{".somatic.csv": "Somatic (CSV)", ".provenance.json": "Provenance"},
}
"""Ending of a file behind the sample's name → what it is called."""
CHANGES = "?view=benchmark&benchmark.small_variants.changes=open"
"""Address of the table of what changed."""
NO_SAMPLE = "all samples"
MOST_TYPES = 12
"""Of variants that charts are drawn of: each has panels of its own, which take their time."""


def show(material: Material) -> Shown:
    """A section for each kind of comparison that there is."""
    made = Shown()
    for kind, title in PARTS.items():
        if not material.within(FOLDERS[kind]):
            continue
        found = summaries.read(material, kind)
        made.notes += [f"{title}: {note}" for note in found.notes]
        made.problems += [f"{title}: {problem}" for problem in found.problems]
        if found.summaries:
            made.sections.append(_section(kind, found.summaries, material))
    return made


def _section(kind: str, found: list[Summary], material: Material) -> Section:
    # imported here: Altair takes a second, and a worker may never need it
    from control.web.views import benchmark_charts, benchmark_tables, clusters, side_by_side
    from engines.charts import figure

    paired = side_by_side.paired(material, FOLDERS[kind], found)
    drawable = figure.material(found, paired, side_by_side.costs(material, found))
    trend, others = trend_rows(material, kind, found)
    notes, charts, maps = _notes(drawable), [], []
    if (types := len(drawable.layout.kinds)) > MOST_TYPES:
        notes.insert(0, f"Not drawn: {types} types of variants, {MOST_TYPES} are the most.")
    else:
        charts = benchmark_charts.charts(drawable, trend, others)
        maps = list(benchmark_charts.stratification_map(drawable))
    tables = [*side_by_side.tables(drawable), *benchmark_tables.tables(drawable)]
    if listed := clusters.clusters_table(material, FOLDERS[kind], found):
        tables.insert(0, listed)
    return Section(
        name=FOLDERS[kind],
        title=PARTS[kind],
        notes=notes,
        choices=_choices(drawable, charts, maps),
        charts=charts,
        maps=maps,
        tables=[*tables, *_files(material, kind, found)],
    )


def _files(material: Material, kind: str, found: Sequence[Summary]) -> list[Table]:
    samples = [(each.sample, own_name(each.path)) for each in found]
    made = file_table(material, FOLDERS[kind], samples, FILES)
    return [made] if made.rows else []


def _notes(drawable: "Drawable") -> list[str | Link]:
    warnings = [
        f"{summary.sample}: {warning}"
        for summary in drawable.summaries
        for warning in summary.data["warnings"]
    ]
    rest = len(warnings) - 20
    more = [f"{rest} more warnings"] if rest > 0 else []
    aside = _set_aside(drawable.summaries)
    samples = drawable.layout.samples
    has_strata = any(each.key == "stratification" for each in drawable.breakdowns)
    if has_strata and not has_columns(samples):
        most = f"{SAMPLES_IN_COLUMNS} are the most"
        aside.append(f"No heat map of {len(samples):,} samples: {most}; the tables have all.")
    if drawable.without_line and not any(each.key == "roc" for each in drawable.sections):
        aside.append(drawable.without_line)
    changed = changes.in_words(drawable.summaries) if drawable.small else ""
    first = [Link(text=changed, href=CHANGES)] if changed else []
    return [*first, *drawable.gaps, *aside, *warnings[:20], *more]


def _set_aside(found: Sequence[Summary]) -> list[str]:
    """How much was not compared: named before the numbers are believed."""
    aside = sum(each["records"] for summary in found for each in summary.data["set_aside"])
    lines = []
    if aside:
        lines.append(f"Records that were not compared: {aside:,}; see the table Records set aside.")
    return lines


def _choices(
    drawable: "Drawable", charts: Sequence[Chart], maps: Iterable[HeatMap]
) -> list[Choice]:
    layout = drawable.layout
    made = []
    if len(layout.selections) > 1:
        made.append(
            Choice(
                name="selection",
                title=layout.selection_title,
                values=layout.selections,
                labels=layout.selections,
                value=layout.default_selection,
            )
        )
    if len(layout.samples) > 1:
        made.append(
            Choice(
                name="picked",
                title="Bring out",
                values=["", *layout.samples],
                labels=[NO_SAMPLE, *layout.samples],
                value="",
            )
        )
    return [*made, *_of_charts({name for chart in charts for name in _parameters(chart)}, maps)]


def _of_charts(known: set[str], maps: Iterable[HeatMap]) -> list[Choice]:
    """What only some charts know."""
    made = []
    if "metric" in known or any(maps):
        made.append(
            Choice(
                name="metric",
                title="Heat map and trend of",
                values=[*reversed(METRICS)],
                labels=[TITLES[key] for key in reversed(METRICS)],
                value="f1",
            )
        )
    if "zoom" in known:
        names = {"near": "where the callers stand", "whole": "whole"}
        values, labels = list(names), list(names.values())
        made.append(
            Choice(name="zoom", title="Curves", values=values, labels=labels, value=values[0])
        )
    return made


def _parameters(chart: Chart) -> list[str]:
    return [param["name"] for param in chart.spec.get("params", ())]


VIEW = View(
    name="benchmark",
    title="Benchmark",
    reads=(
        *((folder, ".summary.json") for folder in FOLDERS.values()),
        ("callers/small_variants", ".callers.json"),
    ),
    show=show,
    rank=10,
    looks_back=True,
)
