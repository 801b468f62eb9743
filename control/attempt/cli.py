"""The command ``plumbline attempt``."""

import re

import click

from control.attempt.ledger import Job
from control.attempt.tries import Patience, Turn, carry_out
from control.record.redaction import command_line
from engines.contract.errors import BadUsage, EngineCommand

_TURN = re.compile(r"(\d{1,6})(?:/(\d{1,6}))?")


@click.command("attempt", cls=EngineCommand, context_settings={"allow_interspersed_args": False})
@click.option(
    "--attempts",
    type=click.IntRange(1, 1000),
    default=Patience.tries,
    envvar="PLUMBLINE_ATTEMPTS",
    show_default=True,
    show_envvar=True,
    help="how often the command is run at most",
)
@click.option(
    "--wait",
    type=click.FloatRange(0),
    default=Patience.wait,
    envvar="PLUMBLINE_ATTEMPT_WAIT",
    show_default=True,
    show_envvar=True,
    help="seconds before the second try; doubled before each later one",
)
@click.option(
    "--max-wait",
    type=click.FloatRange(0),
    default=Patience.max_wait,
    envvar="PLUMBLINE_ATTEMPT_MAX_WAIT",
    show_default=True,
    show_envvar=True,
    help="seconds of the longest wait, whatever a server asks for",
)
@click.option("--timeout", type=click.FloatRange(0, min_open=True), help="seconds of one try")
@click.option(
    "--attempt",
    "turn",
    default="1",
    metavar="K[/N]",
    help="which attempt of the scheduler this is, and of how many; 1 begins anew",
)
@click.option("--job", help="name of the job, the same in all attempts [default: of the command]")
@click.option("--input", "inputs", multiple=True, metavar="FILE", help="named in the dead letter")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
def attempt(
    attempts: int,
    wait: float,
    max_wait: float,
    timeout: float | None,
    turn: str,
    job: str | None,
    inputs: tuple[str, ...],
    command: tuple[str, ...],
) -> None:
    """Run COMMAND; where it fails in a way that may pass, wait and run it again.

    A failure that will not pass ends the job at once, in later attempts too. What is given
    up leaves a dead letter in .plumbline/dead_letters/. Ends with the code of COMMAND.

    plumbline attempt --attempts 5 -- curl -fO https://example.org/file
    """
    found = _TURN.fullmatch(turn)
    if not found or int(found[1]) < 1:
        raise BadUsage(f"--attempt {turn}: not like 2 or 2/3", hint="K or K/N, from 1")
    code = carry_out(
        Job(job or command_line(command), command, inputs),
        Turn(int(found[1]), int(found[2] or 0)),
        Patience(attempts, wait, max_wait, timeout),
    )
    raise SystemExit(code)
