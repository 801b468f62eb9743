"""MultiQC for the rule that wants it: of the PATH, else installed once into the user's cache.

It brings 1 GB of packages, among them other releases of what Plumbline itself needs, so it lives
in an environment of its own. The environment is made in place under a lock, and a mark that is
written last says that it is complete: one whose making was killed is made again.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from engines.contract.clock import utc
from engines.contract.errors import CannotWrite, Unavailable
from engines.contract.output import write_atomic
from engines.contract.progress import say, tell
from engines.contract.provenance import as_json
from engines.contract.user_cache import user_cache
from engines.contract.wording import printable

LOCK = Path(__file__).resolve().parents[3] / "resources" / "multiqc.lock"
NEEDED = 1.5e9  # bytes: 1.1 GB, and what is unpacked on the way
UNUSED_SECONDS = 90 * 24 * 3600
MARK = "complete.json"
_HINT = (
    "it is installed once, with the internet: run `plumbline qc multiqc --install` where there is "
    "one, with the same home folder; or put a MultiQC of your own on the PATH"
)
_STEP = re.compile(
    r"\s*((?:Collecting|Downloading|Downloaded|Prepared|Installed|Installing) .+?)(?: \(from .*)?"
)
_OFFLINE = re.compile(
    r"(?i)dns error|name resolution|error sending request|failed to establish|connection "
    r"(?:refused|reset|broken|timed out|aborted)|network is unreachable|proxy ?error|timed out"
)


def command() -> list[str]:
    """How MultiQC is started.

    Raises:
        Unavailable: there is none, and it cannot be installed.
        CannotWrite: the cache folder cannot be written, or has no room.
    """
    found = shutil.which("multiqc")
    if found:
        say(f"MultiQC: {found}")
        return [found]
    folder = _home() / _key()
    if not _is_complete(folder):
        with _locked(folder.parent) as lock:
            if not _is_complete(folder):  # another one may just have made it
                _make(folder, lock)
                _remove_unused(folder)
    with suppress(OSError):  # it may be an administrator's
        os.utime(folder / MARK)  # says that it is used
    say(f"MultiQC: {folder}")
    # isolated from the PYTHONPATH and from packages of the user
    return [str(_python(folder)), "-I", "-m", "multiqc"]


def _home() -> Path:
    try:
        return user_cache() / "multiqc"
    except RuntimeError:
        raise CannotWrite("nobody knows your home folder", hint="set XDG_CACHE_HOME") from None


def _key() -> str:
    """One environment for each lock and Python, as machines may share a home folder."""
    of = (LOCK.read_text(), sys.version, sys.base_prefix, platform.machine())
    return hashlib.sha256("\n".join(of).encode()).hexdigest()[:12]


def _python(folder: Path) -> Path:
    return folder / "venv" / "bin" / "python"


def _is_complete(folder: Path) -> bool:
    return (folder / MARK).is_file() and _python(folder).exists()


@contextmanager
def _locked(folder: Path) -> Iterator[int]:
    """Hold the lock of the cache.

    The installers inherit its descriptor: when we are killed, the lock is held until they have
    ended too, and nobody removes the folder that they write to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise CannotWrite(f"{folder}: {error.strerror}", hint="set XDG_CACHE_HOME") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another plumbline that installs MultiQC")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock
    finally:
        os.close(lock)


def _make(folder: Path, lock: int) -> None:
    if folder.exists():
        say(f"an installation of MultiQC did not finish, and is made again: {folder}")
        shutil.rmtree(folder)
    free = shutil.disk_usage(folder.parent).free
    if free < NEEDED:
        raise CannotWrite(
            f"{folder.parent}: {free / 1e9:.1f} GB are free, MultiQC needs {NEEDED / 1e9:.1f}",
            hint="free some space, or set XDG_CACHE_HOME to a folder with more room",
        )
    folder.mkdir()
    started = time.monotonic()
    say(f"no MultiQC on the PATH: it is installed into {folder} (1 GB, once)")
    installer = _install(folder / "venv", lock)
    checked = _Installer(lock).run(
        [str(_python(folder)), "-I", "-c", "import multiqc; print(multiqc.__version__)"]
    )
    if checked.code:
        raise Unavailable(f"MultiQC was installed and does not start: {checked.why}", hint=_HINT)
    seconds = round(time.monotonic() - started)
    say(f"MultiQC {checked.why} is installed ({installer}, {seconds} s)")
    facts = {"multiqc": checked.why, "installer": installer, "made": utc()}
    write_atomic(folder / MARK, as_json(facts))


