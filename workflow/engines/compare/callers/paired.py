"""Errors of several callers put side by side: which of them share one, and which have it alone."""

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from engines.compare.callers.errors import FILTERS, MISSED, WRONG, Error

EVERYTHING = "*"
PLACES = "places"

# missed, wrong or places; type; filter; subset
Group = tuple[str, str, str, str]


@dataclass(frozen=True)
class Shared:
    """One error, and who makes it.

    Attributes:
        who: filter → bits of the callers that make it.
    """

    error: Error
    who: dict[str, int]


@dataclass
class Counted:
    """How often which callers err together.

    Attributes:
        by: group → bits of callers → errors; of ``places`` positions where any error is.
    """

    by: dict[Group, Counter[int]] = field(default_factory=dict)

    def alone(self, group: Group, caller: int, other: int) -> int:
        """Errors of one caller that another does not make."""
        found = self.by.get(group, Counter())
        return sum(n for bits, n in found.items() if bits >> caller & 1 and not bits >> other & 1)

    def of(self, group: Group, caller: int) -> int:
        """All errors of one caller."""
        return sum(n for bits, n in self.by.get(group, Counter()).items() if bits >> caller & 1)

    def _add(self, group: Group, bits: int) -> None:
        self.by.setdefault(group, Counter())[bits] += 1

    def take(self, place: Sequence[Shared]) -> None:
        """Count the errors at one position.

        A genotype that is wrong is missed and wrong at once: as a place it counts once, so
        that places are independent where errors are not.
        """
        at: Counter[tuple[str, str, str, int]] = Counter()
        for shared in place:
            error = shared.error
            subsets = [EVERYTHING, *filter(None, error.regions.split(","))]
            for name, bits in shared.who.items():
                for subset in subsets:
                    self._add((error.what, error.type, name, subset), bits)
                    for caller in range(bits.bit_length()):
                        if bits >> caller & 1:
                            at[error.type, name, subset, 1 << caller] = 1
        together: Counter[tuple[str, str, str]] = Counter()
        for (kind, name, subset, bit), _ in at.items():
            together[kind, name, subset] += bit
        for (kind, name, subset), bits in together.items():
            self._add((PLACES, kind, name, subset), bits)


def places(callers: Sequence[Iterable[Error]]) -> Iterator[list[Shared]]:
    """The errors of all callers, a position at a time.

    Args:
        callers: of each its errors, sorted by place.
    """
    marked = [_marked(errors, number) for number, errors in enumerate(callers)]
    merged = heapq.merge(*marked)
    for _, here in groupby(merged, key=lambda each: each[0][:2]):
        yield _together(here)


def _marked(errors: Iterable[Error], number: int) -> Iterator[tuple[Error, int]]:
    return ((error, number) for error in errors)


def _together(here: Iterable[tuple[Error, int]]) -> list[Shared]:
    """The same record of several callers is one; twice the same of one caller are two."""
    found: dict[tuple[object, ...], Shared] = {}
    times: Counter[tuple[object, ...]] = Counter()
    for error, caller in here:
        record = error[:5]
        times[(*record, caller)] += 1
        shared = found.setdefault((*record, times[(*record, caller)]), Shared(error, {}))
        for name, bit in FILTERS.items():
            if error.filters & bit:
                shared.who[name] = shared.who.get(name, 0) | 1 << caller
    return list(found.values())


def sets(counted: Counted, names: Sequence[str]) -> list[dict[str, object]]:
    """How many errors which callers share: everything, by type and filter; most callers first."""
    rows = []
    for what in (MISSED, WRONG):
        for group, found in sorted(counted.by.items()):
            if group[0] != what or group[3] != EVERYTHING:
                continue
            order = sorted(found.items(), key=lambda each: (-each[0].bit_count(), each[0]))
            rows += [
                {
                    "what": what,
                    "type": group[1],
                    "filter": group[2],
                    "callers": named(bits, names),
                    "variants": count,
                }
                for bits, count in order
            ]
    return rows


def named(bits: int, names: Sequence[str]) -> list[str]:
    """The callers whose bits are set."""
    return [name for number, name in enumerate(names) if bits >> number & 1]
