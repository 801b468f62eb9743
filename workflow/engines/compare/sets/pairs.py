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
        return SideSettings(column=self.column, columns=9 + len(self.vcf.samples))


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
    names = [dict(s.contigs.back()).get(contig) for s in sets]
    occupied = [bool(name and name in s.vcf.stretches) for s, name in zip(sets, names, strict=True)]
    result = OnContig([Intake() for _ in sets])
    calls: dict[int, _Calls] = {}
    sequence = reference.load(contig)
    for pair in combinations(range(len(sets)), 2):
        if not any(occupied[n] for n in pair):
            continue
        settings = _settings([sets[n] for n in pair], limits, pass_only)
        theirs = [names[n] or contig for n in pair]
        where = Where(contig, (theirs[0], theirs[1]), confident=regions)
        whats = (sets[pair[0]].vcf.what, sets[pair[1]].vcf.what)
        with Session(sequence, Packed(settings, where), whats) as session:
            for side, n in enumerate(pair):
                if occupied[n]:
                    for piece in sets[n].vcf.pieces(theirs[side]):
                        go_on(stop)
                        session.read(side, piece)
            go_on(stop)
            session.compare()
            for side, n in enumerate(pair):
                intake = session.intake(side, theirs[side])
                if n not in calls:
                    result.intakes[n] = intake
                _take(calls, n, pair[1 - side], session.calls(side))
            result.capped += _capped(contig, [sets[n].name for n in pair], session.superloci())
            unknown = any(session.intake(side, contig).unknown for side in (0, 1))
        if unknown:  # the core has put the calls' bases in place of N
            sequence = reference.load(contig)
    for n, found in calls.items():
        _count(result.combinations, n, found)
    return result


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
