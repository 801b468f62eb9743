"""What holds for all tests."""

import gc
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.compare.core.native import COMPILED as COMPARE
from engines.contract.compiled import Compiled
from engines.contract.errors import Unavailable
from engines.screen.kernel.library import COMPILED as SCREEN

ROOT = Path(__file__).parent
FIRST = (
    *("control/page", "control/cluster", "workflow", "control/runs", "real", "setup"),
    *("control/serve", "engines/calibrate", "engines/annotate", "engines/upload"),
    *("engines/compare_sv", "control/client", "control/events"),
)
"""Folders of what takes long; begun last, it would have one process wait for the other."""


@pytest.fixture(scope="session", autouse=True)
def _no_cache_of_the_user():
    """Nothing that an earlier run kept decides a test, and nothing of a test is kept.

    But for what is compiled: its key says what it is made of, and it takes seconds to make.
    """
    made = {library: found for library in (COMPARE, SCREEN) if (found := _made(library))}
    with tempfile.TemporaryDirectory(prefix="plumbline-cache-") as folder:
        before = os.environ.get("XDG_CACHE_HOME")
        os.environ["XDG_CACHE_HOME"] = folder
        for library, path in made.items():
            library.kept_at().parent.mkdir(parents=True)
            library.kept_at().symlink_to(path)
        yield
        os.environ.pop("XDG_CACHE_HOME")
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before


def _made(library: Compiled) -> Path | None:
    try:
        return library.path()
    except Unavailable:  # the tests of what needs it will say so
        return None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected lives to the end: nobody looks for garbage in it, now or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long comes first, and a folder stays together, for what its files share."""
    places = {name: place for place, name in enumerate(FIRST)}

    def place_of(item: pytest.Item) -> int:
        folder = item.path.parent.relative_to(ROOT)
        names = (each.as_posix() for each in (folder, *folder.parents))
        return next((places[name] for name in names if name in places), len(FIRST))

    items.sort(key=place_of)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are called by their argument: a gzip header holds the second it was made in,
    and two workers that collect in different seconds would not agree on the name."""
    return argname if isinstance(val, bytes) else None
