"""Samples of which the screen keeps no read: the usual case where there is no resistance.

KMA, ResFinder and DIAMOND end with an error on an empty file. KMA and ResFinder get one read of
Ns in its place, which fits nothing, and write what they write where nothing is found.
"""

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

_READ = f"@nothing\n{'N' * 50}\n+\n{'I' * 50}\n"


def is_empty(path: Path) -> bool:
    """Whether a plain or gzipped file has no content."""
    with open(path, "rb") as handle:
        magic = handle.read(2)
    if magic != b"\x1f\x8b":
        return not magic
    with gzip.open(path, "rb") as unpacked:
        return not unpacked.read(1)


@contextmanager
def never_empty(reads: Sequence[Path]) -> Iterator[list[Path]]:
    """The files, or as many with the one read that fits nothing where all are empty."""
    if not all(is_empty(path) for path in reads):
        yield list(reads)
        return
    with TemporaryDirectory(prefix="plumbline-nothing-") as scratch:
        instead = [Path(scratch) / f"{number}.fq" for number in range(len(reads))]
        for path in instead:
            path.write_text(_READ)
        yield instead
