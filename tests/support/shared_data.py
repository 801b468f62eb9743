"""Where the real data sets lie: beside the checkout, never in it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def shared_data(*parts: str) -> Path:
    """The folder of one data set; the test module is skipped where it is absent."""
    folder = SHARED.joinpath(*parts)
    if not folder.is_dir():
        pytest.skip(f"no real data at ../shared/data/{'/'.join(parts)}", allow_module_level=True)
    return folder
