"""Somatic variants: how many of each tier, those of tiers I and II, and by what they were tiered.

Single variants come live in their own table of the page; this view is of the finished summaries.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from control.web.views import summaries
from control.web.views.file_links import file_links
from control.web.views.material import Material
from control.web.views.shown import Column, Section, Shown, Table, Value
from control.web.views.view import View
from engines.charts.annotations import TIERS, tier_rows
from engines.charts.summaries import ANNOTATION, Summary

SHOWN_WHOLE = 20
"""Tumours; of more, only the counts are shown."""
LISTED = 500
"""Variants of one tumour that are listed."""
RESEARCH = "For research use only: not for decisions about patients."
OPEN = 3
"""Tumours of which the variants are seen at once; of more, they are unfolded one by one."""
FILES = {
    ".html": "Report",
    ".pdf": "Report (PDF)",
    ".vcf.gz": "Annotated VCF",
    ".vcf.gz.tbi": "its index",
    ".tsv": "Table (TSV)",
    ".ndjson": "All variants (JSON lines)",
    ".summary.json": "Summary (JSON)",
    ".provenance.json": "Provenance",
}
Data = Mapping[str, Any]

_VARIANTS = [
    Column(key="tier", title="Tier", help="AMP/ASCO/CAP 2017, for this disease"),
    Column(key="gene", title="Gene"),
    Column(key="change", title="Change", help="Of the protein; else what it is, or the allele"),
    Column(key="context", title="Context", help="What the tier is about"),
    Column(key="therapies", title="Therapies", help="Of the evidence that decided the tier"),
    Column(key="oncogenicity", title="Oncogenicity", help="ClinGen/CGC/VICC 2022"),
    Column(key="confidence", title="Confidence", type="number", help="0 to 1; in parts live"),
    Column(key="vaf", title="VAF", type="percent", help="Share of the reads"),
    Column(key="evidence", title="Decided by", help="Items and assertions"),
    Column(key="place", title="Place"),
]


def show(material: Material) -> Shown:
    """Counts of all tumours, then each with its variants and sources."""
    found = summaries.read(material, ANNOTATION, "tumours")
    made = Shown(notes=found.notes, problems=found.problems)
    if not found.summaries:
        return made
    made.notes.append(RESEARCH)
    if len(found.summaries) > 1:
        made.sections.append(_overview(found.summaries))
    is_open = len(found.summaries) <= OPEN
    shown = found.summaries[:SHOWN_WHOLE]
    made.sections += [_section(each, is_open, material) for each in shown]
    if len(found.summaries) > SHOWN_WHOLE:
        made.notes.append(f"Of {SHOWN_WHOLE} tumours the variants are listed; all are counted.")
    return made


def _overview(found: Sequence[Summary]) -> Section:
    return Section(name="all", title="All tumours", tables=[_counts(found)])


def _counts(found: Sequence[Summary]) -> Table:
    columns = [Column(key="sample", title="Tumour"), Column(key="disease", title="Disease")]
    columns += [Column(key=tier, title=tier, type="integer") for tier in TIERS]
    columns.append(
        Column(key="oncogenic", title="Oncogenic", type="integer", help="Or likely oncogenic")
    )
    columns.append(
        Column(key="errors", title="Errors", type="integer", help="Could not be annotated")
    )
    keys = [column.key for column in columns]
    rows: list[dict[str, Value]] = [{key: row[key] for key in keys} for row in tier_rows(found)]
    return Table(name="tiers", title="Variants by tier", columns=columns, rows=rows)


def _section(summary: Summary, is_open: bool, material: Material) -> Section:
    data = summary.data
    asked = f"{data['disease']['name']}, {data['build']['name']}"
    normal = {True: "no matched normal", False: "matched normal", None: ""}[data["tumour_only"]]
    return Section(
        name=f"of_{summary.sample}",
        title=summary.sample,
        text=", ".join(part for part in (asked, normal) if part) + ".",
        notes=list(_notes(data)),
        files=file_links(material, "annotation", summary.sample, FILES),
        tables=[_counts([summary]), _variants(data, is_open), _texts(data), _sources(data)],
    )


def _notes(data: Data) -> Iterator[str]:
    if not data["counts"]["alleles"]:
        yield "The calls have no variant: there was nothing to tier."
    if data["consequences"] is None:
        yield "Consequences were not assessed: only alleles and genes could be matched."
    if data["population"] is None:
        yield "No population source was loaded, so no variant could be of tier IV."
    if errors := data["counts"]["errors"]:
        words = "1 record" if errors == 1 else f"{errors:,} records"
        yield f"{words} could not be annotated: listed below the variants of the run."
    yield from data["warnings"]


def _variants(data: Data, is_open: bool) -> Table:
    listed = sorted(data["variants"], key=_rank)
    rest = sum(data["unlisted"].values())
    notes = (
        [f"{rest:,} more are of tiers III and IV and not known to be oncogenic."] if rest else []
    )
    if len(listed) > LISTED:
        notes.append(f"The first {LISTED} of {len(listed):,}; the files have all.")
    rows = [_row(each) for each in listed[:LISTED]]
    return Table(
        name="variants",
        title="Tiers I and II, and oncogenic variants",
        columns=_VARIANTS,
        rows=rows,
        notes=notes,
        folded=not (is_open and rows),
    )


def _rank(told: Data) -> tuple[int, float]:
    """The strongest first; of the same tier the one that is surer."""
    return TIERS.index(_tier(told)), -(told["confidence"] or 0)


def _tier(told: Data) -> str:
    return f"{told['tier']}-{told['level']}" if told["level"] else str(told["tier"])


def _row(told: Data) -> dict[str, Value]:
    best = [
        each
        for each in told["contexts"]
        if (each["tier"], each.get("level")) == (told["tier"], told["level"])
    ]
    therapies = dict.fromkeys(name for each in best for name in each.get("therapies", ()))
    decisive = dict.fromkeys(name for each in best for name in each.get("decisive", ()))
    found = told["oncogenicity"]
    return {
        "tier": _tier(told),
        "gene": told["gene"] or "",
        "change": told.get("hgvs_p") or told.get("consequence") or told["allele"],
        "context": told["context"] or "",
        "therapies": "; ".join(therapies),
        "oncogenicity": found["class"] if found else "",
        "confidence": told["confidence"],
        "vaf": told["vaf"],
        "evidence": ", ".join(decisive),
        "place": f"{told['chrom']}:{told['pos']} {told['ref'][:20]}>{told['alt'][:20]}",
    }


def _texts(data: Data) -> Table:
    rows: list[dict[str, Value]] = [
        {"type": each["type"], "text": each["text"], "sources": ", ".join(each["sources"])}
        for each in data["texts"]
    ]
    columns = [
        Column(key="type", title="About"),
        Column(key="text", title="Text"),
        Column(key="sources", title="Sources"),
    ]
    return Table(name="texts", title="Texts of the whole sample", columns=columns, rows=rows)


def _sources(data: Data) -> Table:
    keys = {"name": "Source", "role": "For", "release": "Release", "licence": "Licence"}
    columns = [Column(key=key, title=title) for key, title in keys.items()]
    columns.insert(3, Column(key="date", title="Date", help="Empty: it cannot be known"))
    rows: list[dict[str, Value]] = [
        {**{key: each[key] for key in keys}, "date": each["date"] or ""}
        for each in data["knowledge"]
    ]
    return Table(name="knowledge", title="Knowledge that was loaded", columns=columns, rows=rows)


VIEW = View(
    name="annotation",
    title="Tumours",
    reads=(("annotation", ".summary.json"),),
    show=show,
    rank=25,
)
