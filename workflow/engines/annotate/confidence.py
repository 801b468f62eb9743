"""How sure a tier is: four components and the measured stability of such tiers, multiplied.

The scale orders variants; it is no probability. Weights are in docs/annotation.md, "Confidence".
"""

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from typing import Any

from engines.annotate.evidence import Assertion, Item
from engines.annotate.knowledge.stability import prior
from engines.annotate.variants import Call
from engines.annotate.verdict import Confidence, ContextTier, Match, Nearness

COMPONENTS = ("call", "match", "evidence", "disease", "stability")
_DISEASE = {
    Nearness.SAME: 1.0,
    Nearness.RELATED: 0.9,
    Nearness.PAN_CANCER: 0.9,
    Nearness.SAME_SITE: 0.7,
    Nearness.OTHER: 0.4,
}
_LEVEL = {"A": 1.0, "B": 0.9, "C": 0.7, "D": 0.5, "E": 0.3}
_AMP = {"I-A": 1.0, "I-B": 0.9, "II-C": 0.7, "II-D": 0.5, "III": 0.3, "IV": 0.3}
_RATING = {5: 1.0, 4: 0.95, 3: 0.9, 2: 0.75, 1: 0.6}
_UNRATED = 0.6  # as one star: nobody has said that it is better
_ONE_SOURCE = 0.9
_CONFLICT = 0.7
_FILTERED = 0.5
_HALF_SURE_READS = 2
_TUMOUR_ONLY = 0.9
_TUMOUR_ONLY_BLIND = 0.7  # without a population source
_CONFLICTING = "conflicting"


class Confidences:
    """Confidence in tiers.

    Args:
        is_tumour_only: whether there was no matched normal; None where nobody said.
        stability: the table of ``plumbline knowledge stability``; None: the shipped one.
    """

    def __init__(
        self,
        *,
        is_tumour_only: bool | None = None,
        stability: dict[str, Any] | None = None,
    ) -> None:
        self._is_tumour_only = is_tumour_only
        table = prior() if stability is None else stability
        self._stability: dict[str, float] = {
            tier: row["low"] for tier, row in table["tier"].items() if row["pairs"]
        }
        conflicting = table["conflicting"].get("yes")
        if conflicting and conflicting["pairs"]:
            self._stability[_CONFLICTING] = conflicting["low"]

    def of(
        self, call: Call, tier: str, contexts: tuple[ContextTier, ...], matches: Sequence[Match]
    ) -> Confidence:
        """Confidence in ``tier``, by the best of the statements that gave it."""
        read = self._call(call)
        if not contexts:
            return _together((read, None, None, None, self._stability.get("none")))
        ways = [each for each in contexts if each.tier == tier]
        match, evidence, disease = _of_statements(ways, matches) or (None, None, None)
        return _together((read, match, evidence, disease, self._stable(tier, ways)))

    def _call(self, call: Call) -> float | None:
        """By reads with the allele, filters and the normal; None where reads are not told."""
        if call.depth is None or call.vaf is None:
            return None
        reads = call.depth * call.vaf
        value = reads / (reads + _HALF_SURE_READS)
        if call.filters:
            value *= _FILTERED
        if self._is_tumour_only:
            value *= _TUMOUR_ONLY_BLIND if call.population_af is None else _TUMOUR_ONLY
        return round(value, 4)

    def _stable(self, tier: str, ways: list[ContextTier]) -> float | None:
        """By the lower end of the interval of such tiers; that of conflicts where one is."""
        group = self._stability.get(tier if tier != "IV" else "none")
        if ways and all(each.is_conflicting for each in ways):
            conflicting = self._stability.get(_CONFLICTING)
            return min((v for v in (group, conflicting) if v is not None), default=None)
        return group


@lru_cache(maxsize=65_536)
def _together(values: tuple[float | None, ...]) -> Confidence:
    """The product of the components, in the order of their names."""
    rounded = [None if value is None else round(value, 4) for value in values]
    components = dict(zip(COMPONENTS, rounded, strict=True))
    known = [value for value in values if value is not None]
    missing = tuple(name for name, value in components.items() if value is None)
    return Confidence(round(prod(known), 4) if known else None, components, missing)


def _of_statements(
    ways: list[ContextTier], matches: Sequence[Match]
) -> tuple[float, float, float] | None:
    """Match, evidence and disease of the decisive statement whose product is the highest."""
    by_id = {match.statement.id: match for match in matches}
    found: list[tuple[float, float, float]] = []
    for way in ways:
        decisive = [by_id[each] for each in way.decisive if each in by_id]
        several = len(_sources(decisive)) > 1
        found += (
            (match.weight, _evidence(match, several, way.is_conflicting), _DISEASE[match.nearness])
            for match in decisive
        )
    return max(found, key=prod, default=None)


def _sources(matches: Sequence[Match]) -> set[str]:
    """Publications of items; an assertion brings those that it sums up."""
    found: set[str] = set()
    for match in matches:
        if isinstance(match.statement, Assertion):
            found.update(match.statement.items or (match.statement.id,))
        elif isinstance(match.statement, Item):
            found.add(match.statement.citation_id or match.statement.id)
    return found


def _evidence(match: Match, several: bool, conflict: bool) -> float:
    statement = match.statement
    if isinstance(statement, Assertion):
        value = _AMP.get(statement.amp, 1.0)  # without a level: approved, or in a guideline
    elif isinstance(statement, Item):
        value = _LEVEL.get(statement.level, 0.3) * _RATING.get(statement.rating or 0, _UNRATED)
    else:
        value = 0.3
    value *= 1.0 if several or isinstance(statement, Assertion) else _ONE_SOURCE
    return value * (_CONFLICT if conflict else 1.0)
