"""A command that has further commands beside what it does itself."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from engines.contract.errors import EngineCommand
from engines.contract.wording import did_you_mean


class WithSubcommands(EngineCommand):
    """``compare --truth …`` and ``compare explain …`` in one: the first word decides.

    A file with the name of a subcommand is reached as ``./NAME``.

    Args:
        subcommands: name → ``module:attribute`` of its click command, imported when asked for.
    """

    def __init__(self, *args: Any, subcommands: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self.subcommands = dict(subcommands)

    def subcommand(self, name: str) -> click.Command:
        """The click command behind ``name``."""
        module, attribute = self.subcommands[name].split(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Hand over to the subcommand that the first word names."""
        if args and args[0] in self.subcommands:
            command = self.subcommand(args[0])
            return command.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        if args and (near := self._nearest(args[0])):
            context = click.Context(self, parent=parent, info_name=info_name)
            raise click.UsageError(f"{args[0]}: neither a file nor a command{near}", context)
        return super().make_context(info_name, args, parent, **extra)

    def _nearest(self, word: str) -> str:
        """``; did you mean NAME?`` for a word that is no file and almost a subcommand's name."""
        if not word.isalpha() or Path(word).exists():
            return ""
        return did_you_mean(word, self.subcommands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run what the context was made for."""
        return super().invoke(ctx) if ctx.command is self else ctx.command.invoke(ctx)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands behind the options."""
        if self.subcommands:
            with formatter.section("Commands"):
                formatter.write_dl(
                    [
                        (name, self.subcommand(name).get_short_help_str())
                        for name in self.subcommands
                    ]
                )
        super().format_epilog(ctx, formatter)
