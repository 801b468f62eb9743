"""Which records truvari does not compare, and why.

truvari drops them without a word; here the same rules, by truvari's own methods,
count each record under the first reason that applies.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pysam
import truvari

from engines.compare_sv.options import Options
from engines.contract.errors import BadData

NO_CONTIG = "on a contig that the reference does not have"
NO_TRUTH_CONTIG = "on a contig that the truth's header does not have"
NO_GENOTYPE = "without a genotype (GT)"
NO_SIZE = "symbolic allele without a size (no SVLEN, and END not behind POS)"
REFERENCE_BLOCK = "reference block (<*> or <NON_REF>)"
NO_ALLELE = "no alternative allele (ALT is . or *)"
SINGLE_BREAKEND = "single breakend, without a mate"
BREAKENDS_OFF = "breakend, and --bnddist is -1"
TOO_SMALL = "smaller than {} bases"
TOO_LARGE = "larger than {:,} bases"
FILTERED = "FILTER is not PASS"
NOT_CARRIED = "genotype has no alternative allele"
OUTSIDE = "not within one confident region"
UNMATCHED_SMALL = "smaller than --sizemin, and matched by no truth call"
UNCOUNTED = "read and not counted by truvari (repeated, in the margin of --extend, at an edge)"

HINTS = {
    NO_GENOTYPE: "to compare without genotypes: --pick single --no-refine",
    NOT_CARRIED: "to compare calls whatever their genotype: --pick single",
    FILTERED: "to compare filtered calls too: --no-passonly",
    OUTSIDE: "check that truth, query and confident regions belong together",
    NO_CONTIG: "check that truth, query and reference are of one build",
    NO_TRUTH_CONTIG: "check that truth and query are of one build",
}


@dataclass
class SetAside:
    """Counts by reason, each with the place of the first record."""

    found: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, reason: str, fields: Sequence[str]) -> None:
        """Count one record, given by its columns."""
        self.count(reason, 1, f"{fields[0]}:{fields[1]}")

    def count(self, reason: str, records: int, first: str = "") -> None:
        """Count ``records`` under ``reason``."""
        before, place = self.found.get(reason, (0, first))
        if records:
            self.found[reason] = (before + records, place)

    @property
    def total(self) -> int:
        """Records set aside for any reason."""
        return sum(records for records, _ in self.found.values())

    def in_words(self) -> str:
        """The reasons, the commonest first."""
        ordered = sorted(self.found.items(), key=lambda item: -item[1][0])
        return "; ".join(f"{records:,} {reason}" for reason, (records, _) in ordered)

    def hint(self) -> str:
        """What to do about the commonest reason."""
        commonest = max(self.found, key=lambda reason: self.found[reason][0], default="")
        return HINTS.get(commonest, "")

    def rows(self, side: str) -> list[dict[str, Any]]:
        """As they stand in the summary."""
        return [
            {"side": side, "reason": reason, "records": records}
            | ({"first": first} if first else {})
            for reason, (records, first) in self.found.items()
        ]


# Starts and ends of the regions of one contig, sorted and disjoint
Bounds = tuple[list[int], list[int]]


@dataclass(frozen=True)
class Eligible:
    """Records that truvari compares: all, and of these the ones smaller than ``--sizemin``."""

    records: int
    small: int


def count_eligible(
    path: Path,
    what: str,
    truth: bool,
    options: Options,
    regions: Mapping[str, Bounds],
    elsewhere: str,
    set_aside: SetAside,
) -> Eligible:
    """Sort the records of a prepared VCF into those that truvari compares and those it does not.

    Args:
        what: how messages call the file.
        regions: contig → starts and ends (0-based, half open) of what is compared.
        elsewhere: the reason for a record on another contig.
        set_aside: gets the records that are not compared.

    Raises:
        BadData: a record that htslib or truvari cannot read.
    """
    params = truvari.VariantParams(**options.matching())
    least = options.sizemin if truth else options.smallest_query
    eligible = small = 0
    with pysam.VariantFile(str(path)) as records:
        for plain in _readable(records, what):
            place = (plain.chrom, str(plain.pos))
            if is_small(plain, least):
                set_aside.add(TOO_SMALL.format(least), place)
                continue
            record = truvari.VariantRecord(plain, params)
            try:
                reason = _reason(record, truth, least, options)
            except (IndexError, TypeError, ValueError) as error:
                raise BadData(
                    f"{what}: {':'.join(place)}: truvari cannot read the record ({error})",
                    hint="compare its SVTYPE, SVLEN and GT with the VCF specification",
                ) from error
            if not reason and not _within(record, regions.get(record.chrom)):
                reason = OUTSIDE if record.chrom in regions else elsewhere
            if reason:
                set_aside.add(reason, place)
                continue
            eligible += 1
            small += not record.is_bnd() and record.var_size() < options.sizemin
    return Eligible(eligible, small)


def _readable(records: pysam.VariantFile, what: str) -> Iterator[Any]:
    """The records; BadData with the place where htslib gives up."""
    last = "the header"
    try:
        for record in records:
            last = f"{record.chrom}:{record.pos}"
            yield record
    except OSError as error:  # "truncated file" is what pysam says of any line it cannot read
        if error.errno:
            raise
        raise BadData(
            f"{what}: the record behind {last} cannot be read ({error})",
            hint="htslib's own message, [E::…], says what is wrong with it",
        ) from error


def is_small(record: Any, least: int) -> bool:
    """Whether a pysam record plainly is smaller than ``least`` bases, by its sequences.

    Most records of an assembly's VCF are, and truvari's own record costs 20 times as much.
    """
    alts = record.alts
    if not alts or len(alts) > 1 or not alts[0].isalpha() or "SVLEN" in record.info:
        return False
    ref, alt = len(record.ref), len(alts[0])
    return (abs(ref - alt) or (ref if ref > 1 else 0)) < least


def _reason(record: Any, truth: bool, least: int, options: Options) -> str | None:
    if record.is_monrefstar():
        return NO_ALLELE
    if record.is_single_bnd():
        return SINGLE_BREAKEND
    if record.is_bnd():
        if options.bnddist == -1:
            return BREAKENDS_OFF
    elif record.filter_size(truth):
        too_small = record.var_size() < least
        return TOO_SMALL.format(least) if too_small else TOO_LARGE.format(options.sizemax)
    if options.passonly and record.is_filtered():
        return FILTERED
    if record.filter_call(truth):  # what is left of it: the genotype
        return NOT_CARRIED
    return None


def _within(record: Any, bounds: Bounds | None) -> bool:
    """Whether one region holds the record, by truvari's own rule."""
    if bounds is None:
        return False
    starts, ends = bounds
    at = max(0, bisect_right(starts, record.start) - 1)
    # the next one too: a call may fill a region with its anchor base before it
    near = zip(starts[at : at + 2], ends[at : at + 2], strict=True)
    return any(record.within(start, end) for start, end in near)
