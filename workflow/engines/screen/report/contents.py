"""From the summary to a report: what a clinician asks first, then what it rests on."""

from collections.abc import Mapping
from typing import Any

from engines import __version__
from engines.charts.screens import called
from engines.reporting.document import (
    Block,
    Document,
    Listing,
    Notice,
    Picture,
    Section,
    Terms,
    Text,
)
from engines.screen.report import pictures, tables, wording
from engines.screen.report.wording import INCONCLUSIVE, NOT_ASSESSED, NOT_DETECTED, RESISTANT

Data = Mapping[str, Any]

LIMITS = 8  # lines of what was not looked at; more would push the verdicts from the first page


def document(data: Data) -> Document:
    """The report of a summary; its first page is for the clinic."""
    if data["external"]:
        return _of_another(data)
    sections = [
        Section("notices", "", _notices(data)),
        Section("classes", "Resistance by class", _classes(data)),
        Section("organisms", "Organisms", _organisms(data)),
        Section("antimicrobials", "Antimicrobials", _antimicrobials(data)),
        Section("genes", "Resistance genes", _genes(data)),
        Section("mutations", "Resistance mutations", _mutations(data)),
        Section("taxa", "All taxa", _taxa(data)),
        Section("reads", "Reads", [Listing("", tables.reads_table(data))] if data["reads"] else []),
        Section("settings", "Databases and thresholds", _settings(data)),
    ]
    reading = Section("reading", "How to read this", [Terms(wording.READING)])
    shown = [section for section in sections if section.blocks]
    return Document(wording.title(data), wording.facts(data), [*shown, reading], _footer(data))


def _of_another(data: Data) -> Document:
    """Of reads that another program screened: what it left, and that nobody judged it here."""
    blocks: list[Block] = [Notice("stalled", wording.GENOTYPE_TITLE, wording.GENOTYPE)]
    blocks.append(Notice("warning", "Before you read on", wording.limits(data)))
    files: list[Block] = [Listing("", tables.files_table(data))]
    sections = [Section("notices", "", blocks), Section("files", "What it left", files)]
    return Document(wording.title(data), wording.facts(data), sections, _footer(data))


def _notices(data: Data) -> list[Block]:
    found: list[Block] = [Notice("stalled", wording.GENOTYPE_TITLE, wording.GENOTYPE)]
    if lines := wording.limits(data):
        rest = len(lines) - LIMITS
        more = [f"And {rest} more in the summary (JSON)."] if rest > 0 else []
        found.append(Notice("warning", "Before you read on", [*lines[:LIMITS], *more]))
    return found


def _classes(data: Data) -> list[Block]:
    found: list[Block] = [Text(wording.headline(data))]
    table = tables.classes_table(data)
    if table.rows:
        found.append(Listing("", table))
    return [*found, *map(Text, wording.without_findings(data))]


def _organisms(data: Data) -> list[Block]:
    if data["taxa"] is None:
        return [Text(wording.why_not(data, "taxa"))]
    return [Listing("", tables.organisms_table(data))]


def _antimicrobials(data: Data) -> list[Block]:
    shown = tables.antimicrobials_table(data, RESISTANT, INCONCLUSIVE, NOT_ASSESSED)
    absent = [each for each in data["antimicrobials"] if each["verdict"] == NOT_DETECTED]
    in_panel = [each["antimicrobial"] for each in absent if each["relevant"] is not False]
    found: list[Block] = [Listing("", shown)] if shown.rows else []
    if in_panel:
        found.append(Text(f"No resistance detected to: {', '.join(in_panel)}."))
    if rest := len(absent) - len(in_panel):
        found.append(Text(f"Nor to {rest} more, which are not of the panel of the species."))
    return found


def _genes(data: Data) -> list[Block]:
    if data["genes"] is None:
        return [Text(wording.why_not(data, "genes"))]
    there = called(data) or []
    if not data["genes"]:
        return [Text("No read was given to a resistance gene.")]
    found: list[Block] = [Text("No gene reaches the thresholds.")]
    if there:
        found = [Listing("", tables.genes_table(there))]
    chart = pictures.coverage_chart(there)
    if chart:
        drawn = [each["name"] for each in pictures.drawn(there)]
        alt = f"Depth of reads along {', '.join(drawn)}."
        found.append(Picture(alt, pictures.coverage_caption(there), {"": chart}))
    others = [each for each in data["genes"] if not each["called"]]
    if others:
        title = f"Below the thresholds, not called ({len(others):,})"
        found.append(Listing(title, tables.genes_table(others), folded=True))
    return found


def _mutations(data: Data) -> list[Block]:
    if data["mutations"] is None:
        return [Text(wording.why_not(data, "mutations"))]
    by: dict[str, list[Data]] = {}
    for each in data["mutations"]:
        by.setdefault(each["status"], []).append(each)
    shown = [*by.get("detected", ()), *by.get(wording.OTHER_CHANGE, ())]
    found: list[Block] = [
        Text(f"None was detected among {len(data['mutations']):,} that are known.")
    ]
    if shown:
        found = [Listing("", tables.mutations_table(shown))]
    if shallow := wording.too_shallow(data):
        table = tables.by_gene_table(shallow, "Mutations")
        found.append(Listing("Too few reads to tell: they may be there", table))
    if absent := by.get(NOT_DETECTED):
        table = tables.by_gene_table(absent, "Mutations")
        found.append(Listing(f"Not detected ({len(absent):,})", table, folded=True))
    if data["unplaced"]:
        found.append(Listing("Cannot be assessed", tables.unplaced_table(data), folded=True))
    return found


def _taxa(data: Data) -> list[Block]:
    if data["taxa"] is None or not data["taxa"]["taxa"]:
        return []
    return [Listing("", tables.taxa_table(data))]


def _settings(data: Data) -> list[Block]:
    return [
        Listing("", tables.databases_table(data)),
        Listing("Thresholds", tables.options_table(data)),
    ]


def _footer(data: Data) -> str:
    return (
        f"Plumbline {__version__}, research use only. Made of the summary of {data['sample']}; "
        "checksums of all inputs are in its provenance (JSON)."
    )
