"""The folder of the history: Parquet files that are added whole and never changed."""

import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]

from engines.contract.errors import BadData, CannotWrite, InputMissing
from engines.contract.output import staging
from engines.contract.progress import say, warn
from engines.history.columns import METADATA, SCHEMA, VERSION, Entry, arrow_schema, fitted

LOCK = ".lock"
DIGEST = b"plumbline.digest"  # in the metadata: how many bytes hold the rows, their SHA-256
DAMAGED = "damaged"
_NAME = "????-??-??-????????????.parquet"
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@dataclass
class Contents:
    """What a history folder holds.

    Attributes:
        files: file → the summaries that its rows are of, in the order of the names.
        skipped: file → why it cannot be used.
    """

    files: dict[Path, list[Entry]] = field(default_factory=dict)
    skipped: dict[Path, str] = field(default_factory=dict)

    @property
    def entries(self) -> set[Entry]:
        """Every summary that is there."""
        return {entry for entries in self.files.values() for entry in entries}


def contents(folder: Path, whole: bool = False) -> Contents:
    """Look through the files of a history.

    Args:
        whole: read every byte, not only which summaries a file says that it holds.

    Raises:
        InputMissing: it is there, and is no folder that can be read.
    """
    found = Contents()
    try:
        names = sorted(os.listdir(folder))
    except FileNotFoundError:
        return found
    except OSError as error:
        raise InputMissing(
            f"{folder}: {error.strerror}", hint="name the folder of a history"
        ) from error
    for path in (folder / name for name in names):
        if path.suffix != ".parquet" or path.name.startswith("."):
            continue
        try:
            entries = entries_of(path)
            if whole:
                read_file(path)
            found.files[path] = entries
        except BadData as error:
            found.skipped[path] = error.message.removeprefix(f"{path}: ")
    return found


def read_file(path: Path) -> pa.Table:
    """The rows of one file.

    Raises:
        BadData: it is damaged.
    """
    try:
        with open(path, "rb") as handle:
            file = pq.ParquetFile(handle, page_checksum_verification=True)
            _verify(handle, file)
            return fitted(file.read(use_threads=False))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadData(f"{path}: {_why(error)}", hint="make it again: history rebuild") from error


def _verify(handle: BinaryIO, file: pq.ParquetFile) -> None:
    """Compare the bytes of the rows with their digest, and the columns with those that are named.

    Files of versions without a digest are taken as they are: their pages have checksums.

    Raises:
        ValueError: something changed since it was written.
    """
    told = file.metadata.metadata or {}
    if DIGEST in told:
        length, _, digest = told[DIGEST].decode().partition(" ")
        handle.seek(0)
        if hashlib.sha256(handle.read(int(length))).hexdigest() != digest:
            raise ValueError("its rows have another SHA-256 than when they were written")
    if METADATA in told:
        named = json.loads(told[METADATA])["columns"]
        if set(named) != set(file.schema_arrow.names):
            raise ValueError("its columns are not those that it names")


def read(
    folder: Path,
    wanted: Callable[[Entry], bool] | None = None,
    keep: Callable[[pa.Table], pa.Table] | None = None,
) -> tuple[pa.Table, Contents]:
    """The rows of all files, each summary once, ordered by kind, sample and time.

    Args:
        wanted: which summaries; None: all.
        keep: takes the rows of one file, and gives those that are to stay in memory.

    Raises:
        InputMissing: there is no such folder, or nothing in it.
        BadData: there is nothing in it that can be used.
    """
    found = contents(folder)
    if not found.files and not found.skipped:
        what = "no Parquet file in it" if folder.is_dir() else "no such folder"
        hint = "name the folder that `plumbline history add RESULTS --into FOLDER` wrote"
        raise InputMissing(f"{folder}: {what}", hint=hint)
    seen: set[Entry] = set()
    tables = [arrow_schema().empty_table()]
    for path, entries in list(found.files.items()):
        new = [each for each in entries if each not in seen and (not wanted or wanted(each))]
        try:
            if new:
                table = _only(read_file(path), new, len(new) == len(entries))
                tables.append(keep(table) if keep else table)
            seen.update(entries)
        except BadData as error:
            found.skipped[path] = error.message.removeprefix(f"{path}: ")
            del found.files[path]
    if not found.files:
        raise BadData(
            f"{folder}: none of its {len(found.skipped)} files can be used: {_first(found)}",
            hint="make it again: plumbline history rebuild",
        )
    return in_order(pa.concat_tables(tables)), found


def in_order(table: pa.Table) -> pa.Table:
    """Rows by kind, sample and time; those of one summary stay as they are."""
    keys = ("kind", "sample", "date", "made", "sha256")
    table = table.append_column("place", pa.array(range(len(table)), pa.int64()))
    return table.sort_by([(key, "ascending") for key in (*keys, "place")]).drop_columns(["place"])


