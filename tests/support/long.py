"""Tests that `make test-long` runs, and nothing else."""

import os

import pytest

long = pytest.mark.skipif(
    os.environ.get("PLUMBLINE_LONG") != "1",
    reason="takes long: PLUMBLINE_LONG=1, as make test-long does",
)
