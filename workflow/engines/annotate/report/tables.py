"""The tables of the report: every cell a text."""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.annotate.oncogenicity import NOT_JUDGED, verdict
from engines.annotate.report import wording
from engines.charts.html_tables import Cell, Table
from engines.charts.wording import DASH

Data = Mapping[str, Any]

SHOWN = 40
"""Statements of one variant."""
DRUGS = 3
"""Therapies in a line; the others are told below."""


def tiers_table(data: Data) -> Table:
    """Tiers with what they mean, and how many variants have them."""
    rows = [
        [Cell(tier), Cell(meaning), Cell(f"{data['tiers'].get(tier, 0):,}")]
        for tier, meaning in wording.MEANINGS.items()
    ]
    return Table(["Tier", "What it means", "Variants"], 2, rows)


def counts_table(found: Mapping[str, int], name: str) -> Table:
    """Names and numbers."""
    rows = [[Cell(key.replace("_", " ")), Cell(f"{number:,}")] for key, number in found.items()]
    return Table([name, "Number"], 1, rows)


def variants_table(variants: Sequence[Data]) -> Table:
    """A line each."""
    columns = ["Gene and change", "Place", "Tier", "About", "Therapies or meaning"]
    columns += ["Oncogenicity", "Confidence", "Share of reads", "Reads"]
    return Table(columns, 6, [_row(each) for each in variants])


def _row(variant: Data) -> list[Cell]:
    found = variant["oncogenicity"]
    confidence, vaf, depth = variant["confidence"], variant["vaf"], variant["depth"]
    return [
        Cell(wording.name_of(variant)),
        Cell(wording.place_of(variant)),
        Cell(wording.tier_of(variant)),
        Cell(variant["context"] or DASH),
        Cell(_meaning(variant) or DASH),
        Cell(_class(found) if found else DASH),
        _number(confidence, "{:.2f}", "not assessed"),
        _number(vaf, "{:.1%}", "not told by the input"),
        _number(depth, "{:,}", "not told by the input"),
    ]


def _class(found: Data) -> str:
    """``VUS (5, up to 11)``: where codes that were not assessed could raise the class."""
    is_settled = found["class"] in (NOT_JUDGED, verdict(found["highest"]))
    more = "" if is_settled else f", up to {found['highest']}"
    return f"{found['class']} ({found['points']}{more})"


def _number(value: float | None, form: str, why: str) -> Cell:
    return Cell(DASH, why) if value is None else Cell(form.format(value))


def _meaning(variant: Data) -> str:
    best = [
        each for each in variant["contexts"] if wording.tier_of(each) == wording.tier_of(variant)
    ]
    drugs = [f"{_word(each)}{_few(each['therapies'])}" for each in best if each["therapies"]]
    return "; ".join(drugs) or "; ".join(dict.fromkeys(_significances(variant)))


def _few(therapies: Sequence[str]) -> str:
    rest = len(therapies) - DRUGS
    more = f" and {rest:,} more" if rest > 0 else ""
    return f"{'; '.join(therapies[:DRUGS])}{more}"


def _word(context: Data) -> str:
    return "resistance to " if context["context"] == "resistance" else "sensitivity to "


def _significances(variant: Data) -> list[str]:
    return [each["significance"] for each in variant["evidence"] if each["decisive"]]


def contexts_table(variant: Data) -> Table:
    """The tier of each question, and why."""
    rows = [
        [
            Cell(each["context"]),
            Cell(wording.tier_of(each)),
            Cell(each["reason"]),
            Cell("yes" if each["is_conflicting"] else "no"),
        ]
        for each in variant["contexts"]
    ]
    return Table(["About", "Tier", "Why", "Conflict"], 4, rows)


def evidence_table(variant: Data) -> Table:
    """What speaks of the variant; the decisive first, and not more than fit."""
    evidence = variant["evidence"]
    rows = [_statement(each) for each in evidence[:SHOWN]]
    rest = len(evidence) - SHOWN
    notes = [wording.left_out(rest, "statements", ["the summary"])] if rest > 0 else []
    rejected = variant["rejected_evidence"]
    if rejected:
        why: dict[str, int] = {}
        for each in rejected:
            why[each["why"]] = why.get(each["why"], 0) + 1
        told = ", ".join(f"{reason} ({number:,})" for reason, number in sorted(why.items()))
        notes.append(f"Not counted for a tier: {told}.")
    columns = ["Statement", "Level", "Stars", "Says", "Disease", "Therapies", "Match", "Decisive"]
    return Table(columns, 8, rows, notes)


def _statement(each: Data) -> list[Cell]:
    url = each.get("url") or ""
    is_safe = url.startswith(("https://", "http://"))
    says = each["significance"] or each["type"]
    against = "" if each["direction"] == "Supports" else "does not support: "
    join = " + " if each.get("interaction") == "combination" else ", "
    return [
        Cell(each["id"], link=url if is_safe else ""),
        Cell(each["level"] or DASH),
        Cell(str(each["rating"]) if each.get("rating") else DASH),
        Cell(against + says),
        Cell(each["disease"] or DASH),
        Cell(join.join(each["therapies"]) or DASH),
        Cell(each["match"].replace("_", " ")),
        Cell("yes" if each["decisive"] else "no"),
    ]


def knowledge_table(data: Data) -> Table:
    """Every source, with its date."""
    rows = [
        [
            Cell(each["name"]),
            Cell(each["role"].replace("_", " ")),
            Cell(each["date"] or DASH, "" if each["date"] else "not known"),
            Cell(each["release"] or DASH),
            Cell(each["licence"] or DASH),
            Cell(each["sha256"][:12]),
        ]
        for each in data["knowledge"]
    ]
    return Table(["Source", "What for", "Date", "Release", "Licence", "SHA-256 begins"], 6, rows)
