"""One ``bcftools csq`` for a whole run: lines go in at one end and come out at the other.

It is the one that pysam brings: nothing else is to be installed, the version is that of the lock
file, and since 1.21 it reads the genome a line at a time (1.16: each base by a call).
"""

import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from pysam.version import __bcftools_version__

from engines.contract.errors import BadData, Transient

VERSION: str = __bcftools_version__
LETTERS = 100  # amino acids that csq shows of a change
_AT_ONCE = 1 << 16  # bytes
_PROGRAM = Path(__file__).with_name("csq_program.py")


class CsqProcess:
    """The process. It starts at once: gene models take a while.

    Args:
        fasta: the genome.
        gff: gene models in its own form.
        scratch: folder for what it says and puts aside.
    """

    def __init__(self, fasta: Path, gff: Path, scratch: Path) -> None:
        self._said = scratch / "csq.log"
        command = [
            sys.executable,
            "-P",
            str(_PROGRAM),
            "-l",
            "-s",
            "-",
            "-p",
            "a",
            "-B",
            str(LETTERS),
            "-v",
            "0",
        ]
        command += ["--no-version", "-f", str(fasta), "-g", str(gff), "-Ov", "-"]
        with open(self._said, "wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                env={**os.environ, "TMPDIR": str(scratch)},
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def exchange(self, pieces: Iterable[bytes]) -> Iterator[list[str]]:
        """Hand over the pieces, as fast as they are taken, and give whole lines that come back;
        an empty list says that there are none yet.

        This one thread reads and writes, and waits for neither: so they cannot wait for each other.
        """
        told, rest = self._process.stdout, b""
        assert told is not None
        feed = _Feed(self._process.stdin, pieces)
        with selectors.DefaultSelector() as ready:
            ready.register(told, selectors.EVENT_READ)
            ready.register(feed.pipe, selectors.EVENT_WRITE, feed)
            while True:
                able = [key.data for key, _ in ready.select()]
                if feed in able and not feed.write():
                    ready.unregister(feed.pipe)
                    feed.close()
                yield []  # while pieces were made, calls may have come that need no answer
                if None in able:
                    read = os.read(told.fileno(), _AT_ONCE)
                    if not read:
                        return
                    *lines, rest = (rest + read).split(b"\n")
                    if lines:
                        yield b"\n".join(lines).decode().split("\n")

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what was still to be written goes nowhere
                if pipe is not None:
                    pipe.close()

    def check_end(self, *, is_whole: bool) -> None:
        """See how it has ended.

        Args:
            is_whole: every line that was handed over has come back.

        Raises:
            BadData: it refuses the gene models or the genome.
            Transient: it was ended from outside.
        """
        code = self._process.wait()
        if code == 0 and is_whole:
            return
        said = self._said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = said[-1] if said else "nothing"
        if code < 0 and -code in (signal.SIGKILL, signal.SIGTERM):
            raise Transient(
                f"bcftools csq was ended by signal {-code}",
                hint="start again; if it comes back, give the job more memory",
            )
        raise BadData(
            f"bcftools csq ended with exit code {code} before all calls were done: {last}",
            hint="check that --fasta and --gff are of one genome",
        )


class _Feed:
    """What is still to be written."""

    def __init__(self, pipe: IO[bytes] | None, pieces: Iterable[bytes]) -> None:
        assert pipe is not None
        self.pipe, self._pieces, self._waiting = pipe, iter(pieces), memoryview(b"")
        os.set_blocking(pipe.fileno(), False)

    def write(self) -> bool:
        """Write what the pipe takes now; False: all is written, or nobody takes it any more."""
        if not self._waiting:
            self._waiting = memoryview(next(self._pieces, b""))
        try:
            written = os.write(self.pipe.fileno(), self._waiting)
        except BlockingIOError:
            return True
        except BrokenPipeError:  # whoever reads sees how it has ended
            return False
        self._waiting = self._waiting[written:]
        return written > 0

    def close(self) -> None:
        with suppress(OSError):
            self.pipe.close()
