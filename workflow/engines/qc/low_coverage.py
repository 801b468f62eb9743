"""``plumbline qc coverage``: the regions of a target that too few reads cover, worst first."""

import gzip
import heapq
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engines import __version__
from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import say, tell_result
from engines.contract.provenance import as_json, provenance
from engines.contract.wording import either, printable
from engines.qc.metric import natural

SCHEMA = "plumbline/qc.coverage/1"
FILES = (".coverage.json", ".low.tsv", ".coverage.provenance.json")
WORST = 20  # regions that the summary names
NO_NAME = "unknown"  # what mosdepth writes where the BED file has no names


@dataclass(frozen=True)
class Region:
    """One row of the target.

    Attributes:
        start, end: 0-based, half open.
        name: of the BED file, empty where it has none.
        mean: depth.
        covered: depth → bases with at least this depth.
    """

    contig: str
    start: int
    end: int
    name: str
    mean: float
    covered: dict[int, int]

    def share(self, depth: int) -> float:
        """Percent of its bases with at least this depth."""
        length = self.end - self.start
        return 100 * self.covered[depth] / length if length else 100.0

    def place(self, depth: int) -> tuple[Any, ...]:
        """A key that puts the worst first: by its share, then its mean, then where it is."""
        where = (natural(self.contig), self.start, self.end, self.name)
        return self.share(depth), self.mean, *where


def run(
    regions: Path, thresholds: Path, depth: int, share: float, out: Path, started: datetime
) -> None:
    """Write ``OUT.low.tsv``, ``OUT.coverage.json`` and their provenance.

    Args:
        regions, thresholds: what mosdepth wrote of the same run with ``--by`` and ``--thresholds``.
        depth, share: a region is low where less than ``share`` percent of it has this depth.

    Raises:
        InputMissing, BadData: a file that is not there, damaged, empty, or not of the other one.
        BadUsage: mosdepth did not count at this depth.
    """
    refuse_overwriting(out, FILES, (regions, thresholds))
    count, low = 0, []
    for region in read(regions, thresholds, depth):
        count += 1
        if region.share(depth) < share:
            low.append(region)
    if not count:
        hint = "are the contigs of its --by named as in the alignments?"
        raise BadData(f"{regions}: mosdepth counted no region", hint=hint)
    low.sort(key=lambda region: region.place(depth))
    worst = heapq.nsmallest(WORST, low, key=lambda region: region.place(depth))
    data = {
        "schema": SCHEMA,
        "version": __version__,
        "depth": depth,
        "share": share,
        "regions": count,
        "low": len(low),
        "worst": [
            {
                **{"contig": each.contig, "start": each.start, "end": each.end, "name": each.name},
                **{"mean": each.mean, "percent": round(each.share(depth), 2)},
            }
            for each in worst
        ],
    }
    known = provenance({"regions": regions, "thresholds": thresholds}, started, 1)
    with staging(out) as staged:
        texts = (as_json(data), _table(low), as_json(known))
        for ending, text in zip(FILES, texts, strict=True):
            staged.with_name(staged.name + ending).write_text(text, encoding="utf-8")
    say(f"{len(low):,} of {count:,} regions have less than {share:g} % of their bases at {depth}x")
    for each in worst[:5]:
        place = f"{each.contig}:{each.start + 1}-{each.end}"
        say(f"  {each.name or place}: {each.share(depth):.1f} %, mean {each.mean:g}x")
    tell_result({"path": f"{out}.coverage.json", "regions": count, "low": len(low)})


def _table(low: list[Region]) -> str:
    depths = list(low[0].covered) if low else []
    columns = ["name", "contig", "start", "end", "length", "mean_depth"]
    lines = ["\t".join([*columns, *(f"percent_{depth}x" for depth in depths)])]
    for each in low:
        cells = [each.name or ".", each.contig, each.start, each.end, each.end - each.start]
        cells += [f"{each.mean:.2f}", *(f"{each.share(depth):.2f}" for depth in depths)]
        lines.append("\t".join(map(str, cells)))
    return "\n".join(lines) + "\n"


def read(regions: Path, thresholds: Path, depth: int) -> Iterator[Region]:
    """The rows of both files, which have the same regions in the same order.

    Raises:
        InputMissing, BadData, BadUsage: as :func:`run`.
    """
    counted = _lines(thresholds)
    head = next(counted, [])
    if head[:4] != ["#chrom", "start", "end", "region"] or len(head) < 5:
        raise BadData(f"{thresholds}: is not of mosdepth --thresholds", hint=_HINT)
    depths = [int(name.rstrip("X")) for name in head[4:]]
    if depth not in depths:
        given = either(map(str, depths))
        raise BadUsage(f"--depth {depth}: mosdepth counted at {given}", hint="choose one of these")
    means = _lines(regions)
    for number, cells in enumerate(counted, 2):
        row = next(means, [])
        if row[:3] != cells[:3] or len(row) < 4 or len(cells) != len(head):
            raise BadData(f"{thresholds}, line {number}: {regions} has another region", hint=_HINT)
        yield _region(cells, row, depths, thresholds, number)
    if next(means, None) is not None:
        raise BadData(f"{thresholds}: ends before {regions}: cut off?", hint=_HINT)


_HINT = "give PREFIX.regions.bed.gz and PREFIX.thresholds.bed.gz of one run of mosdepth"


def _region(cells: list[str], row: list[str], depths: list[int], path: Path, number: int) -> Region:
    try:
        mean = float(row[-1])
        covered = dict(zip(depths, map(int, cells[4:]), strict=True))
        start, end = int(cells[1]), int(cells[2])
    except ValueError:
        raise BadData(f"{path}, line {number}: not a number", hint=_HINT) from None
    if not math.isfinite(mean):
        raise BadData(f"{path}, line {number}: not a number", hint=_HINT)
    name = "" if cells[3] == NO_NAME else printable(cells[3])
    return Region(printable(cells[0]), start, end, name, mean, covered)


def _lines(path: Path) -> Iterator[list[str]]:
    """Cells of the lines of a gzipped table.

    Raises:
        InputMissing, BadData: it is not there, or damaged.
    """
    if not path.is_file():
        raise InputMissing(f"{path}: no such file", hint="mosdepth --by and --thresholds write it")
    try:
        with gzip.open(path, "rt", encoding="utf-8") as handle:
            for line in handle:
                yield line.rstrip("\n").split("\t")
    except (EOFError, OSError, zlib.error, UnicodeDecodeError) as error:
        raise BadData(f"{path}: damaged: {error}", hint=_HINT) from None
