"""What one statement gives alone: its context, whether it counts, and its tier.

The table is that of docs/annotation.md, "Tiers".
"""

from engines.annotate.evidence import Assertion, Item, Kind, Statement
from engines.annotate.verdict import TIERS, Context, Nearness, Rung

NEAR = frozenset({Nearness.SAME, Nearness.RELATED, Nearness.PAN_CANCER})
"""Counts as the tumour type that was asked about."""
CREDIBLE_RATING = 3
"""From which rating a level B item gives I-B by itself."""

GERMLINE = "germline"
NO_THERAPY = "predictive: no therapy named"
AGAINST = "does not support"
NEEDS = "needs "
"""How the rejection of a combination begins whose other parts were not seen."""
_SIGNIFICANCE = {
    "sensitivity/response": Context.THERAPEUTIC,
    "sensitivity": Context.THERAPEUTIC,
    "resistance": Context.RESISTANCE,
    "reduced sensitivity": Context.RESISTANCE,
}
_KINDS = {Kind.DIAGNOSTIC: Context.DIAGNOSTIC, Kind.PROGNOSTIC: Context.PROGNOSTIC}
_NOTHING_SAID = frozenset({"", "n/a", "na", "unknown"})
_ORDER = {tier: place for place, tier in enumerate(TIERS)}


def place(tier: str) -> int:
    """0 for the best tier, then up."""
    return _ORDER[tier]


def best(tiers: list[str]) -> str | None:
    """The best of them; None of none."""
    return min(tiers, key=_ORDER.__getitem__, default=None)


def is_better(one: str, other: str) -> bool:
    return _ORDER[one] < _ORDER[other]


def no_better_than(tier: str, cap: str) -> str:
    return cap if is_better(tier, cap) else tier


def context_of(statement: Statement) -> Context | None:
    """None where the statement is about no tier: function, oncogenicity, predisposition."""
    if statement.kind is Kind.PREDICTIVE:
        return _SIGNIFICANCE.get(statement.significance)
    if statement.significance in _NOTHING_SAID:
        return None
    return _KINDS.get(statement.kind)


def rejection(statement: Statement, origins: dict[str, str]) -> str:
    """Why a statement counts for no tier, whatever it matches; empty where it may count.

    Args:
        origins: of all items; an assertion without one has that of the items it sums up.
    """
    if statement.kind in (Kind.FUNCTIONAL, Kind.ONCOGENIC):
        return ""
    origin = statement.origin
    if isinstance(statement, Assertion) and origin in _NOTHING_SAID:
        known = {origins[each] for each in statement.items if each in origins}
        origin = known.pop() if len(known) == 1 else "somatic"
    if statement.kind is Kind.PREDISPOSING or ("germline" in origin and "somatic" not in origin):
        return GERMLINE
    if origin != "somatic":
        return f"origin {origin}" if origin not in _NOTHING_SAID else "origin not told"
    if context_of(statement) is None:
        return f"{statement.kind}: {statement.significance or 'no significance told'}"
    if statement.kind is Kind.PREDICTIVE and not statement.therapies:
        return NO_THERAPY
    return "" if statement.supports else AGAINST


def alone(statement: Statement, nearness: Nearness, rung: Rung, *, strict: bool) -> str | None:
    """The tier that the statement gives without any other; None where it gives none.

    Whether it is rejected is not looked at: of a statement against, it is the tier that the
    opposite would have.
    """
    if context_of(statement) is None or rung is Rung.GENE_BARE:
        return None
    is_near = nearness in NEAR
    if isinstance(statement, Assertion):
        tier = _of_assertion(statement, is_near)
    elif isinstance(statement, Item):
        tier = _of_item(statement, is_near, strict)
    else:
        return None
    if tier and nearness is Nearness.OTHER and statement.kind in _KINDS:
        return "III"  # AMP counts other tumour types for therapies only
    if isinstance(statement, Assertion):
        return tier
    if tier and rung is Rung.GENE:
        return no_better_than(tier, "II-D")
    return tier


def _of_assertion(assertion: Assertion, is_near: bool) -> str | None:
    amp = assertion.amp
    if not amp and (assertion.is_approved or assertion.guideline):
        amp = "I-A"
    if not amp:
        return None
    if amp in ("III", "IV"):
        return "III"  # IV is given by frequencies alone
    if is_near:
        return amp
    return "II-C" if amp in ("I-A", "I-B") else "II-D"


def _of_item(item: Item, is_near: bool, strict: bool) -> str | None:
    match item.level:
        case "A":
            return "I-A" if is_near else "II-C"
        case "B":
            return "I-B" if is_near and is_credible(item) else "II-C"
        case "C":
            return "II-D"
        case "D":
            return "II-D" if is_near or not strict else "III"
        case "E":
            return "III"
    return None


def is_credible(item: Item) -> bool:
    """A lone level B item with one or two stars gives no I-B; what is not rated is not judged."""
    return item.rating is None or item.rating >= CREDIBLE_RATING
