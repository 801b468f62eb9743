"""What holds for all tests."""

import os
import tempfile

import pytest


@pytest.fixture(scope="session", autouse=True)
def _no_cache_of_the_user():
    """Nothing that an earlier run kept decides a test, and nothing of a test is kept."""
    with tempfile.TemporaryDirectory(prefix="plumbline-cache-") as folder:
        before = os.environ.get("XDG_CACHE_HOME")
        os.environ["XDG_CACHE_HOME"] = folder
        yield
        os.environ.pop("XDG_CACHE_HOME")
        if before is not None:
            os.environ["XDG_CACHE_HOME"] = before


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are called by their argument: a gzip header holds the second it was made in,
    and two workers that collect in different seconds would not agree on the name."""
    return argname if isinstance(val, bytes) else None
