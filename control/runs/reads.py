"""The reads behind a comparison of a run, drawn by ``plumbline pileup`` in a process of its own.

Of the run's own files only those in ``results/alignments`` are read, opened step by step. Genome,
truth and calls may lie elsewhere, where the provenance of the comparison says: they are read where
they belong to the run's owner, or where everybody may read them. The process gets all of them as
open files, so that nobody can put another in their place meanwhile.
"""

import json
import os
import resource
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from control.record.run_dir import RunDir
from control.runs.inside import OpenFile, open_inside
from control.runs.locked import locked
from control.runs.own_session import own_session
from control.runs.results import FOLDER, owner_of, workdir
from control.settings import StateDir
from engines.contract.errors import (
    BadData,
    BadUsage,
    EngineError,
    InputMissing,
    NotPermitted,
    TimedOut,
    Unavailable,
)

SECONDS = 20
"""That drawing may take, and that one waits for one's turn."""
AT_ONCE = 2  # of all web workers and users together
MEMORY = 4 << 30  # bytes of address space of the process
COMPARED = f"{FOLDER}/small_variants"
ALIGNED = f"{FOLDER}/alignments"
INDEXES = {".cram": (".crai",), ".bam": (".bai", ".csi")}
LARGEST_TOLD = 64 << 20  # bytes of a summary or provenance
_KINDS: Sequence[type[EngineError]] = (BadUsage, BadData, InputMissing, NotPermitted)


@dataclass(frozen=True)
class Reads:
    """The pile-up of a site.

    Attributes:
        told: as ``pileup.schema.json`` has it.
        picture: SVG.
        not_shown: call sets that are not drawn, with the reason.
    """

    told: dict[str, Any]
    picture: str
    not_shown: list[str]


def reads_at(run_dir: RunDir, name: str, at: str, state: StateDir, user: str) -> Reads:
    """Draw the reads of a call set's sample at a site.

    Args:
        name: of the call set, as its comparison is called.
        at: the site, as a person types it.
        user: who asks: everybody has one drawing made at a time.

    Raises:
        InputMissing: there is no such comparison, or the run has no alignments of its sample.
        NotPermitted: a file is not the run's owner's, and not everybody's.
        BadUsage, BadData: the site or a file cannot be used.
        Busy: others are drawn.
        TimedOut: it took too long.
    """
    whose = sha256(user.encode()).hexdigest()[:16]
    own = state.path / f"reads.{whose}.lock"
    slots = [state.path / f"reads.{number}.lock" for number in range(AT_ONCE)]
    with ExitStack() as stack:
        stack.enter_context(locked(own, SECONDS, "drawing reads"))
        stack.enter_context(locked(slots, SECONDS, "drawing reads"))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        files = _Files(run_dir, folder, stack)
        return _drawn(files, files.gather(name), at)


@dataclass(frozen=True)
class _Gathered:
    alignments: Path
    reference: Path
    calls: list[Path]
    not_shown: list[str]


class _Files:
    """What the process reads: names in a folder of its own that lead to open files."""

    def __init__(self, run_dir: RunDir, folder: Path, stack: ExitStack) -> None:
        self.work, self.owner = workdir(run_dir), owner_of(run_dir)
        self.folder, self.stack = folder, stack
        self.open: list[int] = []

    def gather(self, name: str) -> _Gathered:
        """Open all that is needed for a call set."""
        summary, proof = (
            self._told(f"{COMPARED}/{name}.{kind}.json") for kind in ("summary", "provenance")
        )
        sample = _text(summary.get("called"), "sample") or name
        inputs = proof.get("inputs")
        alignments = self._alignments(sample)
        genome = _text(_part(inputs, "reference"), "path")
        if not genome:
            raise BadData(f"{name}: its provenance does not tell the genome")
        reference = self._outside(genome, "genome.fa", (".fai", ".gzi"))
        calls, not_shown = [], []
        for side in ("truth", "query"):
            path = _text(_part(inputs, side), "path")
            try:
                calls.append(self._calls(path, side))
            except EngineError as error:
                not_shown.append(f"{side} is not shown: {error.message}")
        return _Gathered(alignments, reference, calls, not_shown)

    def _told(self, path: str) -> dict[str, Any]:
        with open_inside(self.work, path, self.owner) as file:
            if file.size > LARGEST_TOLD:
                raise BadData(f"{path}: too large to be read here")
            try:
                found = json.loads(b"".join(file.chunks()))
            except (ValueError, RecursionError):
                found = None
        if not isinstance(found, dict):
            raise BadData(f"{path}: is damaged", hint="compare again")
        return found

    def _alignments(self, sample: str) -> Path:
        for ending, indexes in INDEXES.items():
            with suppress(InputMissing):
                made = self._inside(f"{ALIGNED}/{sample}{ending}")
                for index in indexes:
                    with suppress(InputMissing):
                        self._inside(f"{ALIGNED}/{sample}{ending}{index}")
                return made
        raise InputMissing(
            f"the run has no alignments of {sample}: there is no {sample}.cram or {sample}.bam in "
            f"{ALIGNED}",
            hint="plumbline pileup draws reads of other files",
        )

    def _inside(self, path: str) -> Path:
        """A file of the run."""
        return self._link(self.stack.enter_context(open_inside(self.work, path, self.owner)))

    def _link(self, file: OpenFile, name: str = "") -> Path:
        fd = file.fileno()
        self.open.append(fd)
        link = self.folder / (name or file.name)
        link.symlink_to(f"/dev/fd/{fd}")
        return link

    def _calls(self, path: str, side: str) -> Path:
        """Calls, with the index that one place is read by."""
        made = self._outside(path, f"{side}.vcf.gz", (".tbi", ".csi"))
        if not any(Path(f"{made}{ending}").is_symlink() for ending in (".tbi", ".csi")):
            raise InputMissing(f"{Path(path).name}: has no index")
        return made

    def _outside(self, path: str, name: str, indexes: Sequence[str]) -> Path:
        """A file that may lie anywhere, with its indexes: the owner's, or everybody's."""
        made = self._link(self.stack.enter_context(open_for_all(Path(path), self.owner)), name)
        for ending in indexes:
            with suppress(InputMissing):
                found = open_for_all(Path(f"{path}{ending}"), self.owner)
                self._link(self.stack.enter_context(found), f"{name}{ending}")
        return made


