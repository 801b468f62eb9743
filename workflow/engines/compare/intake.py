"""What became of the lines of one side: how many were read, and which could not be compared."""

from dataclasses import dataclass, field


@dataclass
class Intake:
    """What became of the lines of one side of a contig, or of all of them.

    Attributes:
        records: data lines read.
        set_aside: reason → how many, and the first one's coordinate.
        checked, mismatched: REF alleles held against the reference, and those that differ.
        unknown: REF alleles where the reference is N, or another letter for several bases.
        first_mismatch: coordinate and both alleles of the first one that differs.
        gvcf: reference blocks or unspecified alleles were seen.
    """

    records: int = 0
    set_aside: dict[str, tuple[int, str]] = field(default_factory=dict)
    checked: int = 0
    mismatched: int = 0
    unknown: int = 0
    first_mismatch: str = ""
    gvcf: bool = False

    def leave_out(self, reason: str, where: str, count: int = 1) -> None:
        """Count records that are not compared; ``where`` is the first of them."""
        had, first = self.set_aside.get(reason, (0, where))
        self.set_aside[reason] = (had + count, first)

    def add(self, other: "Intake") -> None:
        """Take in the counts of another contig."""
        for reason, (count, first) in other.set_aside.items():
            self.leave_out(reason, first, count)
        self.records += other.records
        self.checked += other.checked
        self.mismatched += other.mismatched
        self.unknown += other.unknown
        self.first_mismatch = self.first_mismatch or other.first_mismatch
        self.gvcf |= other.gvcf
