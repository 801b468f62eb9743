"""From the records of a truth to the changes of each copy, with an account of every record."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from engines.simulate.case import Draws, Letters
from engines.simulate.copies import Copies, lies_in
from engines.simulate.records import Record

FILTERED = "failed a filter"
REFERENCE = "like the reference"
MISSING = "no genotype"
SYMBOLIC = "allele without its bases"
STAR = "deleted by another record"
OTHER_BASES = "REF is not what the genome has"
CONTRADICTS = "overlaps another record of the same copy"
HETEROZYGOUS = "two alleles where there is one copy"
POLYPLOID = "more than two copies"
NO_COPY = "on a contig that the sample has not"
KNOWN = frozenset("ACGT")


class Change(NamedTuple):
    """Bases from ``start`` to ``end`` (0-based, half open) become ``bases``."""

    start: int
    end: int
    bases: str


@dataclass
class Account:
    """What became of the records.

    Attributes:
        records: all of them.
        applied: those that the sample's copies have.
        left_out: reason → how many, and where the first of them is.
        unphased: applied ones of which the seed says which copy has what.
        half_missing: applied ones whose missing allele was read as the reference.
        doubled: those of one allele that both copies have got.
    """

    records: int = 0
    applied: int = 0
    left_out: dict[str, tuple[int, str]] = field(default_factory=dict)
    unphased: int = 0
    half_missing: int = 0
    doubled: int = 0

    def leave_out(self, reason: str, where: str, count: int = 1) -> None:
        """Count records that no copy has; ``where`` is the first of them."""
        had, first = self.left_out.get(reason, (0, where))
        self.left_out[reason] = (had + count, first)

    def add(self, other: "Account") -> None:
        """Take in the account of another contig."""
        for reason, (count, first) in other.left_out.items():
            self.leave_out(reason, first, count)
        for name in ("records", "applied", "unphased", "half_missing", "doubled"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def changes_of(
    records: Iterable[Record], contig: str, sequence: Letters, copies: Copies, draws: Draws
) -> tuple[tuple[list[Change], list[Change]], Account]:
    """What is changed in the first copy and in the second, sorted, and none of it overlapping.

    Args:
        draws: what says which copy has which allele where the truth does not.
    """
    account = Account()
    kept: list[tuple[tuple[Change | None, Change | None], Record, int]] = []
    for record in records:
        account.records += 1
        where = f"{contig}:{record.position + 1}"
        reason = _why_not(record, sequence, copies)
        if reason is None:
            ploidy = 2 if copies.are_two(record.position) else 1
            pair = _changes(record, ploidy, draws)
            if any(pair):
                kept.append((pair, record, ploidy))
                continue
            reason = STAR if "*" in record.alleles else REFERENCE
        account.leave_out(reason, where)
    kept.sort(key=lambda each: min(change[:2] for change in each[0] if change))
    made: tuple[list[Change], list[Change]] = ([], [])
    for pair, record, ploidy in kept:
        if any(
            _overlaps(list_[-1], new)
            for list_, new in zip(made, pair, strict=True)
            if list_ and new
        ):
            account.leave_out(CONTRADICTS, f"{contig}:{record.position + 1}")
            continue
        for list_, change in zip(made, pair, strict=True):
            if change:
                list_.append(change)
        account.applied += 1
        account.half_missing += None in record.genotype
        account.doubled += len(record.genotype) < ploidy
        account.unphased += not record.is_phased and len(set(record.genotype)) > 1
    return made, account


def _why_not(record: Record, sequence: Letters, copies: Copies) -> str | None:
    """The reason to leave a record out that can be told from it alone."""
    known = [number for number in record.genotype if number is not None]
    if not record.passes:
        return FILTERED
    if not known:
        return MISSING
    if not any(known):
        return REFERENCE
    if record.is_symbolic:
        return SYMBOLIC
    if not copies.first or lies_in(record.position, copies.elsewhere):
        return NO_COPY
    if len(record.genotype) > 2:
        return POLYPLOID
    if not copies.are_two(record.position) and len(set(record.genotype)) > 1:
        return HETEROZYGOUS
    return None if _agrees(record, sequence) else OTHER_BASES


def _agrees(record: Record, sequence: Letters) -> bool:
    """Whether REF is what the genome has; N and its like agree with all."""
    ref = record.alleles[0]
    there = sequence[record.position : record.position + len(ref)].tobytes().decode("ascii")
    if there == ref:
        return True
    pairs = zip(there, ref, strict=False)
    return len(there) == len(ref) and all(a == b or not {a, b} <= KNOWN for a, b in pairs)


def _changes(record: Record, ploidy: int, draws: Draws) -> tuple[Change | None, Change | None]:
    """What a record does to each copy; a missing allele is read as the reference."""
    numbers = [number or 0 for number in record.genotype]
    first, second = (numbers * 2)[:2]
    if not record.is_phased and first != second and draws.below(2, 1)[0]:
        first, second = second, first
    return _change(record, first), _change(record, second) if ploidy == 2 else None


def _change(record: Record, number: int) -> Change | None:
    """The least change that gives an allele; None where it is no other than the reference."""
    ref, alt = record.alleles[0], record.alleles[number]
    if alt in (ref, "*"):
        return None
    most = min(len(ref), len(alt))
    tail = next((n for n in range(most) if ref[-1 - n] != alt[-1 - n]), most)
    most -= tail
    head = next((n for n in range(most) if ref[n] != alt[n]), most)
    end = record.position + len(ref) - tail
    return Change(record.position + head, end, alt[head : len(alt) - tail])


def _overlaps(before: Change, after: Change) -> bool:
    """Whether two changes of a copy, in their order, touch the same bases or the same gap."""
    if before.start == before.end == after.start == after.end:
        return True
    return after.start < before.end
