"""Which files a run may read, and those that it holds itself.

A submission names a file as ``upload:<id>``, by a path inside of the folders that the
administrator has opened, or by an address. Paths are resolved here, once; the run gets what
was checked. Uploaded files are put into the run's own folder ``inputs`` by a second name
(a hard link): they stay as long as the run does, and an index lies beside its file.
"""

import errno
import os
import re
import stat
from pathlib import Path, PurePosixPath
from urllib.parse import quote, unquote

from control.record.index_names import index_names
from control.runs import addresses
from control.runs.analyses import FileKind, Workflow
from control.runs.upload_record import Upload, uploads_dir, uploads_of
from control.runs.uploads import Uploads, safe_name
from control.settings import Settings
from engines.contract.errors import BadData, BadUsage, InputMissing, NotPermitted

SEEN_FROM_WORK = "../inputs/"
"""How a configuration names what the run holds: it stays true wherever the run lies."""
LARGEST_TABLE = 10_000_000  # bytes
LARGEST_FOLDER = 100_000  # files

_NO_LINK = (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK)
_LOOKS_LIKE_A_PATH = re.compile(r"[/~\\]|\.{1,2}(/|$)|.*/\.\.(/|$)|.*://|upload:", re.DOTALL)


def looks_like_a_path(text: str) -> bool:
    """Whether a text could lead to a file: such a one is refused where no file is to be named."""
    return "\0" in text or _LOOKS_LIKE_A_PATH.match(text) is not None


