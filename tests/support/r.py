"""Whether R can be run here, as the built-in calibration needs it."""

import shutil
import subprocess

import pytest


def _has_r() -> bool:
    rscript = shutil.which("Rscript")
    if rscript is None:
        return False
    ask = [rscript, "-e", 'quit(status = !requireNamespace("jsonlite", quietly = TRUE))']
    return subprocess.run(ask, capture_output=True, check=False).returncode == 0


HAS_R = _has_r()
needs_r = pytest.mark.skipif(not HAS_R, reason="Rscript with jsonlite is not installed here")
