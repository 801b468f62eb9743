"""BCF, the binary form of VCF, turned into a bgzipped VCF."""

from pathlib import Path

import pysam
import pysam.bcftools

from engines.contract.errors import BadData
from engines.formats.bgzf import is_bgzf
from engines.formats.htslib_log import silent_htslib


def is_bcf(path: Path) -> bool:
    """Whether the file is BCF 2, compressed (as it mostly is) or not."""
    try:
        with pysam.BGZFile(str(path)) if is_bgzf(path) else open(path, "rb") as handle:
            return bytes(handle.read(4)) == b"BCF\2"
    except OSError:  # damaged: told by who reads it
        return False


def vcf_of_bcf(path: Path, what: str, copy: Path) -> None:
    """Write ``copy``, a bgzipped VCF of the same records in the same order.

    Args:
        what: how messages call the file.

    Raises:
        BadData: it is damaged.
    """
    try:
        with silent_htslib():
            pysam.bcftools.view(
                "--no-version", "-Oz1", "-o", str(copy), str(path), catch_stdout=False
            )
    except pysam.SamtoolsError as error:
        raise BadData(
            f"{what}: BCF that cannot be read: the file is damaged",
            hint=f"bcftools view {path.name} >/dev/null tells more",
        ) from error
