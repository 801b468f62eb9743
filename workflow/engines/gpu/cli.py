"""The command ``plumbline gpu``."""

import json
import os
import signal
from typing import NoReturn

import click

from engines.contract.errors import BadUsage, EngineCommand, fail
from engines.contract.progress import say
from engines.gpu.devices import HELD_BY, NVIDIA_SMI, VISIBLE, Offer, installed, offered
from engines.gpu.slots import held, holders

FOR_EVER = 1e9


@click.command("gpu", cls=EngineCommand, context_settings={"allow_interspersed_args": False})
@click.option(
    "--count",
    type=click.IntRange(0),
    default=1,
    envvar="PLUMBLINE_GPU_COUNT",
    show_default=True,
    show_envvar=True,
    help="GPUs that COMMAND needs; with 0 it is run as it stands",
)
@click.option(
    "--wait",
    type=click.FloatRange(0),
    help="seconds to wait for GPUs that others hold [default: as long as it takes]",
)
@click.option("--if-any", is_flag=True, help="on a machine without a GPU run COMMAND without one")
@click.option("--json", "as_json", is_flag=True, help="of the list: for machines")
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
def gpu(
    count: int, wait: float | None, if_any: bool, as_json: bool, command: tuple[str, ...]
) -> None:
    """Run COMMAND on GPUs of its own, which no other command started like this gets meanwhile.

    CUDA_VISIBLE_DEVICES names them to it. They are free again when its process ends, however it
    ends. In a scheduler's job it takes from those that the job was given. Without COMMAND: the
    GPUs, and who holds them.

    plumbline gpu --count 2 -- train --epochs 10
    """
    if not command:
        _show(offered(), as_json)
        return
    if as_json:
        raise BadUsage("--json is for the list of GPUs", hint="leave out the command")
    if not count:
        _become(command)
    offer = offered()
    if if_any and not offer.devices:
        say("no GPU on this machine: going on without one")
        _become(command)
    with held(offer, count, FOR_EVER if wait is None else wait, say) as slot:
        for handle in slot.handles:
            os.set_inheritable(handle, True)
        os.environ[VISIBLE] = ",".join(slot.devices)
        if slot.handles:  # what a scheduler gave stays the scheduler's
            os.environ[HELD_BY] = str(os.getpid())
        _become(command)


def _become(command: tuple[str, ...]) -> NoReturn:
    """Be COMMAND from now on: no process stays between it and who started us."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores them, and COMMAND would
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        code = 127 if isinstance(error, FileNotFoundError) else 126
        fail(f"{command[0]}: {error.strerror}", "check its name and PATH", code, "permanent")


def _show(offer: Offer, as_json: bool) -> None:
    known = {each.uuid: each for each in installed()} if offer.source == NVIDIA_SMI else {}
    rows = [
        {
            "device": device,
            "number": known[device].number if known else None,
            "model": known[device].model if known else None,
            "given_to": offer.scope or None,
            "process": process,
        }
        for device, process in holders(offer).items()
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        state = f"given to {offer.scope}" if offer.scope else "free"
        state = f"held by process {row['process']}" if row["process"] else state
        click.echo("  ".join(str(part) for part in (*list(row.values())[:3], state) if part))
    if not rows:
        click.echo(f"no GPU ({offer.source})")
