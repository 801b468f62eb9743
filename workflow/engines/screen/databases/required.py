"""The grammar of PointFinder's column Required_mut: partners without which a mutation does nothing.

``gyrA_S83L.W.A.V`` is one mutation with any of four residues; a comma means *and*, a
semicolon *or*.
"""

import re
from dataclasses import dataclass

_ONE = re.compile(
    r"(?P<gene>.+)_(?P<ref>[A-Za-z*]|ins|del)(?P<position>-?\d+)(?P<alts>[A-Za-z*]+(?:\.[A-Za-z*]+)*)?"
)


@dataclass(frozen=True, slots=True)
class Partner:
    """One mutation that has to be there: any of ``alts`` at a position; any at all without alts.

    ``kind``: substitution, insertion or deletion.
    """

    gene: str
    kind: str
    position: int
    alts: tuple[str, ...]

    def __str__(self) -> str:
        what = {"substitution": "", "insertion": "ins", "deletion": "del"}[self.kind]
        return f"{self.gene} {what}{self.position}{'/'.join(self.alts)}"


Groups = tuple[tuple[Partner, ...], ...]


def parse(text: str) -> Groups:
    """Groups of partners; all of one group have to be there, and any group will do.

    Raises:
        ValueError: what does not follow the grammar.
    """
    groups = [group for group in text.split(";") if group.strip()]
    return tuple(
        tuple(_partner(one.strip()) for one in group.split(",") if one.strip()) for group in groups
    )


def _partner(text: str) -> Partner:
    found = _ONE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no mutation")
    kind = {"ins": "insertion", "del": "deletion"}.get(found["ref"], "substitution")
    alts = tuple(found["alts"].split(".")) if found["alts"] else ()
    return Partner(found["gene"], kind, int(found["position"]), alts)
