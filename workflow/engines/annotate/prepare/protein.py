"""Changes of proteins from what annotators write: HGVS, VEP's columns, bcftools csq."""

import re
from functools import lru_cache

from engines.annotate.knowledge.protein_names import THREE, read_change
from engines.annotate.variants import ProteinChange

_SIMPLE = re.compile(r"p\.([A-Z][a-z]{2})([1-9]\d*)([A-Z][a-z]{2}|=|%3D|\*)$")
_LETTERS = {name.title(): letter for name, letter in THREE.items()} | {
    "=": "=",
    "%3D": "=",
    "*": "*",
}
_CSQ = re.compile(r"(\d+)([A-Z*]*)(\.\.\d+)?(?:>(\d+)([A-Z*]*)(\.\.\d+)?)?$")


@lru_cache(maxsize=4096)
def from_hgvs(text: str) -> ProteinChange | None:
    """``ENSP00000288602.6:p.Val600Glu``, ``p.(V600E)``, ``p.Leu858%3D``; None: cannot be read."""
    change = text.rpartition(":")[2]
    simple = _SIMPLE.match(change)
    if simple:
        ref, place, alt = simple.groups()
        if ref in _LETTERS and alt in _LETTERS and ref != "Ter":
            return ProteinChange(int(place), int(place), _LETTERS[ref], _LETTERS[alt])
    change = change.replace("%3D", "=").replace("%3d", "=")
    if change in ("", ".", "p.?", "p.="):
        return None
    return read_change(change)


@lru_cache(maxsize=4096)
def from_columns(position: str, letters: str) -> ProteinChange | None:
    """VEP's Protein_position (``600`` or ``600/766``, ``746-750``) and Amino_acids (``V/E``)."""
    place = position.partition("/")[0]
    first, _, last = place.partition("-")
    ref, slash, alt = letters.partition("/")
    if not first.isdigit() or (last and not last.isdigit()):
        return None
    start = int(first)
    if not slash:
        return ProteinChange(start, start, ref, "=") if len(ref) == 1 else None
    if "X" in alt:  # the frame is shifted, or cut by the end of the transcript
        whole = alt.rstrip("X")
        return _shifted(start, ref.replace("-", ""), whole)
    ref, alt = ref.replace("-", ""), alt.replace("-", "")
    if not ref:  # between the two residues of the position
        return ProteinChange(start, start + 1, "XX", "ins" + alt) if alt else None
    return _change(start, ref, alt)


def _shifted(start: int, ref: str, alt: str) -> ProteinChange | None:
    same = _shared(ref, alt)
    left = ref[same : same + 1]
    return ProteinChange(start + same, start + same, left or "X", "fs")


@lru_cache(maxsize=256)  # the same on most transcripts of a call
def from_csq(text: str, terms: tuple[str, ...]) -> ProteinChange | None:
    """``600V>600E``, ``745KELREA>745K``, ``960G``: the amino acids of ``bcftools csq``."""
    if not text:
        return ProteinChange(1, 1, "M", "?") if "start_lost" in terms else None
    found = _CSQ.match(text)
    if not found:
        return None
    start, ref, ref_cut, _, alt, alt_cut = found.groups()
    place = int(start)
    if alt is None:
        return ProteinChange(place, place + len(ref) - 1, ref, "=") if ref else None
    if "frameshift_variant" in terms:
        return _frameshift(place, ref, alt)
    if "start_lost" in terms and place == 1:
        return ProteinChange(1, 1, "M", "?")
    if "stop_lost" in terms and "*" in ref:
        at = ref.index("*")
        return ProteinChange(place + at, place + at, "*", alt[at : at + 1] or "?")
    if ref_cut or alt_cut:
        return _cut(place, ref, ref_cut, alt, alt_cut)
    return _change(place, ref, alt)


def _frameshift(start: int, ref: str, alt: str) -> ProteinChange | None:
    """At the first residue that is another, as HGVS has it; a stop there is a stop."""
    same = _shared(ref, alt)
    if same >= len(ref):
        return None  # what is shown is all the same: nobody can say where it begins
    to = "*" if alt[same : same + 1] == "*" else "fs"
    return ProteinChange(start + same, start + same, ref[same], to)


def _cut(
    start: int, ref: str, ref_cut: str | None, alt: str, alt_cut: str | None
) -> ProteinChange | None:
    """A long deletion of which only the first residues are shown."""
    if alt_cut or not ref_cut or not ref.startswith(alt):
        return None
    end = int(ref_cut[2:]) - 1  # csq tells the first residue behind
    first = start + len(alt)
    return (
        ProteinChange(first, end, (ref[len(alt) : len(alt) + 1] or "X") + "X", "del")
        if end >= first
        else None
    )


def _change(start: int, ref: str, alt: str) -> ProteinChange | None:
    """The shortest change between two stretches of a protein."""
    if ref == alt:
        return ProteinChange(start, start + len(ref) - 1, ref, "=") if ref else None
    stop = alt.find("*")
    if stop >= 0:  # what comes behind a stop does not matter
        alt = alt[: stop + 1]
        same = _shared(ref, alt)
        if alt[same:] == "*" and same < len(ref):
            return ProteinChange(start + same, start + same, ref[same], "*")
    same = _shared(ref, alt)
    left, right = ref[same:], alt[same:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    first = start + same
    end = first + len(left) - 1
    if not right:
        return ProteinChange(first, end, left, "del")
    if not left:
        return _insertion(first, right, ref[:same], ref[same : same + 1])
    if len(left) == len(right) == 1:
        return ProteinChange(first, first, left, right)
    return ProteinChange(first, end, left, "delins" + right)


def _insertion(first: int, letters: str, before: str, behind: str) -> ProteinChange:
    """Before residue ``first``; of what stands before it once more it is a duplication."""
    if before.endswith(letters):
        return ProteinChange(first - len(letters), first - 1, letters, "dup")
    return ProteinChange(first - 1, first, (before[-1:] or "X") + (behind or "X"), "ins" + letters)


def _shared(ref: str, alt: str) -> int:
    same = 0
    for a, b in zip(ref, alt, strict=False):
        if a != b:
            break
        same += 1
    return same
