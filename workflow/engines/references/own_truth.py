"""Truth files that a site brings itself, laid out in one folder per sample.

::

    DIR/SAMPLE/SAMPLE_truth.vcf.gz
    DIR/SAMPLE/SAMPLE_confident_regions.bed
    DIR/SAMPLE/stvar/SAMPLE_sv_truth.vcf.gz
    DIR/SAMPLE/stvar/SAMPLE_sv_confident_regions.bed
"""

from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import BadData, InputMissing
from engines.references.samples import safe_name


@dataclass(frozen=True)
class Truth:
    """A truth VCF and the regions in which it is complete."""

    vcf: Path
    bed: Path


@dataclass(frozen=True)
class OwnTruth:
    """What a site has for one sample; None where it has nothing of a kind."""

    small_variants: Truth | None
    structural_variants: Truth | None


def own_truth(truth_dir: str | Path, sample: str) -> OwnTruth:
    """Find the truth files of ``sample``; looks at names and sizes only.

    Raises:
        InputMissing: one file of a pair without the other.
        BadData: an empty file.
        BadUsage: a sample name that could lead out of the folder.
    """
    folder = Path(truth_dir) / safe_name(sample)
    return OwnTruth(
        _pair(folder / f"{sample}_truth.vcf.gz", folder / f"{sample}_confident_regions.bed"),
        _pair(
            folder / "stvar" / f"{sample}_sv_truth.vcf.gz",
            folder / "stvar" / f"{sample}_sv_confident_regions.bed",
        ),
    )


def _pair(vcf: Path, bed: Path) -> Truth | None:
    there = [path for path in (vcf, bed) if path.is_file()]
    for path in there:
        if path.stat().st_size == 0:
            raise BadData(f"{path}: is empty", hint="an empty truth would make every call wrong")
    if len(there) == 1:
        missing = bed if there == [vcf] else vcf
        raise InputMissing(
            f"{missing}: no such file, but {there[0].name} is there",
            hint="a truth is a VCF and the BED of the regions in which it is complete",
        )
    return Truth(vcf, bed) if there else None
