"""Cases in tandem repeats, where one change can be written in many ways."""

from dataclasses import replace

from config.demo.generator.cases import Case, Record
from config.demo.generator.site import Build, Site, as_wrong, case, unphased


def repeat(site: Site, unit: str, copies: int) -> tuple[int, int]:
    """Plant a tandem repeat in lower case; gives the base before it and the base after it."""
    left = "G" if unit[-1] != "G" else "C"
    right = "C" if unit[0] != "C" else "G"
    site.plant(f"TA{left}{(unit * copies).lower()}{right}TA")
    return site.start + 2, site.start + 3 + len(unit) * copies


def shifted_deletion(unit: str, copies: int, units: int, shift: int, gt: str) -> Build:
    """Units of a repeat deleted: at the left end in truth, ``shift`` bases on in the query."""

    def build(site: Site) -> Case:
        anchor, _ = repeat(site, unit, copies)
        length = units * len(unit)
        truth = site.deletion(anchor, length, gt)
        query = site.deletion(anchor + shift, length, unphased(gt))
        counted = site.deletion(anchor, length, unphased(gt))
        return case(site, "deletion_moved_in_repeat", [truth], [query], [counted], in_repeat=True)

    return build


def shifted_insertion(unit: str, copies: int, units: int, shift: int, gt: str) -> Build:
    """Units of a repeat inserted: at the left end in truth, ``shift`` bases on in the query."""

    def build(site: Site) -> Case:
        anchor, _ = repeat(site, unit, copies)
        turn = shift % len(unit)
        turned = (unit[turn:] + unit[:turn]) * units
        truth = site.insertion(anchor, unit * units, gt)
        query = site.insertion(anchor + shift, turned, unphased(gt))
        counted = site.insertion(anchor, unit * units, unphased(gt))
        return case(site, "insertion_moved_in_repeat", [truth], [query], [counted], in_repeat=True)

    return build


def two_deletions_written_as_one(unit: str, copies: int, gt: str) -> Build:
    """One unit deleted at each end of a repeat in truth, both at its left end in the query."""

    def build(site: Site) -> Case:
        anchor, after = repeat(site, unit, copies)
        one = len(unit)
        truth = [site.deletion(anchor, one, gt), site.deletion(after - one - 1, one, gt)]
        query = [site.deletion(anchor, 2 * one, unphased(gt))]
        return case(site, "two_deletions_written_as_one", truth, query, in_repeat=True)

    return build


def two_insertions_written_as_one(unit: str, copies: int, gt: str) -> Build:
    """One unit inserted at each end of a repeat in truth, both at its left end in the query."""

    def build(site: Site) -> Case:
        anchor, after = repeat(site, unit, copies)
        truth = [site.insertion(anchor, unit, gt), site.insertion(after - 1, unit, gt)]
        query = [site.insertion(anchor, unit * 2, unphased(gt))]
        return case(site, "two_insertions_written_as_one", truth, query, in_repeat=True)

    return build


def wrong_length(unit: str, copies: int, gt: str) -> Build:
    """A repeat one unit shorter in truth and two units shorter in the query."""

    def build(site: Site) -> Case:
        anchor, _ = repeat(site, unit, copies)
        truth = site.deletion(anchor, len(unit), gt)
        query = site.deletion(anchor, 2 * len(unit), unphased(gt))
        return as_wrong(case(site, "wrong_length_in_repeat", [truth], [query], in_repeat=True))

    return build


def stutter(unit: str, copies: int) -> Build:
    """A deletion invented in a repeat, as sequencing errors give it."""

    def build(site: Site) -> Case:
        anchor, _ = repeat(site, unit, copies)
        query = site.deletion(anchor, len(unit), "0/1")
        return as_wrong(case(site, "invented_in_repeat", [], [query], in_repeat=True))

    return build


