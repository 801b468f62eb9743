"""An indexed reference: contig lengths and sequence."""

import gzip
import os
import shutil
from pathlib import Path

import pysam

from engines.contract.errors import BadData, CannotWrite, InputMissing
from engines.contract.output import staging
from engines.contract.progress import say
from engines.formats.bgzf import has_end, is_bgzf
from engines.formats.fasta_bases import DAMAGED, Bases, load_contig


class Reference:
    """An indexed FASTA file (plain or bgzipped).

    Attributes:
        path: the file as opened.
        lengths: contig → length in bases, in the order of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._fasta = pysam.FastaFile(str(path))
        except (OSError, ValueError) as error:
            raise BadData(
                f"reference {path}: its index cannot be read",
                hint="remove the .fai and .gzi, and they are made again",
            ) from error
        self.lengths: dict[str, int] = dict(
            zip(self._fasta.references, self._fasta.lengths, strict=True)
        )

    def fetch(self, contig: str, start: int = 0, end: int | None = None) -> str:
        """Upper-case bases of ``contig`` between ``start`` and ``end`` (0-based, half open)."""
        try:
            sequence: str = self._fasta.fetch(contig, start, end)
        except (OSError, ValueError) as error:
            raise BadData(
                f"reference {self.path}: {contig} cannot be read: the file is truncated, or its "
                "index belongs to another file",
                hint="remove the .fai and .gzi, and they are made again",
            ) from error
        return sequence.upper()

    def load(self, contig: str) -> Bases:
        """All bases of ``contig``, upper case, one byte each, at the speed of memory.

        Raises:
            BadData: the file is truncated, or its index belongs to another file.
        """
        try:
            return load_contig(self.path, contig)
        except DAMAGED as error:
            raise BadData(
                f"reference {self.path}: {contig} cannot be read: the file is truncated, or its "
                "index belongs to another file",
                hint="remove the .fai and .gzi, and they are made again",
            ) from error


def open_reference(path: Path, scratch: Path) -> Reference:
    """Open a FASTA file; a missing index is made beside it, or in ``scratch`` where that is closed.

    Raises:
        InputMissing: there is no such file.
        BadData: empty, no FASTA, or compressed with plain gzip (which cannot be indexed).
    """
    path = Path(path)
    if not path.exists():
        raise InputMissing(f"reference {path}: no such file")
    with open(path, "rb") as handle:
        start = handle.read(2)
    compressed = start[:2] == b"\x1f\x8b"
    if not start:
        raise BadData(f"reference {path}: the file is empty")
    if not compressed and start[:1] != b">":
        raise BadData(f"reference {path}: not FASTA (the first byte is not '>')")
    if compressed and not is_bgzf(path):
        raise BadData(
            f"reference {path}: compressed with gzip, which cannot be indexed",
            hint=f"gunzip -c {path} | bgzip > {path.stem}.bgz.gz",
        )
    if compressed and not has_end(path):
        raise BadData(
            f"reference {path}: truncated (the BGZF end marker is missing)",
            hint="copy or download the file again",
        )
    if compressed:
        with gzip.open(path, "rb") as handle:
            first = handle.read(20)
        if first[:1] != b">":
            raise BadData(
                f"reference {path}: not FASTA: it starts with {first.decode('latin-1')!r}"
            )
    indexes = [Path(f"{path}{end}") for end in ((".fai", ".gzi") if compressed else (".fai",))]
    if not all(index.exists() for index in indexes):
        path = _index(path, scratch, keep=True)
    elif min(index.stat().st_mtime for index in indexes) < path.stat().st_mtime - 1:
        path = _index(path, scratch, keep=False)  # older than the file: perhaps of another one
    return Reference(path)


def _index(path: Path, scratch: Path, keep: bool) -> Path:
    """Index in ``scratch``; to ``keep`` it, put it beside the file where that may be written."""
    link = scratch / path.name
    link.symlink_to(path.resolve())
    say(
        f"reference {path}: making its index"
        + ("" if keep else " for this run: the one beside it is older; samtools faidx renews it")
    )
    try:
        pysam.faidx(str(link))
    except pysam.SamtoolsError as error:
        raise BadData(
            f"reference {path}: cannot be indexed: not FASTA, or lines of different lengths",
            hint="samtools faidx tells more",
        ) from error
    if not keep:
        return link
    made = [Path(f"{link}{end}") for end in (".fai", ".gzi") if os.path.exists(f"{link}{end}")]
    try:
        for index in made:  # several jobs may do this at once: each puts a whole file
            with staging(path.with_name(index.name)) as staged:
                shutil.copyfile(index, staged)
    except CannotWrite:
        say(f"reference {path}: its index cannot be kept beside it, and is made on every run")
        return link
    return path
