"""The kernel's C, made into a shared library once, by the C compiler of this machine.

It is kept in the user's cache under a key of its sources and of what it is made for, so that
machines that share a home folder share it, also those without a compiler.
"""

import atexit
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

from engines.contract.errors import Unavailable
from engines.contract.user_cache import user_cache

SOURCES = Path(__file__).parent
COMPILED = ("screen.c", "fastq.c", "taxa.c")
READ = (*COMPILED, "screen_read.h", "fastq.h", "taxa_read.h")
FLAGS = ("-O3", "-std=c11", "-fPIC", "-shared")
HOW_TO_GET_ONE = (
    "install one (Debian: apt install gcc libc6-dev; conda: gcc), or run once on a machine "
    "that has one and the same home folder: `make setup` does it"
)


def key() -> str:
    """What tells one build from another: sources, flags, processor and system."""
    digest = hashlib.sha256()
    for name in READ:
        digest.update((SOURCES / name).read_bytes())
    for word in (*FLAGS, platform.machine(), platform.system(), *platform.libc_ver()[:1]):
        digest.update(b"\0" + word.encode())
    return digest.hexdigest()[:24]


def kept_at() -> Path:
    """Where the library lies once it is made; the folder need not exist."""
    try:
        base = user_cache()
    except RuntimeError:  # nobody knows where the home folder is
        base = Path(tempfile.gettempdir()) / f"plumbline-{os.getuid()}"
    return base / "screen" / key() / "libplumbline_screen.so"


def compiler() -> list[str]:
    """The C compiler: ``CC`` where it is set, else the first of cc, gcc, clang that is there.

    Raises:
        Unavailable: there is none.
    """
    asked = shlex.split(os.environ.get("CC", ""))
    for name in [asked[0]] if asked else ["cc", "gcc", "clang"]:
        if found := shutil.which(name):
            return [found, *asked[1:]]
    what = f"{asked[0]}, which CC names," if asked else "a C compiler (cc, gcc or clang)"
    raise Unavailable(
        f"{what} is not there, and the screen's kernel has not been made yet", hint=HOW_TO_GET_ONE
    )


def build(target: Path) -> None:
    """Make the library; it appears at ``target`` whole or not at all.

    Raises:
        Unavailable: no compiler, or it fails.
        OSError: the folder of ``target`` cannot be written.
    """
    command = compiler()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".build.", dir=target.parent) as scratch:
        made = Path(scratch) / target.name
        sources = [str(SOURCES / name) for name in COMPILED]
        try:
            run = subprocess.run(
                [*command, *FLAGS, *sources, "-o", str(made)], capture_output=True, text=True
            )
        except OSError as error:
            raise Unavailable(
                f"{command[0]} cannot be started: {error.strerror}", hint=HOW_TO_GET_ONE
            ) from error
        if run.returncode or not made.exists():
            said = (run.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise Unavailable(
                f"{command[0]} cannot make the screen's kernel: {said}",
                hint="check the compiler: it needs the C library's headers (Debian: libc6-dev)",
            )
        os.replace(made, target)


def library() -> Path:
    """The library for this machine, made now where it is not there yet.

    Where the user's cache cannot be written it is made in the folder for temporary files.

    Raises:
        Unavailable: see :func:`build`.
    """
    target = kept_at()
    if target.is_file():
        return target
    try:
        build(target)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="plumbline-screen."))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        target = folder / target.name
        build(target)
    return target