def multiallelic(alts: tuple[str, str], joined_in: str) -> Build:
    """Two alternate alleles at one place: one record 1/2, or two records 0/1.

    hap.py takes the query's 1/2 apart and joins neighbours at one position again: two
    substitutions or two insertions are one record in the end. A deletion pins what stands
    beside it, so that a deletion and another indel that came as one record stay two.
    """

    def build(site: Site) -> Case:
        in_repeat = len(alts[0]) + len(alts[1]) > 2
        if in_repeat:
            anchor, _ = repeat(site, "A", 9)
        else:
            site.plant("TACG" + "C" + "GTCA")
            anchor = site.start + 4
        length = 3 if alts[0] == "G" and in_repeat else 1
        joined = site.block(anchor, length, alts, "1|2")
        apart = [
            trimmed(site.block(anchor, length, (alt,), gt))
            for alt, gt in zip(alts, ("1|0", "0|1"), strict=True)
        ]
        whole = replace(joined, gt="1/2")
        parts = [replace(record, gt="0/1") for record in apart]
        if joined_in == "truth":
            name = "alleles_split_in_query"
            return case(site, name, [joined], parts, [whole], in_repeat=in_repeat)
        counted = [whole]
        if length == 3:
            counted = [parts[0], replace(pinned(site, anchor, alts[1]), gt="0/1")]
        if joined_in == "query":
            name = "alleles_joined_in_query"
            return case(site, name, apart, [whole], counted, in_repeat=in_repeat)
        name = "two_alternate_alleles"
        return case(site, name, [joined], [whole], counted, in_repeat=in_repeat)

    return build


def pinned(site: Site, anchor: int, alt: str) -> Record:
    """GAA to GA or GAAA with the common start cut off, at the last place that it can have."""
    if len(alt) == 2:
        return site.deletion(anchor + 1, 1, "")
    return site.insertion(anchor + 2, "A", "")


def trimmed(record: Record) -> Record:
    """The record without common bases at its end."""
    ref, alt = record.ref, record.alts[0]
    while len(ref) > 1 and len(alt) > 1 and ref[-1] == alt[-1]:
        ref, alt = ref[:-1], alt[:-1]
    return replace(record, ref=ref, alts=(alt,))


REPEATS: list[Build] = [
    *(
        shifted_deletion(unit, copies, units, shift, gt)
        for unit, copies, units, shift in [
            ("A", 12, 1, 11), ("T", 15, 2, 13), ("A", 18, 1, 9), ("C", 10, 3, 7),
            ("CA", 10, 1, 18), ("TG", 8, 2, 12), ("AT", 9, 1, 5), ("GA", 12, 3, 18),
            ("CAG", 7, 1, 18), ("ATT", 8, 2, 7), ("GATA", 6, 1, 20), ("AAAG", 5, 1, 3),
            ("GTACCTGATC", 5, 1, 40), ("ACGGTTAACTCA", 4, 2, 24),
        ]
        for gt in ("0|1", "1|1")
    ),
    *(
        shifted_insertion(unit, copies, units, shift, gt)
        for unit, copies, units, shift in [
            ("A", 11, 1, 11), ("T", 14, 2, 14), ("G", 9, 1, 4), ("CA", 9, 1, 18),
            ("TG", 7, 2, 14), ("AT", 8, 1, 5), ("CAG", 6, 1, 18), ("ATT", 7, 2, 8),
            ("GATA", 5, 1, 20), ("CTTGACAG", 1, 1, 8), ("GTACCTGATC", 4, 1, 40),
        ]
        for gt in ("0|1", "1|1")
    ),
    *(two_deletions_written_as_one(u, n, gt) for u, n in [("CT", 8), ("A", 10), ("GAT", 6)]
      for gt in ("0|1", "1|1")),
    *(two_insertions_written_as_one(u, n, gt) for u, n in [("CT", 7), ("GAT", 5)]
      for gt in ("0|1", "1|1")),
    *(wrong_length(u, n, gt) for u, n in [("A", 13), ("CA", 9), ("ATT", 6)]
      for gt in ("0|1", "1|1")),
    *(stutter(u, n) for u, n in [("A", 20), ("T", 17), ("CA", 14), ("C", 12), ("GATA", 8)]),
    *(
        multiallelic(alts, joined_in)
        for joined_in in ("truth", "query", "both")
        for alts in [("A", "G"), ("G", "GA"), ("G", "GAAA"), ("GA", "GAAA")]
    ),
]  # fmt: skip
