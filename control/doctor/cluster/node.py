"""What the doctor's job does on a node: looks around, and answers in files.

    python -m control.doctor.cluster.node FOLDER…

For each folder it reads ``asked``, and answers with ``seen.json``. Then it waits in the first
for ``again``, which comes from the machine that submitted it, and answers with ``echo``, so
that the way there and back can be timed on one clock.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ECHO_SECONDS = 120.0
EVERY_SECONDS = 0.1


def main(folders: list[Path]) -> None:
    """Answer in every folder that can be seen, then the echo in the first of them."""
    about = _about()
    seen = [folder for folder in folders if _read(folder / "asked")]
    for folder in seen:
        _write(folder / "seen.json", json.dumps({**about, "asked": _read(folder / "asked")}))
    if not seen:
        sys.exit(f"on {about['node']} nothing of {', '.join(map(str, folders))} can be seen")
    deadline = time.monotonic() + ECHO_SECONDS
    while not _read(seen[0] / "again"):
        if time.monotonic() > deadline:
            sys.exit("nothing came back")
        time.sleep(EVERY_SECONDS)
    _write(seen[0] / "echo", json.dumps({"time": time.time()}))


def _about() -> dict[str, Any]:
    import snakemake  # the costly part of every job, and the first to fail where it is not there

    from engines import __version__

    return {
        "node": os.environ.get("SLURMD_NODENAME") or socket.gethostname(),
        "python": sys.version.split()[0],
        "plumbline": __version__,
        "snakemake": snakemake.__version__,
        "scratch": _scratch(),
        "gpus": os.environ.get("CUDA_VISIBLE_DEVICES", ""),
        "driver": _driver(),
    }


def _scratch() -> dict[str, Any]:
    """Where temporary files of jobs go, and how much is free there."""
    folder = tempfile.gettempdir()  # TMPDIR, else /tmp, if it can be written
    variable = next((name for name in ("TMPDIR", "TEMP", "TMP") if os.environ.get(name)), "")
    return {"folder": folder, "variable": variable, "free": shutil.disk_usage(folder).free}


def _driver() -> str:
    """What NVIDIA's driver calls the GPUs that this job may use."""
    try:
        asked = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
        answer = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return ", ".join(answer.stdout.split("\n")[:-1]) if not answer.returncode else ""


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""


def _write(file: Path, text: str) -> None:
    """Whole or not at all, as the other side looks at it all the time."""
    unfinished = file.with_name(f".{file.name}")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(file)


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
