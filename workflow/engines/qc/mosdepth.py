"""Depth of coverage as mosdepth prints it: its summary, and how depth is distributed.

Layouts: https://github.com/brentp/mosdepth (0.2.6 to 0.3): ``PREFIX.mosdepth.summary.txt`` (contig,
length, bases, mean, min, max; ``NAME_region`` within the BED file of ``--by``) and
``PREFIX.mosdepth.global.dist.txt`` and ``.region.dist.txt`` (contig, depth, share of its bases with
at least this depth). Where there is a BED file, only what is inside of it is told.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from engines.contract.wording import printable, quoted
from engines.qc.metric import Content, Metric, Unusable, natural

SUMMARY, GLOBAL, REGION = "mosdepth/summary", "mosdepth/global", "mosdepth/region"
CONTIGS = "mosdepth/contigs"  # the rows of the summary that are of one contig each
TARGET = "target"  # the group of what is inside of the BED file
DEPTHS = (1, 10, 15, 20, 30, 50, 100)

_HEAD = "chrom\tlength\tbases\tmean\tmin\tmax"
_DIST = re.compile(r"([^\t]+)\t([0-9]{1,12})\t([01](?:\.[0-9]+)?)")
_ROW = re.compile(r"([^\t]+)\t([0-9]{1,15})\t([0-9]{1,18})\t([0-9]{1,12}(?:\.[0-9]+)?)\t.*")
_AUTOSOME = re.compile(r"(?:chr)?(?:[1-9]|1[0-9]|2[0-2])")


@dataclass(frozen=True)
class Depth:
    """Of a contig, of a part of it, or of all."""

    length: int
    bases: int

    @property
    def mean(self) -> float:
        """Bases of reads on each base of it; 0 where it has none."""
        return self.bases / self.length if self.length else 0.0


def recognise(name: str, text: str) -> str | None:
    """``mosdepth/summary`` by its first line; the distributions by their names too."""
    first = text.split("\n", 1)[0].rstrip("\r")
    if first == _HEAD:
        return SUMMARY
    if not _DIST.fullmatch(first):
        return None
    if name.endswith(".global.dist.txt"):
        return GLOBAL
    return REGION if name.endswith(".region.dist.txt") else None


def read(kind: str, text: str) -> Content:
    """The metrics of one file.

    Raises:
        Unusable: it does not go on as it began, or was cut off.
    """
    if not text.endswith("\n"):
        raise Unusable("its last line does not end: cut off?")
    lines = text.replace("\r\n", "\n").split("\n")[:-1]
    return Content(_of_summary(lines) if kind == SUMMARY else _of_distribution(kind, lines))


def depths(lines: list[str]) -> dict[str, Depth]:
    """Contig → its depth; the names are those of the summary (``chr1_region``, ``total``).

    Raises:
        Unusable: a line has another form, or the last one (``total``) is missing.
    """
    found = {}
    for number, line in enumerate(lines[1:], 2):
        row = _ROW.fullmatch(line)
        if not row:
            raise Unusable(f"line {number}: {quoted(printable(line), 60)} is not of mosdepth")
        found[row[1]] = Depth(int(row[2]), int(row[3]))
    if "total" not in found:
        raise Unusable("has no line for the total: cut off?")
    return found


def within(found: Mapping[str, Depth]) -> dict[str, Depth]:
    """Contig → depth, inside of the BED file where there is one; without the total.

    Windows over the whole genome are no BED file: they hold as many bases as there are.
    """
    total, regions = found["total"], found.get("total_region")
    inner = {
        name.removesuffix("_region"): depth
        for name, depth in found.items()
        if name.endswith("_region") and name.removesuffix("_region") in found
    }
    if regions is None or regions.length == total.length:
        inner = {
            name: depth
            for name, depth in found.items()
            if not (name.endswith("_region") and name.removesuffix("_region") in found)
        }
    inner.pop("total", None)
    return inner


def relative_depth(found: Mapping[str, Depth], contig: str) -> float | None:
    """Mean depth of X or Y by that of the autosomes; None where either is not there.

    Args:
        found: as :func:`within` gives it.
        contig: ``X`` or ``Y``, spelt as chrX too.
    """
    autosomes = [depth for name, depth in found.items() if _AUTOSOME.fullmatch(name)]
    usual = Depth(sum(d.length for d in autosomes), sum(d.bases for d in autosomes)).mean
    there = next((found[name] for name in (contig, f"chr{contig}") if name in found), None)
    return there.mean / usual if there and there.length and usual else None


def _of_summary(lines: list[str]) -> list[Metric]:
    found = depths(lines)
    inner, total = within(found), found["total"]
    regions = found.get("total_region")
    metrics = []
    if regions is None or regions.length == total.length:
        metrics.append(_metric(SUMMARY, "coverage", "mean depth", "", round(total.mean, 2), "x"))
        metrics += [
            _metric(CONTIGS, "contig_coverage", "mean depth", contig, round(depth.mean, 2), "x")
            for contig, depth in sorted(inner.items(), key=lambda each: natural(each[0]))
        ]
    else:
        mean = round(regions.mean, 2)
        metrics.append(_metric(SUMMARY, "bed_coverage", "mean depth", TARGET, mean, "x"))
        if total.bases:
            share = round(100 * regions.bases / total.bases, 2)
            name = "aligned bases on target (%)"
            metrics.append(_metric(SUMMARY, "bed_coverage", name, TARGET, share, "%"))
    for contig in ("X", "Y"):
        ratio = relative_depth(inner, contig)
        if ratio is not None:
            name = f"depth of {contig} / autosomes"
            metrics.append(_metric(SUMMARY, "ploidy", name, "", round(ratio, 4), ""))
    return metrics


def _of_distribution(kind: str, lines: list[str]) -> list[Metric]:
    """Median, spread and shares of the bases with some depth, by the lines of the total.

    mosdepth leaves out the depths beyond which there is next to nothing, and rounds to percents.
    """
    shares: dict[int, float] = {}
    for number, line in enumerate(lines, 1):
        row = _DIST.fullmatch(line)
        if not row:
            raise Unusable(f"line {number}: {quoted(printable(line), 60)} is not of mosdepth")
        if row[1] == "total":
            shares[int(row[2])] = float(row[3])
    if 0 not in shares:
        raise Unusable("has no line for the total at depth 0: cut off?")
    category, group = ("coverage", "") if kind == GLOBAL else ("bed_coverage", TARGET)
    quarter, median, three = (_depth_of(shares, share) for share in (0.75, 0.5, 0.25))
    metrics = [_metric(kind, category, "median depth", group, median, "x")]
    if median:
        spread = round((three - quarter) / median, 4)
        metrics.append(_metric(kind, category, "spread of depth (IQR / median)", group, spread, ""))
    for depth in DEPTHS:
        name = f"bases with depth {depth} or more (%)"
        share = round(100 * shares.get(depth, 0.0), 2)
        metrics.append(_metric(kind, category, name, group, share, "%"))
    return metrics


def _depth_of(shares: Mapping[int, float], share: float) -> int:
    """The greatest depth that at least this share of the bases has."""
    return max(depth for depth, found in shares.items() if found >= share)


def _metric(source: str, category: str, name: str, group: str, value: float, unit: str) -> Metric:
    return Metric(source, category, name, printable(group), value, unit)
