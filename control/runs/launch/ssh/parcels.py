"""Files on their way: each travels under the name of its content, and is looked at on arrival.

A file is sent as ``<sha256>``, so that names cannot collide, two files of one content go
once, and what arrived in part is a beginning of that very content whoever goes on. It
gets its own name, in one step, when size and checksum are right.
"""

import hashlib
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import get_type_hints

from control.record.fields import read_fields
from control.record.lines import parse, to_line
from engines.contract.errors import BadData, CannotWrite, Transient

_BLOCK = 1 << 20


@dataclass(frozen=True)
class Parcel:
    """One file, or one link.

    Attributes:
        path: where it belongs, seen from the run directory.
        size: in bytes.
        sha256: of its content; empty for a link.
        mtime_ns: when it was changed: an index must not become older than its file.
        mode: its permissions, 0o755 or 0o644: the run directory is closed to others.
        link: where a link leads to; empty for a file.
    """

    path: str
    size: int = 0
    sha256: str = ""
    mtime_ns: int = 0
    mode: int = 0o644
    link: str = ""

    @classmethod
    def from_fields(cls, content: object) -> "Parcel":
        """What the other side has sent.

        Raises:
            BadData: it is no parcel, or would be put outside of the run directory.
        """
        try:
            parcel = cls(**read_fields(content, get_type_hints(cls)))
        except (ValueError, TypeError) as error:
            raise BadData(f"no description of a file: {error}") from None
        if not is_own(parcel.path):
            raise BadData(f"{parcel.path[:200]!r}: leads out of the run")
        if parcel.link and (parcel.link != os.path.normpath(parcel.link) or "\0" in parcel.link):
            raise BadData(f"{parcel.path[:200]!r}: no link that could be made here")
        if not parcel.link and not _is_checksum(parcel.sha256):
            raise BadData(f"{parcel.path[:200]!r}: has no checksum")
        return parcel


def write_list(parcels: Iterable[Parcel]) -> bytes:
    """Parcels as they are told to the other side."""
    return to_line({"parcels": [asdict(each) for each in parcels]}).encode("ascii")


def read_list(told: bytes) -> list[Parcel]:
    """Parcels that the other side has told of.

    Raises:
        BadData: they are none, or would be put outside of the run directory.
    """
    try:
        return [Parcel.from_fields(each) for each in parse(told)["parcels"]]
    except (ValueError, KeyError, TypeError) as error:
        raise BadData(f"no list of files: {error}"[:300]) from None


