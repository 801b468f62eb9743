"""The agent on another host, as this side sees it: orders, answers, and what it tells by itself."""

import os
import re
import select
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

from control.record.lines import to_line
from control.record.run_dir import RunDir, UnreadableRun
from control.runs.errors import Conflict
from control.runs.launch.ssh.connection import Connection
from control.runs.launch.ssh.frames import (
    LARGEST_BODY,
    LARGEST_LIST,
    MAGIC,
    Frame,
    Unpacker,
    pack,
)
from engines import __version__
from engines.contract import errors
from engines.contract.errors import BadData, EngineError, Transient, Unavailable

BEGIN_SECONDS = 120.0
"""How long the command there may take to answer: a cold disk, a busy login node."""
SILENCE_SECONDS = 90.0
"""After which the agent, which says every ten that it is there, is taken to be gone."""
_PAUSE = 0.5
_NOISE = 1 << 16  # bytes that login files may print

_EXPLAINED = {"Conflict": Conflict} | {
    name: each
    for name, each in vars(errors).items()
    if isinstance(each, type) and issubclass(each, EngineError)
}


@contextmanager
def understood(host: str) -> Iterator[None]:
    """What is told from there and makes no sense becomes an error that says so.

    Raises:
        BadData: instead of what Python says.
    """
    try:
        yield
    except UnreadableRun as error:  # here
        raise BadData(str(error)) from None
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        words = f"{type(error).__name__}: {error}"[:200]
        raise BadData(f"{host}: plumbline there says what makes no sense: {words}") from error


