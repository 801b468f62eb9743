"""Copies of one gene, such as the ribosomal RNA genes, of which a database has several."""

from collections.abc import Mapping

ALIKE = 0.98  # share of positions at which copies agree


def representatives(references: Mapping[str, str]) -> dict[str, str]:
    """Reference → the one that stands for it: itself, or the first of its copies.

    Copies are equally long and agree at 98 % of positions, so a position means the same in all. A
    read fits them equally well; what an aligner assigns to one of them by chance would leave the
    others without depth. Reads of all copies are counted together on the first.
    """
    found: dict[str, str] = {}
    for name, bases in references.items():
        found[name] = next(
            (
                other
                for other, first in found.items()
                if first == other and _alike(bases, references[other])
            ),
            name,
        )
    return found


def _alike(one: str, other: str) -> bool:
    if len(one) != len(other):
        return False
    same = sum(a == b for a, b in zip(one, other, strict=True))
    return same >= ALIKE * len(one)
