"""CRAM files hold what differs from a genome: which genome may be read for them."""

from collections.abc import Container, Iterable
from pathlib import Path

from engines.contract.errors import BadData
from engines.contract.wording import printable

_HINT = "give the genome that it was made with, or make it BAM with that"


def refuse_foreign(path: Path, contigs: Iterable[str], genome: Container[str]) -> None:
    """Every contig of a CRAM file has to be in the genome that is given with it.

    Of another one htslib reads the bases from wherever the file says (UR of its header), be it a
    server or a file of somebody else; nothing turns that off.

    Args:
        contigs: names in the header of the CRAM file, which is not read beyond it before.
        genome: names in the genome.

    Raises:
        BadData: one is not.
    """
    for name in contigs:
        if name not in genome:
            shown = printable(name)[:60]
            raise BadData(f"{path}: CRAM, and the genome has no contig {shown}", hint=_HINT)


def refuse_wrong_ending(path: Path) -> None:
    """A CRAM file is called so: what is called BAM is read without a genome.

    Raises:
        BadData: it is called otherwise.
    """
    if path.suffix != ".cram":
        raise BadData(
            f"{path}: CRAM, which its name does not say", hint="rename it, and its index: .cram"
        )