def parcel_of(file: Path, path: str) -> Parcel:
    """The parcel of a file, which is read for it.

    Args:
        file: where it is; a link is followed.
        path: where it belongs.

    Raises:
        OSError: it cannot be read.
        Transient: it was changed meanwhile.
    """
    with open(file, "rb") as handle:
        before = os.fstat(handle.fileno())
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
        after = os.fstat(handle.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise Transient(f"{file}: was changed while it was read")
    return Parcel(
        path,
        after.st_size,
        digest,
        after.st_mtime_ns,
        0o755 if after.st_mode & stat.S_IXUSR else 0o644,
    )


def missing(folder: Path, parcels: Iterable[Parcel]) -> list[Parcel]:
    """Those of the parcels that are not in their places, one of each content."""
    found: dict[str, Parcel] = {}
    for parcel in parcels:
        if not parcel.link and not _is_there(folder / parcel.path, parcel):
            found.setdefault(parcel.sha256, parcel)
    return list(found.values())


def arrived(arrivals: Path, parcels: Iterable[Parcel]) -> dict[str, int]:
    """Checksum → how many bytes of that content have arrived, of those that have begun to."""
    sizes = {}
    for parcel in parcels:
        with suppress(OSError):
            sizes[parcel.sha256] = (arrivals / parcel.sha256).stat().st_size
    return sizes


def check_arrivals(arrivals: Path, parcels: Iterable[Parcel]) -> list[str]:
    """Look at what has arrived; gives the paths of those that did not arrive whole.

    What has its size and another content is removed, so that it is sent again.
    """
    damaged = []
    for parcel in parcels:
        file = arrivals / parcel.sha256
        if _is_there(file, parcel):
            continue
        damaged.append(parcel.path)
        with suppress(OSError):
            if file.stat().st_size >= parcel.size:
                file.unlink()
    return damaged


def place(folder: Path, arrivals: Path, parcels: Iterable[Parcel]) -> None:
    """Give files that have arrived their names, and make the links.

    Those that are in their places already stay as they are.

    Raises:
        CannotWrite: a folder is in the place of one.
        BadData: a link, or the folder of a file, leads out of the folder that it is put into.
        OSError: the disk does not take it.
    """
    waiting: dict[str, list[Parcel]] = {}
    links = []
    for parcel in parcels:
        if parcel.link:
            links.append(parcel)
        elif (arrivals / parcel.sha256).exists():
            waiting.setdefault(parcel.sha256, []).append(parcel)
    for sha256, same in waiting.items():
        *others, last = same
        for parcel in others:
            copy = arrivals / f"{sha256}.copy"
            shutil.copyfile(arrivals / sha256, copy)
            _put(copy, place_of(folder, parcel.path), parcel)
        _put(arrivals / sha256, place_of(folder, last.path), last)
    for parcel in links:
        _make_link(folder, parcel)


def clear(folder: Path, path: str, parcels: Iterable[Parcel], skip: Callable[[str], bool]) -> None:
    """Remove what lies below a folder of a run and is not, or not as such, among the parcels.

    Args:
        folder, path, skip: as of :func:`walk`.
        parcels: what belongs there.

    Raises:
        OSError: something cannot be removed.
    """
    files: set[str] = set()
    links: set[str] = set()
    for parcel in parcels:
        (links if parcel.link else files).add(parcel.path)
    folders = {str(each) for inner in files | links for each in PurePosixPath(inner).parents}
    waiting = [path] if (folder / path).is_dir() else []
    while waiting:
        for entry in list(os.scandir(folder / (above := waiting.pop()))):
            inner = f"{above}/{entry.name}"
            if skip(inner):
                continue
            if entry.is_dir(follow_symlinks=False):
                if inner in folders:
                    waiting.append(inner)
                else:
                    shutil.rmtree(entry.path)
            elif inner not in (links if entry.is_symlink() else files):
                os.unlink(entry.path)


def offer(outgoing: Path, sources: Mapping[str, Path]) -> None:
    """Lay files out under the names of their contents, to be fetched: as links.

    Args:
        outgoing: folder; what an earlier one has left in it goes.
        sources: checksum → file.
    """
    shutil.rmtree(outgoing, ignore_errors=True)
    outgoing.mkdir(mode=0o700, parents=True)
    for sha256, file in sources.items():
        (outgoing / sha256).symlink_to(os.path.realpath(file))


def walk(folder: Path, path: str, skip: Callable[[str], bool]) -> Iterator[tuple[str, Path]]:
    """Every file and link below a folder of a run, in a fixed order: path in the run, and file.

    Args:
        folder: the run directory.
        path: of the folder in it.
        skip: tells which paths are left out, with all that is below.
    """
    try:
        entries = sorted(os.scandir(folder / path), key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError:
        yield path, folder / path  # as what cannot be read
        return
    for entry in entries:
        inner = f"{path}/{entry.name}"
        if skip(inner):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from walk(folder, inner, skip)
        elif entry.is_symlink() or entry.is_file(follow_symlinks=False):
            yield inner, Path(entry.path)


def inner_link(top: Path, link: Path) -> str | None:
    """Where a link below ``top`` leads to, seen from its own folder; None where it leads out."""
    start = link.parent
    whole = os.path.normpath(start / os.readlink(link))
    if not Path(whole).is_relative_to(top):
        return None
    return os.path.relpath(whole, start)


def _is_there(file: Path, parcel: Parcel) -> bool:
    try:
        if file.is_symlink() or file.stat().st_size != parcel.size:
            return False
        with open(file, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest() == parcel.sha256
    except OSError:
        return False


def _put(file: Path, target: Path, parcel: Parcel) -> None:
    os.chmod(file, parcel.mode & 0o777)
    os.utime(file, ns=(parcel.mtime_ns, parcel.mtime_ns))
    with open(file, "rb") as handle:
        os.fsync(handle.fileno())
    if target.is_dir() and not target.is_symlink():
        raise CannotWrite(f"{target}: is a folder, and a file is to be put there")
    os.replace(file, target)


def _make_link(folder: Path, parcel: Parcel) -> None:
    place = place_of(folder, parcel.path)
    # it goes up first, and from where it really is; then by what leads nowhere else either
    whole = os.path.normpath(place.parent.resolve() / parcel.link)
    if not Path(whole).is_relative_to(_top(folder, parcel.path)):
        raise BadData(f"{parcel.path[:200]!r}: leads out of the run")
    with suppress(OSError):
        if os.readlink(place) == parcel.link:
            return
    staged = place.with_name(f".{place.name}.link")
    staged.unlink(missing_ok=True)
    staged.symlink_to(parcel.link)
    os.replace(staged, place)


def place_of(folder: Path, path: str) -> Path:
    """Where a file of a run is put; its folder is made.

    Raises:
        BadData: that is outside of the run, or a link leads out of the folder that it names first.
        OSError: the folder cannot be made.
    """
    file = folder / path
    there = next(each for each in file.parents if os.path.lexists(each))
    whole = there.resolve() / file.parent.relative_to(there)
    if not is_own(path) or not whole.is_relative_to(_top(folder, path)):
        raise BadData(f"{path[:200]!r}: leads out of the run")
    file.parent.mkdir(parents=True, exist_ok=True)
    return file


def is_own(path: str) -> bool:
    """Whether a path, written in the one way there is, stays inside of the run."""
    is_normal = path == os.path.normpath(path) and path.split("/")[0] not in ("", ".", "..")
    return is_normal and not any(ord(each) < 32 or ord(each) == 127 for each in path)


def _top(folder: Path, path: str) -> Path:
    """The folder in the run that a path names first."""
    first, below, _ = path.partition("/")
    return folder.resolve() / first if below else folder.resolve()


def _is_checksum(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
