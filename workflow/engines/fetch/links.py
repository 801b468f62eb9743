"""Links to what was fetched: made beside, then renamed, so that each appears in one step.

Hard links keep the bytes even when a cache gets a newer object (which is another file of the same
name there). Where there can be none, on another file system or to a file of another user, links
are symbolic, and that is said.
"""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import BadUsage, CannotWrite, Transient
from engines.contract.output import ABANDONED_SECONDS
from engines.fetch.indexes import KINDS, Indexes
from engines.fetch.items import Item, Job, results_below
from engines.fetch.names import refuse_collisions
from engines.fetch.receipts import Receipt

MARK = ".plumbline-links"  # in a folder that we may make anew
SCRATCH = ".links."
INDEXES = tuple(dict.fromkeys((*(end for ends in KINDS.values() for end in ends), ".gzi")))


@dataclass(frozen=True)
class Link:
    """A link.

    Attributes:
        path: below the folder of links. name: of the file that it leads to.
        hard: else it is symbolic. of: the link whose file it is the index of; empty: of none.
    """

    path: str
    name: str
    hard: bool = True
    of: str = ""


# --- before anything is fetched ---------------------------------------------------


def check_links(job: Job, folder: Path, items: Iterable[Item]) -> None:
    """Refuse links that would have one name, or take the place of something else.

    Raises:
        BadData: two files would have one link. BadUsage: it would take a fetched file's place.
        CannotWrite: a folder is there, or one that is not ours would have to go.
    """
    paths = [(path, item.shown) for item in items for path in item.links]
    refuse_collisions(paths, results_below(job, folder))
    _check_place(folder)
    into = job.into.resolve()
    for path, _ in paths:
        target = folder / path
        if target.parent.resolve().is_relative_to(into):
            raise BadUsage(
                f"{target}: is inside {job.into}, where the files themselves are",
                hint="choose another --link",
            )
        if target.is_dir():
            raise CannotWrite(f"{target}: is a folder, and a link is to be put there")
    for role in _folders(job):
        _check_folder(folder / role, into)


def _check_place(folder: Path) -> None:
    """Links can be made there: better known before the files come."""
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise CannotWrite(f"{there}: is a file, and a folder is to be put there")
    if not os.access(there, os.W_OK | os.X_OK):
        raise CannotWrite(f"{there}: may not be written", hint="choose another --link")


def _folders(job: Job) -> list[str]:
    return [want.role.name for want in job.roles if want.role.many]


def _check_folder(target: Path, into: Path) -> None:
    if into.is_relative_to(target.resolve()):
        raise BadUsage(f"{target}: holds the files themselves", hint="choose another --link")
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise CannotWrite(f"{target}: is a file, and a folder is to be put there")
    if any(target.iterdir()) and not (target / MARK).exists():
        raise CannotWrite(
            f"{target}: is there already, and was not made by --link",
            hint="move it away, or choose another --link: it would be made anew",
        )


# --- when all is here -------------------------------------------------------------


def make_links(
    job: Job, folder: Path, items: Iterable[Item], receipts: Iterable[Receipt], indexes: Indexes
) -> list[Link]:
    """Link every file, and its index; links of an earlier call are replaced.

    A kill between two links leaves no file with another one's index: an old index goes first, the
    new one comes last.

    Returns:
        The links, by their paths.

    Raises:
        CannotWrite: a link cannot be made. Transient: a file was replaced by another call.
    """
    links = _planned(list(items), indexes)
    known = {receipt.name: receipt for receipt in receipts}
    singles = [link for link in links if link.path.split("/")[0] not in _folders(job)]
    try:
        with _scratch(folder) as scratch:
            made = [_stage(job.into, scratch / "new", link, known) for link in links]
            for link in (link for link in links if not link.of):
                _still_the_same(job.into / link.name, scratch / "new" / link.path)
            _drop_other_kinds(job, folder, {link.path for link in links})
            _put(folder, scratch / "new", singles)
            for role in _folders(job):
                (scratch / "new" / role).mkdir(exist_ok=True)
                (scratch / "new" / role / MARK).touch()
                _swap(scratch, folder / role)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise CannotWrite(
            f"{error.filename2 or error.filename}: {error.strerror}",
            hint="choose a --link that you may write; the files are in --into or --cache",
        ) from error
    return sorted(made, key=lambda link: link.path)


