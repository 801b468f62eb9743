"""What is wrong with a configuration: collected, then said all at once, one line each."""

from collections.abc import Iterable

from engines.contract import errors
from engines.contract.errors import BadUsage

SHOWN = 20


class ConfigurationError(BadUsage):
    """A configuration or a sample sheet that cannot be run; one line for each problem."""


class Problems:
    """Lines that say where (file, row or key), what is wrong, and what to write instead."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, where: str, what: str) -> None:
        """Note one problem; a line that is there already is not repeated."""
        line = printable(f"{where}: {what}")
        if line not in self.lines:
            self.lines.append(line)

    def stop_if_any(self) -> None:
        """Raise everything that was noted.

        Raises:
            ConfigurationError: something was; at most 20 lines, and how many more there are.
        """
        if self.lines:
            more = len(self.lines) - SHOWN
            rest = [f"and {more} more"] if more > 0 else []
            raise ConfigurationError("\n".join(self.lines[:SHOWN] + rest))


def printable(text: str) -> str:
    """``text`` on one line: what a terminal would act on is shown as its escape."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def quoted(value: object, longest: int = 80) -> str:
    """A value as a message shows it: in quotes, and cut where it is endless."""
    text = str(value)
    return f'"{text[:longest]}…"' if len(text) > longest else f'"{text}"'


def nearest(word: str, valid: Iterable[str]) -> str:
    """``; did you mean X?`` where a valid spelling is close, else nothing."""
    close = errors.nearest(word, valid)
    return f"; did you mean {close}?" if close else ""


def either(valid: Iterable[str]) -> str:
    """Valid values as a list in words: ``a, b or c``."""
    *first, last = [str(name) for name in valid]
    return f"{', '.join(first)} or {last}" if first else last
