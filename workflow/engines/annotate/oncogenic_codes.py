"""Criteria of the oncogenicity SOP (Horak 2022): whether each is met by the facts of a variant."""

from collections.abc import Callable
from typing import NamedTuple

from engines.annotate.matching.effects import Effects

POINTS = {
    "OVS1": 8, "OS1": 4, "OS2": 4, "OS3": 4, "OM1": 2, "OM2": 2, "OM3": 2, "OM4": 2,
    "OP1": 1, "OP2": 1, "OP3": 1, "OP4": 1,
    "SBVS1": -8, "SBS1": -4, "SBS2": -4, "SBP1": -1, "SBP2": -1,
}  # fmt: skip
DESCRIPTIONS = {
    "OVS1": "null variant in a tumour suppressor gene",
    "OS1": "same amino acid change as an established oncogenic variant",
    "OS2": "functional studies show an oncogenic effect",
    "OS3": "hotspot residue with 50 samples or more, this change in 10 or more",
    "OM1": "in a critical part of a functional domain",
    "OM2": "length of the protein changes in a cancer gene",
    "OM3": "hotspot residue with fewer than 50 samples, this change in 10 or more",
    "OM4": "another missense change of the residue is established as oncogenic",
    "OP1": "computational evidence for an effect",
    "OP2": "malignancy with a single genetic cause",
    "OP3": "hotspot residue, this change in fewer than 10 samples",
    "OP4": "absent from the population, or extremely rare",
    "SBVS1": "population frequency above 5 %",
    "SBS1": "population frequency above 1 %",
    "SBS2": "functional studies show no oncogenic effect",
    "SBP1": "computational evidence for no effect",
    "SBP2": "silent, no effect on splicing, base not conserved",
}
"""To be printed with the code: others number OM3 and OM4 the other way round."""
EXCLUSIVE = frozenset(
    frozenset(pair.split())
    for pair in (
        "OS1 OS3", "OS1 OM1", "OS1 OM4", "OS3 OM1", "OS3 OM4", "OM1 OM3", "OM1 OM4", "OM3 OM4",
        "OS3 OM3", "OS3 OP3", "OM3 OP3", "SBVS1 SBS1", "SBVS1 OP4", "SBS1 OP4", "OP1 SBP1",
    )
)  # fmt: skip
"""Codes of which only one may count, by the SOP's remarks or by what they say."""
RARE_AF = 1e-4
REVEL = (0.290, 0.644)
"""At most, for no effect; at least, for an effect: supporting evidence by ClinGen's calibration
(Pejaver 2022, PMC9748256, table 2)."""
ALPHA_MISSENSE = (0.169, 0.792)
"""The same by the calibration of further tools (Bergquist 2025, Genet Med 27:101402). The classes
of its authors (to .34 and from .564) are weaker than what ClinGen calls supporting."""
SCORES = {"REVEL": REVEL, "ALPHAMISSENSE": ALPHA_MISSENSE, "AM_PATHOGENICITY": ALPHA_MISSENSE}

MET, NOT_MET, PARTIAL, NOT_ASSESSED = "met", "not_met", "partial", "not_assessed"
State = tuple[str, str]


class Facts(NamedTuple):
    """What the criteria look at; equal facts give equal codes.

    Attributes:
        effects: of the chosen consequence; None: no consequence.
        is_assessed: consequences were looked for at all.
        gene: that is named where a code is met by its role; empty where it has none.
        role: of the gene; None where no list was loaded.
        hotspot: samples with any change of the residue, with the same change, and the residue's
            name; None: no hotspot.
        has_hotspots, has_established: such knowledge was loaded.
        same, near: statements of the same change, and of another change of the residue, as
            established oncogenic.
        scores: computational scores by which they are known here.
    """

    effects: Effects | None
    is_assessed: bool
    gene: str
    role: frozenset[str] | None
    hotspot: tuple[int, int, str] | None
    has_hotspots: bool
    af: float | None
    scores: tuple[tuple[str, float], ...]
    same: str
    near: str
    has_established: bool


_UNSEEN = (NOT_ASSESSED, "consequences were not assessed")


def _ovs1(facts: Facts) -> State:
    if not facts.is_assessed:
        return _UNSEEN
    if facts.effects is None or not facts.effects.is_loss:
        return NOT_MET, "no null variant"
    if facts.role is None:
        return NOT_ASSESSED, "no gene roles are loaded"
    if "tsg" not in facts.role:
        return NOT_MET, "the gene is not listed as a tumour suppressor gene"
    return MET, f"null variant, {facts.gene} is a tumour suppressor gene"


def _os1(facts: Facts) -> State:
    if facts.same:
        return MET, f"established by {facts.same}"
    if not facts.has_established:
        return NOT_ASSESSED, "no established oncogenic variants are loaded"
    return NOT_MET, "no established variant has this change"


