"""Who calls variants: what each program can do, the settings it is given, and what does not fit."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engines.configuration.problems import Problems
from engines.configuration.sheet import NONE, Row, lanes
from engines.contract.wording import did_you_mean, either, quoted

SMALL, STRUCTURAL = "small_variants", "structural_variants"
# Caller → the kind of variants that it calls.
CALLERS = {
    "bcftools": SMALL,
    "freebayes": SMALL,
    "gatk": SMALL,
    "deepvariant": SMALL,
    "strelka": SMALL,
    "parabricks": SMALL,
    "delly": STRUCTURAL,
    "sniffles": STRUCTURAL,
}
# Those that judge their calls by a model of their own.
WITH_MODEL = ("gatk", "deepvariant", "strelka", "parabricks")
# Those that choose it by what the reads were sequenced with.
BY_PLATFORM = ("deepvariant", "parabricks")
# Least qualities of reads and bases → callers that have an option for it.
QUALITIES = {
    "min_mapping_quality": ("bcftools", "freebayes", "gatk", "deepvariant", "delly", "sniffles"),
    "min_base_quality": ("bcftools", "freebayes", "gatk", "deepvariant"),
}
# Those that are for reads of one kind only; the others take both.
FOR_SHORT_READS = ("freebayes", "strelka", "delly")
FOR_LONG_READS = ("sniffles",)

# Presets of minimap2 for long reads → what they were sequenced with (PL of their read groups).
LONG_PRESETS = {"map-ont": "ONT", "lr:hq": "ONT", "map-hifi": "PACBIO", "map-pb": "PACBIO"}
LONGEST_SHORT = 1000
"""Simulated reads with more bases are long ones, which have no mates."""


def tool_of(caller: str, config: Mapping[str, Any]) -> str:
    """The program behind the name of a caller or of settings for one."""
    return str(settings_of(caller, config)["caller"])


def settings_of(caller: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """How variants are called by this name: as ``call`` says, but for what it has itself.

    Structural variants never come as gVCF.
    """
    own = config["call"]["settings"].get(caller, {"caller": caller})
    common = {key: config["call"][key] for key in ("filter", "gvcf")}
    settings = common | {key: value for key, value in own.items() if value is not None}
    settings["gvcf"] = settings["gvcf"] and CALLERS[settings["caller"]] == SMALL
    return settings


def callers_of(row: Row, config: Mapping[str, Any], problems: Problems) -> tuple[str, ...]:
    """By whom the variants of a row are called: its own column, else those of the configuration.

    Alignments that were brought are only called where the row says by whom.
    """
    cell = row.get("callers")
    if cell == NONE:
        return ()
    if cell is None:
        names = config["call"]["callers"] if "fastq_1" in row.cells else ()
        return tuple(name for name in names if name in _known(config))
    names = lanes(cell)
    for name in names:
        if trouble := _name_problem(name, config):
            problems.add(row.where("callers"), trouble)
        elif names.count(name) > 1:
            problems.add(row.where("callers"), f"{name} is there twice")
    return tuple(dict.fromkeys(name for name in names if name in _known(config)))


def check_call(config: Mapping[str, Any], told: Callable[[str, str], None]) -> None:
    """Do the names of callers exist, and does each have what its settings ask for?"""
    for name in config["call"]["callers"]:
        if trouble := _name_problem(name, config):
            told("call.callers", trouble)
    for name, own in config["call"]["settings"].items():
        tool, key = own["caller"], f"call.settings.{name}"
        if name in CALLERS and name != tool:
            told(key, f"{name} is a caller itself, and these are for {tool}; choose another name")
        if own.get("filter") == "model" and tool not in WITH_MODEL:
            told(f"{key}.filter", f"{tool} has no model to filter by; write hard or none")
        if own.get("gvcf") and CALLERS[tool] != SMALL:
            told(f"{key}.gvcf", f"{tool} calls structural variants, and a gVCF has none")
        for quality, having in QUALITIES.items():
            if own.get(quality) is not None and tool not in having:
                told(f"{key}.{quality}", f"{tool} has no option for it; leave it empty")
        wanted = settings_of(name, config)["filter"]
        if own.get("expression") and wanted != "hard":
            told(f"{key}.expression", f"is for filter hard, and the filter is {wanted}")


def check_model(
    used: Iterable[str], config: Mapping[str, Any], told: Callable[[str, str], None]
) -> None:
    """Can all of them filter as ``call.filter`` says, where it is left to their model?

    Args:
        used: names of callers by which samples are called.
    """
    for name in dict.fromkeys(used):
        if trouble := _gvcf_problem(settings_of(name, config)):
            told("call.gvcf", f"{name}: {trouble}")
    if config["call"]["filter"] != "model":
        return
    own = config["call"]["settings"]
    common = [name for name in dict.fromkeys(used) if not own.get(name, {}).get("filter")]
    lacking = dict.fromkeys(tool_of(name, config) for name in common)
    if without := [tool for tool in lacking if tool not in WITH_MODEL]:
        names = " and ".join(without)
        told(
            "call.filter",
            f"{names}: no model to filter by; write hard or none, or a filter in call.settings",
        )


def _gvcf_problem(settings: Mapping[str, Any]) -> str:
    """Why a gVCF of HaplotypeCaller cannot be filtered; empty where it can."""
    tool, filter_ = settings["caller"], settings["filter"]
    if not settings["gvcf"] or settings.get("expression"):
        return ""
    if (tool, filter_) == ("gatk", "model"):
        return "the model of gatk scores no gVCF; write filter: none"
    if filter_ == "hard" and tool in ("gatk", "parabricks"):
        return (
            "GATK's hard filters need QD, FS, SOR and MQ, which GenotypeGVCFs adds and no gVCF "
            "has; write filter: none, or an expression"
        )
    return ""


def kind_problem(tool: str, is_long: bool | None) -> str:
    """Why a program cannot call from reads of this kind; empty where it can, or nobody knows.

    Args:
        is_long: whether the reads are long ones, None where nobody says.
    """
    if is_long and tool in FOR_SHORT_READS:
        return f"{tool} is for short reads, and these are long"
    if is_long is False and tool in FOR_LONG_READS:
        return f"{tool} is for long reads, and these are short"
    return ""


def _known(config: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*CALLERS, *config["call"]["settings"]]))


def _name_problem(name: str, config: Mapping[str, Any]) -> str:
    known = _known(config)
    if name in known:
        return ""
    near = did_you_mean(name, known) or f"; there is {either(known)}"
    return f"{quoted(name)} is not a caller{near}"
