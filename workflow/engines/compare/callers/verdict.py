"""Which caller is better: the numbers of each, every pair of them, and who leads beyond chance.

The callers were compared with the same truth, so their errors are paired, and it is only those
that one of two makes and the other does not that tell them apart.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from engines.compare.callers.errors import FILTERS, MISSED
from engines.compare.callers.paired import EVERYTHING, PLACES, Counted
from engines.proportions import difference, mcnemar

LEVEL = 0.05
"""A lead that chance alone gives at most this often is one."""
KEY = ("type", "filter", "subset")
NUMBERS = (
    *("truth_total", "truth_tp", "truth_fn", "query_tp", "query_fp", "fp_gt"),
    *("recall", "recall_low", "recall_high", "precision", "precision_low", "precision_high", "f1"),
)
Row = dict[str, Any]
Key = tuple[str, str, str]  # type, filter, subset


@dataclass(frozen=True)
class Caller:
    """One of them: its name, and the rows of its summary by type, filter and subset."""

    name: str
    rows: Mapping[Key, Row]

    @classmethod
    def of(cls, name: str, rows: Iterable[Row]) -> "Caller":
        """From the rows of a summary; subtypes are left out."""
        whole = [row for row in rows if row["subtype"] == EVERYTHING and row["filter"] in FILTERS]
        return cls(name, {(row["type"], row["filter"], row["subset"]): row for row in whole})


def keys_of(callers: Sequence[Caller]) -> list[Key]:
    """What all of them have rows of: SNPs first, everything before its parts."""
    shared = [key for key in callers[0].rows if all(key in each.rows for each in callers)]
    strata = [k for k in shared if not k[2].startswith("TS_") and callers[0].rows[k]["truth_total"]]
    return sorted(strata, key=lambda key: (key[2] != EVERYTHING, key[0] != "SNP", *key))


def number_rows(callers: Sequence[Caller]) -> list[Row]:
    """What each caller found, missed and wrongly called, of everything."""
    return [
        {"type": key[0], "filter": key[1], "caller": each.name}
        | {name: each.rows[key].get(name) for name in NUMBERS}
        for key in keys_of(callers)
        if key[2] == EVERYTHING
        for each in callers
    ]


def pair_rows(callers: Sequence[Caller], counted: Counted) -> Iterator[Row]:
    """Every pair of callers, by type, filter and subset.

    ``missed`` are truth variants that only one of the two missed, with McNemar's exact p-value;
    ``places`` the same of positions with any error, FN or FP, which is what F1 is made of;
    ``precision`` has the difference b - a with Newcombe's interval.
    """
    for key in keys_of(callers):
        for a, b in combinations(range(len(callers)), 2):
            kind, name, subset = key
            yield {
                **dict(zip(KEY, key, strict=True)),
                "a": callers[a].name,
                "b": callers[b].name,
                "missed": _apart(counted, (MISSED, kind, name, subset), a, b),
                "precision": _precision(callers[a].rows[key], callers[b].rows[key]),
                "places": _apart(counted, (PLACES, kind, name, subset), a, b),
            }


def _apart(counted: Counted, group: tuple[str, str, str, str], a: int, b: int) -> Row:
    only_a, only_b = counted.alone(group, a, b), counted.alone(group, b, a)
    return {"only_a": only_a, "only_b": only_b, "p": float(f"{mcnemar(only_a, only_b):.6g}")}


def _precision(a: Row, b: Row) -> Row:
    tried = [(row["query_tp"], row["query_tp"] + row["query_fp"]) for row in (a, b)]
    if not all(trials for _, trials in tried):
        return dict.fromkeys(("difference", "low", "high"))
    found = (round(value, 8) for value in difference(tried[0], tried[1]))
    return dict(zip(("difference", "low", "high"), found, strict=True))


def best_rows(callers: Sequence[Caller], pairs: Iterable[Row]) -> list[Row]:
    """Who has the highest F1 by type, filter and subset, and whether its lead is beyond chance.

    It is where, against each of the others, fewer places have an error that only it makes, and
    McNemar's exact test of those places gives a p below :data:`LEVEL`. ``best`` is null
    elsewhere; ``p`` is the largest of them, and ``against`` whom. ``tied`` are all that have this
    F1 where several do and none is best.
    """
    by_key: dict[Key, list[Row]] = {}
    for pair in pairs:
        by_key.setdefault((pair["type"], pair["filter"], pair["subset"]), []).append(pair)
    rows = []
    for key, of_key in by_key.items():
        known = [each for each in callers if each.rows[key]["f1"] is not None]
        if not known:
            continue
        highest = max(each.rows[key]["f1"] for each in known)
        level = [each.name for each in known if each.rows[key]["f1"] == highest]
        first = level[0]
        leads = [_lead(first, pair) for pair in of_key if first in (pair["a"], pair["b"])]
        p, against = max(leads)
        rows.append(
            {
                **dict(zip(KEY, key, strict=True)),
                "highest": first,
                "best": first if p < LEVEL else None,
                "p": p,
                "against": against,
                "tied": level if p >= LEVEL and len(level) > 1 else [],
            }
        )
    return rows


def _lead(first: str, pair: Row) -> tuple[float, str]:
    """The p-value of its lead over the other of a pair; 1 where the other makes fewer errors."""
    mine, theirs = ("a", "b") if pair["a"] == first else ("b", "a")
    places = pair["places"]
    leads = places[f"only_{mine}"] < places[f"only_{theirs}"]
    return (places["p"] if leads else 1.0), str(pair[theirs])
