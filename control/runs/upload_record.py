"""What is known of uploaded files, and where they lie.

::

    <runs>/.uploads-<uid>/<user>/<id>/upload.json   what was announced; written once
                                      part          the bytes so far
                                      <name>        the whole file, by renaming part

They lie beside the runs: so cluster nodes see them, and a run can hold an input by a second
name (a hard link), which takes no space and outlives the upload.
"""

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from control.record.fields import read_fields
from control.record.lines import parse
from control.settings import Settings

RECORD = "upload.json"

_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class Upload:
    """One file that somebody uploads, or has uploaded.

    Attributes:
        id: configurations and sample sheets name it as ``upload:<id>``.
        name: as it was given, made safe.
        size: bytes that were announced.
        received: bytes that are there.
        sha256: that was announced; "" where none was.
        created: UTC.
        user: whose it is.
        is_finished: whole and checked.
        folder: where it lies.
        identity: of the file on the disk, whatever its name.
    """

    id: str
    name: str
    size: int
    received: int
    sha256: str
    created: str
    user: str
    is_finished: bool
    folder: Path
    identity: str

    @property
    def file(self) -> Path:
        """The whole file, once it is finished."""
        return self.folder / self.name

    @property
    def part(self) -> Path:
        """The bytes so far, until then."""
        return self.folder / "part"


def uploads_dir(settings: Settings) -> Path:
    """Where the uploads of everybody are; one service, one folder."""
    return settings.runs[0] / f".uploads-{os.getuid()}"


def user_dir(settings: Settings, user: str) -> Path:
    """Where those of one user are: a user name is never part of a path."""
    digest = hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()
    return uploads_dir(settings) / digest[:32]


def is_upload_id(text: str) -> bool:
    """Whether it has the form of an id, so that it is safe as the name of a folder."""
    return _ID.fullmatch(text) is not None


def read_upload(folder: Path) -> Upload | None:
    """The upload in a folder; None where there is none (any more)."""
    types = {"name": str, "size": int, "sha256": str, "created": str, "user": str}
    try:
        known = read_fields(parse((folder / RECORD).read_bytes()), types)
        whole = _status(folder / known["name"])
        status = whole or _status(folder / "part")
        return Upload(
            id=folder.name,
            received=status.st_size if status else 0,
            is_finished=whole is not None,
            folder=folder,
            identity=f"{status.st_dev}:{status.st_ino}" if status else str(folder),
            **known,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def uploads_of(settings: Settings, user: str) -> list[Upload]:
    """All uploads of a user, the newest first."""
    found = list(_in_folder(user_dir(settings, user)))
    return sorted(found, key=lambda upload: (upload.created, upload.id), reverse=True)


def every_upload(settings: Settings) -> Iterator[Upload]:
    """The uploads of everybody."""
    with suppress(OSError), os.scandir(uploads_dir(settings)) as users:
        for user in users:
            yield from _in_folder(Path(user.path))


def _in_folder(folder: Path) -> Iterator[Upload]:
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        if is_upload_id(name) and (upload := read_upload(folder / name)):
            yield upload


def _status(file: Path) -> os.stat_result | None:
    try:
        return os.stat(file, follow_symlinks=False)
    except FileNotFoundError:
        return None
