"""Age groups with their causes, algorithms and countries: causes.yaml, and what people write."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from engines.calibrate.case import ENSEMBLE
from engines.contract.errors import BadUsage, nearest
from engines.contract.progress import say
from engines.contract.wording import quoted

NOT_A_LETTER = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class AgeGroup:
    """Deaths that share their causes and their misclassification matrices.

    Attributes:
        name: neonate or child.
        title: the ages, for people.
        causes: broad causes in the order of the matrices.
        listed: cause of an algorithm as it is usually written → broad cause.
    """

    name: str
    title: str
    causes: tuple[str, ...]
    listed: Mapping[str, str]

    @cached_property
    def specific(self) -> dict[str, str]:
        """Cause of an algorithm in lower case → broad cause."""
        return {cause.lower(): broad for cause, broad in self.listed.items()}


def fold(text: str) -> str:
    """``text`` for comparisons: no case, no spaces, no punctuation."""
    return NOT_A_LETTER.sub("", text.casefold())


def age_group(text: str) -> AgeGroup:
    """The age group that ``text`` means.

    Raises:
        BadUsage: there is none of this name.
    """
    return AGE_GROUPS[_taken("age group", text, {fold(name): name for name in AGE_GROUPS})]


def algorithm(text: str, names: Iterable[str] = ()) -> str:
    """The name of an algorithm: of the published matrices, or one of ``names`` (the user's).

    Raises:
        BadUsage: there is none of this name.
    """
    own = [name for name in names if name not in ALGORITHMS]
    valid = {fold(name): name for name in (*ALGORITHMS, *own)}
    if fold(text) == ENSEMBLE:
        hint = f"that is the fit of all algorithms together; valid: {', '.join(valid.values())}"
        raise BadUsage(f"{quoted(text)} is no algorithm", hint=hint)
    hint = "" if own else "another one needs matrices of its own: --misclassification"
    return _taken(
        "algorithm", text, valid | {k: v for k, v in SPELLINGS.items() if k not in valid}, hint
    )


def country(text: str, countries: Iterable[str] = ()) -> str:
    """The country of ``countries``, or of the published matrices, that ``text`` means.

    An unknown one is never taken for ``other``: that has to be asked for.

    Raises:
        BadUsage: there are no matrices of this country.
    """
    names = tuple(countries) or COUNTRIES
    hint = ""
    if OTHER in names:
        hint = f"write --country {OTHER} for the estimate of all countries together"
    return _taken("country", text, {fold(name): name for name in names}, hint)


def _taken(what: str, text: str, valid: Mapping[str, str], hint: str = "") -> str:
    """The valid name that ``text`` is but for its spelling; the user is told of a difference."""
    name = text if text in valid.values() else valid.get(fold(text))
    if name is None:
        names = list(dict.fromkeys(valid.values()))
        close = nearest(text, names)
        meant = f"; did you mean {close}?" if close else ""
        listed = f"valid: {', '.join(names)}"
        message = f"unknown {what} {quoted(text)}{meant}"
        raise BadUsage(message, hint=f"{listed}; {hint}" if hint else listed)
    if name != text:
        say(f"{what} {quoted(text)} is taken for {name}")
    return name


def _flat(names: Iterable[Any]) -> Iterator[str]:
    for name in names:
        if isinstance(name, str):
            yield name
        else:
            yield from _flat(name)


def _read() -> dict[str, Any]:
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = Path(__file__).with_name("causes.yaml").read_text(encoding="utf-8")
    content: dict[str, Any] = yaml.load(text, loader)  # noqa: S506
    return content


_FACTS = _read()
OTHER = "other"
ALGORITHMS: dict[str, str] = _FACTS["algorithms"]
SPELLINGS: dict[str, str] = _FACTS["also"]
COUNTRIES: tuple[str, ...] = tuple(_FACTS["countries"])
UNDETERMINED: tuple[str, ...] = tuple(_FACTS["undetermined"])
AGE_GROUPS = {
    name: AgeGroup(
        name,
        facts["title"],
        tuple(facts["causes"]),
        {cause: broad for broad, names in facts["causes"].items() for cause in _flat(names)},
    )
    for name, facts in _FACTS["age_groups"].items()
}
