"""Sequence dictionaries: the contigs of a genome, with lengths and checksums (SAM, section 1.3)."""

from pathlib import Path

from engines.contract.errors import BadData, InputMissing


def contigs_of(dictionary: Path) -> dict[str, dict[str, str]]:
    """Contig → its tags, of a sequence dictionary.

    Raises:
        InputMissing: there is none.
        BadData: a line of it cannot be understood.
    """
    try:
        lines = dictionary.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise InputMissing(
            f"{dictionary}: no such file", hint="plumbline references index --aligner none makes it"
        ) from error
    tags = [line.split("\t")[1:] for line in lines if line.startswith("@SQ\t")]
    try:
        rows = [dict(tag.split(":", 1) for tag in row) for row in tags]
        return {row["SN"]: row for row in rows}
    except (KeyError, ValueError) as error:
        raise BadData(f"{dictionary}: no sequence dictionary", hint="make it again") from error
