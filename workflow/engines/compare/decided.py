"""The calls of one side of a contig with their verdicts, as columns."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from engines.compare.alleles import SUBTYPES, extent, genotype_class, is_snp, subtypes
from engines.compare.calls import Call
from engines.compare.clusters import Verdict
from engines.formats.bed import Intervals

Mask = npt.NDArray[np.bool_]


@dataclass
class Decided:
    """Columns over the calls of one side.

    Attributes:
        calls, verdicts, superlocus: in the order of the clusters; a superlocus is the
            1-based position of the first call of its cluster.
        matched: genotype match, BK gm.
        confident: the call belongs to the confident regions (all, where there are none).
        passing: FILTER of the call; for a matched truth call see :meth:`inherit`.
        snp: type SNP, else INDEL.
        transition, transversion: such a substitution is called.
        subtype: name → calls that hold it (a het-alt call may hold two).
        classes: GA4GH BLT of each call.
        labels: GA4GH BI of each call.
        quality: QQ, None where there is none.
    """

    calls: list[Call] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    superlocus: list[int] = field(default_factory=list)

    def add(self, call: Call, verdict: Verdict, superlocus: int) -> None:
        """Append one call."""
        self.calls.append(call)
        self.verdicts.append(verdict)
        self.superlocus.append(superlocus)

    def settle(self, sequence: str, confident: Intervals | None) -> None:
        """Fill the columns once all calls are there."""
        extents = [extent(call) for call in self.calls]
        self._starts = np.array([e[0] for e in extents], dtype=np.int64)
        self._ends = np.array([e[1] for e in extents], dtype=np.int64)
        self._insertion = np.array([e[2] for e in extents], dtype=np.bool_)
        everything = np.ones(len(self.calls), dtype=np.bool_)
        self.confident = everything if confident is None else self.inside(confident)
        self.matched = np.array([v.kind == "gm" for v in self.verdicts], dtype=np.bool_)
        self.passing = np.array([call.passing for call in self.calls], dtype=np.bool_)
        self.snp = np.array([is_snp(call) for call in self.calls], dtype=np.bool_)
        self.classes = [genotype_class(call) for call in self.calls]
        found = [subtypes(sequence, call) for call in self.calls]
        self.transition = np.array([f[0] for f in found], dtype=np.bool_)
        self.transversion = np.array([f[1] for f in found], dtype=np.bool_)
        self.subtype = {
            name: np.array([name in f[2] for f in found], dtype=np.bool_) for name in SUBTYPES
        }
        self.labels = [_label(*f) for f in found]
        self.quality: list[float | None] = [call.quality for call in self.calls]

    def inside(self, intervals: Intervals) -> Mask:
        """Which calls belong to these regions (hap.py's rule, see ``alleles.extent``)."""
        return np.where(
            self._insertion,
            intervals.contain(self._starts, self._ends),
            intervals.overlap(self._starts, self._ends),
        )

    def inherit(self, query: "Decided") -> None:
        """Give each truth call the filter and quality of what matched it.

        A truth call that only filtered query calls match is a false negative in the
        PASS rows. The same record on the query side decides alone; otherwise all query
        calls of the block must pass, and the lowest quality among them counts.
        """
        blocks: dict[int, list[int]] = {}
        for index, verdict in enumerate(query.verdicts):
            if verdict.block >= 0:
                blocks.setdefault(verdict.block, []).append(index)
        for index, verdict in enumerate(self.verdicts):
            self.quality[index] = None
            if verdict.block < 0:
                continue
            partners = blocks[verdict.block]
            same = [i for i in partners if _same_record(self.calls[index], query.calls[i])]
            partners = same[:1] or partners
            self.passing[index] = all(query.passing[i] for i in partners)
            qualities = [q for i in partners if (q := query.quality[i]) is not None]
            self.quality[index] = min(qualities, default=None)


def _same_record(a: Call, b: Call) -> bool:
    return a.position == b.position and a.ref == b.ref and set(a.alts) == set(b.alts)


def _label(transition: bool, transversion: bool, names: tuple[str, ...]) -> str:
    parts = ["ti"] * transition + ["tv"] * transversion + [name.lower() for name in names]
    return ",".join(sorted(parts)) or "."
