"""Reads of each allele as callers tell them that do not write AD for REF and each ALT.

Strelka2: of single bases AU, CU, GU, TU, of insertions and deletions TAR and TIR, each for two sets
of reads; the first ("tier 1") is the one that its guide takes for the share of an allele
(github.com/Illumina/strelka, docs/userGuide, "Somatic variant allele frequencies").
VarScan: AD of the ALT alone, RD of the REF.
"""

from collections.abc import Mapping

KEYS = frozenset({"TIR", "AU", "RD"})
"""A FORMAT with none of these is of another caller."""


def depths_of(told: Mapping[str, str], ref: str, alts: list[str]) -> list[int] | None:
    """Reads of REF and of each ALT; None where they are not told.

    Args:
        told: key of FORMAT → value of the tumour.
    """
    if "TIR" in told:
        found = [told.get("TAR", ""), told["TIR"]] if len(alts) == 1 else []
    elif "AU" in told:
        bases = [ref, *alts]
        found = [told.get(f"{base.upper()}U", "") for base in bases] if _single(bases) else []
    else:
        found = [told.get("RD", ""), told.get("AD", "")] if len(alts) == 1 else []
    firsts = [text.partition(",")[0] for text in found]
    if not firsts or not all(text.isascii() and text.isdigit() for text in firsts):
        return None
    return [int(text) for text in firsts]


def _single(bases: list[str]) -> bool:
    return all(len(base) == 1 for base in bases)
