"""What is wrong with an input: the first few said one line each, the others counted."""

from collections.abc import Callable
from pathlib import Path

from engines.contract.errors import BadData
from engines.contract.wording import printable

SHOWN = 10


class Problems:
    """Lines that say where in ``path``, what is wrong, and what to write instead."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: list[str] = []
        self.hints: dict[str, None] = {}
        self.more = 0

    def add(self, where: str, what: str | Callable[[], str], hint: str = "") -> None:
        """Note one problem; ``what`` may be a function, asked only where the line is shown."""
        if len(self.lines) == SHOWN:
            self.more += 1
            return
        text = what if isinstance(what, str) else what()
        place = f"{self.path}, {where}" if where else f"{self.path}"
        self.lines.append(printable(f"{place}: {text}"))
        if hint:
            self.hints[hint] = None

    def stop_if_any(self) -> None:
        """Raise everything that was noted.

        Raises:
            BadData: something was; at most 10 lines, and how many more there are.
        """
        if self.lines:
            rest = [f"and {self.more:,} more"] if self.more else []
            raise BadData("\n".join(self.lines + rest), hint="; ".join(self.hints))


def shown(path: Path) -> str:
    """A path as messages show it."""
    return printable(str(path))
