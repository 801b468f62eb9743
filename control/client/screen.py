"""A terminal with bars at its end, above which lines go by; or plain lines where there is none."""

import shutil
import sys
import threading
from collections.abc import Callable
from types import TracebackType

FRAME_SECONDS = 0.1


class Screen:
    """Prints lines, and keeps the bars below them.

    On something else than a terminal every line is printed at once, and there are no bars.

    Args:
        bars: gives the bars for so many columns and lines.
    """

    def __init__(self, bars: Callable[[int, int], list[str]]) -> None:
        self._bars = bars
        self._is_terminal = sys.stdout.isatty()
        self._lock = threading.Lock()
        self._waiting: list[str] = []
        self._drawn: list[str] = []
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> "Screen":
        if self._is_terminal:
            self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_terminal:
            self._stopped.set()
            self._thread.join()
            self._draw()  # the bars as they are in the end stay

    def line(self, text: str) -> None:
        """Print a line."""
        if self._is_terminal:
            with self._lock:
                self._waiting.append(text)
        else:
            print(text, flush=True)

    def _run(self) -> None:
        while not self._stopped.wait(FRAME_SECONDS):
            self._draw()

    def _draw(self) -> None:
        size = shutil.get_terminal_size()
        with self._lock:
            lines, self._waiting = self._waiting, []
        bars = self._bars(size.columns, max(3, size.lines // 2))
        if not lines and bars == self._drawn:
            return
        back = f"\x1b[{len(self._drawn)}A" if self._drawn else ""
        text = "".join(f"{line}\n" for line in [*lines, *bars])
        sys.stdout.write(f"\r{back}\x1b[J{text}")
        sys.stdout.flush()
        self._drawn = bars
