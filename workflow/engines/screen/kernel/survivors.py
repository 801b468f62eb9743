"""Files of the reads that survive a screen: whole, in input order, or not there at all."""

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from isal import igzip

from engines.contract.errors import BadUsage, CannotWrite, Transient
from engines.contract.output import staging

BLOCK = 1 << 20


@dataclass(frozen=True)
class Survivors:
    """Where survivors of one search go; names that end in .gz are compressed.

    Attributes:
        r1: first mates, or reads without mates.
        r2: second mates; given where reads are paired.
    """

    r1: Path
    r2: Path | None = None


class Writer:
    """The open files of a search.

    Blocks of one size are written, so that compressed bytes do not depend on the batches.
    """

    def __init__(self, files: list[tuple[Path, BinaryIO]]) -> None:
        self._files = [(path, file, bytearray()) for path, file in files]

    def write(self, parts: list[bytes]) -> None:
        """Add records, a part for each mate.

        Raises:
            Transient: the disk is full.
            CannotWrite: it cannot be written for another reason.
        """
        for (path, file, waiting), part in zip(self._files, parts, strict=True):
            waiting += part
            while len(waiting) >= BLOCK:
                with _explained(path):
                    file.write(waiting[:BLOCK])
                del waiting[:BLOCK]

    def flush(self) -> None:
        """Write what waits."""
        for path, file, waiting in self._files:
            with _explained(path):
                file.write(waiting)
            waiting.clear()


@contextmanager
def opened(where: Survivors | None, paired: bool) -> Iterator[Writer | None]:
    """The files of a search, published at the end; None where they are not wanted.

    Raises:
        BadUsage: one file for pairs, or two for reads without mates, or twice the same.
        CannotWrite: the folder cannot be written.
    """
    if where is None:
        yield None
        return
    if paired != (where.r2 is not None):
        raise BadUsage(
            f"survivors {where.r1}: reads {'with' if paired else 'without'} mates",
            hint=f"give {'two files' if paired else 'one file'} for them",
        )
    paths = [Path(path) for path in (where.r1, where.r2) if path is not None]
    if len({path.resolve() for path in paths}) < len(paths):
        raise BadUsage(f"survivors {paths[0]}: one file for both mates", hint="give two")
    with ExitStack() as stack:
        staged = [stack.enter_context(staging(path)) for path in paths]
        with ExitStack() as open_files:
            writer = Writer(
                [
                    (path, open_files.enter_context(_file(path, file)))
                    for path, file in zip(paths, staged, strict=True)
                ]
            )
            yield writer
            writer.flush()


@contextmanager
def _file(path: Path, staged: Path) -> Iterator[BinaryIO]:
    with _explained(path), open(staged, "wb") as plain:
        if path.suffix != ".gz":
            yield plain
            return
        # no name and no time in its header: the same reads give the same bytes
        with igzip.IGzipFile("", "wb", 1, plain, 0) as packed:
            yield packed


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Transient(
                f"{path}: {error.strerror}",
                hint="free some space and start again; nothing partial was kept",
            ) from error
        if error.filename is None:
            raise CannotWrite(f"{path}: {error.strerror}") from error
        raise
