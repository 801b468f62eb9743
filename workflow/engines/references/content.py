"""Does a fetched file hold what its kind promises? Looked at before it enters the cache."""

from pathlib import Path

import pysam

from engines.contract.errors import BadData
from engines.formats.bgzf import is_bgzf

_HINT = "the source has something else under this name; nothing was kept"


def check_vcf(path: Path) -> None:
    """A BGZF file with a VCF header, at least one sample and one record.

    Raises:
        BadData: it is something else.
    """
    if not is_bgzf(path):
        raise BadData(f"{_name(path)}: is not compressed with BGZF", hint=_HINT)
    quiet = pysam.set_verbosity(0)
    try:
        with pysam.VariantFile(str(path)) as vcf:
            samples, record = len(vcf.header.samples), next(iter(vcf), None)
    except (OSError, ValueError) as error:
        raise BadData(f"{_name(path)}: is not a VCF that htslib can read", hint=_HINT) from error
    finally:
        pysam.set_verbosity(quiet)
    if not samples or record is None:
        lacks = "record" if samples else "sample"
        raise BadData(f"{_name(path)}: is a VCF without any {lacks}", hint=_HINT)


def check_index(index: Path, vcf: Path) -> None:
    """An index that finds the first record of each contig it lists in ``vcf``.

    Raises:
        BadData: it does not, so it belongs to another file.
    """
    quiet = pysam.set_verbosity(0)
    try:
        with pysam.TabixFile(str(vcf), index=str(index)) as table:
            found = {contig: next(table.fetch(contig), None) for contig in table.contigs}
    except (OSError, ValueError) as error:
        raise BadData(f"{_name(index)}: is no index that htslib can read", hint=_HINT) from error
    finally:
        pysam.set_verbosity(quiet)
    if not found or not all(
        row and row.split("\t", 1)[0] == contig for contig, row in found.items()
    ):
        raise BadData(f"{_name(index)}: is the index of another file", hint=_HINT)


def check_bed(path: Path) -> None:
    """A text file of intervals: at least one, and every row contig, start ≤ end.

    Raises:
        BadData: with the first row that is not.
    """
    intervals = 0
    with open(path, "rb") as handle:
        for number, line in enumerate(handle, 1):
            if line.startswith((b"#", b"track", b"browser")) or not line.strip():
                continue
            fields = line.split(b"\t")
            whole = len(fields) > 2 and fields[1].isdigit() and fields[2].strip().isdigit()
            if not whole or int(fields[1]) > int(fields[2]):
                shown = line[:60].decode("ascii", "replace").strip()
                raise BadData(f"{_name(path)}: row {number} is no interval: {shown!r}", hint=_HINT)
            intervals += 1
    if not intervals:
        raise BadData(f"{_name(path)}: has no interval", hint=_HINT)


def _name(path: Path) -> str:
    return path.name.removesuffix(".part")
