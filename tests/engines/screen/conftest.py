"""A stand-in for a GPU: its driver's calls, answered by this machine's processor."""

import ctypes
import shutil
import subprocess
from pathlib import Path

import pytest

from engines.screen.kernel.library import SOURCES

SUPPORT = Path(__file__).resolve().parents[2] / "support"


@pytest.fixture(scope="session")
def stand_in_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not shutil.which("cc"):
        pytest.skip("no C compiler")
    made = tmp_path_factory.mktemp("cuda") / "libcuda.so.1"
    source = ["-x", "c", str(SUPPORT / "stand_in_cuda.c")]
    subprocess.run(
        ["cc", "-O2", "-shared", "-fPIC", f"-I{SOURCES}", *source, "-o", str(made)], check=True
    )
    return made


@pytest.fixture
def stand_in(
    stand_in_library: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> ctypes.CDLL:
    """The stand-in in the place of the driver, and nobody else's."""
    monkeypatch.setattr("engines.screen.kernel.cuda.LIBRARY", str(stand_in_library))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("PLUMBLINE_GPU_LOCKS", str(tmp_path / "gpu-locks"))
    return ctypes.CDLL(str(stand_in_library))
