"""The history in lines for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from engines.annotate.history.compare import Json

SHOWN = 8
"""Statements of one variant."""
_WORDS = {
    "raised": "raised",
    "lowered": "lowered",
    "contexts": "other questions",
    "oncogenicity": "oncogenicity",
    "added": "only in the new input",
    "gone": "only in the old input",
    "unknown": "not listed by the other run: of tier III or IV there, or not in its input",
}


def lines(found: Json) -> Iterator[str]:
    """What changed, a line each; a variant's causes stand below it."""
    yield "For research use only."
    for each in found["knowledge"]:
        yield f"  {each['name']} ({each['role']}): {_pair(each['before'], each['after'])}"
    if not found["knowledge"]:
        yield "  the same knowledge"
    for key, (before, after) in found["setting"].items():
        yield f"  asked otherwise: {key}: {_short(before)} → {_short(after)}"
    for side in ("old", "new"):
        if not found[side]["all"]:
            yield f"  the messages of {found[side]['name']} are not beside it: only what it lists"
    if not found["changes"]:
        yield f"No change among {found['compared']:,} variants of tiers I, II, IV or oncogenic."
    if found["evidence_only"]:
        number = len(found["evidence_only"])
        yield f"Of {number:,} more the evidence is not the same, but tiers are (--out names them)."
    for change in found["changes"]:
        yield from _change(change)


def _change(change: Json) -> Iterator[str]:
    tier = change["after"] or "–"
    if change["before"] != change["after"]:
        tier = _pair(change["before"], change["after"])
    yield f"{change['name']} ({change['allele']}): {tier}, {_WORDS[change['kind']]}"
    for name, (before, after) in change["contexts"].items():
        yield f"  {name}: {_pair(before, after)}"
    before, after = change["oncogenicity"]
    if before != after:
        yield f"  oncogenicity: {_pair(before, after)}"
    for cause in change["causes"][:SHOWN]:
        mark = ", decisive" if cause["decisive"] else ""
        told = "; ".join(f"{key} {_pair(*pair)}" for key, pair in cause["changes"].items())
        yield f"  {cause['id']} {cause['what']}{mark}: {told}"
    rest = len(change["causes"]) - SHOWN
    if rest > 0:
        yield f"  and {rest:,} more statements (--out has all)"
    if not change["causes"] and change["kind"] in ("raised", "lowered", "contexts"):
        yield "  by no statement: by the rules, the setting or the population source"


def _pair(before: Any, after: Any) -> str:
    return f"{_short(before)} → {_short(after)}"


def _short(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, Mapping):
        return ", ".join(str(each) for each in value.values() if each is not None)
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    return str(value)
