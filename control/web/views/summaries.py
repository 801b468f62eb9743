"""The summaries of engines among the results, checked, and which of them are still to come."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from control.web.views.material import Material
from engines.charts.expected import FOLDERS, expected_samples
from engines.charts.summaries import Summary, own_name, summary_of
from engines.contract.errors import EngineError

SHEET = "samples.tsv"
NAMED = 12  # samples that a note names
_KEPT_BYTES = 1 << 20  # of a list that is remembered as it was read


@dataclass
class Found:
    """Summaries of one kind.

    Attributes:
        summaries: of samples that the run's own list names, or all where it has none.
        notes: how many there are of how many, and what is left out.
        problems: what could not be read, or was not made.
    """

    summaries: list[Summary] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read(material: Material, kind: str, noun: str = "samples") -> Found:
    """All summaries of one kind.

    Args:
        kind: one of :data:`engines.charts.summaries.KINDS`.
        noun: what they are of.
    """
    found, expected = Found(), _expected(material, kind)
    others = 0
    for path in material.within(FOLDERS[kind]):
        name = own_name(Path(path))
        if expected and name not in expected:
            others += 1
            continue
        text = material.text(path)
        if text is None:
            continue
        try:
            found.summaries.append(Summary(name, Path(path), summary_of(Path(path), text, kind)))
        except (EngineError, RecursionError) as error:
            found.problems.append(getattr(error, "message", f"{path}: cannot be read"))
    _tell(found, material, expected, noun)
    if others:
        found.notes.append(f"Left out, {noun} of earlier runs in the same folder: {others}.")
    return found


def _tell(found: Found, material: Material, expected: Sequence[str], noun: str) -> None:
    there = {summary.sample for summary in found.summaries}
    missing = [name for name in expected if name not in there]
    if not missing:
        return
    named = ", ".join(missing[:NAMED]) + (" …" if len(missing) > NAMED else "")
    if not material.origin.is_over:
        found.notes.append(f"{len(there)} of {len(expected)} {noun} so far; to come: {named}.")
    elif there:
        found.problems.append(f"{len(there)} of {len(expected)} {noun}; without a result: {named}")
    else:
        found.problems.append(f"{noun} without a result: {named}")


def _expected(material: Material, kind: str) -> list[str]:
    """What the run's own list of samples asks for; empty where it has none that can be read."""
    text = material.text(SHEET)
    if not text:
        return []
    try:
        named = _named if len(text) <= _KEPT_BYTES else _named.__wrapped__
        return list(named(text, kind))
    except EngineError:
        material.problems.append(f"{SHEET}: cannot be read; all files are shown")
        return []


@lru_cache(maxsize=64)
def _named(text: bytes, kind: str) -> tuple[str, ...]:
    with tempfile.NamedTemporaryFile(suffix=".tsv") as file:
        file.write(text)
        file.flush()
        found: dict[str, Any] = expected_samples(file.name, [kind])
    return tuple(dict.fromkeys([*found[kind], *found[""]]))
