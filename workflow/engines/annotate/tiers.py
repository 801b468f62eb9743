"""Tiers after AMP/ASCO/CAP 2017: one for each context, and the best of them for the variant.

Assertions come first: an assertion for this tumour type speaks for the items that it sums up.
Besides that a tier only rises with more supporting evidence. The table is in docs/annotation.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engines.annotate.claims import is_conflicting, lifted, summed_up
from engines.annotate.evidence import Assertion, Item
from engines.annotate.levels import NEEDS, best, is_better, place
from engines.annotate.texts.phrases import drugs
from engines.annotate.verdict import Context, ContextTier, Match, Nearness, Oncogenicity

COMMON_AF = 0.01
"""Population frequency from which a variant without evidence is benign (tier IV)."""
_MAY_BE_COMMON = frozenset({"III"})
_WHERE = {
    Nearness.SAME: "in this tumour type",
    Nearness.RELATED: "in a wider or narrower tumour type",
    Nearness.PAN_CANCER: "in any cancer",
    Nearness.SAME_SITE: "in another tumour of the same site",
    Nearness.OTHER: "in another tumour type",
}
_WORDS = {
    Context.THERAPEUTIC: "sensitivity to {}",
    Context.RESISTANCE: "resistance to {}",
    Context.DIAGNOSTIC: "diagnosis ({})",
    Context.PROGNOSTIC: "prognosis ({})",
}
_SHOWN = 3
_NO_POPULATION = " Tier IV was not assessed: no population source is loaded."


@dataclass(frozen=True, slots=True)
class Tiering:
    """Tiers of one variant.

    Attributes:
        contexts: the best first.
        context: of ``tier``; None for III and IV.
        rationale: why, in one sentence.
    """

    contexts: tuple[ContextTier, ...]
    tier: str
    context: Context | None
    rationale: str


def tier(
    contexts: tuple[ContextTier, ...],
    *,
    population_af: float | None = None,
    oncogenicity: Oncogenicity | None = None,
    is_hotspot: bool = False,
    has_consequences: bool = True,
    waiting: str = "",
) -> Tiering:
    """The tier of a variant with these tiers in contexts.

    Args:
        contexts: by :func:`contexts_of`.
        has_consequences: whether they were assessed; without them only alleles are compared.
        population_af: None where no population source was loaded: then there is no tier IV.
        oncogenicity: (Likely) Benign gives tier IV where there is no evidence.
        waiting: by :func:`waiting_for`.
    """
    if contexts and contexts[0].tier not in _MAY_BE_COMMON:
        top = contexts[0]
        also = [each for each in contexts[1:] if each.tier == top.tier]
        reason = " ".join([top.reason, *(each.reason for each in also)])
        return Tiering(contexts, top.tier, top.context, reason)
    common = _common(contexts, population_af, oncogenicity) if not is_hotspot else None
    if common:
        return common
    if not contexts:
        bare = _NOTHING[population_af is not None, has_consequences]
        return replace(bare, rationale=bare.rationale + waiting) if waiting else bare
    reason = f"III: only weak evidence. {contexts[0].reason}"
    if population_af is None:
        reason += _NO_POPULATION
    return Tiering(contexts, "III", None, reason)


def waiting_for(matches: Sequence[Match]) -> str:
    """A sentence on statements that would count with a further alteration; empty for none."""
    waiting = [each for each in matches if each.rejected.startswith(NEEDS)]
    if not waiting:
        return ""
    number = "1 statement" if len(waiting) == 1 else f"{len(waiting)} statements"
    needed = waiting[0].rejected.removeprefix(NEEDS)
    return f" {number} would count with a further alteration, first of all {needed}."


def contexts_of(matches: Sequence[Match]) -> tuple[ContextTier, ...]:
    """Tiers by context, the best first; contexts without evidence that counts are not there."""
    counting = [match for match in matches if match.tier and match.context]
    if not counting:
        return ()
    covered = summed_up(counting)
    counting = [each for each in counting if (each.context, each.statement.id) not in covered]
    found = [_of_context(context, counting, matches) for context in Context]
    return tuple(sorted((each for each in found if each), key=lambda each: place(each.tier)))


def _of_context(
    context: Context, counting: Sequence[Match], matches: Sequence[Match]
) -> ContextTier | None:
    mine = [match for match in counting if match.context is context]
    if not mine:
        return None
    together = lifted(mine)
    tiers = {match.statement.id: _raised(match, together) for match in mine}
    top = best(list(tiers.values()))
    assert top is not None
    decisive = [match for match in mine if tiers[match.statement.id] == top]
    decisive.sort(key=lambda match: not isinstance(match.statement, Assertion))
    conflict = is_conflicting(top, decisive, matches)
    ids = tuple(match.statement.id for match in decisive)
    return ContextTier(context, top, ids, conflict, _reason(context, top, decisive, conflict))


def _raised(match: Match, together: dict[str, str]) -> str:
    assert match.tier is not None
    more = together.get(match.statement.id)
    return more if more and is_better(more, match.tier) else match.tier


def _reason(context: Context, top: str, decisive: Sequence[Match], conflict: bool) -> str:
    first = decisive[0]
    statement = first.statement
    said = drugs(statement) or "no drug named"
    if context in (Context.DIAGNOSTIC, Context.PROGNOSTIC):
        said = statement.significance
    shown = [match.statement.id for match in decisive[:_SHOWN]]
    more = f" and {len(decisive) - _SHOWN} more" if len(decisive) > _SHOWN else ""
    by = f"{', '.join(shown)}{more}, {_kind(first)}"
    ending = "; statements of the same weight say the opposite" if conflict else ""
    where = _WHERE[first.nearness]
    return f"{top}: {_WORDS[context].format(said)} {where} ({by}){ending}."


def _kind(match: Match) -> str:
    statement = match.statement
    if isinstance(statement, Assertion):
        return f"assertion {statement.amp}" if statement.amp else "approved or in a guideline"
    return f"level {statement.level}" if isinstance(statement, Item) else "statement"


def _common(
    contexts: tuple[ContextTier, ...],
    population_af: float | None,
    oncogenicity: Oncogenicity | None,
) -> Tiering | None:
    """Tier IV, where a population source is loaded and says so; else None."""
    if population_af is None:
        return None
    if population_af >= COMMON_AF:
        reason = f"IV: {population_af:.3g} of a population carry it, and no evidence counts."
        return Tiering(contexts, "IV", None, reason)
    verdict = oncogenicity.verdict if oncogenicity else ""
    if verdict in ("Benign", "Likely Benign"):
        return Tiering(contexts, "IV", None, f"IV: {verdict.lower()}, and no evidence counts.")
    return None


def _nothing(*, has_population: bool, has_consequences: bool) -> Tiering:
    reason = "III: no evidence for a tier; that is not evidence of being benign."
    if not has_consequences:
        reason = (
            "III: no evidence by its allele alone; its consequences, and so evidence on proteins, "
            "exons and genes, were not assessed."
        )
    return Tiering((), "III", None, reason if has_population else reason + _NO_POPULATION)


_NOTHING = {
    (has_population, has_consequences): _nothing(
        has_population=has_population, has_consequences=has_consequences
    )
    for has_population in (True, False)
    for has_consequences in (True, False)
}
