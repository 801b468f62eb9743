"""Statements that speak of a call, each on the best rung that it reaches."""

from collections import defaultdict
from dataclasses import dataclass

from engines.annotate.evidence import Statement
from engines.annotate.knowledge.diseases import Disease, DiseaseMap
from engines.annotate.known import Knowledge
from engines.annotate.levels import alone, context_of, rejection
from engines.annotate.matching.combinations import Combinations, Completed, better
from engines.annotate.matching.conditions import Conditions
from engines.annotate.matching.index import Entry, Index
from engines.annotate.matching.ladder import Ladder
from engines.annotate.matching.leftmost import Bases
from engines.annotate.matching.structural import find
from engines.annotate.variants import Call, StructuralCall
from engines.annotate.verdict import Match, Nearness, Rung

Found = tuple[tuple[str, Rung, str], ...]
"""Profiles: id, rung, and why it does not count (empty: it does)."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A statement with all that does not depend on the call."""

    statement: Statement
    nearness: Nearness
    rejected: str


class Matcher:
    """Matches calls with what is known, for one disease on one genome.

    Args:
        disease: that was asked about.
        build: GRCh37 or GRCh38, for coordinates.
        strict: level D of another disease gives III, not II-D.
        bases: of the genome, by which insertions and deletions of the sources are moved to where
            calls have them; None: they stay as the sources have them.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        diseases: DiseaseMap,
        disease: Disease,
        build: str,
        *,
        strict: bool = False,
        bases: Bases | None = None,
    ) -> None:
        self._strict = strict
        self._build = build
        self._ready = _ready(knowledge, diseases, disease)
        self.conditions = Conditions(knowledge.hotspots, knowledge.roles)
        self._index = Index(knowledge.profiles, set(self._ready), build, bases)
        self._ladder = Ladder(self._index, self.conditions, build)
        self._combinations = Combinations()
        self._made: dict[tuple[str, Rung, str], list[Match]] = {}

    @property
    def unmatchable(self) -> dict[str, int]:
        """Profiles that no variant can match, by reason: ``state``, ``unknown``."""
        return {str(reason): count for reason, count in sorted(self._index.unmatchable.items())}

    @property
    def alleles(self) -> int:
        """Alleles that the sources have on this genome: all that a call can match that has no
        consequences. CIViC has hardly any on GRCh38."""
        return len(self._index.alleles)

    @property
    def elsewhere(self) -> int:
        """Statements that could be matched by an allele alone, and only on another genome."""
        return sum(len(self._ready[profile]) for profile in self._index.elsewhere)

    @property
    def genes(self) -> frozenset[str]:
        """Symbols of today of all genes in which a call can be matched, or is a hotspot."""
        return frozenset(self._index.genes) | self.conditions.hot_genes

    def matches(self, call: Call) -> list[Match]:
        """Statements that speak of ``call``, the best rung first, then by id.

        A combination of alterations counts at the call that completes it: hand in the calls in
        order, each once.
        """
        return self.told(self.found(call))

    def found(self, call: Call) -> Found:
        """Profiles that speak of ``call``; calls with equal ones have equal matches."""
        parts = self._ladder.find(call)
        if not parts:
            return ()
        best: dict[tuple[str, int], tuple[Entry, Rung]] = {}
        for entry, rung in parts:
            key = (entry.profile.id, entry.number)
            if key not in best or better(rung, best[key][1]) is rung:
                best[key] = (entry, rung)
        return self._profiles_of([(*each, "") for each in best.values()], call.number)

    def structural(self, call: StructuralCall) -> list[Match]:
        """The same for a structural call, by its kind, genes and copies."""
        unique = {
            (each[0].profile.id, each[0].number, each[2]): each
            for each in find(self._index, call, self._build)
        }
        return self.told(self._profiles_of(list(unique.values()), -call.line))

    def told(self, found: Found) -> list[Match]:
        """Statements on these profiles, the best rung first, then by id."""
        told: list[Match] = []
        for profile, rung, rejected in found:
            told += self._of_profile(profile, rung, rejected)
        return sorted(told, key=_order)

    def completed(self) -> list[Completed]:
        """Combinations of alterations that the calls until now have together."""
        return self._combinations.completed()

    def state(self) -> dict[str, object]:
        """What a checkpoint has to keep, for JSON; see :meth:`restore`."""
        return self._combinations.state()

    def restore(self, state: dict[str, object]) -> None:
        self._combinations.restore(state)

    def _profiles_of(self, parts: list[tuple[Entry, Rung, str]], number: int) -> Found:
        best: dict[str, tuple[str, Rung, str]] = {}
        for entry, rung, rejected in parts:
            profile = entry.profile
            if len(profile.parts) > 1 and not rejected:
                rung, rejected = self._combined(entry, rung, number)
            held = best.get(profile.id)
            if held is None or (held[2] and not rejected) or _climbs(rung, rejected, held):
                best[profile.id] = (profile.id, rung, rejected)
        return tuple(best.values())

    def _combined(self, entry: Entry, rung: Rung, number: int) -> tuple[Rung, str]:
        if rung is Rung.GENE_BARE:
            return rung, "the condition of its name does not hold"
        lowest = self._combinations.see(entry.profile, entry.number, number, rung)
        if lowest is not None:
            return lowest, ""
        return rung, self._combinations.missing(entry.profile, entry.number)

    def _of_profile(self, profile: str, rung: Rung, rejected: str) -> list[Match]:
        key = (profile, rung, rejected)
        made = self._made.get(key)
        if made is None:
            made = [self._match(each, rung, rejected) for each in self._ready[profile]]
            self._made[key] = made
        return made

    def _match(self, ready: _Ready, rung: Rung, rejected: str) -> Match:
        statement = ready.statement
        rejected = ready.rejected or rejected
        tier = None
        if not rejected:
            tier = alone(statement, ready.nearness, rung, strict=self._strict)
        return Match(statement, rung, ready.nearness, context_of(statement), tier, rejected)


def _climbs(rung: Rung, rejected: str, held: tuple[str, Rung, str]) -> bool:
    same = bool(rejected) == bool(held[2])
    return same and rung is not held[1] and better(rung, held[1]) is rung


def _order(match: Match) -> tuple[float, str, int, str]:
    """By rung; ids in the order of their numbers: EID9 before EID10."""
    head = match.statement.id.rstrip("0123456789")
    digits = match.statement.id[len(head) :]
    return -match.weight, head, int(digits or 0), match.statement.id


def _ready(knowledge: Knowledge, diseases: DiseaseMap, disease: Disease) -> dict[str, list[_Ready]]:
    """Statements by profile, of all profiles that exist."""
    origins = {item.id: item.origin for item in knowledge.items}
    near: dict[tuple[str, str], Nearness] = {}
    found: dict[str, list[_Ready]] = defaultdict(list)
    for statement in (*knowledge.assertions, *knowledge.items):
        if statement.profile not in knowledge.profiles:
            continue
        key = (statement.doid, statement.disease)
        if key not in near:
            near[key] = diseases.nearness(disease, statement)
        ready = _Ready(statement, near[key], rejection(statement, origins))
        found[statement.profile].append(ready)
    return dict(found)
