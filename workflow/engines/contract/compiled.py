"""C sources made into a shared library once, by the C compiler of this machine, and loaded.

A library is kept in the user's cache under a key of its sources and of what it is made for, so
that machines that share a home folder share it, also those without a compiler.
"""

import atexit
import ctypes
import hashlib
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engines.contract.errors import Unavailable
from engines.contract.user_cache import user_cache

FLAGS = ("-O3", "-std=c11", "-fPIC", "-shared")
HOW_TO_GET_ONE = (
    "install one (Debian: apt install gcc libc6-dev; conda: gcc), or run once on a machine "
    "that has one and the same home folder: `make setup` does it"
)

# function → result, arguments, as ctypes has them
Signatures = Mapping[str, tuple[Any, list[Any]]]


@dataclass(frozen=True)
class Compiled:
    """One library and what it is made of.

    Attributes:
        name: of the engine; the file is ``libplumbline_NAME.so``.
        what: how messages call it, e.g. ``the screen's kernel``.
        folder: where the sources lie.
        sources: what is compiled.
        headers: what they include from the same folder.
    """

    name: str
    what: str
    folder: Path
    sources: tuple[str, ...]
    headers: tuple[str, ...]

    def key(self) -> str:
        """What tells one build from another: sources, flags, processor and system."""
        digest = hashlib.sha256()
        for name in (*self.sources, *self.headers):
            digest.update((self.folder / name).read_bytes())
        for word in (*FLAGS, platform.machine(), platform.system(), *platform.libc_ver()[:1]):
            digest.update(b"\0" + word.encode())
        return digest.hexdigest()[:24]

    def kept_at(self) -> Path:
        """Where the library lies once it is made; the folder need not exist."""
        try:
            base = user_cache()
        except RuntimeError:  # nobody knows where the home folder is
            base = Path(tempfile.gettempdir()) / f"plumbline-{os.getuid()}"
        return base / self.name / self.key() / f"libplumbline_{self.name}.so"

    def build(self, target: Path) -> None:
        """Make the library; it appears at ``target`` whole or not at all.

        Raises:
            Unavailable: no compiler, or it fails.
            OSError: the folder of ``target`` cannot be written.
        """
        command = compiler(self.what)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".build.", dir=target.parent) as scratch:
            made = Path(scratch) / target.name
            sources = [str(self.folder / name) for name in self.sources]
            try:
                run = subprocess.run(
                    [*command, *FLAGS, *sources, "-o", str(made), "-lm"],
                    capture_output=True,
                    text=True,
                )
            except OSError as error:
                raise Unavailable(
                    f"{command[0]} cannot be started: {error.strerror}", hint=HOW_TO_GET_ONE
                ) from error
            if run.returncode or not made.exists():
                said = first_error(run.stderr)
                raise Unavailable(
                    f"{command[0]} cannot make {self.what}: {said}",
                    hint="check the compiler: it needs the C library's headers (Debian: libc6-dev)",
                )
            os.replace(made, target)

    def path(self) -> Path:
        """The library for this machine, made now where it is not there yet.

        Where the user's cache cannot be written it is made in the folder for temporary files.

        Raises:
            Unavailable: see :meth:`build`.
        """
        target = self.kept_at()
        if target.is_file():
            return target
        try:
            self.build(target)
        except OSError:
            folder = Path(tempfile.mkdtemp(prefix=f"plumbline-{self.name}."))
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
            target = folder / target.name
            self.build(target)
        return target

    def load(self, signatures: Signatures) -> ctypes.CDLL:
        """The loaded library with these functions; calls give the interpreter's lock back.

        Raises:
            Unavailable: it cannot be made, or not be loaded.
        """
        path = self.path()
        try:
            loaded = ctypes.CDLL(str(path))
        except OSError as error:
            raise Unavailable(
                f"{path}: {self.what} cannot be loaded: {error}",
                hint="remove the file: it is made again",
            ) from error
        for name, (result, arguments) in signatures.items():
            function = getattr(loaded, name)
            function.restype, function.argtypes = result, arguments
        return loaded


def first_error(said: str) -> str:
    """The line of a compiler's words that tells what is wrong."""
    lines = said.strip().splitlines()
    telling = (line for line in lines if "error" in line or "multiple definition" in line)
    return next(telling, lines[-1] if lines else "it said nothing")


def compiler(what: str) -> list[str]:
    """The C compiler: ``CC`` where it is set, else the first of cc, gcc, clang that is there.

    Raises:
        Unavailable: there is none.
    """
    asked = shlex.split(os.environ.get("CC", ""))
    for name in [asked[0]] if asked else ["cc", "gcc", "clang"]:
        if found := shutil.which(name):
            return [found, *asked[1:]]
    lacking = f"{asked[0]}, which CC names," if asked else "a C compiler (cc, gcc or clang)"
    raise Unavailable(
        f"{lacking} is not there, and {what} has not been made yet", hint=HOW_TO_GET_ONE
    )
