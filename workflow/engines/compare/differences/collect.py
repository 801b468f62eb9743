"""The clusters with an FN or FP of one contig, and of all contigs together."""

import gzip
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from engines.compare.core.session import Records, Session
from engines.compare.differences.context import CONTEXTS, contexts, described
from engines.compare.differences.membership import memberships
from engines.compare.explain.decided import locus_of
from engines.compare.explain.locus import Locus
from engines.compare.explain.text import explained

# How many are listed with their explanation.
LISTED = 200
SCHEMA = "plumbline/small_variants.differences/1"

COUNTS = (
    "truth_tp", "truth_fn", "query_tp", "query_fp", "fp_gt", "fp_al", "snp", "indel",
    "homopolymer", "repeat_unit", "repeat_length",
)  # fmt: skip
COLUMNS = ("contig", "start", "end", "context", *COUNTS, "subsets", "capped")


@dataclass(frozen=True)
class Cluster:
    """One of the worst: its row without contig and explanation, and its calls."""

    row: dict[str, Any]
    locus: Locus

    @property
    def wrong(self) -> int:
        """FN and FP together."""
        return int(self.row["truth_fn"] + self.row["query_fp"])


@dataclass(frozen=True)
class Found:
    """Of one contig.

    Attributes:
        sums: contexts x (clusters, FN, FP).
        rows: lines of the table, gzipped.
        worst: at most ``LISTED``, from left to right.
    """

    sums: npt.NDArray[np.int64]
    rows: bytes
    worst: list[Cluster] = field(default_factory=list)


def collect(session: Session, contig: str, names: Sequence[str], squashed: bool) -> Found:
    """What is there on a contig that has been compared.

    Args:
        session: still open.
        contig: its name in the reference.
        names: of the stratifications, in the order of the core's subsets.
        squashed: only alleles were compared.
    """
    differences = session.differences()
    inside = memberships(session, differences, len(names))
    found = contexts(differences, inside, names)
    sums = np.zeros((len(CONTEXTS), 3), dtype=np.int64)
    ones = np.ones(len(differences), dtype=np.int64)
    for column, weights in enumerate((ones, differences["truth_fn"], differences["query_fp"])):
        np.add.at(sums[:, column], found, weights)
    table = _Table(differences, found, _named(inside, names))
    worst = [
        Cluster(
            table.row(n), locus_of(session, contig, int(differences["superlocus"][n]), squashed)
        )
        for n in _worst(differences)
    ]
    text = "".join(table.lines(contig))
    return Found(sums, _gzipped(text) if text else b"", worst)


def header() -> bytes:
    """The first line of the table, gzipped."""
    return _gzipped("#" + "\t".join(COLUMNS) + "\n")


def _gzipped(text: str) -> bytes:
    """One member, the same bytes for the same text."""
    return gzip.compress(text.encode(), 1, mtime=0)


def listed(parts: Iterable[Found]) -> dict[str, Any]:
    """What ``PREFIX.differences.json`` holds: the parts in the order of the reference."""
    sums = np.zeros((len(CONTEXTS), 3), dtype=np.int64)
    clusters: list[Cluster] = []
    for part in parts:
        sums += part.sums
        clusters += part.worst
    clusters.sort(key=lambda cluster: -cluster.wrong)  # stable: then by place
    return {
        "schema": SCHEMA,
        "clusters": int(sums[:, 0].sum()),
        "by_context": by_context(sums),
        "worst": [_listed(cluster) for cluster in clusters[:LISTED]],
    }


def by_context(sums: npt.NDArray[np.int64]) -> list[dict[str, Any]]:
    """Clusters, FN and FP by context, those that occur, the most clusters first."""
    rows = [
        {"context": name, "clusters": int(clusters), "truth_fn": int(fn), "query_fp": int(fp)}
        for name, (clusters, fn, fp) in zip(CONTEXTS, sums.tolist(), strict=True)
        if clusters
    ]
    return sorted(rows, key=lambda row: -row["clusters"])


def _listed(cluster: Cluster) -> dict[str, Any]:
    heading = described(cluster.row["context"], cluster.row)
    return {
        "contig": cluster.locus.contig,
        **cluster.row,
        "explained": explained(cluster.locus, heading),
    }


def _worst(differences: Records) -> list[int]:
    wrong = differences["truth_fn"].astype(np.int64) + differences["query_fp"]
    order = np.argsort(-wrong, kind="stable")[:LISTED]
    return sorted(order.tolist())


class _Table:
    """The clusters of a contig as columns of Python's own types."""

    def __init__(
        self, differences: Records, found: npt.NDArray[np.int8], subsets: Sequence[list[str]]
    ) -> None:
        self.starts = (differences["start"] + 1).tolist()
        self.ends = np.maximum(differences["end"], differences["start"] + 1).tolist()
        self.contexts = [CONTEXTS[n] for n in found.tolist()]
        self.counts = list(zip(*(differences[name].tolist() for name in COUNTS), strict=True))
        self.capped = differences["capped"].tolist()
        self.subsets = subsets

    def row(self, n: int) -> dict[str, Any]:
        """One cluster, as the JSON lists it."""
        return {
            "start": self.starts[n],
            "end": self.ends[n],
            "context": self.contexts[n],
            **dict(zip(COUNTS, self.counts[n], strict=True)),
            "subsets": self.subsets[n],
            "capped": bool(self.capped[n]),
        }

    def lines(self, contig: str) -> Iterator[str]:
        """All of them as lines of the table."""
        names = {id(found): ",".join(found) or "." for found in self.subsets}
        form = "\t".join(["%d"] * len(COUNTS))
        for start, end, context, counts, subsets, capped in zip(
            self.starts, self.ends, self.contexts, self.counts, self.subsets, self.capped,
            strict=True,
        ):  # fmt: skip
            inside = names[id(subsets)]  # equal sets of names are one list
            yield f"{contig}\t{start}\t{end}\t{context}\t{form % counts}\t{inside}\t{capped}\n"


def _named(inside: npt.NDArray[np.bool_], names: Sequence[str]) -> list[list[str]]:
    """Names of the stratifications of each cluster; equal sets share one list."""
    known: dict[bytes, list[str]] = {}
    found = []
    for row in inside:
        key = row.tobytes()
        if key not in known:
            known[key] = [name for name, there in zip(names, row, strict=True) if there]
        found.append(known[key])
    return found
