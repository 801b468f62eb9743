"""What became of every record and allele: the sums must agree."""

from collections import Counter
from dataclasses import dataclass, field

from engines.annotate.prepare.unread import UNREAD, Unread
from engines.annotate.variants import Rejected

KEPT = 1_000  # rejected alleles of one reason that are told one by one
REASONS = {
    "malformed_record": "lines that are no VCF record",
    "unknown_contig": "on a contig that the genome does not have",
    "outside_contig": "behind the end of the contig",
    "no_alternate": "without another allele (reference calls and blocks)",
    "star_allele": "alleles * that stand for a deletion told elsewhere",
    "bad_allele": "alleles with letters other than A, C, G, T and N",
    "same_as_reference": "alleles that are the reference",
    "ref_mismatch": "REF differs from the genome",
    "ambiguous_reference": "the genome has a letter for several bases there",
    "absent_from_tumour": "the tumour's genotype does not have the allele",
    "duplicate": "the same allele a second time",
}


@dataclass
class Counts:
    """Records of the input = lines; alleles = calls + structural + rejected.

    Attributes:
        rejected: reason → alleles; :data:`REASONS` says it in words.
        kept: the first of each reason, in the order of the input.
        unread: where those lie of which nobody knows what they say.
        notes: what was done or missed besides → times.
    """

    records: int = 0
    alleles: int = 0
    calls: int = 0
    structural: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    kept: list[Rejected] = field(default_factory=list)
    unread: Unread = field(default_factory=Unread)

    def reject(self, line: int, original: str, reason: str) -> None:
        """Count one allele that is not looked at."""
        self.rejected[reason] += 1
        if reason in UNREAD:
            self.unread.add(original)
        if self.rejected[reason] <= KEPT:
            self.kept.append(Rejected(line, original, reason))

    @property
    def add_up(self) -> bool:
        """Nothing is lost, nothing is counted twice."""
        return self.alleles == self.calls + self.structural + self.rejected.total()

    def as_dict(self) -> dict[str, object]:
        """For the summary: reasons in the order of their names."""
        return {
            "records": self.records,
            "alleles": self.alleles,
            "calls": self.calls,
            "structural": self.structural,
            "rejected": dict(sorted(self.rejected.items())),
            "notes": dict(sorted(self.notes.items())),
        }
