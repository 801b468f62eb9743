"""``plumbline qc target``: the regions of a target under the names that the genome has."""

from pathlib import Path

from engines.contract.errors import BadData
from engines.contract.output import write_atomic
from engines.contract.progress import say, tell_result, warn
from engines.formats.bed import read_bed, read_rows
from engines.formats.contigs import other_spelling
from engines.formats.fasta import Reference


def run(target: Path, reference: Path, out: Path) -> None:
    """Write a BED file with the same rows and names, and contigs called as the genome does.

    mosdepth leaves out what it does not know, and tells nobody.

    Raises:
        InputMissing, BadData: a file that cannot be used; a target that has no regions, reaches
            beyond a contig, or has no contig of the genome.
    """
    lengths = Reference(reference).lengths
    regions = read_bed(target, "target", lengths)
    if not regions.by_contig:
        raise BadData(f"target {target}: has no regions", hint="give a BED file with some")
    lines, absent = [], 0
    for contig, start, end, name in read_rows(target, "target"):
        ours = contig if contig in lengths else other_spelling(contig)
        if ours not in lengths:
            absent += 1
        elif start < end:
            lines.append("\t".join([ours, str(start), str(end), *([name] if name else [])]))
    if absent:
        named = ", ".join(regions.absent[:3])
        warn(f"{absent:,} regions of the target lie on contigs that the genome lacks ({named})")
    write_atomic(out, "\n".join(lines) + "\n")
    say(f"{len(lines):,} regions, {regions.bases:,} bases")
    tell_result({"path": str(out), "regions": len(lines), "absent": absent})
