"""One R process for all of these tests: a start costs more than most of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from r_engine import REngine, r_engine


@pytest.fixture(scope="package")
def r(tmp_path_factory: pytest.TempPathFactory) -> Iterator[REngine]:
    folder: Path = tmp_path_factory.mktemp("r")
    with r_engine(folder) as engine:
        yield engine
