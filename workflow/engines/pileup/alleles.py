"""What reads carry at a site, counted: one row an allele."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import Any

from engines.pileup.reads import DELETED, SKIPPED, Read

# A change of the reference: first position (0-based), bases taken away, bases put there instead.
Change = tuple[int, int, str]
Bases = Callable[[int, int], str]
"""Bases of the reference between two positions."""

MOST_ALLELES = 12
SHOWN_BASES = 20
LONGEST_NAMED = 1_000  # bases of a deletion that are read to name it


@dataclass
class Allele:
    """Reads that carry the same at the site.

    Attributes:
        changes: of the reference; none for the reference itself.
        name: ``A>G``, ``ins CT``, ``del ACG``, with positions where the site has several bases.
        qualities: mean base quality of each read there.
        ends: of each read how far the site is from its nearer end, in bases.
        called: names of the call sets that have it.
    """

    changes: tuple[Change, ...]
    name: str
    forward: int = 0
    reverse: int = 0
    mapping_qualities: list[int] = field(default_factory=list)
    qualities: list[float] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    called: list[str] = field(default_factory=list)

    @property
    def reads(self) -> int:
        """How many carry it."""
        return self.forward + self.reverse

    def data(self) -> dict[str, Any]:
        """For programs; means are of reads, null where nothing is known."""
        return {
            "allele": self.name,
            "reads": self.reads,
            "forward": self.forward,
            "reverse": self.reverse,
            "base_quality": _mean(self.qualities),
            "mapping_quality": _mean(self.mapping_qualities),
            "mapping_quality_0": self.mapping_qualities.count(0),
            "from_end": _mean(self.ends),
            "called": self.called,
        }


def _mean(values: Sequence[float]) -> float | None:
    return round(fmean(values), 1) if values else None


@dataclass
class Counted:
    """The reads at a site.

    Attributes:
        partial: reads that lie on a part of the site only.
        skipped: reads that pass over it (an intron).
    """

    start: int
    end: int
    bases: Bases
    alleles: dict[tuple[Change, ...], Allele] = field(default_factory=dict)
    partial: int = 0
    skipped: int = 0

    def add(self, read: Read) -> tuple[Change, ...] | None:
        """Count a read; gives what it carries, None where it does not cover the site."""
        if read.start >= self.end or read.end <= self.start:
            return None
        there = [read.bases.get(at, "") for at in range(self.start, self.end)]
        if SKIPPED in there:
            self.skipped += 1
            return None
        if "" in there:
            self.partial += 1
            return None
        changes = changes_of(read, self.start, self.end, self.bases)
        if changes not in self.alleles:
            self.alleles[changes] = Allele(changes, self.name(changes))
        _count(self.alleles[changes], read, range(self.start, self.end))
        return changes

    def name(self, changes: Sequence[Change]) -> str:
        """What an allele is called."""
        if not changes:
            return "reference"
        placed = self.end - self.start > 1
        return ", ".join(named(change, self.bases, placed) for change in changes)

    def sorted(self) -> list[Allele]:
        """The reference first, then those that most reads carry."""
        return sorted(self.alleles.values(), key=lambda a: (bool(a.changes), -a.reads, a.name))

    @property
    def depth(self) -> int:
        """Reads that cover the whole site."""
        return sum(allele.reads for allele in self.alleles.values())

    def mark(self, name: str, changes: Iterable[Change]) -> None:
        """Say that a call set has these changes; those that alleles carry as written are marked."""
        wanted = {part for change in changes for part in simple(change, self.bases)}
        for allele in self.alleles.values():
            has = wanted and wanted.issubset(
                part for change in allele.changes for part in simple(change, self.bases)
            )
            if has and name not in allele.called:
                allele.called.append(name)


def changes_of(read: Read, start: int, end: int, bases: Bases) -> tuple[Change, ...]:
    """How a read differs between two positions; what is inserted at either edge counts.

    So does a deletion that begins right behind, since a VCF names the base before it.
    """
    found: list[Change] = [
        (at, 0, text) for at, (text, _) in read.inserted.items() if start <= at <= end
    ]
    found += [(at, n, "") for at, n in read.deleted.items() if at <= end and at + n > start]
    for at, base in enumerate(bases(start, end), start):
        seen = read.bases[at]
        if seen not in (DELETED, base):
            found.append((at, 1, seen))
    return tuple(sorted(found))


def simple(change: Change, bases: Bases) -> list[Change]:
    """A change in parts: bases exchanged one by one, what is the same left out."""
    at, taken, put = change
    if taken != len(put):
        return [change]
    return [
        (at + n, 1, new)
        for n, (old, new) in enumerate(zip(bases(at, at + taken), put, strict=True))
        if old != new
    ]


def named(change: Change, bases: Bases, placed: bool) -> str:
    """A change in words; insertions are placed by the base before them, as in a VCF."""
    at, taken, put = change
    if not put and taken > LONGEST_NAMED:
        what, where = f"del {taken:,} bases", at + 1
    elif not put:
        what, where = f"del {short(bases(at, at + taken))}", at + 1
    elif not taken:
        what, where = f"ins {short(put)}", at
    else:
        what, where = f"{short(bases(at, at + taken))}>{short(put)}", at + 1
    return f"{where:,} {what}" if placed else what


def short(text: str) -> str:
    """Bases for a line of text: of many the first and the last, and how many."""
    if len(text) <= SHOWN_BASES:
        return text
    return f"{text[:8]}…{text[-4:]}({len(text):,})"


def _count(allele: Allele, read: Read, site: range) -> None:
    if read.is_reverse:
        allele.reverse += 1
    else:
        allele.forward += 1
    allele.mapping_qualities.append(read.mapping_quality)
    near = [at for at in site if at in read.ends]
    if not near:  # all of it is deleted: the bases beside it tell how well it was read
        near = [at for at in (site[0] - 1, site[-1] + 1) if at in read.ends]
    put = [q for at, (_, q) in read.inserted.items() if site[0] <= at <= site[-1] + 1]
    qualities = [read.qualities[at] for at in near if at in read.qualities]
    qualities += [quality for found in put for quality in found]
    if qualities:
        allele.qualities.append(fmean(qualities))
    if near:
        allele.ends.append(min(read.ends[at] for at in near))
