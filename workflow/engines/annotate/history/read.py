"""An annotation, read back: its summary, and of variants that this lacks the messages."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engines.contract.errors import BadData, InputMissing
from engines.contract.provenance import sha256_of

SCHEMA = "plumbline/annotation.summary/1"
_GIVE = "give PREFIX.summary.json of plumbline annotate"
_UPDATE = b'{"type":"variant_update"'
_FOURTH = b'"tier":"IV"'

Variant = dict[str, Any]


@dataclass
class Annotation:
    """One run.

    Attributes:
        path: of its summary.
        summary: what it holds.
        variants: allele → data of its message, of those that the summary lists.
        messages: file with the messages of all; None where it is not beside the summary.
    """

    path: Path
    summary: dict[str, Any]
    messages: Path | None
    variants: dict[str, Variant] = field(default_factory=dict)

    def look_up(self, alleles: Collection[str]) -> None:
        """Add variants that the summary does not list."""
        for told in self._told(lambda line: True):
            if told["allele"] in alleles:
                self.variants.setdefault(told["allele"], told)

    def add_fourth(self) -> None:
        """Add all of tier IV, which no summary lists."""
        for told in self._told(lambda line: _FOURTH in line):
            if told["tier"] == "IV":
                self.variants.setdefault(told["allele"], told)

    def _told(self, is_wanted: Any) -> Iterator[Variant]:
        if self.messages is None:
            return
        with open(self.messages, "rb") as file:
            for number, line in enumerate(file, 1):
                if line.startswith(_UPDATE) and is_wanted(line):
                    try:
                        yield json.loads(line)["data"]
                    except (ValueError, LookupError) as error:
                        raise BadData(f"{self.messages}, line {number}: {error}") from error


def read(path: Path) -> Annotation:
    """Read ``PREFIX.summary.json``, and find ``PREFIX.ndjson`` beside it.

    Raises:
        InputMissing: there is no such file.
        BadData: it is no summary of an annotation, or has the messages of another beside it.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputMissing(f"{path}: no such file", hint=_GIVE) from None
    except (ValueError, OSError) as error:
        raise BadData(f"{path}: cannot be read: {error}", hint=_GIVE) from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise BadData(f"{path}: not the summary of an annotation", hint=_GIVE)
    messages = path.with_name(data["messages"]["name"])
    if messages.is_file() and sha256_of(messages) != data["messages"]["sha256"]:
        raise BadData(
            f"{messages}: not the messages of {path.name}: they are of another run, or damaged",
            hint="put those of the same run beside it, or move these away",
        )
    found = Annotation(path, data, messages if messages.is_file() else None)
    found.variants = {each["allele"]: each for each in data["variants"]}
    return found
