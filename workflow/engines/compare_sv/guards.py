"""What keeps a wrong comparison from becoming a result."""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.compare_sv.set_aside import SetAside
from engines.contract.errors import BadData
from engines.formats.bed import Regions
from engines.formats.fasta import Reference

# A share of REF alleles that differ from the reference above this means another build
WRONG_REFERENCE = 0.01
MOST_CHECKED = 4000
BASES_COMPARED = 100

# Matched calls of one person agree on the genotype nearly always in good call sets; of
# two people they do in about half of the cases (0.38 to 0.67 in truvari's own test data).
SAME_PERSON = 0.70
ENOUGH_MATCHED = 10


class ReferenceBases:
    """Compares REF alleles with the reference, at records spread evenly over the file."""

    def __init__(self, reference: Reference | None) -> None:
        self._reference = reference
        self._kept: list[tuple[str, int, str]] = []
        self._seen, self._every = 0, 1

    def offer(self, record: Sequence[str]) -> None:
        """Keep the record if it is one of every n; n doubles whenever too many are kept."""
        telomere = record[1] == "0"  # POS 0 is allowed there, and no base
        if self._reference is None or telomere or not set(record[3].upper()) <= set("ACGT"):
            return
        if self._seen % self._every == 0:
            self._kept.append((record[0], int(record[1]) - 1, record[3][:BASES_COMPARED].upper()))
            if len(self._kept) > MOST_CHECKED:
                self._kept, self._every = self._kept[::2], self._every * 2
        self._seen += 1

    def check(self, what: str) -> list[str]:
        """Say which REF alleles differ, where the reference is not N.

        Raises:
            BadData: more than 1 % of them do.
        """
        checked, wrong = 0, []
        for contig, start, ref in self._kept:
            assert self._reference is not None
            bases = self._reference.fetch(contig, start, start + len(ref))
            if "N" in bases:
                continue
            checked += 1
            if bases != ref:
                wrong.append(f"{contig}:{start + 1} has {ref[:10]}, the reference {bases[:10]}")
        if not wrong:
            return []
        text = (
            f"{what}: REF differs from the reference at {len(wrong):,} of {checked:,} records "
            f"looked at, first {wrong[0]}"
        )
        if len(wrong) > WRONG_REFERENCE * checked:
            raise BadData(text, hint="give the reference that the calls were made with")
        return [text]


def check_regions(regions: Regions, truth: str, occupied: set[str]) -> None:
    """Confident regions must lie where the truth has calls.

    Raises:
        BadData: there is no region, or none on a contig that has truth records.
    """
    if not regions.bases:
        raise BadData(f"confident {regions.path}: no regions in the file")
    if occupied and not occupied & set(regions.by_contig):
        raise BadData(
            f"confident {regions.path}: no region on a contig that has records in {truth} "
            f"({', '.join(sorted(occupied)[:3])})",
            hint="give the BED file that belongs to this truth set",
        )


def check_something_compared(what: str, compared: int, records: int, aside: SetAside) -> None:
    """Zero is no result.

    Raises:
        BadData: no record of this side is compared.
    """
    if compared:
        return
    if not records:
        raise BadData(
            f"{what}: zero variants compared: the file has no records",
            hint="an empty call set is most often a failed step before this one",
        )
    raise BadData(
        f"{what}: zero variants compared of {records:,} records: {aside.in_words()}",
        hint=aside.hint() or "'plumbline compare-sv --help' says which options leave calls out",
    )


def doubts(bench: Mapping[str, Any], refine: Mapping[str, Any] | None) -> list[str]:
    """Warnings about the outcome: genotypes that agree too rarely, calls that refine lost."""
    texts = []
    matched, agree = bench["query_tp"], bench["gt_concordance"]
    if matched >= ENOUGH_MATCHED and agree is not None and agree < SAME_PERSON:
        texts.append(
            f"the genotype agrees at only {agree:.0%} of {matched:,} matched calls: the query "
            "has no genotypes, or truth and query are not of one person"
        )
    for side in ("truth", "query"):
        before = bench[f"{side}_total"]
        if refine and refine[f"{side}_total"] != before:
            texts.append(
                f"{side}: bench counts {before:,} calls, after refine there are "
                f"{refine[f'{side}_total']:,}"
            )
    return texts
