"""Help of a command with many options: in sections, not in one long list."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
Decorator = Callable[[Any], Any]


def in_sections(sections: Mapping[str, Sequence[Decorator]]) -> Callable[[F], F]:
    """Give a command the options (``click.option(…)``) of all sections, in this order."""

    def decorate(function: F) -> F:
        for title, options in reversed(list(sections.items())):
            for option in reversed(options):
                option(function)
                parameter = function.__click_params__[-1]  # type: ignore[attr-defined]
                parameter.section = title
        return function

    return decorate


class Sectioned(click.Command):
    """Shows its options by section; those of none come last, under ``Options``."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and not isinstance(parameter, click.Argument):
                title = getattr(parameter, "section", "Options")
                sections.setdefault(title, []).append(record)
        last = sections.pop("Options", [])
        for title, records in (*sections.items(), ("Options", last)):
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
