"""What was counted while variants were told; it survives a kill, so it is plain data."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from engines.annotate.verdict import TIERS, Annotated, AnnotatedStructural

CLASSES = ("Oncogenic", "Likely Oncogenic", "VUS", "Likely Benign", "Benign", "Not assessed")


@dataclass
class Tally:
    """Counts of calls that were told.

    Attributes:
        calls: annotated; ``errors``: that could not be.
        tiers: tier → calls; ``contexts``: ``therapeutic I-A`` → calls.
        unlisted: calls by tier that the summary does not list.
    """

    calls: int = 0
    errors: int = 0
    with_evidence: int = 0
    conflicting: int = 0
    tiers: Counter[str] = field(default_factory=Counter)
    contexts: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    not_assessed: Counter[str] = field(default_factory=Counter)
    unlisted: Counter[str] = field(default_factory=Counter)

    def count(
        self,
        annotated: Annotated | AnnotatedStructural,
        not_assessed: list[str],
        is_listed: bool,
        times: int = 1,
    ) -> None:
        """Count so many calls of one kind."""
        self.calls += times
        self.tiers[annotated.tier] += times
        if isinstance(annotated, Annotated):
            self.classes[annotated.oncogenicity.verdict] += times
        if any(not match.rejected for match in annotated.matches):
            self.with_evidence += times
        for each in annotated.contexts:
            self.contexts[f"{each.context.value} {each.tier}"] += times
            self.conflicting += each.is_conflicting * times
        for name in not_assessed:
            self.not_assessed[name] += times
        if not is_listed:
            self.unlisted[annotated.tier] += times

    def as_data(self) -> dict[str, Any]:
        """For the checkpoint."""
        return dict(vars(self))

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> "Tally":
        """From a checkpoint."""
        plain: dict[str, Any] = {}
        for name, value in data.items():
            plain[name] = Counter(value) if isinstance(value, dict) else value
        return cls(**plain)

    def by_tier(self) -> dict[str, int]:
        """Every tier, the best first, also those without a call."""
        return {tier: self.tiers[tier] for tier in TIERS}

    def by_class(self) -> dict[str, int]:
        """Every class of oncogenicity, likewise."""
        return {name: self.classes[name] for name in CLASSES}
