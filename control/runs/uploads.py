"""Files that people upload for their runs: announced, sent in pieces, then checked.

What has arrived is on the disk: after a broken connection, or a kill, the sender asks how
many bytes there are and goes on there. Nothing is ever unpacked.
"""

import os
import re
import secrets
import shutil
import subprocess
import sys
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import IO, Any

from control.record.lines import timestamp, to_line
from control.runs import quota
from control.runs.errors import Conflict
from control.runs.locked import Busy, locked
from control.runs.upload_record import (
    RECORD,
    Upload,
    every_upload,
    is_upload_id,
    read_upload,
    uploads_dir,
    uploads_of,
    user_dir,
)
from control.settings import Settings
from engines.contract.errors import BadData, BadUsage, EngineError, InputMissing, Transient

Audit = Callable[[str, str, str], None]
"""Takes what was done (``upload.expire``), to which, and the rest for people."""
EXPIRE_DAYS = 7
"""An unfinished upload to which nothing was added for so long is removed."""
LONGEST_NAME = 120
_BLOCK = 1 << 18  # bytes

_ENDING = re.compile(
    r"\.((vcf|gvcf|fastq|fq|fasta|fa|fna|bed|csv|tsv|txt|json)(\.(gz|bgz))?(\.(tbi|csi|fai|gzi))?"
    r"|bam(\.(bai|csi))?|cram(\.crai)?|bai|crai)\Z",
    re.IGNORECASE,
)
_SHA256 = re.compile(r"[0-9a-f]{64}")
# On the disk before it is said to be there; and its checksum, where one is expected.
_FLUSH = "import os; os.fsync(0)"
_DIGEST = (
    "; import hashlib, sys; print(hashlib.file_digest(sys.stdin.buffer, 'sha256').hexdigest())"
)


class WrongOffset(Conflict):
    """Bytes for a place other than the end.

    Attributes:
        offset: how many bytes are there: where to go on.
    """

    def __init__(self, upload: Upload, offset: int, given: int) -> None:
        super().__init__(
            f"upload {upload.id}: {offset} bytes are there, and these begin at {given}",
            hint=f"go on at byte {offset}",
        )
        self.offset = offset


