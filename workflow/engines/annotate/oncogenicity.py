"""Oncogenicity after the ClinGen/CGC/VICC SOP (Horak 2022): points, verdict, and what is open."""

from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache

from engines.annotate.evidence import Assertion, Hotspot, Kind, Part, Statement
from engines.annotate.grantham import distance
from engines.annotate.known import Knowledge
from engines.annotate.matching.conditions import Conditions
from engines.annotate.matching.effects import effects
from engines.annotate.matching.symbols import current
from engines.annotate.oncogenic_codes import (
    CRITERIA,
    DESCRIPTIONS,
    EXCLUSIVE,
    MET,
    NOT_ASSESSED,
    NOT_MET,
    PARTIAL,
    POINTS,
    SCORES,
    Facts,
)
from engines.annotate.variants import Call, Consequence, ProteinChange
from engines.annotate.verdict import Code, Match, Oncogenicity, Rung

_ESTABLISHED = frozenset({"oncogenic", "likely oncogenic", "oncogenicity"})
_SAME_CHANGE = frozenset({Rung.GENOMIC, Rung.PROTEIN, Rung.PROTEIN_OTHER})
_AS_FAR = 0.75
"""Share of the established change's Grantham distance that is about as far."""
_STRONGEST_FIRST = sorted(POINTS, key=lambda name: -abs(POINTS[name]))
NOT_JUDGED = "Not assessed"
_KEPT = 65_536  # scores
Spot = tuple[Hotspot, Consequence]
_Own = tuple[tuple[str, bool, str], ...]


def verdict(points: int) -> str:
    """Class of a sum of points."""
    if points >= 10:
        return "Oncogenic"
    if points >= 6:
        return "Likely Oncogenic"
    if points >= 0:
        return "VUS"
    return "Likely Benign" if points >= -6 else "Benign"


class Oncogenicities:
    """Scores calls; what was loaded decides which codes can be assessed."""

    def __init__(self, knowledge: Knowledge, conditions: Conditions) -> None:
        self._conditions = conditions
        self._has_roles, self._has_hotspots = conditions.has_roles, conditions.has_hotspots
        self._residues = _established(knowledge)
        self._by_terms: dict[tuple[object, ...], Oncogenicity] = {}

    def of(self, call: Call, matches: Sequence[Match], hotspot: Spot | None) -> Oncogenicity:
        """Oncogenicity of ``call``.

        Args:
            hotspot: of the call, by :meth:`Conditions.hotspot`.
            matches: of the call; a user's own functional or oncogenic statements whose
                significance is the name of a code (``OS2``) decide that code.
        """
        if not matches and hotspot is None and not call.scores and not self._residues:
            return self._of_terms(call)
        facts = self._facts(call, matches, _counted(hotspot) if hotspot else None)
        return _scored(facts, _own(matches) if matches else ())

    def _of_terms(self, call: Call) -> Oncogenicity:
        """Of a call of which nothing is known: by its terms, its gene's role and its frequency."""
        chosen = call.chosen
        gene = chosen.gene if chosen and self._has_roles else ""
        terms = chosen.terms if chosen else None
        key = (terms, gene, call.population_af, call.consequences is None)
        found = self._by_terms.get(key)
        if found is None:
            if len(self._by_terms) >= _KEPT:
                self._by_terms.clear()
            found = self._by_terms[key] = _scored(self._facts(call, (), None), ())
        return found

    def _facts(
        self, call: Call, matches: Sequence[Match], hotspot: tuple[int, int, str] | None
    ) -> Facts:
        chosen = call.chosen
        found = effects(chosen.terms) if chosen else None
        role = None
        if self._has_roles:
            role = self._conditions.role(chosen.gene) if chosen else frozenset()
        tells_gene = bool(chosen and found and found.changes_protein and not found.is_missense)
        return Facts(
            effects=found,
            is_assessed=call.consequences is not None,
            gene=chosen.gene if chosen and tells_gene and role else "",
            role=role if tells_gene or role is None else frozenset(),
            hotspot=hotspot,
            has_hotspots=self._has_hotspots,
            af=call.population_af,
            scores=_scores(call),
            same=next((m.statement.id for m in matches if _is_same_established(m)), ""),
            near=self._near(chosen) if chosen and self._residues else "",
            has_established=bool(self._residues),
        )

    def _near(self, chosen: Consequence) -> str:
        """The statement that establishes another missense change of the residue."""
        change = chosen.protein
        if change is None or not effects(chosen.terms).is_missense or len(change.alt) != 1:
            return ""
        own = distance(change.ref, change.alt)
        for other, statement in self._residues.get((current(chosen.gene), change.start), ()):
            theirs = distance(other.ref, other.alt)
            if other.alt == change.alt or own is None or theirs is None:
                continue
            if own >= _AS_FAR * theirs:
                return statement
        return ""


