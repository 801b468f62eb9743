"""Confident regions like GIAB's, and 200 stratifications in the sizes of GIAB's."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
from isal import igzip

Numbers = npt.NDArray[np.int64]

CONFIDENT, CONFIDENT_PER_MB = 0.85, 160
STRATA = 200
# rows on a whole genome: some have thousands, some millions; 48 million in all
FEWEST, MOST = 1_500, 2_700_000
# some hundreds of places in the genome have most of the names of GIAB's
NAMES = (
    "AllHomopolymers_ge7bp_imperfectge11bp_slop5", "AllTandemRepeats_le50bp_slop5",
    "SimpleRepeat_diTR_10to49_slop5", "gc15to20_slop50", "lowmappabilityall", "segdups",
    "refseq_cds", "MHC", "satellites_slop5", "alldifficultregions", "notinalldifficultregions",
)  # fmt: skip


def stretches(count: int, share: float, length: int, rng: np.random.Generator) -> Numbers:
    """Sorted, disjoint intervals that cover about this share of a contig; bounds in two columns."""
    count = max(1, min(count, length // 20))
    gaps = rng.exponential(1.0, (count + 1, 2))
    gaps[:, 0] *= (1 - share) * length / gaps[:, 0].sum()
    gaps[:, 1] *= share * length * 0.98 / gaps[:, 1].sum()
    bounds = np.cumsum((gaps + 1).astype(np.int64).ravel())[: 2 * count].reshape(-1, 2)
    return bounds[bounds[:, 1] < length]


def confident_regions(length: int, rng: np.random.Generator) -> Numbers:
    """Those of one contig."""
    return stretches(round(length / 1e6 * CONFIDENT_PER_MB), CONFIDENT, length, rng)


def bed_rows(name: str, bounds: Numbers) -> str:
    """BED rows."""
    return "".join(f"{name}\t{start}\t{end}\n" for start, end in bounds.tolist())


def write_strata(folder: Path, lengths: Mapping[str, int], scale: float, seed: int) -> Path:
    """Write ``strata.tsv`` and its BED files (bgzip's ending, gzip inside, as GIAB's are)."""
    rng = np.random.default_rng(seed)
    whole = sum(lengths.values())
    rows = np.geomspace(FEWEST, MOST, STRATA) * rng.uniform(0.3, 1.0, STRATA) * scale
    (folder / "strata").mkdir(parents=True, exist_ok=True)
    table = []
    for number, count in enumerate(rows.tolist()):
        name = f"{NAMES[number % len(NAMES)]}_{number}"
        share = rng.choice((0.01, 0.03, 0.05, 0.2, 0.7))
        path = folder / "strata" / f"GRCh38_{name}.bed.gz"
        with igzip.open(path, "wt", compresslevel=1) as target:
            for contig, length in lengths.items():
                bounds = stretches(round(count * length / whole), share, length, rng)
                target.write(bed_rows(contig, bounds))
        table.append(f"{name}\tstrata/{path.name}\n")
    path = folder / "strata.tsv"
    path.write_text("".join(table))
    return path
