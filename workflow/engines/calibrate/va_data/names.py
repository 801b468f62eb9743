"""Which broad cause a name of the input means: the user's own map, broad names, the known list."""

from collections.abc import Sequence
from dataclasses import dataclass

from engines.calibrate.ages import OTHER, UNDETERMINED, AgeGroup, fold
from engines.calibrate.va_data.cause_map import CauseMap
from engines.calibrate.va_data.problems import Problems
from engines.contract.errors import BadUsage
from engines.contract.wording import did_you_mean, printable, quoted

NONE = ""  # the broad cause of a death that has none
BLANKS = frozenset({"", *map(fold, UNDETERMINED)})


@dataclass(frozen=True)
class CauseNames:
    """How names are read.

    Attributes:
        causes: the broad causes.
        known: folded name → broad cause, or ``NONE``.
        spelled: names as they are usually written, to suggest.
        own: folded names of the cause map.
        warnings: what the cause map changes.
    """

    causes: tuple[str, ...]
    known: dict[str, str]
    spelled: tuple[str, ...]
    own: frozenset[str]
    warnings: tuple[str, ...]

    def broad(self, text: str) -> str | None:
        """The broad cause of a name, ``NONE`` where that is undetermined; None if unknown."""
        return self.known.get(fold(text))

    def unknown(self, text: str) -> str:
        """What is said of a name that nobody knows."""
        return f"unknown cause {quoted(text)}{did_you_mean(text, self.spelled)}"

    @property
    def hint(self) -> str:
        """What can be done about one."""
        need = "add it to the cause map" if self.own else "your own causes need --cause-map"
        return f"{need}; broad causes: {', '.join(self.causes)}"

    def is_broad(self, text: str) -> bool:
        """Is this the name of a broad cause itself?"""
        return fold(text) in set(map(fold, self.causes))


def clean(text: str) -> str:
    """A name on one line, printable."""
    return printable(" ".join(text.split()))


def cause_names(
    age: AgeGroup, causes: Sequence[str] | None = None, cause_map: CauseMap | None = None
) -> CauseNames:
    """The names of an age group, or of ``causes`` in its place, with the user's own before them.

    Raises:
        BadUsage: two causes of ``causes`` cannot be told apart.
        BadData: the cause map names an unknown broad cause, or one of its causes twice.
    """
    broad = tuple(causes or age.causes)
    listed = {cause: to for cause, to in age.listed.items() if to in broad}
    standard = dict.fromkeys(BLANKS, NONE)
    standard |= {fold(cause): to for cause, to in listed.items()}
    standard |= {fold(cause): cause for cause in broad}
    if len({fold(cause) for cause in broad}) < len(broad):
        raise BadUsage(
            f"two of the causes {', '.join(map(printable, broad))} differ only in case, spaces "
            "or punctuation",
            hint="give them names that differ in letters",
        )
    own = _checked(cause_map, broad) if cause_map else {}
    warnings = tuple(
        f'{cause_map.path.name} counts "{clean(cause)}" as {to or "undetermined"}, '
        f"not as {standard[fold(cause)] or 'undetermined'}"
        for cause, to in own.items()
        if cause_map and standard.get(fold(cause), to) != to
    )
    folded = {fold(cause): to for cause, to in own.items()}
    spelled = (*broad, *map(clean, own), *listed)
    return CauseNames(broad, standard | folded, spelled, frozenset(folded), warnings)


def _checked(cause_map: CauseMap, broad: Sequence[str]) -> dict[str, str]:
    """The causes of a cause map, in its order, with their broad causes."""
    problems = Problems(cause_map.path)
    targets = dict.fromkeys(BLANKS - {""}, NONE) | {fold(cause): cause for cause in broad}
    own: dict[str, str] = {}
    first: dict[str, str] = {}
    for entry in cause_map.entries:
        target = targets.get(fold(entry.broad))
        if not fold(entry.cause):
            problems.add(entry.where, f"the cause is {quoted(entry.cause)}, not a name")
        elif fold(entry.cause) in first:
            said = f"{quoted(entry.cause)} is in {first[fold(entry.cause)]} too"
            problems.add(entry.where, said, "write each cause once")
        elif target is None:
            said = f"unknown broad cause {quoted(entry.broad)}{did_you_mean(entry.broad, broad)}"
            problems.add(entry.where, said, f"valid: {', '.join(broad)}, undetermined")
        else:
            own[entry.cause] = target
        first.setdefault(fold(entry.cause), entry.where)
    problems.stop_if_any()
    return own


def other_of(names: CauseNames) -> str:
    """The broad cause that takes deaths without a cause.

    Raises:
        BadUsage: there is none of the name ``other``.
    """
    for cause in names.causes:
        if fold(cause) == OTHER:
            return cause
    raise BadUsage(
        f"no cause is named {OTHER}: {', '.join(names.causes)}",
        hint="leave out --undetermined other: deaths without a cause are then set aside",
    )