def _counted(hotspot: Spot) -> tuple[int, int, str]:
    spot, consequence = hotspot
    letters = consequence.protein.alt if consequence.protein else ""
    return spot.samples, spot.changes.get(letters, 0), f"{spot.gene} {spot.codon}"


def _established(knowledge: Knowledge) -> dict[tuple[str, int], list[tuple[ProteinChange, str]]]:
    """Changes of residues that an assertion has as oncogenic: (gene, codon) → change, id."""
    found: dict[tuple[str, int], list[tuple[ProteinChange, str]]] = defaultdict(list)
    for assertion in knowledge.assertions:
        profile = knowledge.profiles.get(assertion.profile)
        if not _is_established(assertion) or profile is None or len(profile.parts) != 1:
            continue
        part = profile.parts[0]
        if part.part is Part.PROTEIN:
            for change in part.proteins:
                found[current(part.gene), change.start].append((change, assertion.id))
    return dict(found)


def _is_established(statement: Statement) -> bool:
    is_kind = statement.kind is Kind.ONCOGENIC and statement.supports
    return is_kind and statement.significance in _ESTABLISHED


def _is_same_established(match: Match) -> bool:
    is_same = match.rung in _SAME_CHANGE and not match.rejected
    is_assertion = isinstance(match.statement, Assertion)
    return is_same and is_assertion and _is_established(match.statement)


def _own(matches: Sequence[Match]) -> _Own:
    """Codes that a user's statements decide: name, whether it is met, id of the statement."""
    found = []
    for match in matches:
        statement = match.statement
        name = statement.significance.upper()
        is_kind = statement.kind in (Kind.FUNCTIONAL, Kind.ONCOGENIC)
        if is_kind and name in POINTS and match.rung in _SAME_CHANGE and not match.rejected:
            found.append((name, statement.supports, statement.id))
    return tuple(found)


def _scores(call: Call) -> tuple[tuple[str, float], ...]:
    if not call.scores:
        return ()
    known = {name.upper(): value for name, value in call.scores.items() if name.upper() in SCORES}
    return tuple(sorted(known.items()))


@lru_cache(maxsize=65_536)
def _scored(facts: Facts, own: _Own) -> Oncogenicity:
    states = {name: criterion(facts) for name, criterion in CRITERIA.items()}
    for name, is_met, statement in own:
        states[name] = (MET if is_met else NOT_MET, f"by {statement}")
    _leave_one(states)
    points = sum(POINTS[name] for name, (state, _) in states.items() if state == MET)
    codes = tuple(_code(name, *states[name]) for name in POINTS)
    met = frozenset(name for name, (state, _) in states.items() if state == MET)
    free = frozenset(n for n, (s, _) in states.items() if s in (NOT_ASSESSED, PARTIAL))
    more = _most(met, frozenset(n for n in free if POINTS[n] > 0))
    less = _most(met, frozenset(n for n in free if POINTS[n] < 0))
    return Oncogenicity(_judged(points, facts), points, points - less, points + more, codes)


def _judged(points: int, facts: Facts) -> str:
    """Nearly all codes ask for consequences: without them few points say nothing, not VUS."""
    found = verdict(points)
    return NOT_JUDGED if found == "VUS" and not facts.is_assessed else found


def _code(name: str, state: str, why: str) -> Code:
    return Code(name, POINTS[name], state, f"{DESCRIPTIONS[name]}: {why}")


def _leave_one(states: dict[str, tuple[str, str]]) -> None:
    """Of codes that exclude one another the strongest that is met counts."""
    for name in _STRONGEST_FIRST:
        if states[name][0] != MET:
            continue
        for other in _STRONGEST_FIRST:
            if frozenset((name, other)) in EXCLUSIVE and states[other][0] != NOT_MET:
                states[other] = (NOT_MET, f"not counted beside {name}")


@lru_cache(maxsize=4096)
def _most(met: frozenset[str], free: frozenset[str]) -> int:
    """The most points, without their sign, that codes not assessed could bring."""
    return _add(sorted(free, key=_STRONGEST_FIRST.index), met)


def _add(names: list[str], taken: frozenset[str]) -> int:
    if not names:
        return 0
    first, rest = names[0], names[1:]
    without = _add(rest, taken)
    if any(frozenset((first, each)) in EXCLUSIVE for each in taken):
        return without
    return max(without, abs(POINTS[first]) + _add(rest, taken | {first}))
