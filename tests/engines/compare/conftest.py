"""What the tests of the comparison stand on."""

from pathlib import Path

import pytest
from compare_bench import Bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)
