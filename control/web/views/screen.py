"""Screened reads: resistance by class over all samples, then each with what it rests on."""

from collections.abc import Mapping, Sequence
from typing import Any

from control.web.views import screen_tables as tables
from control.web.views import summaries
from control.web.views.drawing import with_values
from control.web.views.file_links import file_links
from control.web.views.material import Material
from control.web.views.shown import Chart, Section, Shown, Table
from control.web.views.view import View
from engines.charts.screens import called
from engines.charts.summaries import SCREEN, Summary

SHOWN_WHOLE = 20
"""Samples; of more, only what is found is listed, all samples in one table."""
OPEN = 3
"""Samples of which the verdicts are seen at once; of more, they are unfolded one by one."""
GENOTYPE = (
    "Genotype, not a susceptibility test: not detected is not susceptible. Research use only."
)
FILES = {
    ".html": "Report",
    ".pdf": "Report (PDF)",
    ".txt": "Report (text)",
    ".hamronization.tsv": "hAMRonization (TSV)",
    ".hamronization.json": "hAMRonization (JSON)",
    ".summary.json": "Summary (JSON)",
    ".provenance.json": "Provenance",
}
Data = Mapping[str, Any]


def show(material: Material) -> Shown:
    """Verdicts of all samples beside each other where there are several, then each of them."""
    found = summaries.read(material, SCREEN)
    made = Shown(notes=found.notes, problems=found.problems)
    if not found.summaries:
        return made
    made.notes.append(GENOTYPE)
    if len(found.summaries) > 1:
        made.sections.append(_overview(found.summaries))
    is_open = len(found.summaries) <= OPEN
    for each in found.summaries[:SHOWN_WHOLE]:
        made.sections.append(_section(each, is_open, material))
    if len(found.summaries) > SHOWN_WHOLE:
        made.notes.append(
            f"{SHOWN_WHOLE} of {len(found.summaries)} samples are shown one by one; of all samples "
            "there are the verdicts, genes, mutations and organisms."
        )
    return made


def _overview(found: Sequence[Summary]) -> Section:
    # imported here, as below: what draws takes its time, and a worker may never need it
    from engines.screen.report import pictures

    classes = {each.sample: each.data["classes"] for each in found}
    charts = []
    if drawn := pictures.verdicts_chart(classes):
        rest = len(found) - pictures.SAMPLES
        more = f" The first {pictures.SAMPLES} samples; the tables have all." if rest > 0 else ""
        words = f"Resistance by class of {len(found)} samples; what there is is in the table."
        charts.append(
            _chart("verdicts", "Resistance by class", pictures.WORDS + more, words, drawn)
        )
    if drawn := pictures.organisms_chart({each.sample: each.data for each in found}):
        words = "Share of the reads of each sample by organism; the table has the numbers."
        text = (
            "Share of the reads of each sample; what is too little, or fits several, is told apart."
        )
        charts.append(_chart("organisms", "Organisms", text, words, drawn))
    return Section(
        name="all",
        title="All samples",
        charts=charts,
        tables=[
            tables.verdicts(found),
            tables.samples(found),
            tables.all_genes(found),
            tables.all_mutations(found),
            tables.all_organisms(found),
        ],
    )


def _section(summary: Summary, is_open: bool, material: Material) -> Section:
    from engines.screen.report import wording

    data = summary.data
    folder = f"screen/{summary.path.parent.name}"
    parts = _of_another(data) if data["external"] else _tables(data, is_open)
    return Section(
        name=f"of_{summary.sample}",
        title=summary.sample,
        text=" ".join(wording.facts(data)),
        notes=wording.limits(data),
        files=file_links(material, folder, summary.sample, FILES),
        charts=[] if data["external"] else _charts(data),
        tables=[table for table in parts if table.rows],
    )


def _tables(data: Data, is_open: bool) -> list[Table]:
    return [
        tables.classes(data, is_open),
        tables.antimicrobials(data),
        tables.genes(data),
        tables.below(data),
        tables.mutations(data),
        tables.unplaced(data),
        tables.organisms(data),
        tables.taxa(data),
        tables.reads(data),
        tables.made_with(data),
    ]


def _of_another(data: Data) -> list[Table]:
    return [tables.left_by_another(data), tables.results_of_another(data)]


def _charts(data: Data) -> list[Chart]:
    """Depth along genes, shares of mutations, organisms: each where there is something of it."""
    from engines.screen.report import pictures

    there = called(data) or []
    drawn = {
        "classes": pictures.verdicts_chart({data["sample"]: data["classes"]}),
        "genes": pictures.coverage_chart(there),
        "mutations": pictures.shares_chart(data["mutations"] or ()),
        "organisms": pictures.organisms_chart({data["sample"]: data}),
    }
    titles = {
        "classes": ("Resistance by class", pictures.WORDS),
        "genes": ("Reads along the genes", pictures.coverage_caption(there)),
        "mutations": (
            "Share of the fragments with each mutation",
            "With its 95 % interval. Those that are not there, or that too few reads tell of, are "
            "in the table.",
        ),
        "organisms": ("Organisms", "Share of all pairs, or of reads without mates."),
    }
    return [
        _chart(name, *titles[name], f"{titles[name][0]} of {data['sample']}; see the table.", spec)
        for name, spec in drawn.items()
        if spec
    ]


def _chart(name: str, title: str, text: str, description: str, spec: Mapping[str, Any]) -> Chart:
    from engines.charts.theme import CONFIG

    drawn = with_values({**spec, "config": CONFIG})
    return Chart(name=name, title=title, text=text, description=description, spec=drawn)


VIEW = View(
    name="screen",
    title="Resistance",
    reads=(("screen/*", ".summary.json"),),
    show=show,
    rank=27,
)
