"""Names of files on this machine: never outside the folder, never two of one name."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from engines.contract.errors import BadData
from engines.contract.wording import printable

STATE = ".plumbline-fetch"  # folder of unfinished parts and receipts
LONGEST = 240  # bytes of one name; a file system takes 255, the part's ending needs some

_ODD = re.compile(r"[\x00-\x20\x7f\\:*?\"<>|'`$&;(){}\[\]!#%~^]")


def safe_name(name: str, source: str) -> str:
    """``name`` with characters that shells and file systems mind replaced by ``_``.

    Raises:
        BadData: it would leave the folder, is no file name, or is too long.
    """
    steps = name.split("/")
    if name.startswith("/") or any(step in ("", ".", "..") for step in steps):
        raise BadData(
            f"{printable(source)}: the name {printable(name)!r} leaves the folder or is no file",
            hint="leave it out with --exclude, or give it a name in a --manifest",
        )
    if steps[0] == STATE:
        raise BadData(f"{printable(source)}: {STATE} is a folder of plumbline's own")
    safe = "/".join(safe_step(step) for step in steps)
    if any(len(step.encode()) > LONGEST for step in safe.split("/")):
        raise BadData(
            f"{printable(source)}: a name of more than {LONGEST} bytes",
            hint="give it a shorter one in a --manifest",
        )
    return safe


def safe_step(step: str) -> str:
    """One step of a path without what shells and file systems mind."""
    shown = "".join(c if c.isprintable() else "_" for c in _ODD.sub("_", step))
    return f"_{shown[1:]}" if shown.startswith("-") else shown


def wanted(name: str, include: Iterable[str], exclude: Iterable[str]) -> bool:
    """Whether the globs take a name; they look at the path and at its last part."""
    include = tuple(include)
    return (not include or fits(name, include)) and not fits(name, exclude)


def fits(name: str, globs: Iterable[str]) -> bool:
    """Whether a glob fits the path or its last part."""
    last = name.rsplit("/", 1)[-1]
    return any(fnmatchcase(name, glob) or fnmatchcase(last, glob) for glob in globs)


def refuse_collisions(named: Iterable[tuple[str, str]], reserved: Iterable[str] = ()) -> None:
    """Stop when two sources would have one name, or one the name of another's folder.

    Args:
        named: name and source of each.

    Raises:
        BadData: they would.
    """
    taken = {name: "plumbline's own file" for name in reserved}
    for name, shown in named:
        if name in taken:
            raise BadData(
                f"{printable(shown)} and {printable(taken[name])} would both become {name}",
                hint="fetch them into folders of their own, or name them in a --manifest",
            )
        taken[name] = shown
    for name, source in taken.items():
        for at in (i for i, c in enumerate(name) if c == "/"):
            if name[:at] in taken:
                raise BadData(
                    f"{printable(source)}: needs a folder {name[:at]}, and "
                    f"{printable(taken[name[:at]])} is a file of that name",
                    hint="leave one of them out with --exclude",
                )
