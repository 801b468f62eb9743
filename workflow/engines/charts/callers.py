"""Callers of one sample side by side: who they are, and what `plumbline compare callers` found."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.charts import schema_check
from engines.charts.summaries import Summary, of_schema, own_name, parsed
from engines.charts.tables import Row, overview

SCHEMA = "plumbline/small_variants.callers/1"
FOLDER, SUFFIX = "callers", ".callers.json"
LABELS = {"sample": "Sample", "type": "Type", "selection": "Filter", "caller": "Caller"}
COSTS = ("cpu_s", "longest_s", "peak_memory_mb")
ALL = "*"


@dataclass(frozen=True)
class Team:
    """The callers of one sample.

    Attributes:
        callers: name of a call set → who called it, in the order of the summaries.
    """

    sample: str
    callers: dict[str, str]


def teams(summaries: Iterable[Summary]) -> list[Team]:
    """The samples that several callers have a comparison of; names are never taken apart."""
    found: dict[str, dict[str, str]] = {}
    for each in summaries:
        if called := each.data.get("called"):
            found.setdefault(called["sample"], {})[each.sample] = called["caller"]
    return [Team(sample, callers) for sample, callers in found.items() if len(callers) > 1]


def beside(summary: Summary, sample: str) -> Path:
    """Where the callers of a sample are put side by side: `results/callers/KIND/SAMPLE…`."""
    kind = summary.path.parent
    return kind.parent / FOLDER / kind.name / f"{sample}{SUFFIX}"


def callers_of(path: Path, text: bytes) -> dict[str, Any]:
    """Read and check what `plumbline compare callers` wrote.

    Args:
        path: what it is called.
        text: what the file holds.

    Raises:
        BadData: it is empty, not JSON, of another kind, or a key is missing or impossible.
    """
    data = of_schema(path, text, SCHEMA, "make it again")
    schema_check.check(path, text, data, "compare callers")
    return data


def is_of(data: Mapping[str, Any], team: Team, summaries: Iterable[Summary]) -> bool:
    """Whether it was made of these very comparisons, and not before one was made again."""
    here = {
        (team.callers[row["sample"]], row["type"], row["selection"]): row
        for row in overview([s for s in summaries if s.sample in team.callers])
    }
    there = {(row["caller"], row["type"], row["filter"]): row for row in data["rows"]}
    counts = ("truth_total", "truth_fn", "query_fp", "query_tp")
    return (
        set(there) <= set(here)
        and all(here[key][count] == row[count] for key, row in there.items() for count in counts)
        and {key[0] for key in there} == set(team.callers.values())
    )


def provenance_of_calls(summary: Summary) -> Path:
    """What tells how the calls of a caller were made: `results/calls/SAMPLE.CALLER…`."""
    return summary.path.parent.parent / "calls" / f"{own_name(summary.path)}.provenance.json"


def costs_of(path: Path, text: bytes) -> Row:
    """What a caller took, as `plumbline calling gather` left it: keys as in :data:`COSTS`.

    Args:
        path: what it is called.
        text: what the file holds.

    Returns:
        Whole numbers; empty where nothing was measured.

    Raises:
        BadData: it is empty, or no JSON object.
    """
    costs = parsed(path, text).get("costs")
    values = costs if isinstance(costs, dict) else {}
    return {
        key: round(value)
        for key in COSTS
        if isinstance(value := values.get(key), int | float) and math.isfinite(value)
    }


def number_rows(
    found: Sequence[Team],
    summaries: Iterable[Summary],
    paired: Mapping[str, Mapping[str, Any]],
    costs: Mapping[str, Row] | None = None,
) -> list[Row]:
    """A row per sample, type, filter and caller, with the highest F1 first, and what it is worth.

    Args:
        paired: sample → what :func:`callers_of` gave; without it nobody is called best.
        costs: name of a call set → what :func:`costs_of` gave.
    """
    whose = {name: (team, caller) for team in found for name, caller in team.callers.items()}
    rows: list[Row] = []
    for row in overview(s for s in summaries if s.sample in whose):
        team, caller = whose[row["sample"]]
        lead = _leads(paired.get(team.sample)).get((row["type"], row["selection"]))
        told = in_words(lead, caller) if lead else ""
        took = (costs or {}).get(row["sample"], {})
        rows.append({**row, "sample": team.sample, "caller": caller, "verdict": told, **took})
    samples = [team.sample for team in found]
    return sorted(
        rows,
        key=lambda row: (
            *(samples.index(row["sample"]), row["type"] == "INDEL", row["type"]),
            *(row["selection"] != "PASS", row["selection"], -(row["f1"] or 0.0)),
        ),
    )


def _leads(data: Mapping[str, Any] | None) -> dict[tuple[str, str], Mapping[str, Any]]:
    best = data["best"] if data else ()
    return {(each["type"], each["filter"]): each for each in best if each["subset"] == ALL}


def in_words(lead: Mapping[str, Any], caller: str) -> str:
    """Whether the highest F1 leads beyond chance, and the p-value of its nearest rival."""
    tied = lead.get("tied", ())
    if caller in tied:
        return f"tied with {', '.join(name for name in tied if name != caller)}"
    if caller != lead["highest"]:
        return ""
    told = f"p {p_value(lead['p'])}"
    return f"best: {told}" if lead["best"] else f"not beyond chance: {told}"


def p_value(p: float) -> str:
    """As people read it: two digits, and no more zeros than say something."""
    return "< 0.0001" if p < 0.0001 else f"= {p:.2g}"


def pair_rows(paired: Iterable[Mapping[str, Any]]) -> Iterator[Row]:
    """Every pair of callers, everything together: keys as in :data:`PAIR`."""
    for data in paired:
        for pair in data["pairs"]:
            if pair["subset"] == ALL:
                yield _pair(data["sample"], pair)


def where_rows(paired: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Where one caller is better than each other beyond chance, by stratification; surest first."""
    rows = [
        {"sample": data["sample"], "level": best["subset"], "selection": best["filter"], **best}
        for data in paired
        for best in data["best"]
        if best["best"] and best["subset"] != ALL
    ]
    return sorted(rows, key=lambda row: (row["sample"], row["p"]))


