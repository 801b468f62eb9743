"""Output that appears complete or not at all: files are staged, then renamed into place."""

import errno
import glob
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engines.contract.errors import BadUsage, CannotWrite, is_full

ABANDONED_SECONDS = 24 * 3600
INDEXES = (".tbi", ".csi", ".fai", ".gzi")


@contextmanager
def staging(prefix: Path) -> Iterator[Path]:
    """Give a prefix in a scratch folder; publish what was written there on success.

    Every file ``SCRATCH/NAME…`` written below the given prefix is flushed to the
    disk and renamed to ``PREFIX…``; with an exception the scratch folder goes and
    the files of an earlier run stay as they were. What a killed process left behind
    is removed once nobody can be at work in it any more.

    Raises:
        BadUsage: ``prefix`` has no name of its own (``.``, ``..``, ``/``).
        CannotWrite: the folder of ``prefix`` cannot be made or written.
        OSError: the disk is full, or a file too large; it names the folder of ``prefix``.
    """
    prefix = Path(prefix)
    if prefix.name in ("", ".."):
        raise BadUsage(f"output {prefix}: names a folder", hint=f"give a name: {prefix}/NAME")
    try:
        prefix.parent.mkdir(parents=True, exist_ok=True)
        _sweep(prefix)
        scratch = Path(tempfile.mkdtemp(prefix=f".{prefix.name}.", dir=prefix.parent))
    except OSError as error:
        raise CannotWrite(
            f"output folder {prefix.parent}: cannot be made or written ({error.strerror})",
            hint="choose an --out that you may write",
        ) from error
    try:
        yield scratch / prefix.name
        publish(scratch, prefix.parent)
    except OSError as error:
        if error.filename is None and (is_full(error) or error.errno == errno.EFBIG):
            error.filename = str(prefix.parent)  # only what is written here can fail so
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def publish(scratch: Path, target: Path) -> None:
    """Flush every file of ``scratch`` to the disk, then rename each into ``target``.

    The ``summary.json`` comes last: where it is, what belongs to it is there too.
    """
    files = sorted(scratch.iterdir(), key=lambda file: (file.name.endswith(".json"), file.name))
    for file in files:
        with open(file, "rb") as handle:
            os.fsync(handle.fileno())
    for file in files:
        refuse_special(target / file.name)
    for file in files:
        os.replace(file, target / file.name)


def refuse_special(place: Path) -> None:
    """Only a file may be replaced: renaming onto /dev/null would put a file in the device's place.

    Raises:
        CannotWrite: a folder, a device, a pipe or a socket is there.
    """
    if place.is_dir():
        raise CannotWrite(f"{place}: is a folder, and a file is to be put there")
    if place.exists() and not place.is_file():
        raise CannotWrite(
            f"{place}: is a device or a pipe, and a file is to be put there",
            hint="choose the name of a file",
        )


def refuse_overwriting(prefix: Path, endings: Iterable[str], inputs: Iterable[Path | None]) -> None:
    """Stop before work begins when an output would take the place of an input or its index.

    Raises:
        BadUsage: it would.
    """
    given = [Path(f"{path}{end}") for path in inputs if path for end in ("", *INDEXES)]
    for ending in endings:
        target = prefix.with_name(prefix.name + ending)
        for path in given:
            if target.exists() and path.exists() and target.samefile(path):
                raise BadUsage(f"output {target}: is an input", hint="choose another --out")


def _sweep(prefix: Path) -> None:
    """Remove scratch folders of this prefix that nothing was written to for a day."""
    for old in prefix.parent.glob(f".{glob.escape(prefix.name)}.????????"):
        newest = max((p.stat().st_mtime for p in (old, *old.glob("*"))), default=0.0)
        if old.is_dir() and time.time() - newest > ABANDONED_SECONDS:
            shutil.rmtree(old, ignore_errors=True)


def write_atomic(path: Path, text: str) -> None:
    """Replace ``path`` by ``text`` in one step."""
    with staging(Path(path)) as staged:
        staged.write_text(text, encoding="utf-8")