def _planned(items: list[Item], indexes: Indexes) -> list[Link]:
    """The links of all files, and of indexes that lie beside them."""
    paths = {item.name: item.links for item in items}
    taken = {path for item in items for path in item.links}
    owner: dict[str, str] = {}  # link of an index → link of its file
    beside: dict[str, Link] = {}
    for name, of in ((item.name, path) for item in items for path in item.links):
        for index, ending in indexes.of(name):
            if of + ending in taken:
                owner[of + ending] = of
            elif index in paths:
                owner |= dict.fromkeys(paths[index], of)
            else:
                beside[of + ending] = Link(of + ending, index, of=of)
    return [
        *(Link(path, item.name, of=owner.get(path, "")) for item in items for path in item.links),
        *beside.values(),
    ]


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder for what is made; what a killed call left of its own goes after a day."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob(f"{SCRATCH}????????"):
        with suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > ABANDONED_SECONDS:
                shutil.rmtree(old, ignore_errors=True)
    scratch = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=folder))
    try:
        (scratch / "new").mkdir()
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _stage(into: Path, scratch: Path, link: Link, known: Mapping[str, Receipt]) -> Link:
    """Make a link in the scratch folder, to the very file that the receipt is of."""
    source, staged = into / link.name, scratch / link.path
    staged.parent.mkdir(parents=True, exist_ok=True)
    hard = True
    try:
        os.link(source.resolve(), staged)
    except FileNotFoundError:
        raise _replaced(source) from None
    except OSError:  # another file system, none that has hard links, a file of another user
        hard = False
        staged.symlink_to(source.resolve())
    receipt, status = known.get(link.name), staged.stat()
    now = (status.st_size, status.st_mtime_ns)
    if receipt and now != (receipt.bytes, receipt.mtime_ns):
        raise _replaced(source)
    return Link(link.path, link.name, hard, link.of)


def _still_the_same(source: Path, staged: Path) -> None:
    """No file was replaced while its index was linked."""
    try:
        if os.path.samestat(source.stat(), staged.stat()):
            return
    except FileNotFoundError:
        pass
    raise _replaced(source)


def _replaced(path: Path) -> Transient:
    return Transient(
        f"{path}: was replaced by another call while it was to be linked", hint="start again"
    )


def _drop_other_kinds(job: Job, folder: Path, paths: set[str]) -> None:
    """Links of a role to a file of another kind: a CRAM came where a BAM was."""
    for want in job.roles:
        for _, ending in want.role.endings:
            path = want.role.name + ending
            if path not in paths:
                for end in (*INDEXES, ""):
                    (folder / f"{path}{end}").unlink(missing_ok=True)


def _put(folder: Path, scratch: Path, links: list[Link]) -> None:
    """Rename links into place: away with old indexes, then the files, then their indexes."""
    changed = {link.path for link in links if not _is_same(folder / link.path, scratch / link.path)}
    indexed = {path for path in changed if path.endswith(tuple(KINDS))}
    changed |= {link.path for link in links if link.of in indexed}
    old = [f"{path}{end}" for path in indexed for end in INDEXES]
    old += [link.path for link in links if link.of in indexed]
    for path in old:
        (folder / path).unlink(missing_ok=True)
    moved = [link for link in links if link.path in changed or link.path in old]
    for link in sorted(moved, key=lambda link: (link.of != "", link.path)):
        target = folder / link.path
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(scratch / link.path, target)


def _is_same(target: Path, staged: Path) -> bool:
    """Whether the link is there already: of the same kind, to the same file."""
    try:
        if target.is_symlink() or staged.is_symlink():
            return os.readlink(target) == os.readlink(staged)
        return os.path.samestat(target.lstat(), staged.lstat())
    except OSError:
        return False


def _swap(scratch: Path, target: Path) -> None:
    """Put a whole folder in the place of another; again where another call was faster."""
    number = 0
    while True:
        with suppress(FileNotFoundError):
            os.rename(target, scratch / f"old{number}")
        try:
            os.rename(scratch / "new" / target.name, target)
            return
        except OSError:
            number += 1
            if not target.exists() or number > 100:
                raise
