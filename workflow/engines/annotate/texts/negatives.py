"""Variants that matter for this disease, were not found, and would have been seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engines.annotate.evidence import Assertion, Item, Part, Profile, Region, Statement
from engines.annotate.texts.library import CLINICAL, HERE, Library, strength
from engines.annotate.texts.setting import CALLS, RUN, Setting, covers
from engines.annotate.texts.sighted import Sighted

SMALL = frozenset({Part.ALLELE, Part.PROTEIN, Part.CODON, Part.EXON})
SHOWN = 20
_ASSERTED = frozenset({"I-A", "I-B"})


@dataclass(frozen=True)
class Wanted:
    """An alteration that a negative could be told of.

    Attributes:
        regions: where it lies; empty where the source does not say it for this build.
        ids: what makes it matter.
    """

    gene: str
    name: str
    profile: str
    regions: tuple[Region, ...]
    ids: list[str] = field(default_factory=list)

    @property
    def key(self) -> str:
        return self.profile


def is_strong(statement: Statement) -> bool:
    """Level A or B, or an assertion of tier I; somatic and supporting."""
    if statement.kind not in CLINICAL or not statement.supports or statement.origin == "germline":
        return False
    if isinstance(statement, Assertion):
        return statement.amp in _ASSERTED
    return isinstance(statement, Item) and statement.level in ("A", "B")


def wanted(library: Library, build: str) -> tuple[list[Wanted], dict[str, list[str]]]:
    """Small variants that matter for the disease; and of other alterations name → ids."""
    knowledge = library.knowledge
    found: dict[str, Wanted] = {}
    others: dict[str, list[str]] = {}
    for each in sorted((*knowledge.assertions, *knowledge.items), key=strength):
        profile = knowledge.profiles.get(each.profile)
        if profile is None or not is_strong(each):
            continue
        if knowledge.diseases.nearness(library.disease, each) not in HERE:
            continue
        part = profile.parts[0] if len(profile.parts) == 1 else None
        if part is None or part.part not in SMALL:
            if not (part and part.part in (Part.STATE, Part.UNKNOWN)):
                others.setdefault(_name(profile), []).append(each.id)
            continue
        if profile.id not in found:
            regions = _regions(part.alleles.get(build, ()), part.regions.get(build, ()))
            found[profile.id] = Wanted(part.gene, part.name, profile.id, regions)
        found[profile.id].ids.append(each.id)
    return sorted(found.values(), key=lambda each: (each.gene, each.name)), others


def _name(profile: Profile) -> str:
    """``ALK fusions``, where the source calls it ``ALK ALK fusions``."""
    first, *rest = profile.name.split(" ")
    return " ".join(rest) if rest and rest[0].startswith(first) else profile.name


def _regions(alleles: Iterable[Any], regions: tuple[Region, ...]) -> tuple[Region, ...]:
    if regions:
        return regions
    return tuple(
        Region(each.chrom, each.pos, each.pos + max(len(each.ref), 1) - 1) for each in alleles
    )


def places(found: Iterable[Wanted]) -> dict[str, tuple[Region, ...]]:
    """Name → stretches, for :class:`engines.annotate.texts.sighted.Watch`."""
    return {each.key: each.regions for each in found}


def negative_facts(
    library: Library,
    setting: Setting,
    found: tuple[list[Wanted], Mapping[str, list[str]]],
    sighted: Sighted,
    unread: set[str],
) -> dict[str, Any]:
    """For ``negatives.jinja``.

    Args:
        found: see :func:`wanted`.
        unread: keys of places where a record could not, or may not, be used.
    """
    absent: dict[str, list[Wanted]] = {}
    unknown: dict[tuple[str, str], list[Wanted]] = {}
    for each in found[0]:
        if each.profile in sighted.profiles:
            continue
        why = _why_unknown(each, setting, sighted, unread)
        if why:
            unknown.setdefault((each.gene, why), []).append(each)
        else:
            absent.setdefault(each.gene, []).append(each)
    others = found[1]
    return {
        "is_given": setting.callable is not None,
        "assessed": setting.consequences is not None,
        "disease": library.disease.name,
        "callable": setting.callable.path.name if setting.callable else RUN,
        "absent": [{"gene": gene, **_listed(group)} for gene, group in absent.items()],
        "unknown": [
            {"gene": gene, "why": why, "by_region": why != _NOWHERE, **_listed(group)}
            for (gene, why), group in unknown.items()
        ],
        "others": list(others)[:SHOWN]
        + ([f"and {len(others) - SHOWN:,} more"] if len(others) > SHOWN else []),
        "other_ids": [ids[0] for ids in list(others.values())[:SHOWN]],
        "sources": library.evidence_sources or [CALLS],
    }


_NOWHERE = "its source tells no place in this genome"


def _why_unknown(each: Wanted, setting: Setting, sighted: Sighted, unread: set[str]) -> str:
    regions = setting.callable
    if not each.regions:
        return _NOWHERE
    if regions is None or not all(covers(regions, r.chrom, r.start, r.end) for r in each.regions):
        return "not callable throughout"
    if each.key in unread:
        return "a record that may lie there could not be used"
    if setting.consequences is None and each.key in sighted.places:
        return "another variant lies there, and what that does was not assessed"
    return ""


def _listed(group: list[Wanted]) -> dict[str, Any]:
    ids = dict.fromkeys(name for each in group for name in each.ids[:2])
    names = list(dict.fromkeys(each.name for each in group))
    return {"names": names, "ids": list(ids)}
