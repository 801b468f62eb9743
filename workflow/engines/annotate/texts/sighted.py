"""What has to be remembered of all variants for the texts of the sample; plain data, so that it
survives a kill with the checkpoint."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engines.annotate.evidence import Region
from engines.annotate.texts.incidental import is_like_germline, is_silent
from engines.annotate.texts.library import Library
from engines.annotate.texts.setting import Setting, is_callable
from engines.annotate.texts.variant import LOW_DEPTH, LOW_VAF
from engines.annotate.variants import Call
from engines.annotate.verdict import Annotated, AnnotatedStructural, Oncogenicity

COMMON_AF = 0.001
"""Of TMB: from this population frequency on, a variant counts as inherited."""
IMPORTANT = frozenset({"I-A", "I-B", "II-C", "II-D"})
ONCOGENIC = frozenset({"Oncogenic", "Likely Oncogenic"})


@dataclass
class Sighted:
    """Counts, and which profiles were seen.

    Attributes:
        profiles: ids of profiles that some variant has matched.
        places: names of the stretches for pertinent negatives that some variant lies in.
        burden: of TMB: ``counted``, ``filtered``, ``faint``, ``common``, ``outside``.
        structural: kind → chromosomal alterations.
        assessed: code of the oncogenicity rules → variants of which it was assessed.
    """

    calls: int = 0
    filtered: int = 0
    shallow: int = 0
    without_reads: int = 0
    flagged: int = 0
    secondary_without_vaf: int = 0
    germline_like: int = 0
    structural_tiered: int = 0
    structural_open: int = 0
    profiles: set[str] = field(default_factory=set)
    places: set[str] = field(default_factory=set)
    burden: Counter[str] = field(default_factory=Counter)
    assessed: Counter[str] = field(default_factory=Counter)
    codes: set[str] = field(default_factory=set)
    structural: Counter[str] = field(default_factory=Counter)

    def as_data(self) -> dict[str, Any]:
        """For the checkpoint: JSON can hold it."""
        return {
            name: sorted(value) if isinstance(value, set) else value
            for name, value in vars(self).items()
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Sighted":
        """From a checkpoint."""
        kept: dict[str, Any] = dict(data)
        kept |= {name: set(data[name]) for name in ("profiles", "places", "codes")}
        kept |= {name: Counter(data[name]) for name in ("burden", "assessed", "structural")}
        return cls(**kept)


class Watch:
    """Notes each variant in a :class:`Sighted`.

    Args:
        places: name → stretches that matter for pertinent negatives.
    """

    def __init__(
        self, library: Library, setting: Setting, places: Mapping[str, Iterable[Region]]
    ) -> None:
        self._scores: dict[int, tuple[Oncogenicity, list[int]]] = {}
        self._secondary = library.knowledge.secondary
        self._setting = setting
        self._starts: dict[str, list[int]] = {}
        self._places: dict[str, list[tuple[int, int, str]]] = {}
        for name, regions in places.items():
            for each in regions:
                self._places.setdefault(each.chrom, []).append((each.start, each.end, name))
        for chrom, found in self._places.items():
            found.sort()
            self._starts[chrom] = [start for start, _, _ in found]
        self._widest = max(
            (end - start for all_ in self._places.values() for start, end, _ in all_), default=0
        )

    def note(self, sighted: Sighted, annotated: Annotated, is_flagged: bool) -> None:
        """Count one variant."""
        call = annotated.call
        sighted.calls += 1
        sighted.filtered += bool(call.filters)
        sighted.without_reads += call.vaf is None
        sighted.flagged += is_flagged
        if annotated.matches:
            sighted.profiles.update(match.statement.profile for match in annotated.matches)
        if self._starts:
            sighted.places.update(self._touched(call))
        if annotated.tier in IMPORTANT or annotated.oncogenicity.verdict in ONCOGENIC:
            sighted.shallow += call.depth is not None and call.depth < LOW_DEPTH
            sighted.germline_like += is_like_germline(call.vaf)
        self._note_score(annotated.oncogenicity)
        chosen = call.chosen
        if chosen is None or is_silent(chosen.terms):
            return
        if call.vaf is None and chosen.gene in self._secondary:
            sighted.secondary_without_vaf += 1
        sighted.burden[self._burden(call)] += 1

    def _note_score(self, score: Oncogenicity) -> None:
        """Many variants have the same one: its codes are counted in :meth:`settle`."""
        known = self._scores.get(id(score))
        if known is None:
            known = self._scores[id(score)] = (score, [0])
        known[1][0] += 1

    def settle(self, sighted: Sighted) -> None:
        """Note the codes of the scores that were seen since the last time."""
        for score, times in self._scores.values():
            for code in score.codes:
                sighted.codes.add(code.name)
                if code.state != "not_assessed":
                    sighted.assessed[code.name] += times[0]
        self._scores.clear()

    def note_structural(self, sighted: Sighted, annotated: AnnotatedStructural) -> None:
        """Count one chromosomal alteration."""
        call = annotated.call
        sighted.structural[call.kind] += 1
        sighted.structural_tiered += annotated.tier in IMPORTANT
        sighted.structural_open += call.genes is None and not call.partners
        sighted.profiles.update(match.statement.profile for match in annotated.matches)

    def _burden(self, call: Call) -> str:
        """Where a variant that changes a protein belongs in the count of TMB."""
        regions = self._setting.callable
        if call.filters:
            return "filtered"
        if call.vaf is not None and call.vaf < LOW_VAF:
            return "faint"
        if call.population_af is not None and call.population_af >= COMMON_AF:
            return "common"
        if regions is None or not is_callable(regions, call.allele):
            return "outside"
        return "counted"

    def _touched(self, call: Call) -> list[str]:
        starts = self._starts.get(call.allele.chrom)
        if not starts:
            return []
        first = call.allele.pos
        return self.touched(call.allele.chrom, first, first + max(len(call.allele.ref), 1) - 1)

    def touched(self, chrom: str, first: int, last: int) -> list[str]:
        """Names of the stretches that share a base with the given one."""
        found = self._places.get(chrom, [])
        at = bisect_right(self._starts.get(chrom, []), last)
        names = []
        while at > 0 and found[at - 1][0] >= first - self._widest:
            at -= 1
            if found[at][1] >= first:
                names.append(found[at][2])
        return names
