"""What statements claim, so that those of one claim add up and opposite ones are seen."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from engines.annotate.evidence import Assertion, Item
from engines.annotate.levels import AGAINST, NEAR, alone, is_better
from engines.annotate.verdict import Context, Match, Rung

Claim = str
_OPPOSITE = {
    "positive": "negative", "negative": "positive",
    "poor outcome": "better outcome", "better outcome": "poor outcome",
}  # fmt: skip


def claims(match: Match) -> frozenset[Claim]:
    """Therapies of a predictive statement, the significance of any other.

    Drugs that are given together are one claim; of drugs that can stand for one another, and of
    sequences, each is one.
    """
    statement = match.statement
    if match.context not in (Context.THERAPEUTIC, Context.RESISTANCE):
        return frozenset({statement.significance})
    names = [name.lower() for name in statement.therapies]
    if not names:
        return frozenset({""})
    if statement.interaction == "combination":
        return frozenset({" + ".join(sorted(names))})
    return frozenset(names)


def summed_up(matches: Iterable[Match]) -> set[tuple[Context | None, str]]:
    """Items, by context and id, that an assertion for this tumour type has judged: it speaks for
    them."""
    found: set[tuple[Context | None, str]] = set()
    for match in matches:
        statement = match.statement
        if isinstance(statement, Assertion) and match.tier and match.nearness in NEAR:
            found.update((match.context, item) for item in statement.items)
    return found


def lifted(matches: Sequence[Match]) -> dict[str, str]:
    """Items that give more together than alone: id → tier.

    Level B of two publications on one claim is I-B whatever the stars; level C of two is II-C.
    Only for this tumour type, and above gene level.
    """
    citations: dict[tuple[str, Claim], set[str]] = defaultdict(set)
    able: list[tuple[Match, Item]] = []
    for match in matches:
        item = match.statement
        if isinstance(item, Item) and _can_add_up(match, item):
            able.append((match, item))
            for claim in claims(match):
                citations[item.level, claim].add(item.citation_id or item.id)
    target = {"B": "I-B", "C": "II-C"}
    return {
        item.id: target[item.level]
        for match, item in able
        if any(len(citations[item.level, claim]) > 1 for claim in claims(match))
    }


def _can_add_up(match: Match, item: Item) -> bool:
    high = match.rung not in (Rung.GENE, Rung.GENE_BARE)
    return match.tier is not None and match.nearness in NEAR and high and item.level in "BC"


def is_conflicting(tier: str, decisive: Sequence[Match], matches: Sequence[Match]) -> bool:
    """Whether a statement that would give ``tier`` or better says the opposite of a decisive."""
    return any(
        _weighs(other, tier) and _is_opposite(one, other) for one in decisive for other in matches
    )


def _weighs(match: Match, tier: str) -> bool:
    if match.rejected not in ("", AGAINST):
        return False
    own = match.tier or alone(match.statement, match.nearness, match.rung, strict=False)
    return own is not None and not is_better(tier, own)


def _is_opposite(one: Match, other: Match) -> bool:
    is_against = other.rejected == AGAINST
    mine, theirs = claims(one), claims(other)
    if one.context is other.context and is_against:
        return bool(mine & theirs)
    if is_against:
        return False
    drugs = {Context.THERAPEUTIC, Context.RESISTANCE}
    if {one.context, other.context} == drugs:
        return bool(mine & theirs - {""})
    if one.context is other.context and one.context not in drugs:
        return any(_OPPOSITE.get(claim) in theirs for claim in mine)
    return False
