"""Records that are no small variants: symbolic alleles, breakends, copy numbers."""

import re
from collections.abc import Mapping

from engines.annotate.variants import StructuralCall

BREAKEND = re.compile(r"[\[\]]([^\[\]]+):(\d+)[\[\]]")
_COPIES = re.compile(r"CN(\d+)$")
_KINDS = ("DEL", "DUP", "INS", "INV", "CNV", "BND")


def is_structural(alt: str) -> bool:
    """``<DEL>``, ``N[7:100[``, ``.A``, ``A.``: no sequence that can be compared."""
    return (
        alt[0] == "<"
        or "[" in alt
        or "]" in alt
        or (len(alt) > 1 and (alt[0] == "." or alt[-1] == "."))
    )


def read_structural(
    line: int,
    cells: list[str],
    alt: str,
    chrom: str,
    info: Mapping[str, str],
    copies: str,
    filters: tuple[str, ...],
) -> StructuralCall:
    """One allele of a record; ``copies`` is FORMAT CN of the tumour, empty where it is not told."""
    pos = int(cells[1])
    kind = _kind(alt, info)
    return StructuralCall(
        line=line,
        chrom=chrom,
        pos=pos,
        end=_end(pos, cells[3], kind, info),
        kind=kind,
        original=":".join((cells[0], cells[1], cells[3], alt)),
        copies=_copies(alt, info, copies),
        filters=filters,
    )


def mate(alt: str) -> tuple[str, int] | None:
    """(contig, position) that a breakend joins; None where it joins nothing that is told."""
    found = BREAKEND.search(alt)
    return (found[1].strip("<>"), int(found[2])) if found else None


def _kind(alt: str, info: Mapping[str, str]) -> str:
    if alt[0] != "<":
        return "BND"
    name = alt.strip("<>").upper()
    if _COPIES.fullmatch(name):
        return "CNV"
    main = name.partition(":")[0]
    if main in _KINDS:
        return main
    told = info.get("SVTYPE", "").upper()
    return told if told in _KINDS else main


def _end(pos: int, ref: str, kind: str, info: Mapping[str, str]) -> int:
    if kind in ("BND", "INS"):
        return pos
    told = info.get("END", "")
    if told.isdigit() and int(told) >= pos:
        return int(told)
    length = info.get("SVLEN", "").partition(",")[0].lstrip("-")
    return pos + int(length) if length.isdigit() else pos + len(ref) - 1


def _copies(alt: str, info: Mapping[str, str], of_tumour: str) -> float | None:
    named = _COPIES.fullmatch(alt.strip("<>").upper())
    for text in (of_tumour, info.get("CN", ""), named[1] if named else ""):
        try:
            found = float(text)
        except ValueError:
            continue
        if 0 <= found < 1e6:
            return found
    return None
