"""Names of files on this machine: never outside the folder, never two of one name."""

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from engines.contract.errors import BadData
from engines.contract.wording import printable
from engines.fetch.items import Item

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
    safe = "/".join(_safe_step(step) for step in steps)
    if any(len(step.encode()) > LONGEST for step in safe.split("/")):
        raise BadData(
            f"{printable(source)}: a name of more than {LONGEST} bytes",
            hint="give it a shorter one in a --manifest",
        )
    return safe


def _safe_step(step: str) -> str:
    shown = "".join(c if c.isprintable() else "_" for c in _ODD.sub("_", step))
    return f"_{shown[1:]}" if shown.startswith("-") else shown


def wanted(name: str, include: Iterable[str], exclude: Iterable[str]) -> bool:
    """Whether the globs take a name; they look at the path and at its last part."""
    last = name.rsplit("/", 1)[-1]

    def hit(globs: Iterable[str]) -> bool:
        return any(fnmatchcase(name, glob) or fnmatchcase(last, glob) for glob in globs)

    include = tuple(include)
    return (not include or hit(include)) and not hit(exclude)


def refuse_collisions(items: Iterable[Item], reserved: Iterable[str] = ()) -> None:
    """Stop when two sources would have one name, or one the name of another's folder.

    Raises:
        BadData: they would.
    """
    taken = {name: "plumbline's own file" for name in reserved}
    for item in items:
        if item.name in taken:
            raise BadData(
                f"{printable(item.shown)} and {printable(taken[item.name])} "
                f"would both become {item.name}",
                hint="fetch them into folders of their own, or name them in a --manifest",
            )
        taken[item.name] = item.shown
    for name, source in taken.items():
        for at in (i for i, c in enumerate(name) if c == "/"):
            if name[:at] in taken:
                raise BadData(
                    f"{printable(source)}: needs a folder {name[:at]}, and "
                    f"{printable(taken[name[:at]])} is a file of that name",
                    hint="leave one of them out with --exclude",
                )
