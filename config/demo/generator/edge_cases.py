"""Variants at the edge of a confident region.

A substitution or deletion counts when any changed base is inside; an insertion when
the base before and the base after it are. hap.py by default first adds what the truth
variants starting inside cover, which brings in an insertion after the last base.
"""

from collections.abc import Callable
from dataclasses import replace

from config.demo.generator.cases import Case, Record
from config.demo.generator.site import PLAIN, Build, Site, as_wrong, case

AT = 20  # the edge, in bases from the start of the site: inside of PLAIN, where nothing can move
GAP = 200  # bases left out of the confident regions on the other side of the edge


def edge(
    name: str,
    make: Callable[[Site, int], Record],
    *,
    region: str,
    confident: bool,
    as_listed: bool,
    query: str = "found",
) -> Build:
    """A variant at position ``site.start + AT``.

    Args:
        make: gives the record from the site and the edge.
        region: ``ends`` when the edge is the first base outside, ``starts`` when it is
            the first base inside.
        confident: inside when the regions are adjusted to the truth, as is the default.
        as_listed: inside when they are not.
        query: ``found``, ``missed``, or ``invented`` (not in truth).
    """

    def build(site: Site) -> Case:
        site.plant(PLAIN)
        position = site.start + AT
        record = make(site, position)
        called = replace(record, gt="0/1")
        built = case(site, name, [record], [called])
        if query == "missed":
            built = as_wrong(replace(built, query=()))
        if query == "invented":
            built = as_wrong(replace(built, truth=()))
        gap = (position, position + GAP) if region == "ends" else (position - GAP, position)
        return replace(built, confident=confident, confident_as_listed=as_listed, gaps=(gap,))

    return build


def insertion_before(site: Site, at: int) -> Record:
    """An insertion between the bases at ``at`` - 1 and ``at``."""
    return site.insertion(at - 1, "TGT", "0|1")


def snp_at(offset: int) -> Callable[[Site, int], Record]:
    """A substitution ``offset`` bases from the edge."""
    return lambda site, at: site.snp(at + offset, "0|1")


def deletion_from(offset: int, length: int) -> Callable[[Site, int], Record]:
    """A deletion whose anchor base is ``offset`` bases from the edge."""
    return lambda site, at: site.deletion(at + offset, length, "0|1")


EDGES: list[Build] = [
    edge("snp_last_base", snp_at(-1), region="ends", confident=True, as_listed=True),
    edge("snp_after_last_base", snp_at(0), region="ends", confident=False, as_listed=False),
    edge("snp_first_base", snp_at(0), region="starts", confident=True, as_listed=True),
    edge("snp_before_first_base", snp_at(-1), region="starts", confident=False, as_listed=False),
    edge("deletion_over_end", deletion_from(-3, 6), region="ends", confident=True, as_listed=True),
    edge("deletion_over_start", deletion_from(-4, 6), region="starts", confident=True,
         as_listed=True),
    edge("deletion_after_last_base", deletion_from(0, 3), region="ends", confident=False,
         as_listed=False),
    edge("deletion_anchor_is_last_base", deletion_from(-1, 4), region="ends", confident=True,
         as_listed=False),
    edge("deletion_anchor_is_last_base_missed", deletion_from(-1, 4), region="ends",
         confident=True, as_listed=False, query="missed"),
    edge("insertion_at_end", insertion_before, region="ends", confident=True, as_listed=False),
    edge("insertion_at_end_missed", insertion_before, region="ends", confident=True,
         as_listed=False, query="missed"),
    edge("insertion_at_end_invented", insertion_before, region="ends", confident=False,
         as_listed=False, query="invented"),
    edge("insertion_at_start", insertion_before, region="starts", confident=False,
         as_listed=False),
    edge("insertion_at_start_invented", insertion_before, region="starts", confident=False,
         as_listed=False, query="invented"),
]  # fmt: skip
