"""Protein changes as HGVS writes them: ``p.Val600Glu``."""

from engines.annotate.variants import ProteinChange

THREE = dict(
    zip(
        "ACDEFGHIKLMNPQRSTUVWXY*",
        (
            *("Ala", "Cys", "Asp", "Glu", "Phe", "Gly", "His", "Ile", "Lys", "Leu", "Met", "Asn"),
            *("Pro", "Gln", "Arg", "Ser", "Thr", "Sec", "Val", "Trp", "Xaa", "Tyr", "Ter"),
        ),
        strict=True,
    )
)


def hgvs(change: ProteinChange) -> str:
    """The HGVS text of a change; residues that are not known are left out as its source did."""
    place = _residue(change.ref[:1], change.start)
    if change.end > change.start:
        place += f"_{_residue(change.ref[-1:], change.end)}"
    return f"p.{place}{_what(change)}"


def _residue(letter: str, number: int) -> str:
    return f"{THREE.get(letter, letter)}{number}"


def _what(change: ProteinChange) -> str:
    alt = change.alt
    for word in ("delins", "ins"):
        if alt.startswith(word):
            return word + _long(alt[len(word) :])
    if alt == "fs" or alt.startswith(("del", "dup", "=", "fs", "ext", "?")):
        return alt
    if change.end == change.start and len(alt) == 1:
        return _long(alt)
    return f"delins{_long(alt)}"


def _long(letters: str) -> str:
    return "".join(THREE.get(letter, letter) for letter in letters)
