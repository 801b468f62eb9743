"""Indexes that are made once and kept in the user's cache, named by what they were made from."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from engines.contract.errors import CannotWrite
from engines.contract.progress import say, warn
from engines.contract.user_cache import user_cache

_DONE = "done.json"


def key_of(*parts: str | bytes) -> str:
    """A name for what is made from ``parts``: other content, other name."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()[:32]


def kept(
    what: str,
    key: str,
    make: Callable[[Path], None],
    needed: Iterable[str],
    cache: Path | None = None,
) -> Path:
    """The folder of an index, made by ``make(folder)`` where it is not there or not whole.

    Several processes may want the same one: each makes its own, and the first one's stays.

    Args:
        what: kind of index, the name of a folder of the cache.
        needed: files that ``make`` has to have written.
        cache: instead of the user's.

    Raises:
        CannotWrite: the cache cannot be written; EngineError: ``make`` failed.
    """
    home = (cache or user_cache() / "screen") / what
    folder = home / key
    needed = list(needed)
    if _whole(folder, needed):
        return folder
    if folder.exists():
        warn(f"{folder}: the index is damaged; it is made again")
        shutil.rmtree(folder, ignore_errors=True)
    try:
        home.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{key}.", dir=home))
    except OSError as error:
        raise CannotWrite(
            f"{home}: {error.strerror}", hint="set XDG_CACHE_HOME to a folder that you may write"
        ) from error
    try:
        say(f"{what} index: is made once and kept in {folder}")
        make(scratch)
        sizes = {name: (scratch / name).stat().st_size for name in needed}
        (scratch / _DONE).write_text(json.dumps(sizes) + "\n", encoding="utf-8")
        try:
            os.rename(scratch, folder)
        except OSError:  # another process was faster
            if not _whole(folder, needed):
                raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return folder


def _whole(folder: Path, needed: list[str]) -> bool:
    try:
        sizes = json.loads((folder / _DONE).read_text(encoding="utf-8"))
        return all((folder / name).stat().st_size == sizes[name] for name in needed)
    except (OSError, ValueError, KeyError):
        return False
