"""``OUT.somatic.csv``: alleles found, in the columns of som.py's ``stats.csv``.

som.py (hap.py 0.3.15, src/python/som.py) counts records, SNVs and indels, and each again by
allele fraction. Here a row is one called allele. Truth alleles are put into a stratum by the
fraction that the truth file gives, query alleles by the query's; precision is of the query's
alleles. What lies outside the confident regions is ``unk`` and in no other column.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import pairwise

from engines import __version__
from engines.compare.confidence import jeffreys
from engines.compare.core.settings import fraction_names
from engines.compare.tally import Counts, Tally, ratio

COLUMNS = (
    "", "type", "total.truth", "total.query", "tp", "fp", "fn", "unk", "ambi", "recall",
    "recall_lower", "recall_upper", "recall2", "precision", "precision_lower", "precision_upper",
    "na", "ambiguous", "fp.region.size", "fp.rate", "sompyversion", "sompycmd",
)  # fmt: skip
TYPES = {"records": ("SNP", "INDEL"), "SNVs": ("SNP",), "indels": ("INDEL",)}


def somatic_csv(tally: Tally, bounds: Sequence[float], bases: int) -> str:
    """The table as text.

    Args:
        tally: of a comparison of alleles.
        bounds: of the strata of allele fraction; empty: none.
        bases: that false positives are set against: the confident regions, else the contigs
            that were compared.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for number, (name, counts) in enumerate(rows(tally, bounds)):
        writer.writerow([number, name, *_cells(counts, bases)])
    return out.getvalue()


def rows(tally: Tally, bounds: Sequence[float]) -> Iterator[tuple[str, Counts]]:
    """Name and counts of each row, the strata behind the totals."""
    for name, kinds in TYPES.items():
        yield name, _sum(tally, kinds, "*")
    for name, kinds in TYPES.items():
        for (low, high), subset in zip(pairwise(bounds), fraction_names(bounds), strict=True):
            yield f"{name}.{low:f}-{high:f}", _sum(tally, kinds, subset)


def without_fraction(tally: Tally, bounds: Sequence[float]) -> tuple[int, int]:
    """Truth and query alleles that are in no stratum: no fraction, or one outside the bounds."""
    whole = _sum(tally, TYPES["records"], "*")
    inside = [_sum(tally, TYPES["records"], name) for name in fraction_names(bounds)]
    return (
        whole.truth_total - sum(counts.truth_total for counts in inside),
        whole.query_total - sum(counts.query_total for counts in inside),
    )


def _sum(tally: Tally, kinds: Sequence[str], subset: str) -> Counts:
    return Counts(sum(tally.row(kind, subset).values for kind in kinds))


def _cells(counts: Counts, bases: int) -> list[object]:
    found, asked = counts.truth_tp, counts.truth_total
    right, assessed = counts.query_tp, counts.query_tp + counts.query_fp
    low, high = (bound.tolist() for bound in jeffreys([found, right], [asked, assessed]))
    recall = _number(ratio(found, asked))
    return [
        asked, counts.query_total, found, counts.query_fp, counts.truth_fn, counts.query_unk, 0,
        recall, _number(low[0]), _number(high[0]), recall,
        _number(ratio(right, assessed)), _number(low[1]), _number(high[1]),
        _number(ratio(counts.query_unk, counts.query_total)), _number(0.0), bases,
        _number(1e6 * counts.query_fp / bases if bases else None),
        f"plumbline-{__version__}", "plumbline compare --squash-ploidy",
    ]  # fmt: skip


def _number(value: float | None) -> str:
    """Up to 12 digits, as pandas writes what som.py counts; empty where undefined."""
    return "" if value is None else f"{value:.12g}"
