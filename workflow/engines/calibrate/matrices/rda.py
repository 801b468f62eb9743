"""Matrices in a file of R: one short R process puts them into JSON.

Opening such a file in R before 4.4 can run code that somebody put into it; JSON and CSV
carry no such risk.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from engines.calibrate.session import MARK
from engines.contract.errors import BadData, TimedOut, Unavailable

SCRIPT = Path(__file__).parents[1] / "r" / "rda.R"
ENDINGS = (".rda", ".rdata", ".rds")
INSTALL = (
    "install R with its package jsonlite (Debian: r-base-core r-cran-jsonlite; conda: r-base "
    "r-jsonlite)"
)
SECONDS = 300


def read(path: Path, rscript: str = "Rscript", samples_of: str | None = None) -> dict[str, Any]:
    """The matrices of an .rda, .RData or .rds file.

    Args:
        rscript: the program.
        samples_of: the country whose posterior samples are wanted; without it none are read.

    Returns:
        ``r``, its version; ``version`` of the estimates or None; ``not_read``, what in the file
        is no matrix; ``matrices``, a tree as :func:`json_file.tables` takes it.

    Raises:
        Unavailable: no R, or no jsonlite. BadData: R cannot read the file.
        TimedOut: it takes too long.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "matrices.json"
        command = [rscript, "--no-save", "--no-restore", "--no-init-file", str(SCRIPT)]
        command += [str(path), str(answer), *([samples_of] if samples_of else [])]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=SECONDS,
                check=False,
                env=os.environ | {"LANGUAGE": "en"},
            )
        except OSError as error:
            raise Unavailable(f"{rscript}: {error.strerror}", hint=INSTALL) from error
        except subprocess.TimeoutExpired as error:
            raise TimedOut(
                f"{path}: R has not read it in {SECONDS} s", hint="bring the matrices as JSON"
            ) from error
        if done.returncode != 0 or not answer.exists():
            raise _why(path, rscript, done)
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return found


def _why(
    path: Path, rscript: str, done: "subprocess.CompletedProcess[str]"
) -> BadData | Unavailable:
    told = [line for line in done.stdout.splitlines() if line.startswith(MARK)]
    if not told:
        said = " ".join(done.stderr.split())[-300:]
        return Unavailable(
            f"{rscript} ended with exit code {done.returncode}: {said}", hint=INSTALL
        )
    reason = told[-1].removeprefix(MARK).strip()
    if "jsonlite" in reason:
        return Unavailable(f"{rscript}: {reason}", hint=INSTALL)
    return BadData(
        f"{path}: R cannot read it: {reason}",
        hint="it is no .rda or .rds file, or a damaged one; JSON and CSV are read too",
    )
