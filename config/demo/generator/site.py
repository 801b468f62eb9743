"""A place in the genome where a case is built: sequence, records, and the case of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from config.demo.generator.cases import Call, Case, Record
from config.demo.generator.genome import Genome, other_base, random_bases

SPAN = 150  # bases that a case may use from the start of its site

# A stretch without repeats: what is said to stay in place here can be written in no other.
PLAIN = "GATCCATGACTTGCAGTACCATCGGATACTGTCAAGCTTGACAGTCCGTATGAC"


@dataclass(frozen=True)
class Site:
    """Up to ``SPAN`` bases from ``start`` (0-based) that belong to one case."""

    genome: Genome
    contig: str
    start: int
    rng: np.random.RandomState

    @property
    def haploid(self) -> bool:
        """The sample is male and chrX has no pseudoautosomal region here."""
        return self.contig == "chrX"

    def plant(self, text: str) -> int:
        """Write ``text`` at the start of the site; gives the position after it."""
        return self.genome.plant(self.contig, self.start, text)

    def snp(self, at: int, gt: str, alt: str = "") -> Record:
        """A substitution of the base at ``at``, drawn unless ``alt`` is given."""
        ref = self.genome.base(self.contig, at)
        return Record(self.contig, at, ref, (alt or other_base(ref, self.rng),), gt)

    def deletion(self, anchor: int, length: int, gt: str) -> Record:
        """Take away ``length`` bases after the base at ``anchor``."""
        ref = self.genome.text(self.contig, anchor, anchor + 1 + length)
        return Record(self.contig, anchor, ref, (ref[0],), gt)

    def insertion(self, anchor: int, bases: str, gt: str) -> Record:
        """Put ``bases`` after the base at ``anchor``."""
        ref = self.genome.base(self.contig, anchor)
        return Record(self.contig, anchor, ref, (ref + bases,), gt)

    def block(self, at: int, length: int, alts: tuple[str, ...], gt: str) -> Record:
        """Replace ``length`` bases from ``at`` by other sequences."""
        ref = self.genome.text(self.contig, at, at + length)
        return Record(self.contig, at, ref, alts, gt)

    def random_snp(self, gt: str) -> Record:
        """A substitution at the start of the site."""
        return self.snp(self.start, gt)

    def random_indel(self, gt: str) -> Record:
        """An insertion or deletion of 1 to 20 bases that can be written in one place only."""
        length = min(20, int(self.rng.geometric(0.35)))
        inserted = self.rng.rand() < 0.5
        for anchor in range(self.start, self.start + SPAN - 25):
            if inserted:
                record = self.insertion(anchor, random_bases(length, self.rng), gt)
            else:
                record = self.deletion(anchor, length, gt)
            if not self.can_move(record):
                return record
        raise ValueError(f"{self.contig}:{self.start + 1}: no place for an indel")

    def can_move(self, record: Record) -> bool:
        """Could the same pure insertion or deletion be written a base to the left or right?"""
        start, end, inserted = record.edit(record.alts[0])
        if inserted and end > start:
            return False
        moved = inserted or self.genome.text(self.contig, start, end)
        before = self.genome.base(self.contig, start - 1)
        after = self.genome.base(self.contig, end)
        return moved[-1] == before or moved[0] == after


Build = Callable[[Site], Case]


def case(
    site: Site,
    name: str,
    truth: list[Record],
    query: list[Record],
    counted: list[Record] | None = None,
    *,
    passes: bool = True,
    in_repeat: bool = False,
) -> Case:
    """A case in which everything matches."""
    for record in truth:
        if not in_repeat and len(record.alts) == 1 and site.can_move(record):
            raise ValueError(f"{name}: {record} could be written elsewhere")
    return Case(
        name=name,
        contig=site.contig,
        start=site.start,
        end=site.start + SPAN,
        truth=tuple(Call(record, "TP") for record in truth),
        query=tuple(Call(record, "TP") for record in query),
        counted=tuple(Call(record, "TP") for record in counted or ()),
        passes=passes,
        in_repeat=in_repeat,
    )


def as_wrong(built: Case, wrong_genotype: bool = False) -> Case:
    """The same records with nothing matching."""

    def wrong(calls: tuple[Call, ...]) -> tuple[Call, ...]:
        return tuple(Call(c.record, "FP", wrong_genotype=wrong_genotype) for c in calls)

    return replace(
        built,
        truth=tuple(Call(call.record, "FN") for call in built.truth),
        query=wrong(built.query),
        counted=wrong(built.counted),
    )


def unphased(gt: str) -> str:
    """``0/1`` for any phased heterozygous genotype, ``1/1`` for a homozygous one."""
    return "/".join(sorted(gt.split("|")))
