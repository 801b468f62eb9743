"""Where things are kept that can be made again: the user's cache folder, after the XDG standard."""

import os
from pathlib import Path


def user_cache() -> Path:
    """The folder ``plumbline`` in the user's cache; it need not exist.

    Raises:
        RuntimeError: the home folder is needed and nobody knows where it is.
    """
    caches = os.environ.get("XDG_CACHE_HOME", "")
    # the standard: a relative path is to be ignored
    base = Path(caches) if os.path.isabs(caches) else Path("~/.cache").expanduser()
    return base / "plumbline"
