"""Tumour mutational burden, where it can be told at all; microsatellite instability as given."""

import re
from math import sqrt
from typing import Any

from engines.annotate.evidence import Profile
from engines.annotate.texts.library import CLINICAL, HERE, Library, strength
from engines.annotate.texts.phrases import SHOWN, claim, level_of
from engines.annotate.texts.setting import CALLS, Setting
from engines.annotate.texts.sighted import COMMON_AF, Sighted
from engines.annotate.texts.variant import LOW_VAF

MOST_MEGABASES = 70.0
"""Exomes with their flanks are smaller; more is a genome, most of which codes for nothing."""
_Z = 1.959964
_WORD = r"\b(?:msi|microsatellite instability)"
_RESULTS = {
    "high": re.compile(_WORD + r"(?:[- ]*h(?:igh)?)?$", re.IGNORECASE),
    "low": re.compile(_WORD + r"[- ]*l(?:ow)?$", re.IGNORECASE),
    "stable": re.compile(r"\bmss$|\bmicrosatellite[- ]stab(?:le|ility)$", re.IGNORECASE),
}
"""Names of statements on each result; who says MSI alone means a high one."""


def biomarker_facts(library: Library, setting: Setting, sighted: Sighted) -> dict[str, Any]:
    """For ``biomarkers.jinja``."""
    regions = setting.callable
    return {
        "tmb": _burden(setting, sighted),
        "population": setting.population,
        "callable": regions.path.name if regions else CALLS,
        "consequence_sources": [setting.consequences or CALLS],
        "disease": library.disease.name,
        "msi": setting.msi,
        "msi_says": _of_instability(library, setting.msi),
    }


def _of_instability(library: Library, msi: str | None) -> list[dict[str, Any]]:
    """Somatic statements on this result for the disease, the strongest first."""
    pattern = _RESULTS.get(msi or "")
    if pattern is None:
        return []
    known = library.knowledge
    found = [
        each
        for each in sorted((*known.assertions, *known.items), key=strength)
        if each.supports
        and each.kind in CLINICAL
        and _is_named(known.profiles.get(each.profile), pattern)
        and known.diseases.nearness(library.disease, each) in HERE
    ]
    return [
        {"id": each.id, "says": claim(each), "level": level_of(each), "disease": each.disease}
        for each in found[:SHOWN]
    ]


def _is_named(profile: Profile | None, pattern: re.Pattern[str]) -> bool:
    if profile is None or len(profile.parts) != 1:
        return False
    return pattern.search(profile.parts[0].name) is not None


def _burden(setting: Setting, sighted: Sighted) -> dict[str, Any]:
    regions, number = setting.callable, sighted.burden["counted"]
    megabases = regions.bases / 1e6 if regions else 0.0
    why = _why_not(setting, megabases)
    if why:
        return {"why": why}
    low, high = poisson_interval(number)
    return {
        "why": "",
        "number": number,
        "megabases": megabases,
        "value": number / megabases,
        "low": low / megabases,
        "high": high / megabases,
        "filtered": sighted.burden["filtered"],
        "faint": sighted.burden["faint"],
        "common": sighted.burden["common"],
        "outside": sighted.burden["outside"],
        "least_vaf": LOW_VAF,
        "common_af": COMMON_AF,
    }


def _why_not(setting: Setting, megabases: float) -> str:
    if setting.callable is None:
        return "how many bases are callable is not known"
    if not megabases:
        return "no base is callable"
    if setting.consequences is None:
        return "which variants change a protein was not assessed"
    if megabases > MOST_MEGABASES:
        return (
            f"{megabases:,.0f} callable Mb are more than the coding part of a genome; "
            "give the callable part of that"
        )
    if setting.tumour_only is not False and setting.population is None:
        return "without a matched normal and a population source inherited variants would count"
    return ""


def poisson_interval(number: int) -> tuple[float, float]:
    """95 % interval of a count by Byar's approximation of the Poisson limits."""
    upper = number + 1
    high = upper * (1 - 1 / (9 * upper) + _Z / (3 * sqrt(upper))) ** 3
    if not number:
        return 0.0, high
    return number * (1 - 1 / (9 * number) - _Z / (3 * sqrt(number))) ** 3, high
