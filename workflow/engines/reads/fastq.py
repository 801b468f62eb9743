"""FASTQ files of one lane looked at before hours are spent on them: their first reads only."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engines.contract.errors import BadData
from engines.contract.wording import quoted
from engines.formats.bgzf import has_end, is_bgzf
from engines.reads.group import ReadGroup, unit_of_all
from engines.screen.reads import open_reads
from engines.screen.reads.batches import Batch, Mate
from engines.screen.reads.looked_at import MateCounts, look_at, refuse_encoding
from engines.screen.reads.refusals import AGAIN, empty

READS, BASES = 100_000, 200_000_000  # that are looked at, of each mate, or a little more
EACH = 997  # of so many reads the name is asked for its lane
# As bytes. Phred+33 below 59 (quality 26); nobody's Phred+33 but that of long reads is above 93
# (quality 60), and good reads of Phred+64 are.
SURELY_33, SURELY_64 = 59, (94, 106)
# How Illumina's names (from 1.8 on) tell the second mate; NAME/2 in front of NAME/1 is refused.
_SECOND = re.compile(rb"\s2:[YN]:\d+:")
LONG_READS = ("PACBIO", "ONT")


@dataclass
class Looked:
    """What was seen of the reads.

    Attributes:
        counts: of each mate.
        names: first lines of some of the reads.
        surely_33, surely_64: number of the first read with such qualities, by mate.
        whole: whether the files ended before enough was seen.
    """

    counts: list[MateCounts]
    names: list[bytes] = field(default_factory=list)
    surely_33: dict[int, int] = field(default_factory=dict)
    surely_64: dict[int, int] = field(default_factory=dict)
    whole: bool = False


def check(files: Sequence[str], group: ReadGroup) -> tuple[dict[str, Any], ReadGroup]:
    """Look at the first reads of a lane: the receipt, and the read group with its unit.

    Args:
        files: of the forward reads and of their mates, or of reads without mates.

    Raises:
        InputMissing: no such file.
        BadData: truncated, no FASTQ, mates that are none, qualities of an old or of two encodings.
    """
    for file in files:
        _refuse_truncated(Path(file))
    looked = _look(files, group.platform not in LONG_READS)
    _refuse_encodings(files, looked.counts)
    unit, why = unit_of_all(looked.names)
    found = group.of_unit(unit)
    receipt = {
        "schema": "plumbline/reads.check/1",
        "sample": group.sample,
        "lane": group.name,
        "read_group": found.fields(),
        "unit": why,
        "looked_at": {"reads": looked.counts[0].reads, "whole": looked.whole, "at_most": READS},
        "files": [_file(*each) for each in zip(files, looked.counts, strict=True)],
        "warnings": _warnings(files, looked),
    }
    return receipt, found


def _file(name: str, counts: MateCounts) -> dict[str, Any]:
    return {
        "name": Path(name).name,
        "reads": counts.reads,
        "bases": counts.bases,
        "unknown_bases": counts.unknown_bases,
        "shortest": counts.shortest,
        "longest": counts.longest,
        "mean_quality": round(counts.mean_quality, 2),
        "lowest_quality": counts.lowest_quality - 33,
        "highest_quality": counts.highest_quality - 33,
        "encoding": "Phred+33",
    }


def _warnings(files: Sequence[str], looked: Looked) -> list[str]:
    swapped = []
    if len(files) > 1 and looked.names and all(map(_SECOND.search, looked.names)):
        first = Path(files[0]).name
        swapped = [f"{first}: its names say second mates: fastq_1 and fastq_2 seem to be swapped"]
    return swapped + [
        f"{Path(file).name}: no quality below {SURELY_33 - 33} was seen; it is taken for Phred+33"
        for file, counts in zip(files, looked.counts, strict=True)
        if counts.lowest_quality >= SURELY_33 and counts.lowest_quality != counts.highest_quality
    ]


def _refuse_truncated(file: Path) -> None:
    """BGZF tells at its end; of plain gzip only whoever reads all of it knows."""
    if file.is_file() and file.stat().st_size and is_bgzf(file) and not has_end(file):
        raise BadData(f"{file}: cut off: it is BGZF, and its last block is missing", hint=AGAIN)


def _look(files: Sequence[str], short: bool) -> Looked:
    reads = open_reads(files[:1], files[1:])
    looked = Looked([MateCounts() for _ in files])
    for batch in reads.batches():
        counts, error = look_at(batch)
        _refuse_carriage_returns(batch)
        if error:
            raise error
        looked.counts = [a.with_more(b) for a, b in zip(looked.counts, counts, strict=True)]
        looked.names += [_name(batch.mates[0], i) for i in range(0, len(batch), EACH)]
        if short:
            _look_at_encodings(batch, looked)
        if looked.counts[0].reads >= READS or looked.counts[0].bases >= BASES:
            return looked
    if not looked.counts[0].reads:
        raise empty(" and ".join(files))
    looked.whole = True
    return looked


def _name(mate: Mate, record: int) -> bytes:
    start, length = (int(mate.records[record][key]) for key in ("start", "name"))
    return mate.data[start + 1 : start + 1 + length].tobytes()


def _refuse_carriage_returns(batch: Batch) -> None:
    for number, mate in enumerate(batch.mates):
        ends = mate.data[mate.records["end"].astype(np.int64) - 2] == ord("\r")
        if ends.any():
            record = batch.number(int(ends.argmax()), number)
            where = f"{mate.name}: read {record} (line {4 * record})"
            raise BadData(
                f"{where}: its lines end as on Windows (CRLF)",
                hint=r"zcat FILE | sed 's/\r$//' | bgzip makes them plain",
            )


def _look_at_encodings(batch: Batch, looked: Looked) -> None:
    """Which reads are surely of one encoding; a file with both is refused."""
    for number, mate in enumerate(batch.mates):
        if not len(mate.records):
            continue
        lowest, highest = _extremes(mate)
        surely_33 = lowest < SURELY_33
        surely_64 = (lowest >= SURELY_33) & (highest >= SURELY_64[0]) & (highest <= SURELY_64[1])
        for which, seen in ((surely_33, looked.surely_33), (surely_64, looked.surely_64)):
            if which.any():
                seen.setdefault(number, batch.number(int(which.argmax()), number))
        if number in looked.surely_33 and number in looked.surely_64:
            raise BadData(
                f"{mate.name}: qualities of two encodings: read {looked.surely_33[number]} is "
                f"Phred+33, read {looked.surely_64[number]} seems to be Phred+64",
                hint="files of different machines were joined: give each as a lane of its own, and "
                "make Phred+64 ones Phred+33 (seqtk seq -Q64 -V FILE)",
            )


def _extremes(mate: Mate) -> tuple[Any, Any]:
    """Lowest and highest quality of each read, as bytes; reads without bases are left out."""
    records = mate.records[mate.records["length"] > 0]
    start = records["quality"].astype(np.int64)
    # every other slice is what lies between the qualities of two reads
    bounds = np.empty(2 * len(records), np.int64)
    bounds[::2], bounds[1::2] = start, start + records["length"]
    if not len(records):
        return np.empty(0, np.uint8), np.empty(0, np.uint8)
    return tuple(f.reduceat(mate.data, bounds)[::2] for f in (np.minimum, np.maximum))  # type: ignore[return-value]


def _refuse_encodings(files: Sequence[str], counts: Sequence[MateCounts]) -> None:
    """Phred+64 in one file, or in both."""
    refused: list[BadData] = []
    for file, count in zip(files, counts, strict=True):
        try:
            refuse_encoding(file, count, at_end=True)
        except BadData as error:
            refused.append(error)
    if not refused:
        return
    if len(files) == 2 and len(refused) == 1:
        other = next(file for file in files if not refused[0].message.startswith(f"{file}:"))
        refused[0].message += f", and {quoted(Path(other).name)} is not: mates of two encodings"
    raise refused[0]
