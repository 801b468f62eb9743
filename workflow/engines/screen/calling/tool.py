"""External programs: whether they are there, which version, and running them to their end."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engines.contract.errors import EngineError, Transient, Unavailable

_TOLD = 3  # last lines of stderr that an error repeats
_DISK = re.compile(r"no space left|disk quota exceeded", re.IGNORECASE)
_MEMORY = re.compile(r"cannot allocate memory|out of memory|bad_alloc", re.IGNORECASE)


@dataclass(frozen=True)
class Tool:
    """An external program; ``packages``: of Debian and of bioconda."""

    name: str
    packages: tuple[str, str]
    version_option: tuple[str, ...]
    closes: str

    def path(self) -> str:
        """Where it is.

        Raises:
            Unavailable: it is not installed.
        """
        found = shutil.which(self.name)
        if found is None:
            debian, conda = self.packages
            raise Unavailable(
                f"{self.name} is not installed: no {self.closes} without it",
                hint=f"apt install {debian}, or conda install -c bioconda {conda}",
            )
        return found

    def there(self) -> bool:
        """Whether it is installed."""
        return shutil.which(self.name) is not None

    def version(self) -> str:
        """Its version, as it says itself.

        Raises:
            Unavailable: it is not installed, or does not run.
        """
        done = subprocess.run(
            [self.path(), *self.version_option], capture_output=True, text=True, errors="replace"
        )
        found = re.search(r"\d+(\.\d+)+", done.stdout + done.stderr)
        if found is None:
            raise Unavailable(f"{self.path()}: does not say its version", hint="install it again")
        return found[0]


KMA = Tool("kma", ("kma", "kma"), ("-v",), "calling of genes")
DIAMOND = Tool("diamond", ("diamond-aligner", "diamond"), ("version",), "translated search")
MINIMAP2 = Tool("minimap2", ("minimap2", "minimap2"), ("--version",), "calling of mutations")


def run(
    command: Sequence[str],
    folder: Path,
    stdout: IO[bytes] | int = subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
) -> str:
    """Run a program in ``folder`` to its end; it ends with us when we are stopped.

    Returns:
        What it wrote to stderr.

    Raises:
        EngineError: it failed (70); Transient: for want of memory or space, or it was killed.
    """
    with tempfile.TemporaryFile(dir=folder) as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=said,
            env=dict(env) if env is not None else None,
            start_new_session=True,
        )
        try:
            code = process.wait()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise
        said.seek(0)
        text = said.read().decode(errors="replace")
    check(command[0], code, text)
    return text


def check(program: str, code: int, said: str) -> None:
    """Raise what an exit code other than 0 means; see :func:`run`."""
    if code == 0:
        return
    name = Path(program).name
    lines = [line.strip() for line in said.splitlines() if line.strip() and line[0] != "#"]
    told = " / ".join(lines[-_TOLD:]) or "it said nothing"
    if code < 0 or code in (137, 143):
        number = -code if code < 0 else code - 128
        raise Transient(
            f"{name} was ended by signal {number}", hint="most likely for want of memory; try again"
        )
    if _DISK.search(said) or _MEMORY.search(said):
        raise Transient(f"{name}: {told}", hint="free some space or memory and start again")
    raise EngineError(
        f"{name} failed with exit code {code}: {told}",
        hint="run it by hand on the same input to see why; if that works, report it",
    )
