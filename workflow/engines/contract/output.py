"""Output that appears complete or not at all: files are staged, then renamed into place."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engines.contract.errors import CannotWrite


@contextmanager
def staging(prefix: Path) -> Iterator[Path]:
    """Give a prefix in a scratch folder; publish what was written there on success.

    Every file ``SCRATCH/NAME…`` written below the given prefix is flushed to the
    disk and renamed to ``PREFIX…``; with an exception the scratch folder goes and
    the files of an earlier run stay as they were.

    Raises:
        CannotWrite: the folder of ``prefix`` cannot be made or written.
    """
    prefix = Path(prefix)
    try:
        prefix.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{prefix.name}.", dir=prefix.parent))
    except OSError as error:
        raise CannotWrite(
            f"{prefix.parent}: {error.strerror}", hint="choose an --out that you may write"
        ) from error
    try:
        yield scratch / prefix.name
        publish(scratch, prefix.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def publish(scratch: Path, target: Path) -> None:
    """Flush every file of ``scratch`` to the disk, then rename each into ``target``."""
    files = sorted(scratch.iterdir())
    for file in files:
        with open(file, "rb") as handle:
            os.fsync(handle.fileno())
    for file in files:
        os.replace(file, target / file.name)


def write_atomic(path: Path, text: str) -> None:
    """Replace ``path`` by ``text`` in one step."""
    with staging(Path(path)) as staged:
        staged.write_text(text, encoding="utf-8")