class Inputs:
    """The files that one submission names.

    Args:
        settings: of the service.
        workflow: whose data may be read, and where relative paths start.
        user: whose uploads may be named.
        earlier: folder ``inputs`` of the run that is run again.

    Attributes:
        allow: what the administrator allows.
    """

    def __init__(
        self, settings: Settings, workflow: Workflow, user: str, earlier: Path | None = None
    ) -> None:
        self._settings, self._workflow = settings, workflow
        self.allow = settings.allow
        self._uploads = Uploads(settings, user)
        self._own = uploads_of(settings, user)
        self._earlier = earlier
        self._roots = [
            Path(os.path.realpath(folder))
            for folder in (*settings.allow.input_folders, *workflow.data)
        ]
        self._held: dict[str, Path] = {}  # name in inputs/ → where it is now
        self._resolved: dict[tuple[str, FileKind], str] = {}
        self._public: set[str] = set()  # hosts outside of the network

    def resolve(self, text: str, kind: FileKind, sample: str = "") -> str:
        """What the configuration of the run says in place of ``text``.

        Args:
            sample: whose row it stands in; of a source, ``{sample}`` becomes that.

        Raises:
            NotPermitted: it leads to something that runs may not read.
            InputMissing: it is not there.
            BadData, BadUsage: it is there and is none of this kind, or is no name of a file.
        """
        if kind == "source" and sample:
            text = text.replace("{sample}", sample)
        if (text, kind) not in self._resolved:
            found = self._resolve(text, kind)
            if kind == "source" and (_is_manifest(text) or _is_manifest(found)):
                raise NotPermitted(
                    f"{addresses.shown(text)}: a manifest, which could name any file",
                    hint="name the folder, or one row of the sheet for each source",
                )
            self._resolved[text, kind] = found
        return self._resolved[text, kind]

    def read(self, text: str, largest: int) -> str:
        """The text of a file that a submission names.

        Raises:
            BadData: it is larger than ``largest`` bytes, or no UTF-8; else as :meth:`resolve`.
        """
        found = self.resolve(text, "file")
        if "://" in found:
            raise BadUsage(f"{text[:200]}: an address", hint="send its text, or upload it")
        held = self._held.get(found.removeprefix(SEEN_FROM_WORK))
        return _text(held or Path(found), largest)

    def place(self, folder: Path) -> None:
        """Put the files that the run is to hold, if any, into its folder ``inputs``.

        On a file system without hard links they are linked by path; then the upload must
        stay until the run has ended.

        Raises:
            InputMissing: one was deleted since.
            OSError: the folder cannot be written.
        """
        for name, source in self._held.items():
            target = folder / name
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                os.link(source, target)
            except FileNotFoundError:
                raise InputMissing(
                    f"{name}: was deleted just now", hint="upload it again"
                ) from None
            except OSError as error:
                if error.errno not in _NO_LINK:
                    raise
                target.symlink_to(source)

    def _resolve(self, text: str, kind: FileKind) -> str:
        if kind == "files":
            return ",".join(self.resolve(each.strip(), "file") for each in text.split(","))
        if not text.isprintable():
            raise BadUsage(f"{text[:80]!r}: no name of a file")
        if kind == "executable":
            return self._executable(text)
        if kind == "destination":
            addresses.check_upload(text, self._settings.allow)
            return text
        if text.startswith("upload:"):
            return self._upload(text, kind)
        if "://" in text:
            return self._address(text, kind)
        path = self._allowed(text, kind)
        if kind == "table":
            self._check_table(path, None)
        if path.is_dir():
            self._check_folder(path, text)
        elif self._is_earlier(text):
            return self._hold_earlier(text.removeprefix(SEEN_FROM_WORK), path)
        return str(path)

    def _executable(self, text: str) -> str:
        if Path(text) in self._settings.allow.executables:
            return text
        known = ", ".join(map(str, self._settings.allow.executables)) or "none is"
        raise NotPermitted(f"program {text[:200]}: is not allowed", hint=f"allowed: {known}")

    def _address(self, text: str, kind: FileKind) -> str:
        if kind not in ("file", "source"):
            what = "file or folder" if kind == "data" else kind
            raise BadUsage(f"{text[:200]}: an address, not a {what} on this file system")
        if text.startswith("file:") and kind == "source":
            path = self._allowed("/" + addresses.parse(text).path, kind)
            if path.is_dir():
                self._check_folder(path, text)
            return "file://" + quote(str(path))
        if text.startswith("file:"):
            raise NotPermitted(f"{text[:200]}: write the path alone", hint="without file://")
        addresses.check_source(text, self._settings.allow, self._public)
        return text

    def _upload(self, text: str, kind: FileKind) -> str:
        upload = self._uploads.get(text.removeprefix("upload:"))
        if kind not in ("file", "data", "table"):
            raise BadUsage(f"{upload.name}: an uploaded file, and a {kind} is needed")
        if not upload.is_finished:
            raise InputMissing(
                f"{upload.name}: only {upload.received} of {upload.size} bytes are uploaded",
                hint="finish the upload first",
            )
        name = self._hold(upload.name, upload.file)
        for beside, held in zip(index_names(upload.name), index_names(name), strict=True):
            if index := self._only(beside) if self._only(upload.name) else None:
                self._hold(held, index.file)
        if kind == "table":
            self._check_table(upload.file, upload)
        return SEEN_FROM_WORK + name

    def _only(self, name: str) -> Upload | None:
        """The user's upload of this name, where there is just one: of two it could be the wrong."""
        found = [upload for upload in self._own if upload.is_finished and upload.name == name]
        return found[0] if len(found) == 1 else None

    def _hold(self, name: str, source: Path) -> str:
        """Note a file that the run is to hold; its name there."""
        number, free = 1, name
        while self._held.setdefault(free, source) != source:
            number += 1
            free = f"{number}-{name}"
        return free

    def _is_earlier(self, text: str) -> bool:
        return self._earlier is not None and text.startswith(SEEN_FROM_WORK)

    def _hold_earlier(self, name: str, path: Path) -> str:
        """What the earlier run holds is held by this one too, with the index beside it."""
        held = self._hold(name, path)
        for beside, its_name in zip(index_names(path.name), index_names(held), strict=True):
            index = path.with_name(beside)
            if index.is_file():
                self._hold(its_name, index)
        return SEEN_FROM_WORK + held

    def _allowed(self, text: str, kind: FileKind) -> Path:
        """The path, resolved but for its last part, of a file or folder that runs may read."""
        if text.startswith("~"):
            raise BadUsage(f"{text[:200]}: no whole path", hint="write it out: /home/…")
        roots, start, home = self._roots, self._workflow.folder, Path("/")
        if self._earlier and self._is_earlier(text):
            text, start = text.removeprefix(SEEN_FROM_WORK), self._earlier
            # the name itself must be one that the run holds; it may be a link to an upload
            home = Path(os.path.realpath(self._earlier))
            roots = [home, uploads_dir(self._settings)]
        given = start / text
        path = Path(os.path.realpath(given.parent)) / given.name
        leads_out = ".." in (given.name, path.name) or not path.is_relative_to(home)
        if leads_out or not _lies_in(os.path.realpath(path), roots):
            opened = ", ".join(map(str, self._settings.allow.input_folders)) or "none"
            raise NotPermitted(
                f"{text[:200]}: not in a folder that runs may read",
                hint="upload it (plumbline submit: --upload), or have the administrator open its "
                f"folder (open: {opened})",
            )
        return _checked(path, text, kind)

    def _check_table(self, table: Path, upload: Upload | None) -> None:
        """See that every file named in a table may be read, and hold those that were uploaded."""
        for number, line in enumerate(_text(table, LARGEST_TABLE).splitlines(), 1):
            name = line.strip().partition("\t")[2].strip()
            if not name:
                continue  # the workflow says what is wrong with it
            try:
                self._check_row(name, table, upload)
            except (NotPermitted, InputMissing, BadData, BadUsage) as error:
                told = f"{table.name}, line {number}: {error.message}"
                raise type(error)(told, hint=error.hint) from None

    def _check_row(self, name: str, table: Path, upload: Upload | None) -> None:
        if os.path.isabs(name):
            self._allowed(name, "file")
        elif ".." in PurePosixPath(name).parts or not name.isprintable():
            raise NotPermitted(f"{name[:200]}: leads out of the table's folder")
        elif upload:
            beside = self._only(safe_name(name))
            if beside is None:
                message = f"{name[:200]}: not uploaded, or more than once"
                raise InputMissing(message, hint="upload it once")
            self._hold_as(name, beside.file)
        elif self._earlier and table.is_relative_to(os.path.realpath(self._earlier)):
            self._hold_as(name, self._allowed(SEEN_FROM_WORK + name, "file"))
        else:
            self._allowed(str(table.parent / name), "file")

    def _hold_as(self, name: str, source: Path) -> None:
        if self._held.setdefault(name, source) != source:
            raise BadData(f"{name[:200]}: two different files of this name", hint="rename one")

    def _check_folder(self, folder: Path, text: str) -> None:
        """See that no link in a folder leads to what runs may not read."""
        entries = 0
        for here, folders, files in os.walk(folder):
            for name in (*folders, *files):
                path = os.path.join(here, name)
                if os.path.islink(path) and not _lies_in(os.path.realpath(path), self._roots):
                    shown = os.path.relpath(path, folder)
                    raise NotPermitted(
                        f"{text[:200]}: {shown}: a link to where runs may not read",
                        hint="have the administrator open that folder too, or copy the file",
                    )
            entries += len(folders) + len(files)
            if entries > LARGEST_FOLDER:
                raise BadData(
                    f"{text[:200]}: more than {LARGEST_FOLDER} files", hint="name a smaller folder"
                )


