"""What changed between two compiled files: statements that came, went, or say something else."""

from collections.abc import Iterable
from dataclasses import dataclass

from engines.annotate.evidence import Assertion, Item
from engines.annotate.known import Knowledge

WATCHED = ("level", "rating", "supports", "significance", "disease", "doid", "therapies",
           "origin", "amp", "is_approved", "guideline")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One statement: ``what`` is added, removed or changed; ``fields``: name → (old, new)."""

    id: str
    profile: str
    disease: str
    what: str
    fields: dict[str, tuple[str, str]]

    def __str__(self) -> str:
        told = ", ".join(f"{name} {old} → {new}" for name, (old, new) in self.fields.items())
        return f"{self.what} {self.id}: {self.profile}, {self.disease}" + (
            f": {told}" if told else ""
        )


def compare(old: Knowledge, new: Knowledge) -> list[Change]:
    """Changes by id, never by name: the removed, the added, the changed, each in order of ids."""
    before, after = _by_id(old), _by_id(new)
    removed = [_whole(old, before[key], "removed") for key in before if key not in after]
    added = [_whole(new, after[key], "added") for key in after if key not in before]
    changed = []
    for key in before:
        if key in after:
            fields = _fields(old, before[key], new, after[key])
            if fields:
                each = after[key]
                name = new.profiles[each.profile].name
                changed.append(Change(key, name, each.disease, "changed", fields))
    return [*removed, *added, *changed]


def summary(changes: Iterable[Change]) -> dict[str, int]:
    """Changes counted: what happened, and of the changed what to which field."""
    counts: dict[str, int] = {"removed": 0, "added": 0, "changed": 0}
    for change in changes:
        counts[change.what] += 1
        for name in change.fields:
            counts[f"changed: {name}"] = counts.get(f"changed: {name}", 0) + 1
    return counts


def _by_id(knowledge: Knowledge) -> dict[str, Item | Assertion]:
    statements: list[Item | Assertion] = [*knowledge.items, *knowledge.assertions]
    return {each.id: each for each in sorted(statements, key=lambda s: (len(s.id), s.id))}


def _whole(knowledge: Knowledge, each: Item | Assertion, what: str) -> Change:
    return Change(each.id, knowledge.profiles[each.profile].name, each.disease, what, {})


def _fields(
    old: Knowledge, one: Item | Assertion, new: Knowledge, other: Item | Assertion
) -> dict[str, tuple[str, str]]:
    names = (old.profiles[one.profile].name, new.profiles[other.profile].name)
    found = {"name": names} if names[0] != names[1] else {}
    for name in WATCHED:
        before, after = _value(one, name), _value(other, name)
        if before != after:
            found[name] = (_shown(before), _shown(after))
    return found


def _value(statement: Item | Assertion, name: str) -> object:
    """Therapies in any order are the same therapies."""
    value = getattr(statement, name, None)
    return tuple(sorted(value)) if isinstance(value, tuple) else value


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " + ".join(value) or "none"
    return "none" if value in (None, "") else str(value)
