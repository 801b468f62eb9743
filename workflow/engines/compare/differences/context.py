"""What the reference is like around a cluster, from its bases and from the stratifications.

Runs and repeats count from the lengths at which GIAB's own strata begin
(genome-stratifications, LowComplexity): a homopolymer from 7 bases, a tandem repeat from 10
bases of a unit of two, 14 of three, 19 of four and more. In a long cluster there is a short run by
chance: one that is less than a tenth of the cluster does not tell what the cluster is about.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from engines.compare.core.session import Records

HOMOPOLYMER = 7
# bases of the unit → bases of the repeat; longer units as the last
REPEAT = (0, 0, 10, 14, 19)
# of the cluster
LEAST_SHARE = 0.1

# A cluster counts in the first that holds for it.
CONTEXTS = (
    "homopolymer",
    "tandem repeat",
    "low mappability",
    "segmental duplication",
    "other",
)
LOW_MAPPABILITY = re.compile(r"low_?map|nonunique", re.IGNORECASE)
SEGMENTAL_DUPLICATION = re.compile(r"seg(mental)?_?dup", re.IGNORECASE)
# GIAB has the complement of many strata: notinsegdups
COMPLEMENT = re.compile(r"(^|_)not_?in", re.IGNORECASE)


def speaking(names: Sequence[str]) -> tuple[list[int], list[int]]:
    """The stratifications whose names tell of low mappability and of segmental duplications.

    One that tells of both (``lowmappabilityall`` with ``segdups``) counts as low mappability.
    """
    low, duplicated = [], []
    for index, name in enumerate(names):
        if COMPLEMENT.search(name):
            continue
        if LOW_MAPPABILITY.search(name):
            low.append(index)
        elif SEGMENTAL_DUPLICATION.search(name):
            duplicated.append(index)
    return low, duplicated


def contexts(
    differences: Records, inside: npt.NDArray[np.bool_], names: Sequence[str]
) -> npt.NDArray[np.int8]:
    """For each cluster the index of its context.

    Args:
        differences: of one contig.
        inside: clusters x stratifications.
        names: of the stratifications.
    """
    low, duplicated = speaking(names)
    unit = np.minimum(differences["repeat_unit"], len(REPEAT) - 1)
    least = LEAST_SHARE * (differences["end"] - differences["start"])
    run, repeat = differences["homopolymer"], differences["repeat_length"]
    holds = (
        (run >= HOMOPOLYMER) & (run >= least),
        (unit > 1) & (repeat >= np.array(REPEAT)[unit]) & (repeat >= least),
        inside[:, low].any(axis=1),
        inside[:, duplicated].any(axis=1),
    )
    return np.select(holds, range(len(holds)), len(holds)).astype(np.int8)


def described(context: str, difference: Mapping[str, int]) -> str:
    """The context with its measures, for a heading."""
    if context == "homopolymer":
        return f"homopolymer of {difference['homopolymer']}"
    if context == "tandem repeat":
        unit, length = difference["repeat_unit"], difference["repeat_length"]
        return f"tandem repeat of {length} bases, unit of {unit}"
    return "" if context == "other" else context
