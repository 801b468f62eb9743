"""Processes of a run that outlive whoever starts them."""

import os
import subprocess
import sys
from pathlib import Path

from control.record.run_dir import RunDir


def start(
    run_dir: RunDir, module: str, *arguments: str, log: Path, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[bytes]:
    """Run a module of ours for a run, in a session of its own and in the run directory.

    Args:
        run_dir: of the run.
        module, arguments: what is run; secrets do not belong here, every process sees them.
        log: gets what it prints, after what is there.
        stdin: as :class:`subprocess.Popen` takes it.

    Raises:
        OSError: it cannot be started.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    output = os.open(log, flags, run_dir.file_mode())
    try:
        return subprocess.Popen(
            # -P: nothing that lies in the run directory is taken for a module
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=stdin,
            stdout=output,
            stderr=output,
            cwd=run_dir.path,
            start_new_session=True,
        )
    finally:
        os.close(output)
