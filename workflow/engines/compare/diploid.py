"""Pseudo-autosomal regions: where a male has two copies of X and Y.

GRCh37 and GRCh38: Genome Reference Consortium (human PAR); CHM13v2.0: T2T consortium, its
PAR BED file. 0-based, half open.
"""

from collections.abc import Mapping

from engines.formats.bed import Intervals
from engines.formats.contigs import build_of

PAR = {
    "GRCh37": {
        "X": [(60_000, 2_699_520), (154_931_043, 155_260_560)],
        "Y": [(10_000, 2_649_520), (59_034_049, 59_363_566)],
    },
    "GRCh38": {
        "X": [(10_000, 2_781_479), (155_701_382, 156_030_895)],
        "Y": [(10_000, 2_781_479), (56_887_902, 57_217_415)],
    },
    "CHM13v2.0": {
        "X": [(0, 2_394_410), (153_925_834, 154_259_566)],
        "Y": [(0, 2_458_320), (62_122_809, 62_460_029)],
    },
}


def diploid_regions(contig: str, lengths: Mapping[str, int]) -> Intervals | None:
    """Those of ``contig`` in the build of these lengths; None for other contigs and builds."""
    pairs = PAR.get(build_of(lengths) or "", {}).get(contig.removeprefix("chr"))
    return Intervals.of(pairs) if pairs else None
