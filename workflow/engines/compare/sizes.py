"""Sizes of subsets in hap.py's way: ``Subset.Size``, ``Subset.IS_CONF.Size``, ``Subset.Level``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from engines.compare.case import Inputs
from engines.compare.tables import Subset
from engines.compare.tally import LABELS


@dataclass(frozen=True)
class ContigSizes:
    """What only the comparison of a contig can tell.

    Attributes:
        bases: its length without leading and trailing N.
        confident: plain sum of its confident regions with what the truth added to them.
        shared: bases that each stratification shares with them, in the order of the subsets.
    """

    bases: int
    confident: int = 0
    shared: Sequence[int] = field(default_factory=tuple)


def subset_sizes(
    names: Sequence[str], inputs: Inputs, compared: Mapping[str, ContigSizes]
) -> list[Subset]:
    """The subsets of the tally with their sizes.

    ``*`` has the bases of the contigs that were compared; stratifications and confident regions
    count on all contigs of the reference, overlaps each time they are listed (hap.py's sums).

    Args:
        names: of the tally.
        inputs: whose confident regions and stratifications they are.
        compared: contig → what its comparison told.
    """
    bases = sum(sizes.bases for sizes in compared.values())
    confident = _confident(inputs, compared)
    found = []
    for number, name in enumerate(names):
        regions = inputs.subsets.get(name)
        if name == "*" or name == LABELS[0]:
            found.append(Subset(name, 0, bases, confident))
        elif name == LABELS[1]:
            found.append(Subset(name, 0, confident or 0, confident))
        elif regions is not None:
            listed = sum(intervals.listed for intervals in regions.by_contig.values())
            shared = None if confident is None else _shared(inputs, compared, name, number - 1)
            found.append(Subset(name, regions.level, listed, shared))
        else:  # a stratum of allele fractions is no set of bases
            found.append(Subset(name))
    return found


def _confident(inputs: Inputs, compared: Mapping[str, ContigSizes]) -> int | None:
    if inputs.confident is None:
        return None
    elsewhere = sum(
        intervals.listed
        for contig, intervals in inputs.confident.by_contig.items()
        if contig not in compared
    )
    return elsewhere + sum(sizes.confident for sizes in compared.values())


def _shared(
    inputs: Inputs, compared: Mapping[str, ContigSizes], name: str, number: int
) -> int | None:
    assert inputs.confident is not None
    elsewhere = sum(
        intervals.shared(inputs.confident.on(contig))
        for contig, intervals in inputs.subsets[name].by_contig.items()
        if contig not in compared and contig in inputs.confident.by_contig
    )
    return elsewhere + sum(int(sizes.shared[number]) for sizes in compared.values())