def add(
    folder: Path, tables: dict[Entry, pa.Table], made: datetime, whole: bool = False
) -> Path | None:
    """Put the summaries that are not there yet into one new file.

    Args:
        tables: summary → its rows.
        made: when the last of them was made; its day begins the name of the file.
        whole: read every byte of what is there, so that damaged files do not count.

    Returns:
        the new file; None where all were there.

    Raises:
        CannotWrite: the folder cannot be made or written.
    """
    if folder.exists() and not folder.is_dir():
        raise CannotWrite(f"{folder}: is no folder", hint="choose another one: --into")
    if not set(tables) - contents(folder, whole).entries:
        return None  # also where the folder may only be read
    with _locked(folder) as alone:
        if alone:
            _sweep(folder)
        there = contents(folder, whole)
        new = {each: tables[each] for each in sorted(set(tables) - there.entries)}
        if not new:
            return None  # another process was faster
        path = folder / f"{made:%Y-%m-%d}-{_digest(new)}.parquet"
        if not there.skipped.get(path, DAMAGED).startswith(DAMAGED):
            raise CannotWrite(f"{path}: {there.skipped[path]}", hint="move it away")
        table = in_order(pa.concat_tables(new.values()))
        with staging(path) as staged:
            write(table.replace_schema_metadata(arrow_schema(new).metadata), staged)
    return path


def write(table: pa.Table, path: Path) -> None:
    """One Parquet file: the same bytes for the same rows and version of the library.

    The checksums of Parquet leave out the headers of pages, so that there is also a digest of all
    bytes before the footer, in the footer (:data:`DIGEST`).
    """
    with open(path, "wb") as file:
        sink = _Hashing(file)
        options = {"compression": "zstd", "write_page_checksum": True}
        with pq.ParquetWriter(pa.PythonFile(sink, "w"), table.schema, **options) as writer:
            writer.write_table(table)
            writer.add_key_value_metadata({DIGEST: f"{sink.length} {sink.hash.hexdigest()}"})


class _Hashing:
    """A file that knows the digest of what was written to it so far."""

    closed = False

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.hash, self.length = file, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        self.length += len(data)
        return self.file.write(data)

    def flush(self) -> None:
        self.file.flush()

    def close(self) -> None:
        """Whoever opened the file closes it."""


def warn_skipped(found: Contents) -> None:
    """Name every file that cannot be used, and count them."""
    for path, why in found.skipped.items():
        warn(f"skipped {path}: {why}")
    if found.skipped:
        total = len(found.files) + len(found.skipped)
        warn(f"{len(found.skipped)} of {total} files of the history were skipped")


def entries_of(path: Path) -> list[Entry]:
    """Which summaries a file says that it holds.

    Raises:
        BadData: it is damaged, of a newer version, or no file of a history.
    """
    try:
        with open(path, "rb") as handle:
            told = (pq.read_metadata(handle).metadata or {}).get(METADATA)
    except (pa.ArrowException, OSError) as error:
        raise BadData(f"{path}: {_why(error)}") from error
    if told is None:
        raise BadData(f"{path}: not a file of a history")
    try:
        data = json.loads(told)
        name, _, version = data["schema"].rpartition("/")
        if name != SCHEMA.rpartition("/")[0] or int(version) > VERSION:
            raise BadData(f"{path}: its schema is {data['schema']!r}, newer than {SCHEMA}")
        entries = [Entry(e["kind"], e["sample"], e["sha256"]) for e in data["summaries"]]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadData(f"{path}: {DAMAGED}: its metadata cannot be read") from error
    if not entries:
        raise BadData(f"{path}: an export, not a file of a history")
    return entries


def _only(table: pa.Table, entries: Sequence[Entry], all_: bool) -> pa.Table:
    """The rows of some summaries."""
    if all_:
        return table
    keys = {(entry.kind, entry.sample, entry.sha256) for entry in entries}
    columns = (table[name].to_pylist() for name in ("kind", "sample", "sha256"))
    return table.filter(pa.array([key in keys for key in zip(*columns, strict=True)]))


def _digest(entries: Iterable[Entry]) -> str:
    lines = (f"{entry.kind}\t{entry.sample}\t{entry.sha256}\n" for entry in sorted(entries))
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    words = str(error).strip().splitlines()
    return f"{DAMAGED}: {words[0][:120]}" if words else DAMAGED


def _first(found: Contents) -> str:
    path, why = next(iter(found.skipped.items()))
    return f"{path.name}: {why}"


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Be the only one that adds; waits for another. False: the file system has no locks."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = _open(folder / LOCK)
    except OSError as error:
        raise CannotWrite(
            f"{error.filename}: {error.strerror}", hint="choose a folder that you may write: --into"
        ) from error
    try:
        yield _take(lock, folder)
    finally:
        os.close(lock)


def _open(lock: Path) -> int:
    flags = os.O_CREAT | os.O_CLOEXEC
    try:
        return os.open(lock, flags | os.O_RDWR, 0o666)
    except PermissionError:
        if not lock.exists():
            raise
        return os.open(lock, os.O_RDONLY | os.O_CLOEXEC)  # another user's, of the same group


def _take(lock: int, folder: Path) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say(f"{folder}: another process is adding to it; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        # what two processes add at once may be there twice then; readers take it once
        return False
    return True


def _sweep(folder: Path) -> None:
    """Remove what killed processes left: nobody else is at work while we hold the lock."""
    for old in folder.glob(f".{_NAME}.????????"):
        shutil.rmtree(old, ignore_errors=True)