def _checked(path: Path, text: str, kind: FileKind) -> Path:
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "no such file"
        raise InputMissing(f"{text[:200]}: {why}", hint="check the path") from None
    is_folder, is_file = stat.S_ISDIR(mode), stat.S_ISREG(mode)
    if kind in ("data", "source") and not (is_folder or is_file):
        raise BadData(f"{text[:200]}: is neither a file nor a folder")
    if kind == "folder" and not is_folder:
        raise BadData(f"{text[:200]}: is no folder")
    if kind in ("file", "table") and not is_file:
        raise BadData(f"{text[:200]}: is no file")
    return path


def _is_manifest(text: str) -> bool:
    path = re.split(r"[?#]", text)[0]
    return any(re.search(r"\.tsv(\.b?gz)?/*$", unquote(each), re.I) for each in (text, path))


def _lies_in(path: str, roots: list[Path]) -> bool:
    return any(Path(path).is_relative_to(root) for root in roots)


def _text(file: Path, largest: int) -> str:
    with open(file, "rb") as handle:
        content = handle.read(largest + 1)
    if len(content) > largest:
        raise BadData(f"{file.name}: more than {largest / 1e6:g} MB", hint="is it the right file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadData(f"{file.name}: not UTF-8 text (byte {error.start})") from None