class Remote:
    """An agent that is spoken with from ``with`` to the end of its block.

    Args:
        connection: open.
        plumbline: the command there.
        goes_on: called about twice a second while an answer is waited for; what it raises
            ends the waiting.

    Raises (on entering):
        Unavailable: the command is not there, or is of another version.
        Transient: the connection broke.
    """

    def __init__(self, connection: Connection, plumbline: str, goes_on: Callable[[], None]) -> None:
        self._connection, self._plumbline, self._goes_on = connection, plumbline, goes_on
        self._unpacker = Unpacker()
        self._stderr: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: deque[Frame] = deque()  # that nobody has looked at yet
        self._heard_at = time.monotonic()
        self.tell: Callable[[Frame], None] = lambda frame: None

    def __enter__(self) -> "Remote":
        try:
            # what is below the home folder there may be written as it is here
            program = re.sub("^~/", "./", self._plumbline)
            self._process = self._connection.session([program, "agent"], self._stderr)
            self._find_beginning()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.kill()  # of the ssh here; the agent ends when its input does
            self._process.communicate()
        self._stderr.close()

    def look(self, folder: str, shared: str = "") -> dict[str, Any]:
        """What the agent says of its host; nothing is made there.

        Args:
            folder: of runs there.
            shared: folder that both sides should see, if any.

        Raises:
            Unavailable: it is of another version; else as :meth:`order`.
        """
        return self.order("look", folder=folder, shared=shared, version=__version__)[0]

    def open(self, run_dir: RunDir, folder: str, origin: str) -> dict[str, Any]:
        """Let the agent take on a run; gives what it says of it and of its host.

        Args:
            run_dir: of the run.
            folder: of runs there.
            origin: by what name we are known there.

        Raises:
            Unavailable: it is of another version; else as :meth:`order`.
            NotPermitted: a run of this name there is not ours.
            BadData: what it says cannot be.
        """
        run_id = run_dir.run_id
        answer, _ = self.order(
            "open", run_id=run_id, folder=folder, origin=origin, version=__version__
        )
        path = answer.get("path")
        is_path = isinstance(path, str) and path.startswith("/") and path.isprintable()
        if not is_path or not str(path).endswith(f"/{run_id}"):
            raise BadData(f"{self._connection.host}: {str(path)[:200]!r}: no folder of the run")
        return answer

    def order(
        self, order: str, body: Mapping[str, Any] | bytes = b"", **words: Any
    ) -> tuple[dict[str, Any], bytes]:
        """Give an order, and wait for the answer.

        Args:
            order: one of the agent's.
            body: of the frame.
            words: what belongs to it.

        Returns:
            The answer, and its body.

        Raises:
            EngineError: what the agent could not do, or that the connection broke (Transient),
                as it has where nothing is heard for a while.
        """
        data = body if isinstance(body, bytes) else to_line(body).encode("ascii")
        self._unpacker.largest = LARGEST_LIST if order == "results" else LARGEST_BODY
        self._send(pack({"order": order, **words}, data))
        while True:
            self._receive(_PAUSE)
            while self._waiting:
                frame = self._waiting.popleft()
                if frame.head.get("type") != "answer":
                    self.tell(frame)
                elif "error" in frame.head:
                    raise self._failure(frame.head)
                else:
                    return frame.head, frame.body
            self._goes_on()

    def listen(self, seconds: float) -> None:
        """Pass on what the agent tells by itself, for so long at most where it tells nothing.

        Raises:
            Transient: the connection broke.
        """
        if not self._waiting:
            self._receive(seconds)
        while self._waiting:
            self.tell(self._waiting.popleft())

    def _receive(self, seconds: float) -> None:
        """Take in what comes, for so long at most where nothing does."""
        data = self._read(seconds)
        if not data:
            self._see_alive()
        with understood(self._connection.host):
            self._waiting += self._unpacker.feed(data)

    def _find_beginning(self) -> None:
        """Pass over what login files print before the agent begins."""
        told, deadline = b"", time.monotonic() + BEGIN_SECONDS
        while MAGIC not in told:
            if len(told) > _NOISE or time.monotonic() > deadline:
                shown = told[:200].decode("utf-8", "replace").strip()
                raise Unavailable(
                    f"{self._connection.host}: {self._plumbline} does not answer: {shown}",
                    hint=f"is it of version {__version__}, as here?",
                )
            told += self._read(_PAUSE)
            self._goes_on()
        self._waiting += self._unpacker.feed(told.partition(MAGIC)[2])

    def _read(self, seconds: float) -> bytes:
        assert self._process is not None and self._process.stdout is not None
        source = self._process.stdout.fileno()
        if not select.select([source], [], [], seconds)[0]:
            return b""
        data = os.read(source, 1 << 20)
        if not data:
            raise self._lost()
        self._heard_at = time.monotonic()
        return data

    def _send(self, data: bytes) -> None:
        assert self._process is not None and self._process.stdin is not None
        target, left = self._process.stdin.fileno(), memoryview(data)
        os.set_blocking(target, False)
        while left:
            if not select.select([], [target], [], _PAUSE)[1]:
                self._receive(0)  # it may be that it wants to be heard first
                continue
            try:
                left = left[os.write(target, left) :]
            except BlockingIOError:
                continue
            except OSError:
                raise self._lost() from None

    def _see_alive(self) -> None:
        if (silent := time.monotonic() - self._heard_at) > SILENCE_SECONDS:
            host = self._connection.host
            raise Transient(f"{host}: plumbline there has said nothing for {silent:.0f} seconds")

    def _lost(self) -> EngineError:
        """Why it does not answer any more."""
        assert self._process is not None
        try:
            code = self._process.wait(5)
        except subprocess.TimeoutExpired:
            code = 255
        self._stderr.seek(0)
        said = self._stderr.read().decode("utf-8", "replace")
        if code == 255 or not self._connection.is_open():
            return self._connection.problem(said)
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        shown = lines[-1][:300] if lines else f"it ended with {code}, and is no plumbline"
        if code in (126, 127):
            return Unavailable(
                f"{self._connection.host}: no command {self._plumbline} there: {shown}",
                hint="set `plumbline` of the launcher to its whole path there",
            )
        if "No such command" in said:
            return Unavailable(
                f"{self._connection.host}: {self._plumbline} there is of another version",
                hint=f"install {__version__} there, as here",
            )
        shown = next((line for line in lines if line.startswith("error:")), shown)
        return Unavailable(f"{self._connection.host}: {self._plumbline} there: {shown}")

    def _failure(self, told: Mapping[str, Any]) -> EngineError:
        kind = _EXPLAINED.get(str(told["error"]), Unavailable)
        message = f"{self._connection.host}: {told.get('message', '')}"
        return kind(message, hint=str(told.get("hint", "")))
