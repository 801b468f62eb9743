"""What changed, and which statements made it change."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engines.annotate.history.read import Annotation, Variant
from engines.annotate.verdict import TIERS

Json = dict[str, Any]

_SAME = ("level", "rating", "tier", "significance", "direction", "nearness", "match", "therapies")
"""Of a statement: what can change its weight."""
_SETTING = ("calls", "disease", "build", "consequences", "population", "tumour_only")


@dataclass(frozen=True)
class Cause:
    """A statement that is not what it was.

    Attributes:
        what: added, removed, changed, counted (it was not before), or rejected (not any more).
        decisive: it decided a tier, before or after.
        changes: field → [before, after]; of a rejected one, why.
    """

    id: str
    what: str
    decisive: bool
    changes: dict[str, list[Any]]


@dataclass(frozen=True)
class Change:
    """A variant that is told otherwise.

    Attributes:
        kind: raised, lowered, oncogenicity, added or gone (of the input, not of knowledge).
        contexts: question → [before, after], of those that changed.
        causes: statements, those that decided first.
        reasons: the sentences on the tier, before and after.
    """

    allele: str
    name: str
    kind: str
    before: str | None
    after: str | None
    oncogenicity: list[str | None]
    contexts: dict[str, list[str | None]]
    causes: list[Cause]
    reasons: list[str | None]


def compare(old: Annotation, new: Annotation) -> Json:
    """Everything that changed from ``old`` to ``new``; variants in the order of the new input."""
    for one in (old, new):
        one.add_fourth()
    old.look_up(new.variants.keys() - old.variants.keys())
    new.look_up(old.variants.keys() - new.variants.keys())
    alleles = list(dict.fromkeys((*new.variants, *old.variants)))
    pairs = [(allele, old.variants.get(allele), new.variants.get(allele)) for allele in alleles]
    changes = [found for pair in pairs if (found := _change(*pair, old, new))]
    changes.sort(key=lambda each: TIERS.index(each.after or each.before or "IV"))
    return {
        "schema": "plumbline/annotation.history/1",
        "old": _described(old),
        "new": _described(new),
        "setting": _different(old.summary, new.summary),
        "knowledge": _knowledge(old.summary, new.summary),
        "compared": len(alleles),
        "evidence_only": _evidence_only(pairs, {each.allele for each in changes}),
        "changes": [asdict(each) for each in changes],
    }


def _evidence_only(
    pairs: list[tuple[str, Variant | None, Variant | None]], changed: set[str]
) -> list[str]:
    """Alleles of which other statements speak now, but which are told as before."""
    return [
        allele
        for allele, old, new in pairs
        if allele not in changed and old and new and _causes(old, new)
    ]


def _described(one: Annotation) -> Json:
    return {"name": one.path.name, "tiers": one.summary["tiers"], "all": one.messages is not None}


def _different(old: Json, new: Json) -> Json:
    """What was asked otherwise: then not only knowledge can be the cause."""
    found = {key: [old[key], new[key]] for key in _SETTING if old[key] != new[key]}
    if old["engine"] != new["engine"]:
        found["engine"] = [old["engine"]["version"], new["engine"]["version"]]
    before, after = old["options"], new["options"]
    for key in sorted(before.keys() | after.keys()):
        if key not in _SETTING and before.get(key) != after.get(key):
            found[f"option {key}"] = [before.get(key), after.get(key)]
    return found


def _knowledge(old: Json, new: Json) -> list[Json]:
    """Sources that are not the same, by name and role."""

    def by_name(data: Json) -> dict[tuple[str, str], Json]:
        return {(each["name"], each["role"]): each for each in data["knowledge"]}

    before, after = by_name(old), by_name(new)
    return [
        {
            "name": key[0],
            "role": key[1],
            "before": _release(before.get(key)),
            "after": _release(after.get(key)),
        }
        for key in dict.fromkeys((*after, *before))
        if before.get(key, {}).get("sha256") != after.get(key, {}).get("sha256")
    ]


def _release(source: Mapping[str, Any] | None) -> str | None:
    return (source["date"] or source["release"] or "undated") if source else None


def tier_of(entry: Mapping[str, Any]) -> str:
    """``I-A``."""
    return f"{entry['tier']}-{entry['level']}" if entry["level"] else str(entry["tier"])


def _change(
    allele: str, old: Variant | None, new: Variant | None, was: Annotation, now: Annotation
) -> Change | None:
    if old is None or new is None:
        return _one_sided(allele, old, new, was, now)
    tiers, classes = (tier_of(old), tier_of(new)), (_class(old), _class(new))
    contexts = _contexts(old, new)
    if tiers[0] == tiers[1] and classes[0] == classes[1] and not contexts:
        return None
    step = TIERS.index(tiers[1]) - TIERS.index(tiers[0])
    kind = "raised" if step < 0 else "lowered" if step > 0 else "contexts"
    if kind == "contexts" and not contexts:
        kind = "oncogenicity"
    reasons = [old["tier_reason"], new["tier_reason"]]
    causes = _causes(old, new)
    return Change(allele, name_of(new), kind, *tiers, list(classes), contexts, causes, reasons)


def _one_sided(
    allele: str, old: Variant | None, new: Variant | None, was: Annotation, now: Annotation
) -> Change | None:
    """Of the other run all is known, so it does not have the variant; or it is not known."""
    found = new or old
    assert found is not None
    if found["tier"] == "IV" and (was.messages is None or now.messages is None):
        return None  # nobody can tell what it was
    other = was if old is None else now
    kind = ("added" if old is None else "gone") if other.messages else "unknown"
    before, after = (tier_of(each) if each else None for each in (old, new))
    classes = [_class(each) if each else None for each in (old, new)]
    reasons = [each["tier_reason"] if each else None for each in (old, new)]
    return Change(allele, name_of(found), kind, before, after, classes, {}, [], reasons)


def _class(variant: Variant) -> str | None:
    found = variant["oncogenicity"]
    return found["class"] if found else None


def name_of(variant: Variant) -> str:
    """``BRAF p.Val600Glu``, or where it is."""
    what = (variant.get("consequence") or "").partition("&")[0].replace("_", " ")
    words = [variant["gene"], variant.get("hgvs_p") or variant.get("hgvs_c") or what]
    told = " ".join(word for word in words if word) if variant["gene"] else ""
    return told or f"{variant['chrom']}:{variant['pos']}"


def _contexts(old: Variant, new: Variant) -> dict[str, list[str | None]]:
    before = {each["context"]: tier_of(each) for each in old["contexts"]}
    after = {each["context"]: tier_of(each) for each in new["contexts"]}
    return {
        name: [before.get(name), after.get(name)]
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }


def _causes(old: Variant, new: Variant) -> list[Cause]:
    before, after = ({e["id"]: e for e in each["evidence"]} for each in (old, new))
    without, now_without = (
        {e["id"]: e["why"] for e in each["rejected_evidence"]} for each in (old, new)
    )
    found = []
    for name in dict.fromkeys((*after, *before)):
        one, other = before.get(name), after.get(name)
        decisive = any(each and each["decisive"] for each in (one, other))
        if one and other:
            changes = {k: [one.get(k), other.get(k)] for k in _SAME if one.get(k) != other.get(k)}
            if changes:
                found.append(Cause(name, "changed", decisive, changes))
        elif other:
            what = "counted" if name in without else "added"
            why = {"rejected": [without[name], None]} if name in without else {}
            found.append(Cause(name, what, decisive, why | _worth(other, last=True)))
        elif one:
            what = "rejected" if name in now_without else "removed"
            why = {"rejected": [None, now_without[name]]} if name in now_without else {}
            found.append(Cause(name, what, decisive, why | _worth(one, last=False)))
    return sorted(found, key=lambda each: (not each.decisive, each.what, each.id))


def _worth(statement: Mapping[str, Any], last: bool) -> dict[str, list[Any]]:
    level = statement.get("level")
    return {"level": [None, level] if last else [level, None]}
