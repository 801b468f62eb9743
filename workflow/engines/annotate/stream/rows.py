"""The table of all variants: ``PREFIX.tsv``, a row for each."""

from typing import Any

from engines.annotate.stream.message import Json
from engines.annotate.verdict import Context

CONTEXTS = tuple(context.value for context in Context)
COLUMNS = (
    *("number", "chrom", "pos", "ref", "alt", "allele", "gene", "transcript", "consequence"),
    *("hgvs_c", "hgvs_p", "tier", "level", "context"),
    *CONTEXTS,
    *("oncogenicity", "points", "codes_met", "confidence", "vaf", "depth", "population_af"),
    *("filters", "decisive", "therapies", "conflicting", "not_assessed", "tier_reason"),
)
_BAD = str.maketrans({"\t": " ", "\n": " ", "\r": " "})
_FORMULA = ("=", "+", "-", "@")


def row(told: Json) -> str:
    """A line of the table, of the data of a `variant_update` message."""
    return "\t".join(cells_of(told)) + "\n"


def cells_of(told: Json) -> list[str]:
    """Its cells, in the order of :data:`COLUMNS`."""
    best = best_contexts(told) if told["contexts"] else []
    by_context = {each["context"]: _tier(each) for each in told["contexts"]}
    found = told["oncogenicity"]
    met = ",".join([each["code"] for each in found["codes_met"]]) if found else ""
    therapies = dict.fromkeys(t for each in best for t in each["therapies"])
    get = told.get
    cells = (
        told["number"],
        text(told["chrom"]),
        told["pos"],
        told["ref"],
        text(told["alt"]),
        text(told["allele"]),
        text(told["gene"]),
        text(told["transcript"]),
        text(told["consequence"]),
        text(told["hgvs_c"]),
        text(told["hgvs_p"]),
        told["tier"],
        known(told["level"]),
        known(told["context"]),
        *(by_context.get(name, "NA") for name in CONTEXTS),
        found["class"] if found else "NA",
        found["points"] if found else "NA",
        met,
        known(told["confidence"]),
        known(told["vaf"]),
        known(told["depth"]),
        known(get("population_af")),
        text(";".join(told["filters"])),
        text(",".join(decisive(best))),
        text("; ".join(therapies)),
        "yes" if any(each["is_conflicting"] for each in best) else "no",
        ",".join(told["not_assessed"]),
        text(told["tier_reason"]),
    )
    return list(map(str, cells))


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


def known(value: Any) -> Any:
    return "NA" if value is None else value


def text(text: str | None) -> str:
    """On one line, and such that a spreadsheet does not run it as a formula."""
    if text is None:
        return "NA"
    if not text.isprintable():
        text = text.translate(_BAD)
    return f"'{text}" if text[:1] in _FORMULA else text


def header(about: str) -> str:
    """The first two lines: by what the table was made, and its columns."""
    return f"# {about.translate(_BAD)}\n" + "\t".join(COLUMNS) + "\n"
