"""How often a tier by evidence stays as it is from one release to a later one: the prior."""

import functools
import json
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from typing import Any

from engines.annotate.evidence import Item, Kind
from engines.annotate.known import Knowledge
from engines.annotate.verdict import TIERS

_KINDS = (Kind.PREDICTIVE, Kind.PROGNOSTIC, Kind.DIAGNOSTIC)
_LOWEST_RATING = 2  # a lone item of level B that is rated no better gives no I-B
Pair = tuple[str, str]
PRIOR = Path(__file__).resolve().parents[4] / "resources/stability_prior.json"
"""Made by ``plumbline knowledge stability`` from the two releases that it names."""


@dataclass(frozen=True, slots=True)
class Share:
    """``kept`` of ``pairs`` have the same tier and level in both releases."""

    kept: int
    pairs: int

    @property
    def low(self) -> float:
        """Lower end of Wilson's 95 % interval."""
        if not self.pairs:
            return 0.0
        n, z = self.pairs, 1.96
        p = self.kept / n
        middle, spread = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - spread) / (1 + z * z / n)


@functools.cache
def prior() -> dict[str, Any]:
    """The table that is shipped: see :func:`stability` for what it holds."""
    found: dict[str, Any] = json.loads(PRIOR.read_text(encoding="utf-8"))
    return found


def stability(old: Knowledge, new: Knowledge) -> dict[str, Any]:
    """Shares by tier, by rating, and where items contradict each other, all by the old release.

    A pair is a variant and a disease, by their ids, with somatic evidence that is predictive,
    prognostic or diagnostic; its tier is that of the evidence in the disease itself, without
    assertions. Pairs that are in the old release only are counted and left out.
    """
    before, after = _pairs(old), _pairs(new)
    both = {pair: (before[pair], after[pair]) for pair in before if pair in after}
    return {
        "pairs_in_old": len(before),
        "pairs_in_both": len(both),
        "all": _row(_share(both.values())),
        "tier": _table(both.values(), lambda items: tier_of(items) or "none"),
        "rating": _table(both.values(), _rating),
        "conflicting": _table(both.values(), lambda items: "yes" if _conflicts(items) else "no"),
    }


def tier_of(items: Iterable[Item]) -> str | None:
    """The tier of supporting evidence of one variant in its own disease; None without any."""
    kept = [each for each in items if each.supports]
    levels = {each.level for each in kept}
    clinical = [each for each in kept if each.level == "B"]
    cases = {each.citation_id for each in kept if each.level == "C"}
    if "A" in levels:
        return "I-A"
    if len(clinical) > 1 or any((each.rating or 3) > _LOWEST_RATING for each in clinical):
        return "I-B"
    if clinical or len(cases) > 1:
        return "II-C"
    if cases or "D" in levels:
        return "II-D"
    return "III" if "E" in levels else None


def _pairs(knowledge: Knowledge) -> dict[Pair, list[Item]]:
    found: dict[Pair, list[Item]] = defaultdict(list)
    for item in knowledge.items:
        if item.kind in _KINDS and item.origin == "somatic":
            found[item.profile, item.doid or item.disease.lower()].append(item)
    return dict(found)


def _share(pairs: Iterable[tuple[list[Item], list[Item]]]) -> Share:
    kept = [tier_of(old) == tier_of(new) for old, new in pairs]
    return Share(sum(kept), len(kept))


def _table(
    pairs: Iterable[tuple[list[Item], list[Item]]], group: Callable[[list[Item]], str]
) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[tuple[list[Item], list[Item]]]] = defaultdict(list)
    for old, new in pairs:
        groups[group(old)].append((old, new))
    order = sorted(groups, key=lambda name: (name not in TIERS, name))
    return {name: _row(_share(groups[name])) for name in order}


def _row(share: Share) -> dict[str, Any]:
    value = round(share.kept / share.pairs, 4) if share.pairs else None
    return {"kept": share.kept, "pairs": share.pairs, "share": value, "low": round(share.low, 4)}


def _rating(items: list[Item]) -> str:
    """The best rating of supporting items; "none" where nobody has rated one."""
    return str(max((each.rating or 0 for each in items if each.supports), default=0) or "none")


def _conflicts(items: list[Item]) -> bool:
    return len({each.supports for each in items}) > 1
