"""Profiles of several alterations: they count once all parts were seen in the sample.

The stream goes once over the calls, so a combination is told at the call that completes it; the
calls before say which part was not seen until then. What was seen is small and can be kept in a
checkpoint.
"""

from dataclasses import dataclass

from engines.annotate.evidence import Part, Profile
from engines.annotate.levels import NEEDS
from engines.annotate.verdict import Rung

_ORDER = {rung: place for place, rung in enumerate(Rung)}


def worse(one: Rung, other: Rung) -> Rung:
    return max(one, other, key=_ORDER.__getitem__)


def better(one: Rung, other: Rung) -> Rung:
    return min(one, other, key=_ORDER.__getitem__)


@dataclass(frozen=True, slots=True)
class Completed:
    """A combination that the sample has.

    Attributes:
        calls: numbers of the calls, one for each part; of structural calls ``-line``.
    """

    profile: str
    name: str
    calls: tuple[int, ...]


class Combinations:
    """Which parts of which profiles were seen, and in which calls."""

    def __init__(self) -> None:
        self._seen: dict[str, list[list[tuple[int, str]]]] = {}
        self._completed: dict[str, Completed] = {}

    def see(self, profile: Profile, number: int, call: int, rung: Rung) -> Rung | None:
        """Note that ``call`` has part ``number``.

        Returns:
            The lowest rung of the parts where ``call`` takes part in a whole combination, one
            call for each part; None where a part has not been seen.
        """
        parts = self._seen.setdefault(profile.id, [[] for _ in profile.parts])
        if len(parts[number]) <= len(parts):  # as many as can ever be needed
            parts[number].append((call, rung.value))
        chosen = _assign(parts, 0, {number: (call, rung.value)})
        if chosen is None:
            return None
        calls = tuple(chosen[place][0] for place in range(len(parts)))
        self._completed.setdefault(profile.id, Completed(profile.id, profile.name, calls))
        lowest = rung
        for _, seen in chosen.values():
            lowest = worse(lowest, Rung(seen))
        return lowest

    def missing(self, profile: Profile, number: int) -> str:
        """What the profile needs besides part ``number``, in words."""
        seen = self._seen.get(profile.id) or [[] for _ in profile.parts]
        others = [p for place, p in enumerate(profile.parts) if place != number]
        unseen = [
            part for place, part in enumerate(profile.parts) if place != number and not seen[place]
        ]
        names = " and ".join(f"{part.gene} {part.name}" for part in unseen or others)
        if any(part.part is Part.STATE for part in unseen):
            return f"{NEEDS}{names}, which no variant can show"
        return f"{NEEDS}{names}, which was not seen"

    def completed(self) -> list[Completed]:
        """Combinations of the sample until now, by profile id."""
        return [self._completed[key] for key in sorted(self._completed)]

    def state(self) -> dict[str, object]:
        """What a checkpoint keeps, for JSON."""
        done = {key: [each.name, list(each.calls)] for key, each in self._completed.items()}
        return {"seen": self._seen, "completed": done}

    def restore(self, state: dict[str, object]) -> None:
        """Go on from what :meth:`state` gave."""
        seen, done = state["seen"], state["completed"]
        assert isinstance(seen, dict) and isinstance(done, dict)
        self._seen = {
            key: [[(call, rung) for call, rung in part] for part in parts]
            for key, parts in seen.items()
        }
        self._completed = {
            key: Completed(key, name, tuple(calls)) for key, (name, calls) in done.items()
        }


def _assign(
    parts: list[list[tuple[int, str]]], place: int, chosen: dict[int, tuple[int, str]]
) -> dict[int, tuple[int, str]] | None:
    """One call for each part, none twice."""
    if place == len(parts):
        return chosen
    if place in chosen:
        return _assign(parts, place + 1, chosen)
    taken = {call for call, _ in chosen.values()}
    for candidate in parts[place]:
        if candidate[0] not in taken:
            found = _assign(parts, place + 1, {**chosen, place: candidate})
            if found is not None:
                return found
    return None
