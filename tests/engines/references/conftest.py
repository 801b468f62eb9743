"""A cache and a mirror in folders, and a web server with faults."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fault_server import FaultServer


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir()
    return folder


@pytest.fixture
def server(mirror: Path) -> Iterator[FaultServer]:
    web = FaultServer()
    yield web
    web.close()
