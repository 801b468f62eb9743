"""Small BAM and CRAM files whose reads are known base by base."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pysam


@dataclass(frozen=True)
class Given:
    """One read: 1-based POS, CIGAR, bases (those of the reference by default), flag …"""

    position: int
    cigar: str
    bases: str = ""
    flag: int = 0
    mapping_quality: int = 60
    quality: int = 37
    name: str = ""
    contig: str = "chr20"


def write_alignments(
    path: Path,
    contigs: Mapping[str, str],
    reads: Iterable[Given],
    *,
    sample: str = "HG002",
    sums: bool = False,
    index: bool = True,
    reference: Path | None = None,
) -> Path:
    """A sorted, indexed file; CRAM where its name says so.

    Args:
        sums: whether the header has the MD5 of each contig.
        reference: of a CRAM file.
    """
    lines = [
        {"SN": name, "LN": len(bases)} | ({"M5": sum_of(bases)} if sums else {})
        for name, bases in contigs.items()
    ]
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": lines}
    header["RG"] = [{"ID": "L1", "SM": sample}]  # type: ignore[assignment]
    mode = "wc" if path.suffix == ".cram" else "wb"
    names = list(contigs)
    with pysam.AlignmentFile(
        str(path), mode, header=header, reference_filename=str(reference) if reference else None
    ) as file:
        ordered = sorted(reads, key=lambda each: (names.index(each.contig), each.position))
        for number, given in enumerate(ordered):
            file.write(_segment(given, number, contigs, file.header))
    if index:
        pysam.index(str(path))
    return path


def sum_of(bases: str) -> str:
    return hashlib.md5(bases.encode(), usedforsecurity=False).hexdigest()


def _segment(
    given: Given, number: int, contigs: Mapping[str, str], header: pysam.AlignmentHeader
) -> pysam.AlignedSegment:
    made = pysam.AlignedSegment(header)
    made.query_name = given.name or f"r{number}"
    made.flag = given.flag
    made.reference_id = list(contigs).index(given.contig)
    made.reference_start = given.position - 1
    made.mapping_quality = given.mapping_quality
    made.cigarstring = given.cigar
    bases = given.bases or as_reference(given, contigs[given.contig])
    made.query_sequence = bases
    made.query_qualities = pysam.qualitystring_to_array(chr(33 + given.quality) * len(bases))
    made.set_tag("RG", "L1")
    return made


def as_reference(given: Given, bases: str) -> str:
    """The bases of a read without differences; what is inserted or clipped is A."""
    made, at, number = "", given.position - 1, ""
    for letter in given.cigar:
        if letter.isdigit():
            number += letter
            continue
        n, number = int(number), ""
        if letter in "M=X":
            made += bases[at : at + n]
        elif letter in "IS":
            made += "A" * n
        at += n if letter in "M=XDN" else 0
    return made
