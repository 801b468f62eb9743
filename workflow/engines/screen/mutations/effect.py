"""What a detected mutation means: whether its partners are there, and what is in doubt."""

from dataclasses import dataclass

from engines.screen.databases.required import Partner
from engines.screen.mutations.call import DETECTED, TOO_SHALLOW, Call, Calls, enough

RESISTANT, UNCERTAIN, NONE = "resistant", "uncertain", "none"


@dataclass(frozen=True, slots=True)
class Effect:
    """What follows from a call.

    Attributes:
        verdict: resistant; uncertain: it may be, the reason says why not more; none: a partner
            that it needs is not there. Empty where the mutation was not detected.
        why: in words; empty where nothing is to be said.
    """

    verdict: str
    why: str = ""


def effect(call: Call, calls: Calls) -> Effect:
    """Judge one call in the light of the others of its sample."""
    if call.status != DETECTED:
        return Effect("")
    one = call.mutation
    groups = [[_there(partner, calls) for partner in group] for group in one.required]
    if groups and not any(all(found is True for found in group) for group in groups):
        names = "; ".join(" and ".join(map(str, group)) for group in one.required)
        if any(all(found is not False for found in group) for group in groups):
            return Effect(UNCERTAIN, f"too few reads at a partner that it needs ({names})")
        return Effect(NONE, f"needs a partner that was not detected ({names})")
    if call.alts and set(call.alts) <= one.alone_unknown:
        return Effect(UNCERTAIN, "the database does not know its effect alone")
    return Effect(UNCERTAIN, one.doubt) if one.doubt else Effect(RESISTANT)


def _there(partner: Partner, calls: Calls) -> bool | None:
    """Whether a partner is there; None where there are too few reads, or it has no place."""
    if partner.kind == "substitution":
        tally = calls.partners.get(f"{partner.gene}:{partner.position}")
        if tally is None:
            return None
        count = sum(tally.alleles.get(alt, 0) for alt in partner.alts)
        if enough(count, tally.depth, calls.limits):
            return True
        return None if tally.depth < calls.limits.depth else False
    found = [
        one.status
        for one in calls.calls
        if (one.mutation.gene, one.mutation.kind) == (partner.gene, partner.kind)
        and one.mutation.position == partner.position
    ]
    if DETECTED in found:
        return True
    return None if not found or TOO_SHALLOW in found else False
