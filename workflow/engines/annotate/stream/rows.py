"""The table of all variants: ``PREFIX.tsv``, a row for each."""

from typing import Any

from engines.annotate.verdict import Annotated, Context

COLUMNS = (
    *("number", "chrom", "pos", "ref", "alt", "allele", "gene", "transcript", "consequence"),
    *("hgvs_c", "hgvs_p", "tier", "level", "context"),
    *(context.value for context in Context),
    *("oncogenicity", "points", "codes_met", "confidence", "vaf", "depth", "population_af"),
    *("filters", "decisive", "therapies", "conflicting", "not_assessed", "tier_reason"),
)
_BAD = str.maketrans({"\t": " ", "\n": " ", "\r": " "})
_NUMBERS = {"number", "pos", "vaf", "depth", "population_af", "confidence", "points"}


def row(told: dict[str, Any], annotated: Annotated) -> str:
    """A line of the table.

    Args:
        told: what the message says (:func:`engines.annotate.stream.message.update`).
    """
    contexts = annotated.contexts
    best = [each for each in contexts if each.tier == annotated.tier]
    cells: dict[str, Any] = {column: told.get(column) for column in COLUMNS}
    cells |= {each.context.value: each.tier for each in contexts}
    therapies = [
        drug
        for each in told["contexts"]
        if contexts and _tier(each) == annotated.tier
        for drug in each["therapies"]
    ]
    cells |= {
        "oncogenicity": annotated.oncogenicity.verdict,
        "points": annotated.oncogenicity.points,
        "codes_met": ",".join(each["code"] for each in told["oncogenicity"]["codes_met"]),
        "filters": ";".join(told["filters"]),
        "decisive": ",".join(dict.fromkeys(name for each in best for name in each.decisive)),
        "therapies": "; ".join(dict.fromkeys(therapies)),
        "conflicting": "yes" if any(each.is_conflicting for each in best) else "no",
        "not_assessed": ",".join(told["not_assessed"]),
    }
    return "\t".join(_cell(name, cells[name]) for name in COLUMNS) + "\n"


def _tier(context: dict[str, Any]) -> str:
    level = context["level"]
    return f"{context['tier']}-{level}" if level else str(context["tier"])


def _cell(name: str, value: Any) -> str:
    """NA where nothing is known; a text that a spreadsheet does not run as a formula."""
    if value is None:
        return "NA"
    if name in _NUMBERS:
        return str(value)
    text = str(value).translate(_BAD)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text


def header(about: str) -> str:
    """The first two lines: by what the table was made, and its columns."""
    return f"# {about.translate(_BAD)}\n" + "\t".join(COLUMNS) + "\n"
