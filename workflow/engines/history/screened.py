"""What the summary of a screen says, one number or word a row."""

from collections.abc import Iterator, Mapping
from typing import Any

from engines.charts.screens import called, called_as, organisms
from engines.history.columns import Row

Data = Mapping[str, Any]
QUALITY = ("reads", "bases", "unknown_bases", "mean_quality", "adapters")


def rows_of(data: Data) -> Iterator[Row]:
    """Classes, genes, mutations, taxa and the quality of the reads.

    A class has its verdict as a text, and 1 as value where it is resistant, 0 where nothing was
    detected, none where nobody can tell.
    """
    for each in data["classes"]:
        verdict = each["verdict"]
        value = {"resistant": 1, "not detected": 0}.get(verdict)
        yield {"metric": "class", "metric_group": each["class"], "value": value, "text": verdict}
    for gene in called(data) or ():
        for metric in ("identity", "coverage"):
            yield _gene(gene, metric) | {"unit": "%"}
        yield _gene(gene, "depth")
    yield from _mutations(data)
    yield from _taxa(data)
    for metric in QUALITY if data["reads"] else ():
        yield {"metric": metric, "value": data["reads"][metric]}
    for what, counts in data["screen"].items():
        yield {"metric": "survivors", "metric_group": what, "value": counts["survivors"]}
    yield {"metric": "warnings", "value": len(data["warnings"])}


def _gene(gene: Data, metric: str) -> Row:
    return {"metric": metric, "metric_group": gene["gene"], "value": gene[metric]}


def _mutations(data: Data) -> Iterator[Row]:
    """Their frequencies; of those that were told to be absent nothing but their number."""
    counts: dict[str, int] = {}
    for each in data["mutations"] or ():
        counts[each["status"]] = counts.get(each["status"], 0) + 1
        if each["status"] == "detected":
            yield {
                "metric": "mutation",
                "metric_group": f"{each['gene']} {each['change']}",
                "value": each["frequency"],
                "low": each["low"],
                "high": each["high"],
                "text": each["effect"],
            }
    for status, number in counts.items():
        yield {"metric": "mutations", "metric_group": status, "value": number}


def _taxa(data: Data) -> Iterator[Row]:
    if data["taxa"] is None:
        return
    for metric in ("fragments", "unclassified", "ambiguous"):
        yield {"metric": metric, "value": data["taxa"][metric]}
    for each in organisms(data):
        yield {"metric": "share", "metric_group": called_as(each), "value": each["share"]}
