"""Files of a run for people to take away: one result, a log, the report, all results as a zip."""

import os
import time
import zipfile
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, cast

from control.record.lines import timestamp
from control.record.run_dir import RunDir
from control.runs.inside import OpenFile, Walk, open_inside
from control.runs.results import FOLDER, owner_of, walk_results, workdir
from engines.contract.errors import EngineError, InputMissing

FETCHED = "fetched/"  # of the results: what came from elsewhere, often large; only listed
_LOGS = (".snakemake/slurm_logs/", ".snakemake/log/")
# What shrinks no more when it is compressed again.
_PACKED = (".gz", ".bgz", ".bam", ".cram", ".zip", ".png", ".tbi", ".csi", ".gzi", ".pdf")
_EARLIEST = (1980, 1, 1, 0, 0, 0)  # that a zip can say


def open_result(run_dir: RunDir, path: str) -> OpenFile:
    """Open one result; the caller closes it.

    Args:
        path: as the list of results gives it.

    Raises:
        NotPermitted: the path leads elsewhere, or the file is not the run's owner's.
        InputMissing: there is no such file, or no such run.
    """
    return _open(run_dir, workdir(run_dir), f"{FOLDER}/{path}")


def open_log(run_dir: RunDir, path: str) -> OpenFile:
    """Open the log of a job; the caller closes it.

    Args:
        path: as a ``rule`` message gives it: absolute, or seen from the working directory.

    Raises:
        NotPermitted: it lies outside of the working directory, or in a hidden folder other
            than those in which Snakemake keeps logs.
        InputMissing: there is no such file (yet).
    """
    folder = workdir(run_dir)
    inside = os.path.normpath(path)
    if os.path.isabs(inside):
        inside = os.path.relpath(inside, folder)
        if inside.startswith("../"):  # the working directory itself may be behind a link
            inside = os.path.relpath(os.path.normpath(path), os.path.realpath(folder))
    return _open(run_dir, folder, inside, hidden=_LOGS)


def open_driver_log(run_dir: RunDir) -> OpenFile:
    """Open what Snakemake printed; the caller closes it.

    Raises:
        InputMissing: there is none: the run has not started, or somebody typed it.
    """
    return _open(run_dir, run_dir.path, run_dir.driver_log.name)


def _open(run_dir: RunDir, folder: Path, path: str, hidden: tuple[str, ...] = ()) -> OpenFile:
    try:
        owner = owner_of(run_dir)
    except OSError:
        raise InputMissing(f"{run_dir.run_id}: there is no such run") from None
    return open_inside(folder, path, owner, hidden=hidden)


def open_report(run_dir: RunDir) -> OpenFile:
    """Open the HTML report of a run; the caller closes it.

    It holds what jobs wrote: serve it so that its scripts can do nothing in the service's name.

    Raises:
        InputMissing: there is none (yet).
    """
    return _open(run_dir, run_dir.path, run_dir.report.name)


def zip_results(run_dir: RunDir) -> Iterator[bytes]:
    """All results as a zip, made while it is sent: nothing on disk, one block in memory.

    What the run fetched (``fetched/``) is left out: it is at its source, and each file can be had
    by itself. Names begin with the run's id. ``MANIFEST.tsv`` at the end lists every file with its
    size and time. ``ERRORS.txt`` is only there where a file vanished or changed meanwhile, or was
    left out, and says so.

    Raises:
        InputMissing: there is no such run; at once, before anything is sent.
    """
    try:
        walk = walk_results(run_dir)
    except OSError:
        raise InputMissing(f"{run_dir.run_id}: there is no such run") from None
    return _zip(run_dir, walk)


def _zip(run_dir: RunDir, walk: Walk) -> Iterator[bytes]:
    sink, errors, manifest = _Sink(), list[str](), ["path\tbytes\tmodified\n"]
    fetched, fetched_bytes = 0, 0
    with zipfile.ZipFile(cast(IO[bytes], sink), "w", allowZip64=True) as archive:
        for found in walk.files():
            if found.path.startswith(FETCHED):
                fetched, fetched_bytes = fetched + 1, fetched_bytes + found.size
                continue
            try:
                file = open_result(run_dir, found.path)
            except EngineError as error:
                errors.append(f"{error.message}\n")
                continue
            with file:
                size = yield from _add(archive, sink, f"{run_dir.run_id}/{found.path}", file)
                if size != file.size or file.has_changed():
                    errors.append(f"{found.path}: was written to meanwhile; it may be half new\n")
            manifest.append(f"{found.path}\t{size}\t{timestamp(file.modified)}\n")
        errors += [f"left out: {reason} ({n})\n" for reason, n in sorted(walk.left_out.items())]
        if fetched:
            errors.append(
                f"left out: {FETCHED}, which the run fetched ({fetched}, {fetched_bytes:,} bytes)\n"
            )
        archive.writestr(f"{run_dir.run_id}/MANIFEST.tsv", "".join(manifest))
        if errors:
            archive.writestr(f"{run_dir.run_id}/ERRORS.txt", "".join(errors))
    yield sink.taken()


def _add(
    archive: zipfile.ZipFile, sink: "_Sink", name: str, file: OpenFile
) -> Generator[bytes, None, int]:
    """Put one file into the archive; gives its size there, which is less where it was cut."""
    info = zipfile.ZipInfo(name, max(_EARLIEST, time.gmtime(file.modified)[:6]))
    info.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED) else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    info.file_size = file.size  # so that the form for files over 4 GB is chosen where needed
    sent = 0
    with archive.open(info, "w") as member, suppress(OSError):  # a disk error: it is cut short
        for block in file.chunks():
            member.write(block)
            sent += len(block)
            if data := sink.taken():  # an empty block would end a chunked answer
                yield data
            time.sleep(0)  # in a gevent worker: others have their turn
    return sent


class _Sink:
    """Where the archive is written to: what was written since it was last asked."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._blocks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def taken(self) -> bytes:
        data = b"".join(self._blocks)
        self._blocks.clear()
        return data
