"""The folder of a run, and the way to run in it."""

import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import workflow_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return workflow_folder.make_folder(tmp_path)


@pytest.fixture
def snakemake(folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    return partial(workflow_folder.snakemake, folder)
