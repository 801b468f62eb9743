"""What a planted case is: truth records, query records, and what must become of each.

The known answer is summed from these objects. Nothing in this folder compares
two call sets; what is checked is that a case is what it says it is: that applying
the matching records of both sides to the reference gives the same two sequences.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from config.demo.generator.genome import Genome

Edit = tuple[int, int, str]  # start, end (0-based, half open) and the bases put there

FLANK = 40  # bases on both sides of a case that are part of its haplotype sequences


@dataclass(frozen=True)
class Record:
    """One VCF record with one sample.

    Attributes:
        start: 0-based position of the first base of ``ref``.
        gt: genotype as written, such as ``0/1``, ``1|0``, ``1`` or ``./1``.
    """

    contig: str
    start: int
    ref: str
    alts: tuple[str, ...]
    gt: str
    info: str = "."

    @property
    def key(self) -> tuple[int, str, tuple[str, ...]]:
        """Order within a contig."""
        return self.start, self.ref, self.alts

    @property
    def alleles(self) -> tuple[int, ...]:
        """Allele numbers of the genotype; a missing one counts as the reference."""
        return tuple(0 if a == "." else int(a) for a in self.gt.replace("|", "/").split("/"))

    @property
    def called(self) -> list[str]:
        """Sequences of the called alternate alleles, each once; ``*`` says nothing new."""
        return [
            self.alts[a - 1] for a in sorted(set(self.alleles)) if a and self.alts[a - 1] != "*"
        ]

    @property
    def type(self) -> str:
        """SNP when all called alleles only substitute bases, else INDEL."""
        lengths = {len(edit[2]) - (edit[1] - edit[0]) for edit in map(self.edit, self.called)}
        return "SNP" if lengths == {0} else "INDEL"

    def edit(self, alt: str) -> Edit:
        """What one allele changes, common bases cut off: the end first, then the start."""
        ref, start = self.ref, self.start
        while ref and alt and ref[-1] == alt[-1]:
            ref, alt = ref[:-1], alt[:-1]
        while ref and alt and ref[0] == alt[0]:
            ref, alt, start = ref[1:], alt[1:], start + 1
        return start, start + len(ref), alt

    def edits(self) -> tuple[Edit | None, ...]:
        """The change on each haplotype, None for the reference or ``*``."""
        return tuple(
            self.edit(self.alts[a - 1]) if a and self.alts[a - 1] != "*" else None
            for a in self.alleles
        )


@dataclass(frozen=True)
class Call:
    """A record and its verdict.

    Attributes:
        verdict: TP, FN (truth) or FP (query) for a record that is compared.
        wrong_genotype: a false positive with the right alleles: it is in FP.gt too.
        set_aside: why the record is not compared at all, else empty.
    """

    record: Record
    verdict: str
    wrong_genotype: bool = False
    set_aside: str = ""


@dataclass(frozen=True)
class Case:
    """One planted situation, more than 300 bases away from every other.

    Attributes:
        start, end: the bases that its records may touch, 0-based, half open.
        query: the records as they stand in the file.
        counted: what the query records are counted as where hap.py's preprocessing
            changes them (blocks to primitives, split alleles joined, indels shifted left).
        passes: FILTER of the query's records is PASS.
        confident: in the confident regions, after those were adjusted to hold the
            truth variants that start in them (hap.py's ``--adjust-conf-regions``).
        confident_as_listed: in the confident regions as the BED file lists them.
        in_repeat: in the stratum of tandem repeats.
    """

    name: str
    contig: str
    start: int
    end: int
    truth: tuple[Call, ...] = ()
    query: tuple[Call, ...] = ()
    counted: tuple[Call, ...] = ()
    passes: bool = True
    confident: bool = True
    confident_as_listed: bool = True
    in_repeat: bool = False
    gaps: tuple[tuple[int, int], ...] = field(default=())

    @property
    def units(self) -> tuple[Call, ...]:
        """The query's calls as they are counted."""
        return self.counted or self.query

    @property
    def in_file_form(self) -> bool:
        """The query's records are counted as they stand in the file."""
        return not self.counted


def check(case: Case, genome: Genome) -> None:
    """Raise ValueError unless the case holds what it claims.

    The matching records of both sides give the same pair of haplotypes; what
    preprocessing makes of a query gives the same pair as the query's records; and
    where anything is wrong, the whole of both sides gives different pairs.
    """
    where = f"{case.name} at {case.contig}:{case.start + 1}"
    for call in (*case.truth, *case.query, *case.counted):
        record = call.record
        found = genome.text(record.contig, record.start, record.start + len(record.ref))
        if found != record.ref:
            raise ValueError(f"{where}: REF is {record.ref}, the genome has {found}")
        if not case.start <= record.start <= record.start + len(record.ref) <= case.end:
            raise ValueError(f"{where}: {record} is outside the case")
    truth = haplotypes(case, genome, matching(case.truth))
    if not truth & haplotypes(case, genome, matching(case.units)):
        raise ValueError(f"{where}: the records called TP give different haplotypes")
    query = haplotypes(case, genome, compared(case.query))
    if case.counted and not query & haplotypes(case, genome, compared(case.counted)):
        raise ValueError(f"{where}: preprocessing would change the haplotypes")
    all_right = all(
        call.verdict == "TP" for call in (*case.truth, *case.units) if not call.set_aside
    )
    same = bool(haplotypes(case, genome, compared(case.truth)) & query)
    if same != all_right:
        raise ValueError(f"{where}: haplotypes are {'the same' if same else 'different'}")


def compared(calls: Iterable[Call]) -> list[Record]:
    """Records that take part in the comparison."""
    return [call.record for call in calls if not call.set_aside]


def matching(calls: Iterable[Call]) -> list[Record]:
    """Records called TP."""
    return [call.record for call in calls if call.verdict == "TP" and not call.set_aside]


def haplotypes(case: Case, genome: Genome, records: Sequence[Record]) -> set[tuple[str, ...]]:
    """Every pair of sequences that the records can stand for.

    Phased records keep their order, each unphased heterozygous one is tried both ways.
    """
    pairs = set()
    for chosen in itertools.product(*(list(orders(record)) for record in records)):
        sides = tuple(
            sequence(case, genome, [edits[side % len(edits)] for edits in chosen])
            for side in (0, 1)
        )
        if None not in sides:
            pairs.add(tuple(sorted(side for side in sides if side is not None)))
    return pairs


def orders(record: Record) -> Iterator[tuple[Edit | None, ...]]:
    """The ways to put a record's alleles on haplotypes."""
    edits = record.edits()
    yield edits
    if "/" in record.gt and len(set(edits)) > 1:
        yield edits[::-1]


def sequence(case: Case, genome: Genome, edits: Iterable[Edit | None]) -> str | None:
    """One haplotype of a case with some flank, None when edits overlap."""
    at, parts = case.start - FLANK, []
    for start, end, alt in sorted(edit for edit in edits if edit is not None):
        if start < at:
            return None
        parts += [genome.text(case.contig, at, start), alt]
        at = end
    return "".join([*parts, genome.text(case.contig, at, case.end + FLANK)])
