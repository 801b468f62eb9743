"""Whose calls are compared, and by whom: so that the callers of a sample are put together."""

from typing import Any

import click

from engines.contract.errors import BadUsage

CALLED = (
    click.option("--called-sample", help="Whose calls they are, where several callers have some."),
    click.option("--caller", help="Who called them: a program, or settings for one."),
)


def called(sample: str | None, caller: str | None) -> dict[str, Any]:
    """What a summary says of it: nothing where nobody said so.

    Raises:
        BadUsage: one of the two is missing.
    """
    if (sample is None) != (caller is None):
        raise BadUsage(
            "--called-sample and --caller belong together",
            hint="give both: whose calls they are, and who called them",
        )
    return {} if sample is None else {"called": {"sample": sample, "caller": caller}}