def shared_rows(paired: Iterable[Mapping[str, Any]]) -> list[Row]:
    """How many errors which callers share."""
    return [
        {
            **{"sample": data["sample"], "type": each["type"], "selection": each["filter"]},
            "error": {"missed": "FN", "wrong": "FP"}[each["what"]],
            "callers": _all_of(each["callers"], len(data["callers"])),
            "variants": each["variants"],
        }
        for data in paired
        for each in data["shared"]
    ]


def _all_of(names: Sequence[str], callers: int) -> str:
    if len(names) == callers:
        return "both" if callers == 2 else f"all {callers}"
    return f"only {names[0]}" if len(names) == 1 else ", ".join(names)


PAIR = {
    **{"sample": "Sample", "type": "Type", "selection": "Filter", "a": "Caller A", "b": "Caller B"},
    **{"fn_a": "FN only A", "fn_b": "FN only B", "fn_p": "p of recall"},
    **{"precision": "Precision, B − A", "low": "from", "high": "to"},
    **{"places_a": "Errors only A", "places_b": "Errors only B", "places_p": "p of errors"},
}


def _pair(sample: str, pair: Mapping[str, Any]) -> Row:
    missed, places, precision = pair["missed"], pair["places"], pair["precision"]
    return {
        **{"sample": sample, "type": pair["type"], "selection": pair["filter"]},
        **{"a": pair["a"], "b": pair["b"]},
        **{"fn_a": missed["only_a"], "fn_b": missed["only_b"], "fn_p": missed["p"]},
        **{"precision": precision["difference"]},
        **{"low": precision["low"], "high": precision["high"]},
        **{"places_a": places["only_a"], "places_b": places["only_b"], "places_p": places["p"]},
    }
