"""Reads aligned to the genes of a panel by minimap2, fragment by fragment."""

import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import BadData
from engines.screen.calling import tool
from engines.screen.calling.tool import MINIMAP2

_CIGAR = re.compile(r"(\d+)([MIDNSHP=X])")
# short reads; shorter seeds than the preset's, for genes that differ by up to a tenth; one
# batch of bases at a time, so that the memory does not grow with the input
_OPTIONS = ("-a", "-x", "sr", "-k", "15", "-w", "5", "--secondary=no", "-K", "20M")
_UNMAPPED, _REVERSE, _SECOND, _NOT_FIRST = 0x4, 0x10, 0x80, 0x100 | 0x800


EDGE = 15  # bases at the end of a gene to which an alignment is extended
_FEW = 3  # of them that may differ: a whole codon

Cigar = tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Aligned:
    """One read on a reference.

    Attributes:
        start: 0-based position of its first aligned base.
        cigar: length and operation, as SAM has them.
        bases, qualities: of the read in the direction of the reference (Phred + 33; empty
            without qualities).
        mate: 1 or 2.
        identity: share of the columns that agree, a gap counted as one column, whatever its
            length; what was cut off the read although the reference goes on there disagrees.
    """

    read: str
    mate: int
    reference: str
    start: int
    cigar: Cigar
    bases: str
    qualities: str
    identity: float


def align(
    reads: Sequence[Path], references: Mapping[str, str], threads: int = 1
) -> Iterator[list[Aligned]]:
    """The aligned reads of each fragment, in the order of the input.

    Args:
        reads: a file of single reads, or the two of pairs in the same order.

    Raises:
        Unavailable: no minimap2. EngineError, Transient: it failed. BadData: its output is cut.
    """
    program = MINIMAP2.path()
    with tempfile.TemporaryDirectory(prefix="plumbline-mutations-") as scratch:
        fasta = Path(scratch) / "references.fa"
        fasta.write_text("".join(f">{n}\n{bases}\n" for n, bases in references.items()))
        with (Path(scratch) / "stderr").open("w+") as said:
            command = [program, *_OPTIONS, "-t", str(threads), str(fasta), *map(str, reads)]
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=said, text=True, encoding="utf-8"
            ) as process:
                try:
                    assert process.stdout is not None
                    yield from _fragments(process.stdout, references)
                except BaseException:
                    process.kill()
                    raise
            said.seek(0)
            tool.check(program, process.returncode, said.read())


def _fragments(lines: Iterable[str], references: Mapping[str, str]) -> Iterator[list[Aligned]]:
    """Reads with the same name stand together, as the input has them."""
    name, together = "", list[Aligned]()
    for line in lines:
        if line.startswith("@"):
            continue
        fields = line.rstrip("\n").split("\t")
        if len(fields) < 11:
            raise BadData("minimap2 wrote a line that was cut off", hint="is the disk full?")
        if fields[0] != name:
            if together:
                yield together
            name, together = fields[0], []
        if not int(fields[1]) & (_UNMAPPED | _NOT_FIRST):
            together.append(_aligned(fields, references[fields[2]]))
    if together:
        yield together


def _aligned(fields: list[str], reference: str) -> Aligned:
    flag, start = int(fields[1]), int(fields[3]) - 1
    cigar = [(int(n), op) for n, op in _CIGAR.findall(fields[5])]
    distance = next((int(tag[5:]) for tag in fields[11:] if tag.startswith("NM:i:")), 0)
    bases = fields[9].upper()
    start, extended, more = _to_the_ends(start, cigar, bases, reference)
    return Aligned(
        fields[0],
        2 if flag & _SECOND else 1,
        fields[2],
        start,
        extended,
        bases,
        fields[10] if fields[10] != "*" else "",
        _identity(start, extended, distance + more, len(reference)),
    )


def _to_the_ends(
    start: int, parts: Sequence[tuple[int, str]], bases: str, reference: str
) -> tuple[int, Cigar, int]:
    """Align a read that goes on beyond its gene up to the gene's end.

    An aligner cuts off a mismatch that is followed by few matches, as one near the end of a gene
    is, but not the wild type there. Of the bases that were cut off, those that the gene still has
    are aligned without gaps, where they differ in few.

    Returns:
        Start, cigar, and how many more bases differ.
    """
    cigar, more = list(parts), 0
    cut, operation = cigar[0]
    if operation == "S" and 0 < start <= min(EDGE, cut):
        different = _different(bases[cut - start : cut], reference[:start])
        if different <= _FEW:
            cigar[:1] = [(cut - start, "S"), (start, "M")]
            start, more = 0, different
    end = start + sum(n for n, op in cigar if op in "M=XDN")
    cut, operation = cigar[-1]
    left = len(reference) - end
    if operation == "S" and len(cigar) > 1 and 0 < left <= min(EDGE, cut):
        at = len(bases) - cut
        different = _different(bases[at : at + left], reference[end:])
        if different <= _FEW:
            cigar[-1:] = [(left, "M"), (cut - left, "S")]
            more += different
    return start, tuple(one for one in cigar if one[0]), more


def _different(one: str, other: str) -> int:
    return sum(a != b for a, b in zip(one, other, strict=True))


def _identity(start: int, cigar: Cigar, distance: int, length: int) -> float:
    """See :class:`Aligned`; ``distance``: bases that differ, are inserted or deleted (NM)."""
    aligned = sum(n for n, op in cigar if op in "M=X")
    gaps = [n for n, op in cigar if op in "ID"]
    different = distance - sum(gaps)
    end = start + sum(n for n, op in cigar if op in "M=XDN")
    cut = min(cigar[0][0], start) if cigar[0][1] in "SH" else 0
    cut += min(cigar[-1][0], length - end) if cigar[-1][1] in "SH" and len(cigar) > 1 else 0
    columns = aligned + len(gaps) + cut
    return (aligned - different) / columns if columns else 0.0