def safe_name(name: str) -> str:
    """A file name of letters, digits and ``. _ + -``, made from what a browser or client says.

    Raises:
        BadUsage: its ending is none of those that runs take, or nothing is left of it.
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode("ascii")
    clean = re.sub(r"[^A-Za-z0-9._+-]+", "_", plain).lstrip("._+-")
    ending = _ENDING.search(clean)
    if ending is None or ending.start() == 0:
        raise BadUsage(
            f"{name[:80]!r}: not a file that runs take",
            hint="VCF, FASTQ, FASTA, BED, CSV, TSV, TXT, JSON (also .gz, .bgz), BAM, CRAM, or an "
            "index of one",
        )
    stem = clean[: ending.start()][: LONGEST_NAME - len(ending[0])]
    safe = stem + ending[0].lower()
    return f"file-{safe}" if safe == RECORD else safe  # which lies beside it


class Uploads:
    """The uploads of one user.

    Args:
        settings: of the service.
        user: whose they are.
    """

    def __init__(self, settings: Settings, user: str) -> None:
        self._settings, self._user = settings, user
        self._folder = user_dir(settings, user)

    def all(self) -> list[Upload]:
        """All of them, the newest first."""
        return uploads_of(self._settings, self._user)

    def get(self, id: str) -> Upload:
        """One of them.

        Raises:
            InputMissing: the user has none of this id.
        """
        upload = read_upload(self._folder / id) if is_upload_id(id) else None
        if upload is None:
            hint = "it may have expired, or be somebody else's"
            raise InputMissing(f"there is no upload {id[:40]!r}", hint=hint)
        return upload

    def create(self, name: str, size: int, sha256: str = "") -> Upload:
        """Announce a file, which reserves its space.

        Args:
            name: of the file; made safe by :func:`safe_name`.
            size: in bytes.
            sha256: of the content, in hexadecimal; "" where it is not known.

        Raises:
            BadUsage: the name, size or checksum cannot be, or the file is too large.
            NotPermitted: there is no room in the quota.
        """
        name, largest = safe_name(name), self._settings.upload_gb * quota.GB
        if size <= 0:
            raise BadUsage(f"{name}: a file of {size} bytes", hint="an empty file is no input")
        if size > largest:
            raise BadUsage(
                f"{name}: {size / quota.GB:.2f} GB, and the most is {largest / quota.GB:g} GB",
                hint="ask the administrator to copy it to a folder that runs may read",
            )
        _check_sha256(sha256 := sha256.lower())
        uploads_dir(self._settings).mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with locked(self._folder / "lock", 10, "uploads"):
            quota.refuse_above(self._settings, self._user, size)
            folder = self._folder / secrets.token_hex(8)
            known = {"name": name, "size": size, "sha256": sha256, "user": self._user}
            _announce(folder, {**known, "created": timestamp(time.time())})
        return self.get(folder.name)

    def add(self, name: str, content: bytes) -> Upload:
        """A file that is there as a whole, ready for runs.

        Raises:
            BadUsage, NotPermitted, Transient: as the three steps do.
        """
        id = self.create(name, len(content)).id
        self.append(id, 0, [content])
        return self.finish(id)

    def append(self, id: str, offset: int, blocks: Iterable[bytes]) -> Upload:
        """Add bytes at the end.

        What arrives before ``blocks`` fails, or the process is killed, stays.

        Args:
            id: of the upload.
            offset: where the first of these bytes belongs.
            blocks: the bytes, as they arrive.

        Raises:
            WrongOffset: that is not the end of what is there.
            Conflict: it is finished, or another request is adding to it.
            BadData: more bytes than were announced; those are there, the rest is dropped.
            InputMissing: there is no such upload.
            Transient: the disk is full.
        """
        with self._changing(id) as upload:
            if upload.is_finished:
                raise Conflict(f"upload {id}: is finished already", hint="make a new one")
            if offset != upload.received:
                raise WrongOffset(upload, upload.received, offset)
            _write(upload, blocks)
        return self.get(id)

    def finish(self, id: str, sha256: str = "") -> Upload:
        """Check a whole file and let runs use it; once it is finished, nothing more is done.

        Args:
            id: of the upload.
            sha256: of the content, where it was not known before.

        Raises:
            WrongOffset: bytes are missing.
            Conflict: another request is adding to it.
            BadData: the checksum is another; the upload has to be made anew.
            InputMissing: there is no such upload.
        """
        _check_sha256(sha256 := sha256.lower())
        with self._changing(id) as upload:
            if upload.is_finished:
                return upload
            if upload.received != upload.size:
                raise WrongOffset(upload, upload.received, upload.size)
            expected = {sha256, upload.sha256} - {""}
            found = _flush(upload.part, with_digest=bool(expected))
            if expected and expected != {found}:
                raise BadData(
                    f"upload {id} ({upload.name}): its SHA-256 is {found}, not {min(expected)}",
                    hint="it was damaged on the way, or changed: delete it and upload it again",
                )
            upload.part.chmod(0o400)  # runs hold it by other names
            os.rename(upload.part, upload.file)
        return self.get(id)

    @contextmanager
    def attached(self, files: Mapping[str, IO[bytes]], audit: Audit) -> Iterator[dict[str, str]]:
        """Files that came with one submission: they are uploads inside of the block.

        Behind it those that the run holds by another name are uploads no more; where the block
        raises, none is.

        Args:
            files: by name.
            audit: told of each upload that is made or removed.

        Returns:
            Name → how a run names it.

        Raises:
            EngineError: as :meth:`create`, :meth:`append` and :meth:`finish`.
        """
        made, is_used = dict[str, Upload](), False
        try:
            for name, file in files.items():
                new = made[name] = self.create(name, file.seek(0, os.SEEK_END))
                audit("upload.create", new.id, f"{new.name}, {new.size} bytes")
                file.seek(0)
                self.append(new.id, 0, _blocks(file))
                made[name] = self.finish(new.id)
                audit("upload.finish", new.id, new.name)
            yield {name: f"upload:{upload.id}" for name, upload in made.items()}
            is_used = True
        finally:
            for upload in made.values():
                with suppress(InputMissing, FileNotFoundError):  # its owner was faster
                    if not is_used or upload.file.stat().st_nlink > 1:
                        self.remove(upload.id)
                        audit("upload.delete", upload.id, "")

    def remove(self, id: str) -> None:
        """Delete one; runs that were submitted with it keep their input.

        Raises:
            InputMissing: there is no such upload.
            Conflict: another request is adding to it.
        """
        with self._changing(id) as upload:
            _remove(upload.folder)

    @contextmanager
    def _changing(self, id: str) -> Iterator[Upload]:
        """Hold an upload, as it is now."""
        lock = self.get(id).folder / "lock"
        try:
            with locked(lock, 0, f"upload {id}"):
                yield self.get(id)
        except Busy as error:
            raise Conflict(error.message, hint="wait for that one, or end it") from None
        except FileNotFoundError:
            raise InputMissing(f"upload {id}: was deleted just now") from None


def expire(settings: Settings, audit: Audit, now: float | None = None) -> None:
    """Remove unfinished uploads to which nothing was added for EXPIRE_DAYS.

    Args:
        audit: told of each.
    """
    oldest = (time.time() if now is None else now) - EXPIRE_DAYS * 86400
    for upload in every_upload(settings):
        with suppress(OSError, EngineError):  # it went, or somebody goes on with it
            if not upload.is_finished and upload.part.stat().st_mtime < oldest:
                Uploads(settings, upload.user).remove(upload.id)
                audit("upload.expire", upload.id, f"{upload.name} of {upload.user}, not finished")
    for leftover in uploads_dir(settings).glob("*/.*/"):  # of a killed process
        with suppress(OSError):
            if leftover.stat().st_mtime < oldest:
                shutil.rmtree(leftover)


def _flush(file: Path, *, with_digest: bool) -> str:
    """See a file on the disk, by a process of its own: the web worker goes on with its clients.

    Returns:
        Its SHA-256, where that was asked for.

    Raises:
        Transient: it did not get there.
    """
    code = _FLUSH + _DIGEST * with_digest
    with open(file, "rb") as handle:
        command = [sys.executable, "-I", "-S", "-c", code]
        ended = subprocess.run(command, stdin=handle, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise Transient(f"{file.parent.name}: cannot be checked now", hint="finish it again later")
    return ended.stdout.strip()


def _announce(folder: Path, known: Mapping[str, Any]) -> None:
    """Make the folder of an upload, which is there with all that is known of it or not at all."""
    scratch = folder.with_name(f".{folder.name}")
    scratch.mkdir(mode=0o700)
    (scratch / RECORD).write_text(to_line(known) + "\n", encoding="ascii")
    (scratch / "part").touch(mode=0o600)
    os.rename(scratch, folder)


def _blocks(file: IO[bytes]) -> Iterator[bytes]:
    while block := file.read(_BLOCK):
        yield block
        time.sleep(0)  # in a gevent worker: others have their turn


def _write(upload: Upload, blocks: Iterable[bytes]) -> None:
    room = upload.size - upload.received
    with open(upload.part, "ab", buffering=0) as file:
        for block in blocks:
            try:
                _write_all(file, block[:room])
            except OSError as error:
                message = f"upload {upload.id}: {error.strerror}"
                raise Transient(message, hint="what has arrived is kept; go on later") from None
            if len(block) > room:
                raise BadData(
                    f"upload {upload.id} ({upload.name}): more than the {upload.size} bytes"
                    " that were announced",
                    hint="delete it, and announce the right size",
                )
            room -= len(block)


def _write_all(file: FileIO, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[file.write(view) :]


def _remove(folder: Path) -> None:
    """Take an upload away: it is gone in one step, whatever happens to its files afterwards."""
    doomed = folder.with_name(f".{folder.name}")
    os.rename(folder, doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def _check_sha256(text: str) -> None:
    if text and not _SHA256.fullmatch(text):
        raise BadUsage(f"{text[:80]!r}: no SHA-256", hint="64 hexadecimal digits, or leave it out")
