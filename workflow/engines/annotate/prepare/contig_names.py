"""How contigs are called: in the input, in the genome, and in what is told."""

import re
from collections.abc import Iterable, Mapping

from engines.contract.errors import BadData
from engines.formats.contigs import map_contigs, other_spelling
from engines.formats.fasta import Reference

_NUMBERED = re.compile(r"(\d+)$")
_REFSEQ = re.compile(r"NC_0*(\d+)\.\d+$")
_LETTERS = {"X": 23, "Y": 24, "MT": 25}


def plain_name(name: str) -> str:
    """Without ``chr``; the mitochondrion is ``MT``; RefSeq's numbers of chromosomes are read."""
    refseq = _REFSEQ.match(name)
    if refseq:
        number = int(refseq[1])
        if number <= 24:
            return {23: "X", 24: "Y"}.get(number, str(number))
        return "MT" if number == 12920 else name
    if name in ("M", "chrM", "MT", "chrMT"):
        return "MT"
    return name[3:] if name.startswith("chr") else name


def natural(name: str) -> tuple[int, str]:
    """Order of plain names where no genome says it: 1 to 22, X, Y, MT, then the rest by name."""
    if name in _LETTERS:
        return _LETTERS[name], ""
    return (int(name), "") if _NUMBERED.fullmatch(name) and int(name) <= 22 else (26, name)


class Names:
    """Names of the input's contigs.

    Attributes:
        ranks: name in the input → place in the order of the genome; not there: not known to it.
        plain: name in the input → name in what is told.
        genome: name in the input → name in the FASTA; empty without one.
        lengths: name in the input → length in bases, where somebody says it.

    Raises:
        BadData: one contig comes under two names, or has another length than in the genome.
    """

    def __init__(
        self,
        what: str,
        header: Mapping[str, int | None],
        seen: Iterable[str],
        reference: Reference | None,
    ) -> None:
        every: dict[str, int | None] = dict(header)
        for name in seen:
            every.setdefault(name, None)
        self.plain = {name: plain_name(name) for name in every}
        self.genome: dict[str, str] = {}
        if reference:
            self.genome = map_contigs(what, every, reference.lengths).names if every else {}
            self.lengths = {a: reference.lengths[b] for a, b in self.genome.items()}
            order = {name: rank for rank, name in enumerate(reference.lengths)}
            self.ranks = {a: order[b] for a, b in self.genome.items()}
            return
        _refuse_two_names(what, self.plain)
        self.lengths = {name: length for name, length in every.items() if length}
        ordered = sorted(every, key=lambda name: natural(self.plain[name]))
        self.ranks = {name: rank for rank, name in enumerate(ordered)}


def _refuse_two_names(what: str, plain: Mapping[str, str]) -> None:
    taken: dict[str, str] = {}
    for name, short in plain.items():
        if taken.setdefault(short, name) != name:
            raise BadData(
                f"{what}: contigs {taken[short]} and {name} are one and the same",
                hint="give the file one way of naming contigs: bcftools annotate --rename-chrs",
            )


def in_genome(name: str, lengths: Mapping[str, int]) -> str | None:
    """What the genome calls a contig of gene models or frequencies; None: it has none such."""
    plain = plain_name(name)
    return next((n for n in (name, plain, other_spelling(plain)) if n in lengths), None)
