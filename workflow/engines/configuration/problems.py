"""What is wrong with a configuration: collected, then said all at once, one line each."""

from engines.contract.errors import BadUsage
from engines.contract.wording import printable

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
