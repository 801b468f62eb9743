"""Everything that is said of a call besides its texts: matches, tiers, oncogenicity, confidence."""

from functools import lru_cache
from typing import Any

from engines.annotate.confidence import Confidences
from engines.annotate.knowledge.diseases import Disease
from engines.annotate.known import Knowledge
from engines.annotate.matching.leftmost import Bases
from engines.annotate.matching.matcher import Found, Matcher
from engines.annotate.named import named_by
from engines.annotate.oncogenicity import Oncogenicities
from engines.annotate.tiers import contexts_of, tier, waiting_for
from engines.annotate.variants import Call, StructuralCall
from engines.annotate.verdict import Annotated, AnnotatedStructural, ContextTier, Match

_KEPT = 20_000  # sets of profiles whose matches are kept: calls of one gene often have the same


class Judge:
    """Judges calls for one disease on one genome.

    Calls have to come in order, each once: combinations of alterations are told at the call that
    completes them (see :class:`engines.annotate.matching.matcher.Matcher`).

    Args:
        disease: by ``knowledge.diseases.find``.
        strict: level D of another disease gives III, not II-D.
        bases: of the genome, where it is at hand: see :class:`Matcher`.
        is_tumour_only: whether there was no matched normal; None where nobody said.
        stability: the table of ``plumbline knowledge stability``; None: the shipped one.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        disease: Disease,
        build: str,
        *,
        strict: bool = False,
        bases: Bases | None = None,
        is_tumour_only: bool | None = None,
        stability: dict[str, Any] | None = None,
    ) -> None:
        self.matcher = Matcher(
            knowledge, knowledge.diseases, disease, build, strict=strict, bases=bases
        )
        self._oncogenicities = Oncogenicities(knowledge, self.matcher.conditions)
        self._confidences = Confidences(is_tumour_only=is_tumour_only, stability=stability)
        self._profiles = knowledge.profiles
        self._weighed = lru_cache(maxsize=_KEPT)(self._weigh)
        conditions = self.matcher.conditions
        loaded = {"hotspots": conditions.has_hotspots, "gene_roles": conditions.has_roles}
        self._not_loaded = tuple(name for name, is_there in loaded.items() if not is_there)

    def of(self, call: Call) -> Annotated:
        """What is said of ``call``; its texts are added by others."""
        matches, contexts, waiting = self._weighed(self.matcher.found(call))
        hotspot = self.matcher.conditions.hotspot(call)
        oncogenicity = self._oncogenicities.of(call, matches, hotspot)
        found = tier(
            contexts,
            population_af=call.population_af,
            oncogenicity=oncogenicity,
            is_hotspot=hotspot is not None,
            has_consequences=call.consequences is not None,
            waiting=waiting,
        )
        return Annotated(
            call=call,
            matches=matches,
            contexts=contexts,
            tier=found.tier,
            tier_context=found.context,
            rationale=found.rationale,
            oncogenicity=oncogenicity,
            confidence=self._confidences.of(call, found.tier, contexts, matches),
            not_assessed=self._not_assessed(call),
            named=named_by(matches, self._profiles) if matches and not call.chosen else None,
        )

    def structural(self, call: StructuralCall) -> AnnotatedStructural:
        """The same for a structural call, after all others."""
        matches = self.matcher.structural(call)
        found = tier(contexts_of(matches), waiting=waiting_for(matches))
        missing = ("genes",) if call.genes is None and not call.partners else ()
        return AnnotatedStructural(
            call=call,
            matches=matches,
            contexts=found.contexts,
            tier=found.tier,
            tier_context=found.context,
            rationale=found.rationale,
            not_assessed=missing,
        )

    def _weigh(self, found: Found) -> tuple[tuple[Match, ...], tuple[ContextTier, ...], str]:
        matches = tuple(self.matcher.told(found))
        return matches, contexts_of(matches), waiting_for(matches)

    def _not_assessed(self, call: Call) -> tuple[str, ...]:
        missing = self._not_loaded
        if call.consequences is None:
            missing = ("consequences", *missing)
        if call.population_af is None:
            missing = (*missing, "population")
        if call.ref_matches is None:
            missing = (*missing, "reference")
        return missing
