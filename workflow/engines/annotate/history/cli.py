"""``plumbline annotate-history``."""

from pathlib import Path

import click

from engines.contract.errors import EngineCommand

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("annotate-history", cls=EngineCommand)
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.option("-o", "--out", type=FILE, help="All of it as JSON, besides what is printed.")
def history(old: Path, new: Path, out: Path | None) -> None:
    """Print which variants changed tier between two annotations, and because of which evidence.

    OLD and NEW are the PREFIX.summary.json of `plumbline annotate`; PREFIX.ndjson beside each of
    them is read where a variant is not in the summary.
    """
    from engines.annotate.history.compare import compare
    from engines.annotate.history.read import read
    from engines.annotate.history.show import lines
    from engines.contract.output import refuse_overwriting, write_atomic
    from engines.contract.provenance import as_json

    before, after = read(old), read(new)
    if out:
        refuse_overwriting(out, [""], (old, new, before.messages, after.messages))
    found = compare(before, after)
    if out:
        write_atomic(out, as_json(found))
    click.echo(f"{old} → {new}")
    for line in lines(found):
        click.echo(line)
