"""Stand-ins of the R package vacalibration, and requests to calibrate with them.

They have the arguments, the printed lines and the structure of the results of the real
versions, and no model: nothing is compiled.
"""

import shutil
import subprocess
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).with_name("vacalibration")
VERSIONS = ("2.2", "2.1", "2.0")
CAUSES = ["congenital_malformation", "pneumonia", "ipre", "other"]
COUNTS = {"eava": [10, 40, 90, 60], "interva": [25, 64, 36, 75]}
DIRICHLET = {
    "eava": [[30, 5, 5, 10], [4, 36, 8, 12], [3, 9, 60, 8], [6, 6, 8, 20]],
    "interva": [[20, 5, 5, 10], [2, 30, 8, 20], [1, 9, 50, 10], [5, 5, 10, 20]],
}
QUICK = ("--no-byte-compile", "--no-docs", "--no-test-load", "--no-staged-install")


def install(library: Path, *sources: Path) -> Path:
    library.mkdir(exist_ok=True)
    command = ["R", "CMD", "INSTALL", *QUICK, "-l", str(library), *map(str, sources)]
    subprocess.run(command, check=True, capture_output=True)
    return library


def source_of(version: str, folder: Path) -> Path:
    """A version of the stand-in, with what all of them share."""
    source = folder / f"source-{version}"
    shutil.copytree(SOURCES / version, source)
    shutil.copy(SOURCES / "common" / "calibration.R", source / "R")
    return source


def specification(algorithms: tuple[str, ...] = ("eava", "interva")) -> dict[str, Any]:
    """A request with the options' defaults."""
    return {
        "do": "calibrate",
        "engine": "vacalibration",
        "compat": "2.2",
        "age_group": "neonate",
        "country": "Mozambique",
        "mmat_type": "prior",
        "causes": CAUSES,
        "ensemble": len(algorithms) > 1,
        "path_correction": True,
        "shrink_strength": None,
        "not_calibrated": {name: ["other"] for name in algorithms},
        "learn_not_calibrated": True,
        "threshold": 0.1,
        "seed": 1,
        "warmup": None,
        "iterations": None,
        "chains": None,
        "algorithms": [
            {
                "name": name,
                "counts": COUNTS[name],
                "dirichlet": DIRICHLET[name],
                "mean": [[value / sum(row) for value in row] for row in DIRICHLET[name]],
            }
            for name in algorithms
        ],
    }
