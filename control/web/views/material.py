"""The results of one run as a view reads them: opened safely, counted, and not too much of them.

A run's files may be anything: each is opened step by step inside the working directory,
and only where it is the owner's.
"""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from control.record.run_dir import RunDir
from control.runs.inside import files_inside, names_inside, open_inside
from control.runs.results import FOLDER, owner_of, workdir
from engines.contract.errors import BadData, EngineError, InputMissing

MOST_FILES, MOST_BYTES = 500, 64 << 20
"""Of the results of a run that a view reads."""


@dataclass(frozen=True)
class Origin:
    """Which run it is.

    Attributes:
        start: UTC with milliseconds; when it was asked for, where it has not started.
        end: when it ended; a run that was resumed has another one then.
        is_over: nothing more will come.
        root: of the service's addresses, where it is below a prefix.
    """

    run_id: str
    name: str
    start: str
    end: str | None
    is_over: bool
    root: str = ""

    @property
    def link(self) -> str:
        """Its address in the API."""
        return f"{self.root}/api/v1/runs/{self.run_id}"


@dataclass
class Material:
    """The files of a run that a view may read.

    Attributes:
        origin: whose they are.
        files: paths seen from the folder of results, sorted.
        problems: what could not be read, a line each; views may add to it.
        earlier: other runs with the same files, the newest first, where the view looks back.
    """

    origin: Origin
    run_dir: RunDir
    files: list[str]
    problems: list[str] = field(default_factory=list)
    earlier: list["Material"] = field(default_factory=list)
    _room: int = MOST_BYTES

    @classmethod
    def of(cls, origin: Origin, run_dir: RunDir, reads: Iterable[tuple[str, str]]) -> "Material":
        """What there is now; no file is read yet.

        Raises:
            FileNotFoundError: the run was deleted.
        """
        owner_of(run_dir)
        here = workdir(run_dir)
        found = sorted(
            path.removeprefix(f"{FOLDER}/")
            for folder, ending in dict.fromkeys(reads)
            for path in files_inside(here, f"{FOLDER}/{folder}")
            if path.endswith(ending) and "/." not in path
        )
        files = [path for path in found if path.isprintable()]  # others may be no UTF-8
        made = cls(origin, run_dir, files[:MOST_FILES])
        if len(found) > len(files):
            made.problems.append(f"files with strange names, left out: {len(found) - len(files)}")
        if len(files) > MOST_FILES:
            made.problems.append(f"{len(files) - MOST_FILES} more files were not read: too many")
        return made

    def within(self, folder: str) -> list[str]:
        """Those of ``files`` that lie in one folder."""
        return [path for path in self.files if path.startswith(f"{folder}/")]

    def beside(self, folder: str) -> frozenset[str]:
        """The names of all that lies in a folder of the results, also what is not read."""
        return frozenset(names_inside(workdir(self.run_dir), f"{FOLDER}/{folder}"))

    def text(self, path: str) -> bytes | None:
        """A file below the results; None where it is not there, or why not is a problem now."""
        try:
            with open_inside(
                workdir(self.run_dir), f"{FOLDER}/{path}", owner_of(self.run_dir)
            ) as file:
                if file.size > self._room:
                    raise BadData(f"{path}: not read: the results are too large to be shown here")
                self._room -= file.size
                return b"".join(file.chunks())
        except (InputMissing, FileNotFoundError):
            return None
        except EngineError as error:
            self.problems.append(error.message)
            return None

    def signature(self, beside: Sequence[str] = ()) -> str:
        """Another one whenever a file has changed, come or gone, or the run has ended.

        Args:
            beside: further files that are looked at.
        """
        digest = hashlib.sha256(f"{self.origin}".encode())
        for path in (*self.files, *beside):
            digest.update(f"{path}\0{self._state_of(path)}\0".encode())
        for other in self.earlier:  # they have ended: their files stay as they are
            digest.update(f"{other.origin}{other.files}".encode())
        return digest.hexdigest()[:32]

    def _state_of(self, path: str) -> str:
        with suppress(EngineError, OSError):
            place = f"{FOLDER}/{path}"
            with open_inside(workdir(self.run_dir), place, owner_of(self.run_dir)) as file:
                return file.etag
        return ""
