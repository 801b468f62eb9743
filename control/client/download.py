"""Results of a run, brought here: complete or not at all; a broken transfer goes on."""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from control.client.api import PAGE, Api
from engines.contract.errors import BadData, CannotWrite, EngineError, InputMissing, Transient
from engines.contract.progress import Progress

TRIES = 5
BLOCK = 1 << 18


def target_of(folder: Path, path: str) -> Path:
    """Where a file of the results goes: below ``folder``, whatever the service calls it.

    Raises:
        BadData: its name leads elsewhere.
    """
    pure = PurePosixPath(unquote(path))
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\0" in str(pure):
        raise BadData(f"the service offers a file {path!r}, which leads out of the folder")
    return folder.joinpath(*pure.parts)


def fetch_files(
    api: Api, run_id: str, folder: Path, files: Iterable[str] = ()
) -> Iterator[tuple[Path, int]]:
    """Fetch results of a run below a folder; where each lies, and its size in bytes.

    Args:
        files: which, as the service names them; without: all.

    Raises:
        InputMissing: the run has no such file; nothing was fetched.
        EngineError: as :func:`fetch`.
    """
    known = {file["path"]: file for file in api.pages(f"/runs/{run_id}/files", {"limit": PAGE})}
    chosen = list(files)
    if missing := [file for file in chosen if file not in known]:
        raise InputMissing(f"run {run_id}: has no file {missing[0]!r}", hint="see 'runs files'")
    for path in chosen or known:
        target = target_of(folder, path)
        yield target, fetch(api, known[path]["link"], target)


def fetch(api: Api, path: str, target: Path) -> int:
    """Fetch one file; gives its size in bytes.

    It lies at ``target`` when all of it is there; until then beside it, as ``.NAME.part``.

    Args:
        api: the service.
        path: of the file in the API.
        target: where it goes; one that is there is replaced.

    Raises:
        EngineError: what the service says; or the file cannot be written.
    """
    part = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        transfer = _Transfer(api, path, part)
        transfer.run()
        os.replace(part, target)
    except OSError as error:
        raise CannotWrite(f"{error.filename or target}: {error.strerror}") from error
    return transfer.received


class _Transfer:
    """One file on its way; what is missing is asked for again, of the same file only."""

    def __init__(self, api: Api, path: str, part: Path) -> None:
        self._api, self._path, self._part = api, path, part
        self._etag = ""
        self.received = 0

    def run(self) -> None:
        failures, furthest = 0, 0
        while True:
            try:
                self._read()
                return
            except EngineError as error:
                failures = 1 if self.received > furthest else failures + 1
                furthest = self.received
                if error.code != Transient.code or failures >= TRIES:
                    raise
                time.sleep(min(10.0, 0.2 * 2.0**failures))

    def _read(self) -> None:
        headers = {"Accept-Encoding": "identity"}
        if self.received and self._etag:
            headers |= {"Range": f"bytes={self.received}-", "If-Range": self._etag}
        with self._api.stream(self._path, headers) as answer:
            if answer.status_code != 206:
                self.received = 0
            self._etag = answer.headers.get("ETag", "")
            length = answer.headers.get("Content-Length", "")
            expected = self.received + int(length) if length.isdecimal() else None
            progress = Progress(f"fetching {self._part.name[1:-5]}", expected or 0, "bytes")
            progress.advance(self.received)
            began = time.monotonic()
            with open(self._part, "r+b" if self.received else "wb") as out:
                out.seek(self.received)
                for block in answer.iter_content(BLOCK):
                    out.write(block)
                    self.received += len(block)
                    progress.advance(len(block))
                out.truncate()
                out.flush()
                os.fsync(out.fileno())
        if expected is not None and self.received < expected:
            raise Transient(f"{self._part.name[1:-5]}: {self.received} of {expected} bytes came")
        if time.monotonic() >= began + progress.interval:  # of a quick one its name is enough
            progress.finish()
