"""A site as it is typed: CHROM:POS or CHROM:POS-END, 1-based and inclusive."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engines.contract.errors import BadUsage
from engines.contract.wording import did_you_mean, quoted
from engines.formats.contigs import other_spelling

FORM = re.compile(r"(?P<contig>.+):(?P<start>[\d,]+)(-(?P<end>[\d,]+))?")
LONGEST = 100_000


@dataclass(frozen=True)
class Site:
    """A stretch of a contig of the reference, 0-based and half open."""

    contig: str
    start: int
    end: int

    def __str__(self) -> str:
        last = f"-{self.end}" if self.end > self.start + 1 else ""
        return f"{self.contig}:{self.start + 1}{last}"


def parse_site(text: str, lengths: Mapping[str, int], longest: int = LONGEST) -> Site:
    """Read a site; ``20:1,000`` is found on ``chr20`` too.

    Args:
        lengths: contig → bases.
        longest: most bases of a site.

    Raises:
        BadUsage: another form, a contig that the reference lacks, a place behind its end, or
            more than ``longest`` bases.
    """
    found = FORM.fullmatch(text.strip())
    if not found:
        raise BadUsage(f"site {quoted(text)}: not CHROM:POS or CHROM:POS-END")
    named = found["contig"]
    contig = next((n for n in (named, other_spelling(named)) if n in lengths), None)
    if contig is None:
        raise BadUsage(
            f"site {quoted(text)}: {quoted(named)} is not in the reference"
            + did_you_mean(named, lengths)
        )
    start = int(found["start"].replace(",", "") or 0)
    end = int((found["end"] or found["start"]).replace(",", "") or 0)
    if not 1 <= start <= end:
        raise BadUsage(f"site {quoted(text)}: positions count from 1 and rise")
    if end > lengths[contig]:
        raise BadUsage(f"site {quoted(text)}: {contig} has {lengths[contig]:,} bases")
    site = Site(contig, start - 1, end)
    check_length(site, longest)
    return site


def check_length(site: Site, longest: int) -> None:
    """Refuse a site that is too long.

    Raises:
        BadUsage: it has more bases than ``longest``.
    """
    bases = site.end - site.start
    if bases > longest:
        raise BadUsage(
            f"site {site}: {bases:,} bases; at most {longest:,}", hint="name a smaller site"
        )
