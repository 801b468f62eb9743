"""Reads of another person, by what is REF where the sample is homozygous for ALT.

CHARR (Lu et al. 2023, Am J Hum Genet 110:2068): a contaminating read has REF with the population's
frequency of REF. So the share of REF reads at a site where the sample is homozygous for ALT,
divided by that frequency, is the share of foreign reads; the estimate is the mean over autosomal
biallelic SNVs.

It takes for granted that the other person is of the population of the frequencies and not a
relative, and that the genotypes are right: sites that contamination makes look heterozygous are
lost to it, so that more than 10 % are told too low. Errors of sequencing count as foreign reads.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from engines.qc.genotypes.calls import LEAST_DEPTH, Snv

MINIMUM = 100  # sites, below which nothing is said
FREQUENCIES = (0.05, 0.95)  # of REF, as the authors' code has them
MOST_DEPTH = 100  # likewise; of deeper data three times the median
BALANCE = (0.25, 0.75)  # share of ALT reads at a heterozygous site that is not skewed
MOST_LOOKED_UP = 20_000  # sites whose frequency is asked for, evenly spread
MOST_KEPT = 200_000  # sites of a kind that are held in memory, likewise

Lookup = Callable[[Snv], float | None]


@dataclass
class Spread:
    """Sites of one kind, evenly spread where there are very many: each, each second, fourth …"""

    kept: list[Snv] = field(default_factory=list)
    seen: int = 0
    step: int = 1

    def add(self, snv: Snv) -> None:
        """Count it, and keep it where its turn is."""
        if self.seen % self.step == 0:
            self.kept.append(snv)
            if len(self.kept) > MOST_KEPT:
                self.kept, self.step = self.kept[::2], 2 * self.step
        self.seen += 1


@dataclass
class Sites:
    """The diploid SNVs of the autosomes."""

    homozygous: Spread = field(default_factory=Spread)
    heterozygous: Spread = field(default_factory=Spread)

    def add(self, snv: Snv) -> None:
        """Take a SNV; haploid ones are neither."""
        if snv.is_diploid:
            (self.heterozygous if snv.is_heterozygous else self.homozygous).add(snv)

    @property
    def seen(self) -> int:
        """How many there are, kept or not."""
        return self.homozygous.seen + self.heterozygous.seen

    @property
    def heterozygous_share(self) -> float | None:
        """None where there are none."""
        return self.heterozygous.seen / self.seen if self.seen else None


@dataclass(frozen=True)
class Estimate:
    """A mean over sites, in percent.

    Attributes:
        interval: of 95 %, by the spread of the sites, which are taken as independent.
    """

    percent: float
    interval: tuple[float, float]
    sites: int

    def data(self) -> dict[str, Any]:
        """As the JSON has it."""
        low, high = (round(bound, 4) for bound in self.interval)
        return {"percent": round(self.percent, 4), "interval": [low, high], "sites": self.sites}


def estimate(shares: Sequence[float]) -> Estimate:
    """The mean of shares with its interval of 95 % (normal approximation, not below 0)."""
    n = len(shares)
    mean = math.fsum(shares) / n
    spread = math.sqrt(math.fsum((share - mean) ** 2 for share in shares) / (n - 1))
    wide = 1.96 * spread / math.sqrt(n)
    return Estimate(100 * mean, (max(0.0, 100 * (mean - wide)), 100 * (mean + wide)), n)


def usable(snvs: Iterable[Snv]) -> list[Snv]:
    """Sites with enough reads, and not with so many that they look like a repeat."""
    deep = [snv for snv in snvs if snv.depth >= LEAST_DEPTH]
    median = sorted(snv.depth for snv in deep)[len(deep) // 2] if deep else 0
    most = max(MOST_DEPTH, 3 * median)
    return [snv for snv in deep if snv.depth <= most]


def contamination(sites: Sites, tells_reads: bool, frequency: Lookup | None) -> dict[str, Any]:
    """What can be said, and why what cannot.

    Args:
        tells_reads: whether the file has the reads of each allele.
        frequency: of ALT in the population; None where nobody knows any.

    Returns:
        ``charr``, ``lower_bound`` and ``skewed``, each None with a reason in ``not_assessed``.
    """
    found: dict[str, Any] = {"charr": None, "lower_bound": None, "skewed": None}
    why: dict[str, str] = {}
    if not tells_reads:
        reason = "the calls do not tell the reads of each allele (FORMAT/AD)"
        return found | {"not_assessed": dict.fromkeys(found, reason)}
    homozygous = usable(sites.homozygous.kept)
    heterozygous = usable(sites.heterozygous.kept)
    if len(homozygous) >= MINIMUM:
        found["lower_bound"] = estimate([_ref_share(snv) for snv in homozygous]).data()
    else:
        why["lower_bound"] = _too_few(len(homozygous), "homozygous SNVs")
    if frequency is None:
        why["charr"] = "no frequencies of a population are given"
    else:
        shares = list(_scaled(homozygous, frequency))
        if len(shares) >= MINIMUM:
            found["charr"] = estimate(shares).data()
        else:
            why["charr"] = _too_few(len(shares), "homozygous SNVs with a frequency")
    if len(heterozygous) >= MINIMUM:
        skewed = sum(not BALANCE[0] <= 1 - _ref_share(snv) <= BALANCE[1] for snv in heterozygous)
        share = round(100 * skewed / len(heterozygous), 4)
        found["skewed"] = {"percent": share, "sites": len(heterozygous)}
    else:
        why["skewed"] = _too_few(len(heterozygous), "heterozygous SNVs")
    return found | {"not_assessed": why}


def _scaled(sites: Sequence[Snv], frequency: Lookup) -> Iterable[float]:
    step = max(1, math.ceil(len(sites) / MOST_LOOKED_UP))
    for snv in sites[::step]:
        alt = frequency(snv)
        if alt is not None and FREQUENCIES[0] < 1 - alt < FREQUENCIES[1]:
            yield _ref_share(snv) / (1 - alt)


def _ref_share(snv: Snv) -> float:
    return snv.reads[0] / snv.depth if snv.reads else 0.0


def _too_few(count: int, what: str) -> str:
    return f"too few: {count} {what} with {LEAST_DEPTH} reads or more, {MINIMUM} are needed"
