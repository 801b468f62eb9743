"""What a list of screened samples says of each: resistance by class, why, organisms."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engines.charts.summaries import Summary
from engines.charts.wording import DASH, percent

Row = dict[str, Any]
Data = Mapping[str, Any]

VERDICTS = ("resistant", "inconclusive", "not detected", "not assessed")
NOT_ASSESSED = VERDICTS[-1]
TEXTS = ("resistant", "inconclusive", "organism")
COLUMNS = ("reads", "genes", "mutations", "resistant", "inconclusive", "not_assessed", "organism")
THERE = ("present", "relative")  # statuses of genomes
ORGANISMS = 2  # that are named in a line


def rows(summaries: Iterable[Summary]) -> list[Row]:
    """A row for each sample; what was not looked for is not 0."""
    return [
        {
            "sample": summary.sample,
            "reads": summary.data["reads"]["reads"] if summary.data["reads"] else DASH,
            "genes": _count(called(summary.data)),
            "mutations": _count(detected(summary.data)),
            **{
                name: "; ".join(classes_with(summary.data, name)) or DASH
                for name in ("resistant", "inconclusive")
            },
            "not_assessed": len(classes_with(summary.data, NOT_ASSESSED)),
            "organism": organism(summary.data),
        }
        for summary in summaries
    ]


def _count(found: Sequence[object] | None) -> int | str:
    return NOT_ASSESSED if found is None else len(found)


def called(data: Data) -> list[Data] | None:
    """Genes that reach the thresholds; None where nobody looked."""
    genes = data["genes"]
    return None if genes is None else [each for each in genes if each["called"]]


def detected(data: Data) -> list[Data] | None:
    """Mutations that are there; None where nobody looked."""
    found = data["mutations"]
    return None if found is None else [each for each in found if each["status"] == "detected"]


def classes_with(data: Data, verdict: str) -> list[str]:
    """Classes of antimicrobials of one verdict, in the order of the summary."""
    return [each["class"] for each in data["classes"] if each["verdict"] == verdict]


def organisms(data: Data) -> list[Data]:
    """The genomes that are there, or a relative of them, most reads first; none if not assessed."""
    genomes = data["taxa"]["genomes"] if data["taxa"] else []
    return sorted((each for each in genomes if each["status"] in THERE), key=_share)


def _share(genome: Data) -> tuple[float, str]:
    return -genome["share"], genome["name"]


def called_as(genome: Data) -> str:
    """``E. coli EC958``, or ``relative of E. coli EC958``."""
    return f"relative of {genome['name']}" if genome["status"] == "relative" else genome["name"]


def organism(data: Data) -> str:
    """``E. coli EC958 84.4 %``, of all reads."""
    if data["taxa"] is None:
        return NOT_ASSESSED
    found = organisms(data)
    named = [f"{called_as(each)} {percent(each['share'])} %" for each in found[:ORGANISMS]]
    more = len(found) - ORGANISMS
    return ", ".join(named) + (f" and {more} more" if more > 0 else "") if named else "none found"


def attention(summaries: Iterable[Summary]) -> dict[str, dict[str, int]]:
    """What has to be known, by sample; nothing where nothing has."""
    found: dict[str, dict[str, int]] = {}
    for summary in summaries:
        data = summary.data
        shallow = [e for e in data["mutations"] or () if e["status"] == "insufficient depth"]
        counts = {
            "Mutations with too few reads to tell": len(shallow),
            "Parts that were not assessed": len(data["not_assessed"]),
            "Warnings": len(data["warnings"]),
        }
        for what, number in counts.items():
            if number:
                found.setdefault(what, {})[summary.sample] = number
    return found


def as_data(summary: Summary) -> Row:
    """The same for programs, see `results.schema.json`."""
    data = summary.data
    genes, mutations = called(data), detected(data)
    return {
        "sample": summary.sample,
        "file": str(summary.path),
        "species": data["species"],
        "mode": data["mode"],
        "program": data["external"]["program"] if data["external"] else None,
        "reads": data["reads"]["reads"] if data["reads"] else None,
        "classes": {each["class"]: each["verdict"] for each in data["classes"]},
        "genes": None if genes is None else {each["gene"]: _gene(each) for each in genes},
        "mutations": None
        if mutations is None
        else {f"{each['gene']} {each['change']}": each["frequency"] for each in mutations},
        "organisms": None
        if data["taxa"] is None
        else {called_as(each): each["share"] for each in organisms(data)},
        "databases": [
            {key: each[key] for key in ("name", "version", "date")} for each in data["databases"]
        ],
        "not_assessed": [f"{each['what']}: {each['why']}" for each in data["not_assessed"]],
        "warnings": data["warnings"],
    }


def _gene(each: Data) -> Row:
    return {key: each[key] for key in ("identity", "coverage", "depth")}
