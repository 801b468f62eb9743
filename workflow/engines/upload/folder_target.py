"""A folder of this machine, or a mounted one, as the target: the same rules as in a bucket."""

import errno
import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from pathlib import Path

from engines.contract.errors import (
    BadUsage,
    CannotWrite,
    EngineError,
    NotPermitted,
    Transient,
)
from engines.contract.provenance import sha256_of
from engines.contract.wording import printable
from engines.fetch.patience import Waiting
from engines.fetch.remote import path_of
from engines.upload.contents import BLOCK, altered, opened, read_content
from engines.upload.items import Job, LocalFile, Placed, There
from engines.upload.journal import Journal
from engines.upload.sending import Traffic


class FolderTarget:
    """``file:///DIR``."""

    def __init__(self, job: Job, waiting: Waiting, traffic: Traffic) -> None:
        self.folder = path_of(job.to)
        if not self.folder.is_absolute():
            raise BadUsage(f"{printable(job.to)}: is not absolute", hint="file:///absolute/path")
        source, target = job.folder.resolve(), self.folder.resolve()
        if target.is_relative_to(source) or source.is_relative_to(target):
            raise BadUsage(
                f"{printable(job.to)}: one of {job.folder} and this folder is inside the other",
                hint="choose another folder",
            )
        self.manner, self.waiting, self.traffic = job.manner, waiting, traffic
        self.address = f"file://{target}/"
        self.identity = self.address
        self.notes: list[str] = []

    def key(self, file: LocalFile) -> str:
        return str(self.folder / file.name)

    def check(self, files: tuple[LocalFile, ...]) -> None:
        """Stop before work begins where nothing can be written: an ancestor is no folder."""
        there = next(p for p in (self.folder, *self.folder.parents) if p.exists())
        if not there.is_dir():
            raise CannotWrite(f"{there}: is a file, and a folder is needed", hint="choose another")
        if not os.access(there, os.W_OK | os.X_OK):
            raise NotPermitted(f"{there}: cannot be written", hint="choose a folder that you may")

    def sweep(self, journal: Journal, files: list[LocalFile]) -> None:
        """Remove what killed calls left."""
        for key, begun in list(journal.begun.items()):
            with suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(begun.how["scratch"])
            journal.end(key)

    # --- what is there ----------------------------------------------------

    def look(self, file: LocalFile) -> There | None:
        """What is there.

        Raises:
            CannotWrite: a folder is, or a file where a folder is needed.
        """
        path = self.folder / file.name
        with _explained(path):
            try:
                status = path.stat()
            except FileNotFoundError:
                if path.is_symlink():
                    raise CannotWrite(f"{path}: is a link to nothing") from None
                return None
            if not path.is_file():
                raise CannotWrite(f"{path}: is there, and is no file", hint="choose another --to")
            return There(status.st_size, etag=f"{status.st_ino}-{status.st_mtime_ns}")

    def kept(self, file: LocalFile, there: There) -> Placed | None:
        """The entry of a file that is there already; None where that is something else."""
        if there.size != file.size:
            return None
        sha256 = read_content(file, max(file.size, 1))[0].sha256.hex()
        with _explained(self.folder / file.name):
            same = sha256_of(self.folder / file.name) == sha256
        return self._placed(file, sha256, sent=False, replaced=False) if same else None

    # --- putting ----------------------------------------------------------

    def place(
        self, file: LocalFile, there: There | None, journal: Journal, pool: Executor
    ) -> Placed:
        """Copy a file there: complete or not at all.

        Raises:
            CannotWrite: something else appeared there in the meantime, or it cannot be written.
            Altered: the file is being changed. Transient: the disk is full.
        """
        target = self.folder / file.name
        word = hashlib.sha256(file.name.encode()).hexdigest()[:8]
        scratch = target.with_name(f".plumbline-{journal.mark}-{word}")
        journal.begin(self.key(file), scratch=str(scratch))
        try:
            with _explained(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                digest = self._copy(file, scratch)
                if sha256_of(scratch) != digest:
                    raise Transient(f"{target}: reads back other bytes than were written")
                self._publish(scratch, target, there)
        except FileExistsError:
            now = self.look(file)
            kept = self.kept(file, now) if now else None
            if kept is None:
                raise CannotWrite(
                    f"{target}: somebody else put something else there at the same time",
                    hint="see who writes there; then start again, --replace if this is to stay",
                ) from None
            return kept
        finally:
            with suppress(OSError):
                scratch.unlink(missing_ok=True)
                journal.end(self.key(file))
        return self._placed(file, digest, sent=True, replaced=there is not None)

    def _copy(self, file: LocalFile, scratch: Path) -> str:
        """Copy, flush, and the SHA-256 of what was copied."""
        digest, size = hashlib.sha256(), 0
        with opened(file) as fd, open(scratch, "wb") as out:
            while block := os.pread(fd, BLOCK, size):
                self.waiting.check()
                self.traffic.limit.take(len(block))
                digest.update(block)
                out.write(block)
                size += len(block)
                self.traffic.count(len(block))
            out.flush()
            os.fsync(out.fileno())
        if size != file.size:
            raise altered(file)
        return digest.hexdigest()

    def _publish(self, scratch: Path, target: Path, there: There | None) -> None:
        """Give it its name.

        Raises:
            FileExistsError: something else is there than was seen.
        """
        if there is not None:
            status = target.stat()
            if f"{status.st_ino}-{status.st_mtime_ns}" != there.etag:
                raise FileExistsError(target)
            os.replace(scratch, target)
        else:
            try:
                os.link(scratch, target)  # fails where something is there, unlike a rename
            except OSError as error:
                if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK):
                    raise
                if target.exists():
                    raise FileExistsError(target) from error
                os.replace(scratch, target)  # a file system without hard links
        fd = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with suppress(OSError):  # some network file systems cannot
                os.fsync(fd)
        finally:
            os.close(fd)

    def _placed(self, file: LocalFile, sha256: str, *, sent: bool, replaced: bool) -> Placed:
        verified = ("sha256 (read back)",)
        return Placed(file, self.key(file), sha256, "", "", None, verified, sent, replaced)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Errors of the file system in words."""
    try:
        yield
    except EngineError:
        raise
    except FileExistsError as error:
        if error.filename is None or Path(error.filename) != path.parent:
            raise
        raise CannotWrite(f"{path.parent}: is a file, and a folder is needed") from error
    except OSError as error:
        what = f"{error.filename or path}: {error.strerror}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Transient(what, hint="free some space and start again") from error
        if isinstance(error, PermissionError):
            raise NotPermitted(what, hint="choose a folder that you may write") from error
        raise CannotWrite(what, hint="choose another --to, or leave it out") from error
