"""Templates of texts: each line that is not empty is a sentence, ``cite(…)`` names its sources.

Users change the words with files of their own; those run in Jinja's sandbox.
"""

import hashlib
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from engines.annotate.texts.kinds import NAMES
from engines.annotate.texts.variables import VARIABLES
from engines.annotate.verdict import Sentence
from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.contract.wording import did_you_mean, either

ENDING = ".jinja"
_MARK, _BETWEEN = "\x1f", "\x1e"


class _Citation(str):
    """What ``cite`` leaves in a line, to be taken out of it again."""

    __slots__ = ()


def _cite(*given: str | Iterable[str]) -> _Citation:
    names = [n for each in given for n in ((each,) if isinstance(each, str) else each)]
    return _Citation(_MARK + _BETWEEN.join(map(one_line, names)) + _MARK)


def one_line(value: Any) -> str:
    """A value as a text without line breaks and other control characters."""
    if type(value) is _Citation:
        return value
    text = value if isinstance(value, str) else str(value)
    if text.isprintable():
        return text
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def percent(share: float) -> str:
    """``34.2 %``; a share that is not zero never becomes 0: ``0.0012 %``."""
    number = 100 * share
    return f"{number:.1f} %" if number >= 1 or not number else f"{number:.2g} %"


def plural(number: int, word: str, many: str = "") -> str:
    """``1 variant``, ``3,317 variants``."""
    return f"{number:,} {word if number == 1 else many or word + 's'}"


class Templates:
    """All templates: those that are shipped, and in their place those of ``folder``.

    Raises:
        InputMissing: there is no such folder.
        BadUsage: a file of it is none of the templates.
        BadData: a template is not Jinja, or asks for something that there is not.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._environment = ImmutableSandboxedEnvironment(
            autoescape=False,  # plain text: who shows it on a page escapes it
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
            finalize=one_line,
        )
        self._environment.globals["cite"] = _cite
        self._environment.filters |= {"percent": percent, "plural": plural}
        digest = hashlib.sha256()
        own = _own(folder) if folder else {}
        self._texts: dict[str, tuple[str, str]] = {}  # how errors call it, and what it says
        for name in NAMES:
            place, text = own.get(name) or (f"template {name}{ENDING}", _shipped(name))
            digest.update(f"{name}\n{len(text)}\n{text}".encode())
            self._texts[name] = place, text
        self._compiled: dict[str, Template] = {}
        for name in own:  # the shipped ones are right, and wait until they are needed
            self._check(name)
        self.sha256 = digest.hexdigest()

    def _check(self, name: str) -> None:
        place, text = self._texts[name]
        try:
            asked = meta.find_undeclared_variables(self._environment.parse(text))
            self._template(name)
        except TemplateSyntaxError as error:
            raise BadData(
                f"{place}, line {error.lineno}: {error.message}",
                hint="docs/annotation.md, section Texts, shows what a template looks like",
            ) from error
        for each in sorted(asked - VARIABLES[name] - self._environment.globals.keys()):
            raise BadData(
                f"{place}: there is no {each}{did_you_mean(each, VARIABLES[name])}",
                hint=f"this text has {either(sorted(VARIABLES[name]))}",
            )

    def _template(self, name: str) -> Template:
        if name not in self._compiled:
            self._compiled[name] = self._environment.from_string(self._texts[name][1])
        return self._compiled[name]

    def sentences(self, name: str, facts: Mapping[str, Any]) -> tuple[Sentence, ...]:
        """The sentences of a text; none where there is nothing to say.

        Args:
            name: of the template, without its ending.
            facts: what its variables are.

        Raises:
            BadData: a variable that does not exist, or a sentence without a source.
        """
        try:
            text = self._template(name).render(facts)
        except (TemplateError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise BadData(
                f"{self._texts[name][0]}: {error}",
                hint="docs/annotation.md, section Texts, lists what a template can use",
            ) from error
        lines = [line for line in text.split("\n") if line.strip()]
        return tuple(self._sentence(name, line) for line in lines)

    def _sentence(self, name: str, line: str) -> Sentence:
        parts = line.split(_MARK)
        text = " ".join("".join(parts[::2]).split())
        sources = dict.fromkeys(s for part in parts[1::2] for s in part.split(_BETWEEN) if s)
        if not sources:
            raise BadData(
                f"{self._texts[name][0]}: a sentence without a source: {text[:120]!r}",
                hint="say what it rests on on the same line: {{ cite(…) }}",
            )
        return Sentence(text, tuple(sources))


def _shipped(name: str) -> str:
    place = files("engines.annotate.texts") / "templates" / f"{name}{ENDING}"
    return place.read_text("utf-8")


def _own(folder: Path) -> dict[str, tuple[str, str]]:
    """Name → how errors call the file, and its text."""
    if not folder.is_dir():
        raise InputMissing(f"templates {folder}: no such folder")
    found = {}
    for path in sorted(folder.glob(f"*{ENDING}")):
        name = path.name.removesuffix(ENDING)
        if name not in NAMES:
            raise BadUsage(
                f"template {path}: there is no text of this name{did_you_mean(name, NAMES)}",
                hint=f"the names are {either(NAMES)}",
            )
        try:
            found[name] = f"template {path}", path.read_text("utf-8")
        except UnicodeDecodeError as error:
            raise BadData(f"template {path}: not UTF-8: {error}") from error
    if not found:
        raise InputMissing(
            f"templates {folder}: no file *{ENDING} in it", hint=f"the names are {either(NAMES)}"
        )
    return found
