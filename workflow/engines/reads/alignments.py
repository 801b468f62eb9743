"""BAM and CRAM files looked at before hours are spent on them: header, end, first records."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pysam

from engines.contract.errors import BadData, InputMissing
from engines.contract.wording import printable, quoted
from engines.formats.contigs import build_of, other_spelling
from engines.formats.cram import refuse_foreign, refuse_wrong_ending
from engines.formats.dictionary import contigs_of
from engines.formats.fasta import open_reference
from engines.formats.htslib_log import silent_htslib

READS, BASES = 100_000, 100_000_000  # that are looked at, at most
PLACES, READS_THERE = 10, 1000  # through the genome, where read groups are looked at as well
# Phred+64 that was taken for Phred+33: no quality below 26, and up to more than 43
ODD_LOWEST, ODD_HIGHEST = 26, (44, 73)
INDEXES = {"BAM": (".bai", ".csi"), "CRAM": (".crai",)}
MARKERS = ("markdup", "markduplicates", "samblaster", "biobambam", "dedup", "sambamba")
AGAIN = "copy it again, or make it again"


@dataclass
class Seen:
    """What the first records tell.

    Attributes:
        reads: how many were looked at.
        elsewhere: how many more through the genome, of which only the read group was looked at.
        whole: whether the file has no more.
        duplicates: records that are marked as such.
        without_quality: records whose qualities are left out.
        qualities: read group → lowest and highest.
    """

    reads: int = 0
    elsewhere: int = 0
    whole: bool = False
    duplicates: int = 0
    without_quality: int = 0
    qualities: dict[str, tuple[int, int]] = field(default_factory=dict)


def check(
    file: Path, sample: str, reference: Path, realign: bool = False
) -> tuple[dict[str, Any], str]:
    """The receipt of alignments that were brought, and the lines of their read groups.

    Args:
        sample: name in the sheet.
        reference: genome of the run, with ``genome.dict`` beside it.
        realign: its reads are taken out: where they are aligned to does not matter, but for CRAM,
            which has no bases of its own.

    Raises:
        InputMissing: no such file, or no index.
        BadData: truncated, unsorted, of another genome, without read groups, of several samples.
    """
    dictionary = contigs_of(reference.with_suffix(".dict"))
    with silent_htslib():
        _refuse_truncated(file)
        with _opened(file, reference) as alignments:
            kind = "CRAM" if alignments.is_cram else "BAM"
            if alignments.is_cram:
                refuse_wrong_ending(file)
            header, text = alignments.header.to_dict(), str(alignments.header)
            warnings: list[str] = []
            compared = "not compared"
            if not realign or (kind == "CRAM" and header.get("SQ")):
                compared = _check_contigs(file, header, dictionary, kind, warnings)
            groups = _check_groups(file, header, sample, warnings)
            names = {group["ID"] for group in groups}
            if not realign:
                warnings += _check_index(file, kind)
                _check_order(file, header)
            seen = _look(file, alignments, names, not realign)
            if not realign and not seen.whole:
                seen.elsewhere = _look_elsewhere(file, alignments, names)
    _check_qualities(file, seen, warnings)
    marked = seen.duplicates > 0 or _names_a_marker(header)
    if not marked and not realign:
        warnings.append("duplicates are not marked: no program in the header does it, no read is")
    receipt = {
        "schema": "plumbline/alignments.check/1",
        "sample": sample,
        "file": file.name,
        "format": kind,
        "read_groups": groups,
        "genome": {"compared": compared, "build": build_of(_lengths(header))},
        "looked_at": {
            "reads": seen.reads,
            "elsewhere": seen.elsewhere,
            "whole": seen.whole,
            "at_most": READS,
        },
        "qualities": {name: list(bounds) for name, bounds in sorted(seen.qualities.items())},
        "without_quality": seen.without_quality,
        "duplicates": {"marked": marked, "seen": seen.duplicates},
        "warnings": warnings,
    }
    lines = [line for line in text.splitlines() if line.startswith("@RG\t")]
    return receipt, "".join(f"{line}\n" for line in lines)


def check_header(file: Path, reference: Path | None) -> None:
    """See that the genome at hand is all that is needed to read the alignments.

    Raises:
        InputMissing: a file that is not there.
        BadData: CRAM that is called otherwise or has a contig that the genome lacks; truncated.
    """
    with silent_htslib():
        _refuse_truncated(file)
        with pysam.AlignmentFile(str(file), check_sq=False) as alignments:
            if not alignments.is_cram:
                return
            contigs = alignments.references
    refuse_wrong_ending(file)
    if reference is None:
        raise BadData(f"{file}: CRAM, and no genome is given", hint="--reference names it")
    with TemporaryDirectory() as scratch:
        refuse_foreign(file, contigs, open_reference(reference, Path(scratch)).lengths)


def _lengths(header: dict[str, Any]) -> dict[str, int | None]:
    return {row["SN"]: int(row["LN"]) for row in header.get("SQ", [])}


def _refuse_truncated(file: Path) -> None:
    if not file.is_file():
        raise InputMissing(f"{file}: no such file", hint="check the path")
    with open(file, "rb") as handle:
        head = handle.read(4)
    if not head:
        raise BadData(f"{file}: the file is empty", hint=AGAIN)
    if head != b"CRAM" and head[:2] != b"\x1f\x8b":
        raise BadData(f"{file}: neither BAM nor CRAM", hint="samtools view makes BAM of SAM")
    try:
        pysam.quickcheck("-u", str(file))  # reads that were never aligned are no fault here
    except pysam.SamtoolsError as error:
        what = "container" if head == b"CRAM" else "block"
        raise BadData(
            f"{file}: truncated, or no alignments: its end {what} or its header is missing",
            hint=f"{AGAIN}; samtools quickcheck -v tells more",
        ) from error


@contextmanager
def _opened(file: Path, reference: Path) -> Iterator[Any]:
    """The alignments, whose contigs may be none; of a damaged file also the close fails."""
    try:
        with pysam.AlignmentFile(
            str(file), reference_filename=str(reference), check_sq=False
        ) as alignments:
            yield alignments
    except OSError as error:
        if isinstance(error.__context__, BadData):
            raise error.__context__ from error
        raise _unreadable(file, error) from error


def _unreadable(file: Path, error: OSError) -> BadData:
    return BadData(
        f"{file}: damaged, it cannot be read to its end ({' '.join(str(error).split())})",
        hint=f"{AGAIN}; a CRAM needs the genome that it was made with",
    )


def _check_index(file: Path, kind: str) -> list[str]:
    places = [
        place
        for end in INDEXES[kind]
        for place in (Path(f"{file}{end}"), file.with_suffix(end))
        if place.exists()
    ]
    if not places:
        raise InputMissing(f"{file}: no index", hint=f"samtools index {file}")
    if os.path.getmtime(places[0]) < os.path.getmtime(file) - 1:
        return [f"{places[0].name} is older than {file.name}; samtools index renews it"]
    return []


def _check_contigs(
    file: Path,
    header: dict[str, Any],
    dictionary: dict[str, dict[str, str]],
    kind: str,
    warnings: list[str],
) -> str:
    """Compare contigs with the genome of the run; gives by what."""
    rows = header.get("SQ", [])
    if not rows:
        raise BadData(f"{file}: no contigs in its header", hint="align its reads: realign yes")
    checksums = 0
    for row in rows:
        name, ours = printable(row["SN"]), dictionary.get(row["SN"])
        if ours is None:
            other = other_spelling(name)
            spelt = f"; the genome calls it {other}" if other in dictionary else ""
            raise _other_genome(
                file, header, kind, f"contig {name} is not in the genome of the run{spelt}"
            )
        if int(row["LN"]) != int(ours["LN"]):
            what = f"contig {name} has {row['LN']} bases, in the genome of the run {ours['LN']}"
            raise _other_genome(file, header, kind, what)
        if "M5" in row and "M5" in ours:
            checksums += 1
            if row["M5"].lower() != ours["M5"].lower():
                what = (
                    f"contig {name} has checksum {printable(row['M5'])}, in the genome of the run "
                    f"{ours['M5']} (M5): same length, other bases"
                )
                raise _other_genome(file, header, kind, what)
    if checksums < len(rows):
        warnings.append(
            f"{len(rows) - checksums} of {len(rows)} contigs have no checksum (M5): only their "
            "names and lengths were compared with the genome"
        )
    names = [row["SN"] for row in rows]
    if missing := [name for name in dictionary if name not in set(names)]:
        few = ", ".join(missing[:3])
        warnings.append(f"{len(missing)} contigs of the genome are not in its header ({few}, …)")
    if names != [name for name in dictionary if name in set(names)]:
        warnings.append("its contigs are in another order than those of the genome; GATK minds")
    return "checksums" if checksums == len(rows) else "names and lengths"


def _other_genome(file: Path, header: dict[str, Any], kind: str, what: str) -> BadData:
    build = build_of(_lengths(header))
    seems = f"; it seems to be of {build}" if build else ""
    anew = (
        "make it BAM with the genome that it was made with, and realign it"
        if kind == "CRAM"
        else "align its reads anew: realign yes"
    )
    return BadData(
        f"{file}: of another genome: {what}{seems}",
        hint=f"give the genome that it was aligned to (build, genomes), or {anew}",
    )


def _check_groups(
    file: Path, header: dict[str, Any], sample: str, warnings: list[str]
) -> list[dict[str, str]]:
    rows = header.get("RG", [])
    how = f"samtools addreplacerg -r ID:L1 -r SM:{sample} -r LB:{sample} -r PL:ILLUMINA adds one"
    if not rows:
        raise BadData(f"{file}: no read group in its header (@RG)", hint=how)
    if nameless := [row["ID"] for row in rows if not row.get("SM")]:
        raise BadData(f"{file}: read group {printable(nameless[0])} names no sample (SM)", hint=how)
    samples = sorted({printable(row["SM"]) for row in rows})
    if len(samples) > 1:
        raise BadData(
            f"{file}: reads of {len(samples)} samples ({', '.join(samples[:5])})",
            hint="samtools split makes a file of each read group; give each sample its own",
        )
    if samples[0] != sample:
        warnings.append(f"its sample is {samples[0]}, in the sheet {sample}; calls are named so")
    libraries = {row.get("LB") for row in rows}
    if len(libraries) > 1:
        warnings.append(
            f"{len(libraries)} libraries, which samtools markdup does not tell apart: reads of two "
            "that lie alike count as duplicates where they are marked anew"
        )
    kept = ("ID", "SM", "LB", "PL", "PU")
    return [{tag: str(row[tag]) for tag in kept if tag in row} for row in rows]


def _check_order(file: Path, header: dict[str, Any]) -> None:
    order = header.get("HD", {}).get("SO", "unknown")
    if order != "coordinate":
        raise BadData(
            f"{file}: not sorted by coordinate (its header says {order})",
            hint=f"samtools sort -o sorted.bam {file}, then samtools index",
        )


def _look(file: Path, alignments: Any, groups: set[str], is_sorted: bool) -> Seen:
    seen, bases, last = Seen(), 0, (-1, -1)
    for read in _records(file, alignments):
        if seen.reads >= READS or bases >= BASES:
            return seen
        seen.reads += 1
        name = _group_of(file, read, groups, f"read {seen.reads}")
        if is_sorted and read.reference_id >= 0:
            place = (read.reference_id, read.reference_start)
            if place < last:
                raise BadData(
                    f"{file}: read {seen.reads} ({printable(str(read.query_name))}) lies before "
                    "the one in front of it: not sorted, though its header says so",
                    hint="samtools sort, then samtools index",
                )
            last = place
        seen.duplicates += read.is_duplicate
        qualities = read.query_qualities
        if qualities is None or not len(qualities):
            seen.without_quality += 1
            continue
        bases += len(qualities)
        values = np.frombuffer(qualities, np.uint8)
        low, high = seen.qualities.get(name, (255, 0))
        seen.qualities[name] = min(low, int(values.min())), max(high, int(values.max()))
    seen.whole = True
    if not seen.reads:
        raise BadData(f"{file}: no read in it", hint="an empty file is no result")
    return seen


def _look_elsewhere(file: Path, alignments: Any, groups: set[str]) -> int:
    """Read groups at places through the genome and of unmapped reads; gives how many were seen.

    The first reads of a sorted file are all of the head of one contig.
    """
    lengths = dict(zip(alignments.references, alignments.lengths, strict=True))
    step, before = max(1, sum(lengths.values()) // PLACES), 0
    places: list[tuple[str, int]] = []
    for name, length in lengths.items():
        first = (-(before + step // 2)) % step
        places += [(name, start) for start in range(first, length, step)]
        before += length
    seen = 0
    try:
        for place in [*places, ("*",)]:
            for read in islice(alignments.fetch(*place), READS_THERE):
                where = f"{read.reference_name}:{read.reference_start + 1:,}"
                at = "an unmapped read" if read.reference_id < 0 else f"a read at {where}"
                _group_of(file, read, groups, at)
                seen += 1
    except ValueError as error:
        raise BadData(f"{file}: its index cannot be read", hint=f"samtools index {file}") from error
    return seen


def _group_of(file: Path, read: Any, groups: set[str], which: str) -> str:
    """The read group that a read names, which has to be one of the header."""
    name = str(read.get_tag("RG")) if read.has_tag("RG") else None
    if name is None or name not in groups:
        unknown = name and f"is of read group {quoted(printable(name))}"
        what = unknown or "has no read group"
        rest = "" if name is None else ", which the header does not have"
        raise BadData(
            f"{file}: {which} ({printable(str(read.query_name))}) {what}{rest}",
            hint="samtools addreplacerg -m orphan_only gives such reads one",
        )
    return name


def _records(file: Path, alignments: Any) -> Any:
    try:
        yield from alignments.fetch(until_eof=True)
    except OSError as error:
        raise _unreadable(file, error) from error


def _check_qualities(file: Path, seen: Seen, warnings: list[str]) -> None:
    odd = [
        name
        for name, (low, high) in seen.qualities.items()
        if low >= ODD_LOWEST and ODD_HIGHEST[0] <= high <= ODD_HIGHEST[1]
    ]
    if odd:
        name, (low, high) = printable(odd[0]), seen.qualities[odd[0]]
        others = len(seen.qualities) - len(odd)
        mixed = f", and {others} other read groups are not: two encodings" if others else ""
        raise BadData(
            f"{file}: read group {name}: qualities from {low} to {high}: they seem to be "
            f"Phred+64 that was taken for Phred+33{mixed}",
            hint="make the FASTQ files Phred+33 (seqtk seq -Q64 -V), and align them again",
        )
    if seen.without_quality:
        warnings.append(f"{seen.without_quality} of {seen.reads} reads have no qualities")


def _names_a_marker(header: dict[str, Any]) -> bool:
    """Whether a program of the header marks duplicates."""
    said = " ".join(
        f"{row.get('PN', row['ID'])} {row.get('CL', '')}" for row in header.get("PG", [])
    )
    return any(marker in said.lower() for marker in MARKERS)
