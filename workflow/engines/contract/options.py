"""Kinds of options that several commands take."""

from pathlib import Path
from typing import Any

import click


class Prefix(click.ParamType[Path]):
    """The prefix of output files: a name, in a folder that need not exist yet."""

    name = "prefix"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Refuse what would be read as a folder or as one of the files."""
        text = str(value)
        if text.endswith("/") or text in (".", "..") or text.endswith(("/.", "/..")):
            inside = f"{text.removesuffix('/')}/NAME"
            self.fail(f"{text!r} is a folder; give a name in it: {inside}", param, ctx)
        if text.endswith((".vcf", ".vcf.gz")):
            self.fail(
                f"{text!r} is one file; give what all begin with: {text.split('.vcf')[0]}",
                param,
                ctx,
            )
        return Path(text)
