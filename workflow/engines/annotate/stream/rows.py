"""The table of all variants: ``PREFIX.tsv``, a row for each."""

from typing import Any

from engines.annotate.stream.message import Json
from engines.annotate.verdict import Context

COLUMNS = (
    *("number", "chrom", "pos", "ref", "alt", "allele", "gene", "transcript", "consequence"),
    *("hgvs_c", "hgvs_p", "tier", "level", "context"),
    *(context.value for context in Context),
    *("oncogenicity", "points", "codes_met", "confidence", "vaf", "depth", "population_af"),
    *("filters", "decisive", "therapies", "conflicting", "not_assessed", "tier_reason"),
)
_BAD = str.maketrans({"\t": " ", "\n": " ", "\r": " "})
_NUMBERS = {"number", "pos", "vaf", "depth", "population_af", "confidence", "points"}


def row(told: Json) -> str:
    """A line of the table, of the data of a `variant_update` message."""
    best = best_contexts(told)
    cells: Json = {column: told.get(column) for column in COLUMNS}
    cells |= {each["context"]: _tier(each) for each in told["contexts"]}
    found = told["oncogenicity"] or {"class": None, "points": None, "codes_met": []}
    cells |= {
        "oncogenicity": found["class"],
        "points": found["points"],
        "codes_met": ",".join(each["code"] for each in found["codes_met"]),
        "filters": ";".join(told["filters"]),
        "decisive": ",".join(decisive(best)),
        "therapies": "; ".join(dict.fromkeys(t for each in best for t in each["therapies"])),
        "conflicting": "yes" if any(each["is_conflicting"] for each in best) else "no",
        "not_assessed": ",".join(told["not_assessed"]),
    }
    return "\t".join(_cell(name, cells[name]) for name in COLUMNS) + "\n"


def best_contexts(told: Json) -> list[Json]:
    """The contexts that give the variant its tier."""
    mine = (told["tier"], told["level"])
    return [each for each in told["contexts"] if (each["tier"], each["level"]) == mine]


def decisive(contexts: list[Json]) -> list[str]:
    """Ids of what decided them, each once."""
    return list(dict.fromkeys(name for each in contexts for name in each["decisive"]))


def _tier(context: Json) -> str:
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