class Done:
    """How an installer ended: its exit code and its last words."""

    def __init__(self, code: int, lines: deque[str]) -> None:
        self.code = code
        spoken = [line.strip() for line in lines if line.strip()]
        errors = [line for line in spoken if re.match(r"(?i)error|× |╰", line)]
        self.why = printable((errors or spoken or [f"exit code {code}"])[-1])[:300]
        self.offline = any(_OFFLINE.search(line) for line in spoken)


class _Installer:
    """Runs programs that hold the lock with us."""

    def __init__(self, lock: int, **environment: str) -> None:
        self.lock = lock
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")},
            **{"PIP_DISABLE_PIP_VERSION_CHECK": "1", "NO_COLOR": "1"},
            **environment,
        }

    def run(self, arguments: list[str]) -> Done:
        """Run to the end; steps of it are told as progress, the other lines to the log."""
        process = subprocess.Popen(
            arguments,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[self.lock],
            text=True,
            errors="replace",
        )
        lines: deque[str] = deque(maxlen=60)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line)
                if step := _STEP.fullmatch(line.rstrip()):
                    tell({"stage": f"Installing MultiQC: {printable(step[1])[:80]}"})
            return Done(process.wait(), lines)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _install(venv: Path, lock: int) -> str:
    """With uv where there is one, else, or where that fails, with pip.

    Returns:
        Which of them it was.
    """
    uv = _uv()
    if uv:
        done = _with_uv(uv, venv, lock)
        if not done.code:
            return "uv"
        say(f"uv: {done.why}; now with pip")
    done = _with_pip(venv, lock)
    if done.code and done.offline:
        raise Unavailable("MultiQC could not be installed: no package can be reached", hint=_HINT)
    if done.code:
        raise Unavailable(f"MultiQC could not be installed: {done.why}", hint=_HINT)
    return "pip"


def _uv() -> str | None:
    """Of the PATH, else the one that `make setup` got."""
    own = Path(sys.prefix, "share", "uv", "bin", "uv")
    return shutil.which("uv") or (str(own) if own.is_file() else None)


def _with_uv(uv: str, venv: Path, lock: int) -> Done:
    installer = _Installer(lock, **_pip_index())
    done = installer.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(venv)])
    if done.code:
        return done
    where = ["--python", str(venv / "bin" / "python")]
    # a cache of its own, on the same disk, where packages are links to it; it is not kept
    cache = venv.with_name("uv-cache")
    options = ["--require-hashes", "--compile-bytecode", "--cache-dir", str(cache)]
    done = installer.run([uv, "pip", "install", *where, *options, "--requirement", str(LOCK)])
    shutil.rmtree(cache, ignore_errors=True)
    return done


def _pip_index() -> dict[str, str]:
    """uv does not read pip's settings: a site's own index is handed on."""
    if any(name in os.environ for name in ("UV_INDEX_URL", "UV_DEFAULT_INDEX")):
        return {}
    with suppress(OSError):
        asked = subprocess.run(
            [
                _with_module("pip") or sys.executable,
                "-m",
                "pip",
                "config",
                "get",
                "global.index-url",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        if not asked.returncode and asked.stdout.strip():
            return {"UV_DEFAULT_INDEX": asked.stdout.strip()}
    return {}


def _with_module(name: str) -> str | None:
    """This Python, or the one beneath, that has a module."""
    for python in dict.fromkeys((sys.executable, getattr(sys, "_base_executable", ""))):
        asked = [python, "-c", f"import {name}"]
        if python and not subprocess.run(asked, capture_output=True, check=False).returncode:
            return python
    return None


def _with_pip(venv: Path, lock: int) -> Done:
    """With the pip that is there, else with the one that Python carries (ensurepip)."""
    installer, python = _Installer(lock), venv / "bin" / "python"
    pip = _with_module("pip")
    bare = ["--without-pip"] if pip else []
    done = installer.run([sys.executable, "-m", "venv", "--clear", *bare, str(venv)])
    if done.code:
        return done
    with_ = [pip, "-m", "pip", "--python", str(python)] if pip else [str(python), "-m", "pip"]
    options = ["--no-deps", "--require-hashes", "--no-cache-dir", "--retries", "2", "--no-input"]
    options += ["--progress-bar", "off", "--requirement", str(LOCK)]
    return installer.run([*with_, "install", *options])


def _remove_unused(kept: Path) -> None:
    """Environments of earlier locks, which nobody has used for long."""
    for mark in kept.parent.glob(f"*/{MARK}"):
        if mark.parent != kept and time.time() - mark.stat().st_mtime > UNUSED_SECONDS:
            say(f"removed, unused for 90 days: {mark.parent}")
            mark.unlink()
            shutil.rmtree(mark.parent, ignore_errors=True)
