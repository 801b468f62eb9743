"""The kernel as code for GPUs: PTX that is shipped, or made by an nvcc that is there.

``python -m engines.screen.kernel.gpu_code`` makes the shipped file again. PTX for compute
capability 7.5 runs on all later GPUs: the driver translates it when it is loaded.
"""

import hashlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from engines.contract.errors import Unavailable
from engines.screen.kernel.library import SOURCES

SHIPPED = SOURCES / "screen.ptx"
READ = ("screen.cu", "screen_read.h", "fastq.h")
OLDEST = "compute_75"  # Turing; CUDA 13 knows none before


def sources_digest() -> str:
    """SHA-256 of what the code is made from; it stands in the first line of the shipped PTX."""
    digest = hashlib.sha256()
    for name in READ:
        digest.update((SOURCES / name).read_bytes())
    return digest.hexdigest()


def shipped_code() -> bytes:
    """The PTX of this version."""
    return SHIPPED.read_bytes()


def compiled(architecture: str) -> bytes:
    """The kernel made by nvcc: PTX for ``compute_NN``, machine code for ``sm_NN``.

    Raises:
        Unavailable: there is no nvcc, or it fails.
    """
    nvcc = shutil.which("nvcc")
    if nvcc is None:
        raise Unavailable("nvcc is not there", hint="install the CUDA toolkit, or use --device cpu")
    kind = "--ptx" if architecture.startswith("compute_") else "--cubin"
    with tempfile.TemporaryDirectory(prefix="plumbline-nvcc.") as scratch:
        made = Path(scratch) / "kernel"
        command = [nvcc, kind, f"--gpu-architecture={architecture}", "--output-file", str(made)]
        run = subprocess.run(
            [*command, str(SOURCES / "screen.cu")], capture_output=True, text=True, cwd=scratch
        )
        if run.returncode:
            said = (run.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise Unavailable(f"nvcc cannot make the screen's kernel: {said}")
        return made.read_bytes()


def ship() -> None:
    """Make the shipped PTX again."""
    code = re.sub(r"(?m)^//.*\n", "", compiled(OLDEST).decode())
    SHIPPED.write_text(f"// made by gpu_code.py of sources {sources_digest()}\n{code.lstrip()}")


if __name__ == "__main__":
    ship()
