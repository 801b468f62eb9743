"""The files of a folder that are uploaded, and those that never are: counted, and said why."""

import os
import stat
from collections import defaultdict
from pathlib import Path

from engines.contract.errors import BadData, BadUsage, InputMissing, NotPermitted
from engines.contract.wording import printable
from engines.fetch.names import wanted
from engines.upload.items import Job, Listed, LocalFile, State

LONGEST_KEY = 1024  # bytes, by S3
OWN = (".summary.json", ".provenance.json")

HIDDEN = "hidden (.snakemake and all that begins with a dot)"
LINKS_OUT = "links that lead out of the folder"
LINKS_FOLDER = "links to folders"
LINKS_BROKEN = "links to nothing"
SPECIAL = "neither file nor folder"
LOGS = "logs of another user"
GLOBS = "by --include and --exclude"
OURS = "the outputs of this command"


class _Walk:
    """One walk through a folder."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.root = job.folder.resolve()
        self.own = {job.out.with_name(job.out.name + end).absolute() for end in OWN}
        self.files: list[LocalFile] = []
        self.left_out: dict[str, list[str]] = defaultdict(list)

    def run(self) -> Listed:
        for place, folders, names in os.walk(self.job.folder, onerror=_refuse_folder):
            for name in sorted(folders):
                path = Path(place, name)
                if name.startswith("."):
                    self._leave(HIDDEN, path)
                elif path.is_symlink():
                    inside = path.resolve().is_relative_to(self.root)
                    self._leave(LINKS_FOLDER if inside else LINKS_OUT, path)
            folders[:] = sorted(n for n in folders if not n.startswith("."))
            for name in sorted(names):
                self._file(Path(place, name))
        self.files.sort(key=lambda file: file.name)
        return Listed(tuple(self.files), {why: sorted(n) for why, n in self.left_out.items()})

    def _leave(self, why: str, path: Path) -> None:
        self.left_out[why].append(path.relative_to(self.job.folder).as_posix())

    def _file(self, path: Path) -> None:
        """Take a file, or leave it out with the first reason that applies."""
        name = path.relative_to(self.job.folder).as_posix()
        if path.name.startswith("."):
            return self._leave(HIDDEN, path)
        if path.absolute() in self.own:
            return self._leave(OURS, path)
        if not wanted(name, self.job.include, self.job.exclude):
            return self._leave(GLOBS, path)
        try:
            real = path.resolve(strict=True)
            status = real.stat()
        except FileNotFoundError:
            return self._leave(LINKS_BROKEN, path)
        except RuntimeError:  # a link to itself
            return self._leave(LINKS_BROKEN, path)
        if not real.is_relative_to(self.root):
            return self._leave(LINKS_OUT, path)
        if not stat.S_ISREG(status.st_mode):
            return self._leave(SPECIAL, path)
        if name.endswith(".log") and status.st_uid != os.geteuid():
            return self._leave(LOGS, path)
        if not os.access(real, os.R_OK):
            raise NotPermitted(f"{path}: cannot be read", hint="leave it out with --exclude")
        self.files.append(LocalFile(_sendable(name), real, State.of(status)))


def list_files(job: Job) -> Listed:
    """The files to upload, by name.

    Raises:
        InputMissing: no such folder, nothing in it, or nothing that is wanted.
        BadUsage: it is no folder. BadData: a name that no store takes.
        NotPermitted: a folder or file that cannot be read.
    """
    if not job.folder.exists():
        raise InputMissing(f"{job.folder}: no such folder", hint="check the path")
    if not job.folder.is_dir():
        raise BadUsage(f"{job.folder}: is no folder", hint="name its folder, and --include it")
    listed = _Walk(job).run()
    if not listed.files:
        left = sum(len(names) for names in listed.left_out.values())
        example = next((names[0] for names in listed.left_out.values()), "")
        raise InputMissing(
            f"{job.folder}: nothing to upload"
            + (f"; {left} are left out, such as {printable(example)}" if left else ""),
            hint="; ".join(notes(listed)) or "the folder is empty",
        )
    return listed


def notes(listed: Listed) -> list[str]:
    """What was left out, for people."""
    lines = []
    for why, names in sorted(listed.left_out.items()):
        if why == OURS:
            continue
        few = ", ".join(printable(name) for name in names[:3])
        lines.append(f"{len(names)} left out, {why}: {few}{'…' if len(names) > 3 else ''}")
    return lines


def _sendable(name: str) -> str:
    """``name`` where it can be a key; else an error."""
    hint = "rename it, or leave it out with --exclude"
    try:
        name.encode()
    except UnicodeEncodeError:
        raise BadData(f"{name!a}: the name is not UTF-8", hint=hint) from None
    if any(ord(c) < 32 or ord(c) == 127 for c in name):
        raise BadData(f"{printable(name)}: has control characters in its name", hint=hint)
    return name


def refuse_long_keys(keys: list[str]) -> None:
    """Stop where S3 would.

    Raises:
        BadData: a key of more than 1,024 bytes.
    """
    for key in keys:
        if len(key.encode()) > LONGEST_KEY:
            raise BadData(
                f"{printable(key[:60])}…: a key of {len(key.encode())} bytes; "
                f"S3 takes {LONGEST_KEY}",
                hint="leave it out with --exclude, or choose a shorter --to",
            )


def _refuse_folder(error: OSError) -> None:
    raise NotPermitted(f"{error.filename}: {error.strerror}") from error
