"""A configuration as people write it, YAML, and as programs have it, and back.

What YAML would take silently is told here with its line: a key given twice, a date that was meant
as text, a key that is a number. Nothing in a text can make objects or grow without an end.
"""

import json
import math
from dataclasses import dataclass, field
from typing import Any

import yaml

from control.runs.proposal import DEEPEST
from engines.contract.errors import BadUsage

LONGEST = 100_000
"""Characters of a text: what reads it is slow on purpose-made ones."""
MOST_NODES = 100_000
MOST_CHARACTERS = 4 * LONGEST
"""Of values and of keys with all that is around them: by names that stand for others, and by
groups inside each other, a short text can say a great deal."""
LARGEST_NUMBER = 2**53 - 1
"""A larger whole number no browser keeps exactly."""
_HALF = ("half a character, which no text has", "take it out")
_SHORTER = "write names that stand for others out, shorten keys"
_KINDS = {
    "tag:yaml.org,2002:str": "text",
    "tag:yaml.org,2002:null": "empty",
    "tag:yaml.org,2002:bool": "true or false",
    "tag:yaml.org,2002:int": "a number",
    "tag:yaml.org,2002:float": "a number",
}


@dataclass(frozen=True)
class TextProblem:
    """What is wrong with a text; ``line`` and ``column`` count from 1."""

    message: str
    hint: str
    line: int
    column: int


@dataclass
class Parsed:
    """What a text says.

    Attributes:
        config: keys and values; None where it could not be read.
        lines: key (``small_variants.engine``) → its line, from 1.
        problems: all that is wrong; where there are any, ``config`` is None.
    """

    config: dict[str, Any] | None = None
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[TextProblem] = field(default_factory=list)


def parse(text: str) -> Parsed:
    """Read a configuration; what is wrong with it is in the answer, not raised."""
    reader = _Reader()
    if len(text) > LONGEST:
        message = f"{len(text):,} characters, and the most is {LONGEST:,}"
        return Parsed(
            problems=[TextProblem(message, "a sample sheet has a place of its own", 1, 1)]
        )
    try:
        root = yaml.compose(text, yaml.SafeLoader)
        config = {} if root is None or _is_empty(root) else reader.value(root, ())
        if root is not None and not isinstance(config, dict):
            reader.note(root, "no keys and values", "write key: value")
    except RecursionError:
        reader.problems.append(TextProblem("nested too deeply", "", 1, 1))
    except _TooMuch as error:
        reader.note(error.node, "too much, by names that stand for others or long keys", _SHORTER)
    except yaml.MarkedYAMLError as error:
        reader.problems.append(_of_parser(error))
    except yaml.YAMLError as error:
        reader.problems.append(_of_reader(error, text))
    except ValueError:  # of \U with a number that no character has
        reader.problems.append(TextProblem("no YAML: a character that no text has", "", 1, 1))
    if reader.problems:
        return Parsed(lines=reader.lines, problems=reader.problems)
    return Parsed(config, reader.lines)


def write(config: dict[str, Any]) -> str:
    """The text of a configuration; "" for an empty one.

    Raises:
        BadUsage: it is too much.
    """
    if not config:
        return ""
    if (size := len(json.dumps(config))) > 2 * MOST_CHARACTERS:  # as JSON it is longer
        raise BadUsage(
            f"a configuration of {size:,} characters; {2 * MOST_CHARACTERS:,} is the most",
            hint="a sample sheet has a place of its own",
        )
    text: str = yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=100)
    return text


class _TooMuch(Exception):
    def __init__(self, node: yaml.Node) -> None:
        self.node = node


class _Reader:
    """From nodes to values; counts what it makes, since a node may stand in many places."""

    def __init__(self) -> None:
        self.problems: list[TextProblem] = []
        self.lines: dict[str, int] = {}
        self._made = self._characters = 0
        self._loader = yaml.SafeLoader("")

    def note(self, node: yaml.Node, message: str, hint: str = "") -> None:
        """Note what is wrong with a node."""
        mark = node.start_mark
        self.problems.append(TextProblem(message, hint, mark.line + 1, mark.column + 1))

    def value(self, node: yaml.Node, place: tuple[str, ...]) -> Any:
        """What a node says; None where it is wrong, which is noted."""
        self._made += 1
        if self._made > MOST_NODES or len(self.problems) > MOST_NODES // 1000:
            raise _TooMuch(node)
        if len(place) > DEEPEST:
            self.note(node, f"nested more than {DEEPEST} times")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._group(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, (*place, str(n))) for n, each in enumerate(node.value)]
        return self._scalar(node)

    def _group(self, node: yaml.MappingNode, place: tuple[str, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = self._key(key)
            if name is None:
                continue
            here = (*place, name)
            path = ".".join(here)
            self._spend(key, len(path))
            if name in found:
                first = self.lines.get(path)
                self.note(key, f"{name}: given twice", f"first in line {first}; keep one of them")
                continue
            self.lines[path] = key.start_mark.line + 1
            found[name] = self.value(value, here)
        return found

    def _spend(self, node: yaml.Node, characters: int) -> None:
        self._characters += characters
        if self._characters > MOST_CHARACTERS:
            raise _TooMuch(node)

    def _key(self, key: yaml.Node) -> str | None:
        if not isinstance(key, yaml.ScalarNode):
            self.note(key, "a key that is no text")
        elif key.tag == "tag:yaml.org,2002:merge":
            self.note(key, "<< is not read here", "write the keys out")
        elif key.tag != "tag:yaml.org,2002:str":
            self.note(key, f"{key.value[:60]}: a key that is no text", "write it in quotes")
        elif not _is_text(key.value):
            self.note(key, *_HALF)
        else:
            return str(key.value)
        return None

    def _scalar(self, node: yaml.Node) -> Any:
        if node.tag not in _KINDS:
            what = "a date" if node.tag.endswith(":timestamp") else "not text, nor a number"
            self.note(node, f"{str(node.value)[:60]}: {what}", "write it in quotes")
            return None
        if ":" in str(node.value) and _KINDS[node.tag] == "a number":  # 1:30 would be 90
            self.note(node, f"{str(node.value)[:60]}: a number with colons", "write it in quotes")
            return None
        if not _is_text(node.value):
            self.note(node, *_HALF)
            return None
        self._spend(node, len(node.value))
        try:
            value = self._loader.construct_object(node)
        except (ValueError, OverflowError, LookupError):  # LookupError: of `!!bool maybe`
            self.note(node, f"{str(node.value)[:60]}: not {_KINDS[node.tag]}", "write it in quotes")
            return None
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and not (math.isfinite(value) and abs(value) <= LARGEST_NUMBER):
            self.note(node, f"{str(node.value)[:60]}: no number that can be kept exactly")
            return None
        return value


def _is_text(value: str) -> bool:
    """Whether it can be sent and stored: YAML can name halves of characters."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _is_empty(root: yaml.Node) -> bool:
    return isinstance(root, yaml.ScalarNode) and root.tag == "tag:yaml.org,2002:null"


def _of_parser(error: yaml.MarkedYAMLError) -> TextProblem:
    mark = error.problem_mark or error.context_mark
    said = " ".join(filter(None, (error.context, error.problem)))
    place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    hint = "indent with blanks, not tabs" if "'\\t'" in said else ""
    return TextProblem(f"no YAML: {said}"[:300], hint, *place)


def _of_reader(error: yaml.YAMLError, text: str) -> TextProblem:
    position = getattr(error, "position", 0)
    before = text[: position if isinstance(position, int) else 0]
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    return TextProblem("no YAML: a character that no text has", "take it out", line, column)
