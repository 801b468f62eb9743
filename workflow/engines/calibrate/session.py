"""One R process that does the arithmetic: asked in lines of JSON, answered in lines of text.

It is started before the input is read, so that the two go on side by side. What it prints
while it works is handed to whoever asked, line by line, as it comes. The protocol is told
in ``r/main.R``.
"""

import json
import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from engines.contract.errors import BadData, EngineError, Transient, Unavailable

MAIN = Path(__file__).with_name("r") / "main.R"
MARK = "PLUMBLINE-R "
INSTALL = "install R: Debian r-base-core and r-cran-jsonlite; conda r-base and r-jsonlite"
LAST_LINES = 8
MAY_PASS = re.compile(r"No space left on device|[Qq]uota exceeded|cannot allocate")

OnLine = Callable[[str], None]


class RFailed(EngineError):
    """R ended, or refused, for a reason that it alone knows (70)."""


@dataclass(frozen=True)
class Hello:
    """What is installed: the version of R, and of packages; None for one that is not there."""

    r: str
    packages: dict[str, str | None]


class RSession:
    """An R process for one command; use it as a context, whose end is the end of the process.

    Args:
        rscript: the program.
        on_line: takes what R prints when nobody has asked anything yet.

    Raises:
        Unavailable: there is no such program, it is not R, or R lacks jsonlite.
    """

    def __init__(self, rscript: str = "Rscript", on_line: OnLine = lambda line: None) -> None:
        self._on_line = on_line
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._hello: Hello | None = None
        self._rscript = rscript
        # R's files for a while: it cannot take them away itself when it is ended
        self._scratch = TemporaryDirectory(prefix="plumbline-r-")
        try:
            self._process = subprocess.Popen(
                [rscript, "--no-init-file", str(MAIN)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,  # one pipe keeps the order of lines
                text=True,
                encoding="utf-8",
                errors="replace",
                env=_environment(self._scratch.name),
                process_group=0,  # with the compiler that rstan may start
            )
        except OSError as error:
            self._scratch.cleanup()
            raise Unavailable(f"{rscript}: {error.strerror}", hint=INSTALL) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Let R end by itself after a success, at once after anything else."""
        if kind is not None:
            self.stop()
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()
        self._scratch.cleanup()

    def stop(self) -> None:
        """End R at once; who waits for its answer is told that it was ended."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    @property
    def hello(self) -> Hello:
        """What R says of itself when it has started."""
        if self._hello is None:
            said = self._answer(self._on_line, "hello")
            self._hello = Hello(said["r"], said["packages"])
            if not self._hello.packages.get("jsonlite"):
                raise Unavailable("R has no package jsonlite", hint=INSTALL)
        return self._hello

    def ask(self, request: Mapping[str, Any], on_line: OnLine) -> dict[str, Any]:
        """Have R do something.

        Args:
            request: ``do`` says what; see ``r/main.R``.
            on_line: takes each line that R prints meanwhile, without its end.

        Raises:
            BadData: the data cannot be used. Transient: R was killed, or memory or a disk is full.
            RFailed: anything else.
        """
        _ = self.hello
        assert self._process.stdin
        with suppress(BrokenPipeError):  # it has ended, and its last words are still to be read
            self._process.stdin.write(json.dumps(request, allow_nan=False) + "\n")
            self._process.stdin.flush()
        return self._answer(on_line, "done")

    def _answer(self, on_line: OnLine, wanted: str) -> dict[str, Any]:
        assert self._process.stdout
        for line in self._process.stdout:
            text = line.rstrip("\r\n")
            if not text:
                continue
            if not text.startswith(MARK):
                if not text.startswith("PROGRESS:"):  # says nothing of why it ended
                    self._last.append(text)
                on_line(text)
                continue
            said = json.loads(text.removeprefix(MARK))
            if "error" in said:
                raise _refusal(said["error"])
            answer: dict[str, Any] = said[wanted]
            return answer
        raise self._ended()

    def _ended(self) -> EngineError:
        """Why R is not there any more, with its last words."""
        code = self._process.wait()
        said = "; ".join(text for line in self._last if (text := line.strip()))
        words = f": {said}" if said else ""
        if code < 0:
            name = signal.Signals(-code).name
            return Transient(
                f"R was ended by {name}{words}",
                hint="where memory ran out, give the job more (the compilation of a Stan model "
                "takes 3 GB), or use --engine builtin",
            )
        if self._hello is None:
            return Unavailable(
                f"{self._rscript} does not start R, it ended with exit code {code}{words}",
                hint=INSTALL,
            )
        return RFailed(f"R ended with exit code {code}{words}", hint="the log has all it said")


def _refusal(error: Mapping[str, str]) -> EngineError:
    kind, message = error.get("kind", ""), error.get("message") or "R gave no reason"
    if kind == "data":
        return BadData(message, hint="correct the data")
    if kind == "unavailable":
        return Unavailable(message, hint="or use --engine builtin, which needs R and jsonlite only")
    if MAY_PASS.search(message):
        return Transient(message, hint="make room on the disk or in memory, and start again")
    return RFailed(message, hint="the log has all that R said")


def _environment(scratch: str) -> dict[str, str]:
    """English messages, UTF-8, one thread: the same sums in the same order wherever it runs.

    Args:
        scratch: the folder of R's temporary files.
    """
    locale = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    own = {"LANGUAGE": "en", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    own["TMPDIR"] = scratch
    if "utf" not in locale.lower():
        own["LC_ALL"] = "C.UTF-8"
    return {**os.environ, **own}
