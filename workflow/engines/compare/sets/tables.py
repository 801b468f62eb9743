"""What several sets have in common, as rows, CSV and text."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from engines.compare.sets.pairs import BY, TYPES, Key
from engines.contract.progress import say

PAIR = ("a", "b", "type", "by", "a_calls", "b_calls", "a_shared", "b_shared", "concordance")
COMBINATION = ("set", "type", "by", "with", "calls")
# combinations of a set that the terminal shows
SHOWN = 8


def pair_rows(names: Sequence[str], found: Counter[Key]) -> list[dict[str, Any]]:
    """Each pair of sets by type and by what was compared.

    ``a_shared`` calls of a are in b too, ``b_shared`` of b in a: two spellings of one haplotype
    may have different numbers of records. Concordance is the shared part of the calls of both
    (Dice's coefficient), null where neither has a call.
    """
    rows = []
    for a, b in combinations(range(len(names)), 2):
        for kind in (*TYPES, "all"):
            for by in BY:
                totals = [_calls(found, n, kind, by) for n in (a, b)]
                shared = [_calls(found, n, kind, by, other) for n, other in ((a, b), (b, a))]
                rows.append(
                    {
                        "a": names[a],
                        "b": names[b],
                        "type": kind,
                        "by": by,
                        "a_calls": totals[0],
                        "b_calls": totals[1],
                        "a_shared": shared[0],
                        "b_shared": shared[1],
                        "concordance": (
                            round(sum(shared) / sum(totals), 6) if sum(totals) else None
                        ),
                    }
                )
    return rows


def _calls(found: Counter[Key], n: int, kind: str, by: str, other: int | None = None) -> int:
    """Calls of set ``n``; with ``other`` those that it has too."""
    return sum(
        count
        for (number, of_type, way, bits), count in found.items()
        if (number, way) == (n, by)
        and kind in ("all", of_type)
        and (other is None or bits >> other & 1)
    )


def combination_rows(names: Sequence[str], found: Counter[Key]) -> list[dict[str, Any]]:
    """For each set how many of its calls are in which of the others, the largest first."""

    def place(item: tuple[Key, int]) -> tuple[int, int, int, int, int]:
        (n, kind, by, bits), count = item
        return n, TYPES.index(kind), BY.index(by), -count, bits

    return [
        {
            "set": names[n],
            "type": kind,
            "by": by,
            "with": [name for i, name in enumerate(names) if bits >> i & 1],
            "calls": count,
        }
        for (n, kind, by, bits), count in sorted(found.items(), key=place)
    ]


def as_csv(columns: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    """Rows under their names; a list of sets is joined by ``;``, what is undefined is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            ";".join(row[c]) if isinstance(row[c], list) else row[c] for c in columns
        )  # fmt: skip
    return out.getvalue()


def print_tables(report: dict[str, Any]) -> None:
    """Pairs and the largest combinations, for people at a terminal."""
    width = max(len(s["name"]) for s in report["sets"])
    say("share of the calls of both that both have:")
    for row in report["pairs"]:
        if row["type"] != "all":
            continue
        share = "–" if row["concordance"] is None else f"{row['concordance']:.4f}"
        say(f"  {row['a']:<{width}}  {row['b']:<{width}}  by {row['by']:<8}  {share}"
            f"  ({row['a_shared']:,} of {row['a_calls']:,}, {row['b_shared']:,} of "
            f"{row['b_calls']:,})")  # fmt: skip
    say("calls of each set by genotype, and who has them too:")
    for one in report["sets"]:
        merged: Counter[tuple[str, ...]] = Counter()
        for row in report["combinations"]:
            if row["set"] == one["name"] and row["by"] == "genotype":
                merged[tuple(row["with"])] += row["calls"]
        for others, calls in merged.most_common(SHOWN):
            say(f"  {one['name']:<{width}}  {calls:>9,}  {' + '.join(others) or 'no other'}")
        if len(merged) > SHOWN:
            say(f"  {one['name']:<{width}}  … {len(merged) - SHOWN} combinations more")