def _om2(facts: Facts) -> State:
    if not facts.is_assessed:
        return _UNSEEN
    found = facts.effects
    if found is None or not (found.is_inframe or found.is_stop_lost):
        return NOT_MET, "the length of the protein does not change, or not in frame"
    if facts.role is None:
        return NOT_ASSESSED, "no gene roles are loaded"
    if found.is_inframe and facts.role:
        return MET, f"in-frame insertion or deletion, {facts.gene} is a cancer gene"
    if found.is_stop_lost and "tsg" in facts.role:
        return MET, f"lost stop, {facts.gene} is a tumour suppressor gene"
    return NOT_MET, "the gene is not listed as such a cancer gene"


def _om4(facts: Facts) -> State:
    if facts.near:
        return MET, f"another change of the residue is established by {facts.near}"
    if not facts.has_established:
        return NOT_ASSESSED, "no established oncogenic variants are loaded"
    return (NOT_MET, "no established change of the residue") if facts.is_assessed else _UNSEEN


def _hotspot(facts: Facts) -> State | tuple[str, int, int]:
    """Why no hotspot code can be met, or the words and counts of the hotspot."""
    if not facts.has_hotspots:
        return NOT_ASSESSED, "no hotspots are loaded"
    if not facts.is_assessed:
        return _UNSEEN
    if facts.hotspot is None:
        return NOT_MET, "no hotspot residue"
    if facts.effects and facts.effects.is_loss:
        return NOT_MET, "a null variant is not judged by hotspots"
    samples, same, name = facts.hotspot
    return f"{name}: {samples} samples, this change in {same}", samples, same


def _os3(facts: Facts) -> State:
    found = _hotspot(facts)
    if len(found) == 2:
        return found
    return (MET if found[1] >= 50 and found[2] >= 10 else NOT_MET), found[0]


def _om3(facts: Facts) -> State:
    found = _hotspot(facts)
    if len(found) == 2:
        return found
    return (MET if found[1] < 50 and found[2] >= 10 else NOT_MET), found[0]


def _op3(facts: Facts) -> State:
    found = _hotspot(facts)
    if len(found) == 2:
        return found
    return (MET if 1 <= found[2] < 10 else NOT_MET), found[0]


def _op4(facts: Facts) -> State:
    if facts.af is None:
        return NOT_ASSESSED, "no population source is loaded"
    return (MET if facts.af < RARE_AF else NOT_MET), _frequency(facts.af)


def _sbvs1(facts: Facts) -> State:
    if facts.af is None:
        return NOT_ASSESSED, "no population source is loaded"
    return (MET if facts.af > 0.05 else NOT_MET), _frequency(facts.af)


def _sbs1(facts: Facts) -> State:
    if facts.af is None:
        return NOT_ASSESSED, "no population source is loaded"
    return (MET if 0.01 < facts.af <= 0.05 else NOT_MET), _frequency(facts.af)


def _frequency(af: float) -> str:
    return f"population frequency {af:.3g}" if af else "absent from the population source"


def _op1(facts: Facts) -> State:
    return _by_scores(facts, lambda value, cuts: value >= cuts[1])


def _sbp1(facts: Facts) -> State:
    return _by_scores(facts, lambda value, cuts: value <= cuts[0])


def _by_scores(facts: Facts, speaks: Callable[[float, tuple[float, float]], bool]) -> State:
    if not facts.is_assessed:
        return _UNSEEN
    if facts.effects is None or not facts.effects.is_missense:
        return NOT_MET, "the scores are for missense changes"
    if not facts.scores:
        return NOT_ASSESSED, "no REVEL or AlphaMissense score"
    told = ", ".join(f"{name} {value:g}" for name, value in facts.scores)
    agree = all(speaks(value, SCORES[name]) for name, value in facts.scores)
    return (MET if agree else NOT_MET), told


def _sbp2(facts: Facts) -> State:
    if not facts.is_assessed:
        return _UNSEEN
    found = facts.effects
    if found is None or not found.is_silent or found.changes_protein or found.is_splice:
        return NOT_MET, "not silent"
    if found.is_splice_region:
        return NOT_MET, "beside a splice site"
    return PARTIAL, "silent and away from splice sites; conservation was not assessed"


def _by_hand(facts: Facts) -> State:
    return NOT_ASSESSED, "only by a user's own evidence"


CRITERIA: dict[str, Callable[[Facts], State]] = {
    "OVS1": _ovs1, "OS1": _os1, "OS2": _by_hand, "OS3": _os3, "OM1": _by_hand, "OM2": _om2,
    "OM3": _om3, "OM4": _om4, "OP1": _op1, "OP2": _by_hand, "OP3": _op3, "OP4": _op4,
    "SBVS1": _sbvs1, "SBS1": _sbs1, "SBS2": _by_hand, "SBP1": _sbp1, "SBP2": _sbp2,
}  # fmt: skip
