"""One contig of several call sets: every pair compared, each call's partners as bits."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from threading import Event

import numpy as np
import numpy.typing as npt

from engines.compare.contig import go_on
from engines.compare.core import native
from engines.compare.core.session import Records, Session
from engines.compare.core.settings import Packed, Settings, SideSettings, Where
from engines.compare.intake import Intake
from engines.compare.limits import Limits
from engines.formats.bed import Intervals
from engines.formats.contigs import ContigMap
from engines.formats.fasta import Reference
from engines.formats.vcf import Vcf

BY = ("genotype", "allele")
TYPES = ("SNP", "INDEL")
# partners of a call are bits of one word
MOST_SETS = 16

# number of the set, type, genotype or allele, bits of the sets that have the call too
Key = tuple[int, str, str, int]


@dataclass(frozen=True)
class CallSet:
    """One of the sets, opened.

    Attributes:
        name: how tables call it.
        column: of its sample in a data line.
    """

    name: str
    vcf: Vcf
    contigs: ContigMap
    column: int

    @property
    def settings(self) -> SideSettings:
        """How its lines are read."""
        return SideSettings(column=self.column, columns=self.vcf.columns)


@dataclass
class OnContig:
    """What the sets have in common on one contig, or on all.

    Attributes:
        combinations: key → calls.
        intakes: of each set.
        capped: superloci of a pair that were too dense for the full search.
    """

    intakes: list[Intake]
    combinations: Counter[Key] = field(default_factory=Counter)
    capped: list[dict[str, object]] = field(default_factory=list)

    def add(self, other: "OnContig") -> None:
        """Take in another contig."""
        self.combinations.update(other.combinations)
        for mine, theirs in zip(self.intakes, other.intakes, strict=True):
            mine.add(theirs)
        self.capped += other.capped


@dataclass
class _Calls:
    """The counted calls of one set: which are SNPs, and the sets that have them too."""

    order: npt.NDArray[np.uint32]
    counted: npt.NDArray[np.bool_]
    snp: npt.NDArray[np.bool_]
    partners: dict[str, npt.NDArray[np.uint32]]


def compare_contig(
    contig: str,
    sets: Sequence[CallSet],
    reference: Reference,
    regions: Intervals | None,
    limits: Limits,
    pass_only: bool,
    stop: Event,
) -> OnContig:
    """Compare every pair of sets on one contig.

    Records are taken as they are written: the replay of haplotypes sees through spellings, so
    a call is a record of its file.

    Raises:
        BadData: a line that is no record, or a file that is damaged.
        Stopped: ``stop`` was set.
    """
    names = [s.contigs.back().get(contig) for s in sets]
    found = OnContig([Intake() for _ in sets])
    calls: dict[int, _Calls] = {}
    sequence = reference.load(contig)
    for a, b in combinations(range(len(sets)), 2):
        pair = [(sets[n], names[n]) for n in (a, b)]
        if names[a] is None and names[b] is None:
            continue
        packed = Packed(
            _settings([sets[a], sets[b]], limits, pass_only),
            Where(contig, (names[a] or contig, names[b] or contig), confident=regions),
        )
        with Session(sequence, packed, (sets[a].vcf.what, sets[b].vcf.what)) as session:
            intakes = _compare(session, pair, contig, stop)
            for side, (n, other) in enumerate(((a, b), (b, a))):
                if n not in calls:
                    found.intakes[n] = intakes[side]
                _take(calls, n, other, session.calls(side))
            found.capped += _capped(contig, [sets[a].name, sets[b].name], session.superloci())
        if any(intake.unknown for intake in intakes):
            sequence = reference.load(contig)  # the core has put the calls' bases in place of N
    for n, mine in calls.items():
        _count(found.combinations, n, mine)
    return found


def _compare(
    session: Session, pair: Sequence[tuple[CallSet, str | None]], contig: str, stop: Event
) -> list[Intake]:
    """Read both sets and compare them; what became of their lines."""
    for side, (one, name) in enumerate(pair):
        for piece in one.vcf.pieces(name or ""):
            go_on(stop)
            session.read(side, piece)
    go_on(stop)
    session.compare()
    return [session.intake(side, name or contig) for side, (_, name) in enumerate(pair)]


def _settings(sets: Sequence[CallSet], limits: Limits, pass_only: bool) -> Settings:
    sides = [
        SideSettings(column=s.column, columns=s.settings.columns, passing_only=pass_only)
        for s in sets
    ]
    return Settings(
        truth=sides[0],
        query=sides[1],
        decompose=False,
        leftshift=False,
        adjust_confident=False,
        sex="none",
        gap=limits.gap,
        states=limits.states,
        write_regions=False,
    )


def _take(calls: dict[int, _Calls], n: int, other: int, records: Records) -> None:
    """Note which calls of set ``n`` the ``other`` has too."""
    records = records[np.argsort(records["order"], kind="stable")]
    if n not in calls:
        none = np.zeros(len(records), dtype=np.uint32)
        calls[n] = _Calls(
            records["order"],
            (records["flags"] & native.CONFIDENT) > 0,
            (records["flags"] & native.SNP) > 0,
            {by: none.copy() for by in BY},
        )
    mine = calls[n]
    assert np.array_equal(mine.order, records["order"])  # a record is read alike every time
    match = records["match"]
    bit = np.uint32(1 << other)
    for by, least in zip(BY, ("gm", "am"), strict=True):
        mine.partners[by][match >= native.MATCHES.index(least)] |= bit


def _count(total: Counter[Key], n: int, calls: _Calls) -> None:
    for kind in TYPES:
        rows = calls.counted & (calls.snp == (kind == "SNP"))
        for by in BY:
            found, counts = np.unique(calls.partners[by][rows], return_counts=True)
            for bits, count in zip(found.tolist(), counts.tolist(), strict=True):
                total[n, kind, by, bits] += count


def _capped(contig: str, names: Sequence[str], superloci: Records) -> list[dict[str, object]]:
    return [
        {
            "sets": list(names),
            "contig": contig,
            "start": int(s["start"]) + 1,
            "end": int(s["end"]),
            "states": int(s["states"]),
        }
        for s in superloci[superloci["capped"]]
    ]
