"""Where a sample has one copy of the genome, and how callers are told."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pysam

from engines.calling.chunks import Piece
from engines.compare.diploid import diploid_regions
from engines.formats.bed import Intervals, read_bed

SEX_CONTIGS = ("X", "chrX", "Y", "chrY")


def haploid_of_males(lengths: Mapping[str, int], regions: Path | None) -> list[Piece]:
    """Regions of which a male has one copy: those of a BED file, else X and Y outside their PARs.

    Without a file they are known for GRCh37, GRCh38 and CHM13v2.0, whose contigs are told by their
    lengths (:mod:`engines.compare.diploid`); of another genome there are none.
    """
    if regions:
        found = read_bed(regions, "haploid regions", lengths).by_contig
        return [
            piece for contig in lengths if contig in found for piece in _of(contig, found[contig])
        ]
    pieces = []
    for contig in SEX_CONTIGS:
        shared = diploid_regions(contig, lengths) if contig in lengths else None
        if shared:
            starts, ends = [0, *shared.ends.tolist()], [*shared.starts.tolist(), lengths[contig]]
            between = zip(starts, ends, strict=True)
            pieces += [Piece(contig, start, end) for start, end in between if start < end]
    return pieces


def _of(contig: str, intervals: Intervals) -> Iterator[Piece]:
    for start, end in zip(intervals.starts.tolist(), intervals.ends.tolist(), strict=True):
        yield Piece(contig, start, end)


def bcftools_ploidy(haploid: list[Piece]) -> str:
    """For ``bcftools call --ploidy-file``: contig, first and last base from 1, sex, copies.

    The sex is F, whoever it is: that is what bcftools takes for samples of which nobody says it,
    and so the file holds for a sample of any name.
    """
    rows = [f"{contig}\t{start + 1}\t{end}\tF\t1\n" for contig, start, end in haploid]
    return "".join([*rows, "*\t*\t*\tF\t2\n"])


def gatk_ploidy(haploid: list[Piece]) -> str:
    """For GATK's ``--ploidy-regions``: BED with the number of copies as the name."""
    return "".join(f"{contig}\t{start}\t{end}\t1\n" for contig, start, end in haploid)


def freebayes_copies(haploid: list[Piece], samples: list[str]) -> str:
    """For ``freebayes --cnv-map``: contig, start, end (as in BED), sample, copies."""
    return "".join(
        f"{contig}\t{start}\t{end}\t{sample}\t1\n"
        for contig, start, end in haploid
        for sample in samples
    )


def strelka_copies(haploid: list[Piece], samples: list[str]) -> str:
    """For Strelka's ``--ploidy``: a VCF whose records are of the bases from POS + 1 to END."""
    head = [
        "##fileformat=VCFv4.1",
        '##INFO=<ID=END,Number=1,Type=Integer,Description="Last base">',
        '##FORMAT=<ID=CN,Number=1,Type=Integer,Description="Copies">',
        "\t".join(["#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT", *samples]),
    ]
    ones = "\t".join("1" for _ in samples)
    rows = [
        f"{contig}\t{start}\t.\tN\t<CNV>\t.\tPASS\tEND={end}\tCN\t{ones}"
        for contig, start, end in haploid
    ]
    return "\n".join([*head, *rows]) + "\n"


def shared_of_males(haploid: list[Piece], lengths: Mapping[str, int]) -> list[Piece]:
    """Of the contigs with haploid regions, what lies between these."""
    shared = []
    for contig in dict.fromkeys(piece.contig for piece in haploid):
        mine = [piece for piece in haploid if piece.contig == contig]
        starts = [0, *(piece.end for piece in mine)]
        ends = [*(piece.start for piece in mine), lengths[contig]]
        between = zip(starts, ends, strict=True)
        shared += [Piece(contig, start, end) for start, end in between if start < end]
    return shared


def samples_in(alignments: Path) -> list[str]:
    """Names of the samples (SM) in the read groups of a BAM or CRAM file, in their order."""
    with pysam.AlignmentFile(str(alignments), check_sq=False) as file:
        groups = file.header.to_dict().get("RG", [])
    return list(dict.fromkeys(group["SM"] for group in groups if group.get("SM")))
