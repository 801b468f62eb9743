"""BED files read fast: 200 stratifications of a genome have 30 million rows."""

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from isal import igzip

from engines.compare.core.native import native
from engines.contract.errors import BadData
from engines.formats import bed
from engines.formats.bed import Intervals, Regions
from engines.formats.contigs import map_contigs

MOST_RUNS = 1 << 20
Columns = tuple[bed.Positions, bed.Positions]


def read_regions(path: Path, role: str, reference: Mapping[str, int]) -> tuple[Regions, bool]:
    """As :func:`engines.formats.bed.read_bed`, and whether any row has a fourth column.

    What is not written as BED files usually are is read by that one: it has the messages.

    Raises:
        InputMissing, BadData: see there.
    """
    path = Path(path)
    what = f"{role} {path}"
    rows = _rows(_text(path, what)) if path.is_file() else None
    if rows is None:
        regions = bed.read_bed(path, role, reference)
        return regions, bool(labels_of(path, what))
    by_name, ignored, labelled = rows
    return _on_reference(what, path, by_name, reference, ignored), labelled


def read_labelled(path: Path, role: str, reference: Mapping[str, int]) -> dict[str, Regions]:
    """The regions of each word in the fourth column; rows without one are in none of them.

    Raises:
        BadData: see :func:`read_regions`.
    """
    what = f"{role} {path}"
    found = {}
    for label, lines in sorted(labels_of(path, what).items()):
        rows = _rows("".join(lines).encode())
        if rows is not None and rows[0]:
            found[label] = _on_reference(what, path, rows[0], reference, rows[1])
    return found


def labels_of(path: Path, what: str) -> dict[str, list[str]]:
    """Word in the fourth column → its rows, with single tabs between contig, start and end."""
    found: dict[str, list[str]] = {}
    for line in _text(path, what).decode(errors="replace").splitlines():
        fields = line.split("\t") if "\t" in line else line.split()
        if len(fields) > 3 and fields[3].strip() and not line.startswith(bed.COMMENTS):
            found.setdefault(fields[3].strip(), []).append("\t".join(fields[:3]) + "\n")
    return found


def _rows(text: bytes) -> tuple[dict[str, list[Columns]], int, bool] | None:
    """Contig → its stretches of rows, rows without a base, labels; None where C declines."""
    room = text.count(b"\n") + 1
    starts, ends = (np.empty(room, dtype=np.int32) for _ in range(2))
    runs = np.empty((min(room, MOST_RUNS), 3), dtype=np.int64)
    found = np.zeros(4, dtype=np.int64)
    pointers = (starts.ctypes.data, ends.ctypes.data, runs.ctypes.data, len(runs))
    if native().bed_rows(text, len(text), *pointers, found.ctypes.data):
        return None
    rows, run_count, ignored, labelled = found.tolist()
    by_name: dict[str, list[Columns]] = {}
    bounds = [*runs[:run_count, 2].tolist(), rows]
    for (at, length, first), behind in zip(runs[:run_count].tolist(), bounds[1:], strict=True):
        name = text[at : at + length].decode()
        by_name.setdefault(name, []).append((starts[first:behind], ends[first:behind]))
    return by_name, ignored, bool(labelled)


def _text(path: Path, what: str) -> bytes:
    with open(path, "rb") as probe:
        compressed = probe.read(2) == b"\x1f\x8b"
    if not compressed:
        return path.read_bytes()
    try:
        with igzip.open(path, "rb") as handle:
            text: bytes = handle.read()
            return text
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadData(f"{what}: damaged: {error}") from error


def _on_reference(
    what: str,
    path: Path,
    by_name: dict[str, list[Columns]],
    reference: Mapping[str, int],
    ignored: int,
) -> Regions:
    contigs = map_contigs(what, dict.fromkeys(by_name), reference, merge=True)
    stretches: dict[str, list[Columns]] = {}
    for name, ours in contigs.names.items():
        stretches.setdefault(ours, []).extend(by_name[name])
    by_contig = {}
    for ours, columns in stretches.items():
        starts, ends = (np.concatenate(column) for column in zip(*columns, strict=True))
        intervals = Intervals.merged(starts, ends)
        bed.check_end(what, ours, int(intervals.ends[-1]), reference)
        by_contig[ours] = intervals
    return Regions(path, by_contig, ignored, contigs.absent, contigs.renamed)
