"""Histones are numbered without their first methionine: K27M of the papers is p.Lys28Met."""

import re

from engines.annotate.variants import ProteinChange

_H3 = "ARTKQTARKSTGGKAPRKQLATKAARKSAPATGGVKKPHRYRPGTVALREIRRYQKSTELLIRKLPFQRLVREIAQDFKTDLRFQ"
"""The beginning of the histone H3 as it is in the nucleus."""
_GENE = re.compile(r"H3[-CFY].*|H3-\d.*|HIST[123]H3.*", re.IGNORECASE)


def as_written_today(gene: str, change: ProteinChange) -> ProteinChange | None:
    """The same with the methionine counted; None for another gene, or a residue that the old
    counting does not have."""
    place = change.start - 1
    if not _GENE.fullmatch(gene) or not 0 <= place < len(_H3) or _H3[place] != change.ref[:1]:
        return None
    return ProteinChange(change.start + 1, change.end + 1, change.ref, change.alt)