def open_for_all(path: Path, owner: int) -> OpenFile:
    """Open a file that somebody named, where they may read it themselves.

    Args:
        owner: user id of who named it.

    Raises:
        InputMissing: there is none.
        NotPermitted: it is neither theirs nor everybody's.
    """
    try:
        place = Path(os.path.realpath(path))
        fd = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        raise InputMissing(f"{path.name}: no such file, or it cannot be opened") from None
    status = os.fstat(fd)
    is_open = status.st_mode & stat.S_IROTH and all(
        folder.stat().st_mode & stat.S_IXOTH for folder in place.parents
    )
    if not stat.S_ISREG(status.st_mode) or not (status.st_uid == owner or is_open):
        os.close(fd)
        raise NotPermitted(f"{path.name}: neither the run's owner's nor everybody's to read")
    return OpenFile(fd, path.name)


def _drawn(files: _Files, found: _Gathered, at: str) -> Reads:
    out = files.folder / "drawn"
    command = [
        *(sys.executable, "-m", "engines.pileup", str(found.alignments)),
        *("--reference", str(found.reference), f"--at={at}", "--out", str(out)),
        *(word for path in found.calls for word in ("--calls", str(path))),
    ]
    code, said = _run(command, files.open, files.folder)
    if code:
        raise _error(code, said, files.folder)
    told = json.loads(out.with_name("drawn.json").read_text(encoding="utf-8"))
    picture = out.with_name("drawn.svg").read_text(encoding="utf-8")
    return Reads(told, picture, found.not_shown)


def _run(command: list[str], files: Sequence[int], folder: Path) -> tuple[int, str]:
    """Exit code and last line of what it said."""
    log = folder / "log"
    quiet = subprocess.DEVNULL
    with (
        open(log, "wb") as output,
        own_session(command, cwd=folder, stdout=quiet, stderr=output, pass_fds=files) as process,
    ):
        try:
            _limit(process.pid)
            code = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            raise TimedOut(
                f"drawing the reads took more than {SECONDS} seconds",
                hint="name a smaller site, or draw it with plumbline pileup",
            ) from None
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return code, lines[-1] if lines else ""


def _limit(pid: int) -> None:
    """Let a process have so much memory, and no more."""
    with suppress(ProcessLookupError):
        _, most = resource.prlimit(pid, resource.RLIMIT_AS)
        memory = MEMORY if most == resource.RLIM_INFINITY else min(MEMORY, most)
        resource.prlimit(pid, resource.RLIMIT_AS, (memory, memory))


def _error(code: int, said: str, folder: Path) -> EngineError:
    """What it told, with files called as they are in the run."""
    told: Mapping[str, Any] = {}
    with suppress(ValueError):
        told = json.loads(said)
    message, hint = (_text(told, key).replace(f"{folder}/", "") for key in ("message", "hint"))
    kind = next((each for each in _KINDS if each.code == code), Unavailable)
    return kind(message or f"the reads cannot be drawn (exit code {code})", hint=hint)


def _part(value: object, key: str) -> Any:
    return value.get(key) if isinstance(value, dict) else None


def _text(value: object, key: str) -> str:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) else ""
