"""What ``plumbline doctor`` looks at of the launchers: can drivers of runs begin there?"""

import os
import time
from collections.abc import Iterator
from math import inf
from pathlib import Path

from control.doctor.cluster.asked import Asked
from control.doctor.cluster.commands import ask, controller_is_up, minutes
from control.doctor.cluster.partitions import partitions
from control.doctor.findings import Finding, fail, ok, warn
from control.runs.launch.ssh.connection import Connection
from control.runs.launch.ssh.remote import Remote
from control.settings import Settings, SlurmLauncher, SshLauncher
from engines.contract.errors import EngineError

_CLOCK_SECONDS = 60.0
_LEAST_BYTES = 1_000_000_000


def launchers(settings: Settings) -> Iterator[Finding]:
    """A line for each launcher of the settings."""
    for name, launcher in settings.launchers.items():
        if isinstance(launcher, SlurmLauncher):
            yield _slurm(name, launcher, settings.workflow)
        else:
            yield _ssh(name, launcher, str(settings.runs[0]))


def _slurm(name: str, launcher: SlurmLauncher, workflow: Path) -> Finding:
    """Whether SLURM would take the driver's job, and lets it live as long as the jobs of a run."""
    what = f"launcher {name}"
    try:
        if not controller_is_up():
            return fail(what, "SLURM's controller is down", "wait, or ask your site")
        ask("sbatch", "--test-only", *_arguments(launcher), "--wrap=true")
        allowed = _minutes(launcher)
    except EngineError as error:
        hint = f"correct launchers.{name} of the service's settings"
        return fail(what, f"SLURM refuses the driver's job: {error.message}", hint)
    jobs = Asked(Path(), "plumbline-slurm").requests(workflow)
    longest = max(jobs, key=lambda job: job.number("runtime"))
    if allowed < longest.number("runtime"):
        asks = f"{longest.called} asks for {longest.number('runtime')}"
        told = f"its driver has {allowed:.0f} minutes, {asks}: that job would begin again and again"
        hint = f"set launchers.{name}.runtime of the service's settings; D-HH:MM for days"
        return warn(what, told, hint)
    return ok(what, "SLURM would take the driver's job")


def _minutes(launcher: SlurmLauncher) -> float:
    """How long SLURM lets the driver live; infinite where that is not known."""
    for option in reversed(launcher.extra):
        if option.startswith("--time="):
            return minutes(option.removeprefix("--time="))
    if launcher.runtime:
        return minutes(launcher.runtime)
    known = partitions()
    default = next((name for name, each in known.items() if each.get("Default") == "YES"), "")
    named = [known[name] for name in (launcher.partition or default).split(",") if name in known]
    limits = [(each.get("DefaultTime", "NONE"), each.get("MaxTime", "")) for each in named]
    return min((minutes(most if usual == "NONE" else usual) for usual, most in limits), default=inf)


def _arguments(launcher: SlurmLauncher) -> list[str]:
    given = {
        "partition": launcher.partition,
        "account": launcher.account,
        "qos": launcher.qos,
        "time": launcher.runtime,
        "mem": launcher.mem_mb,
        "cpus-per-task": launcher.cpus,
    }
    return [f"--{key}={value}" for key, value in given.items() if value] + launcher.extra


def _ssh(name: str, launcher: SshLauncher, runs: str) -> Finding:
    """Whether the host answers as a run would need it."""
    what, settings = f"launcher {name}", f"launchers.{name} of the service's settings"
    is_shared = launcher.files == "shared"
    try:
        with (
            Connection(launcher, f"doctor-{os.getpid()}") as connection,
            Remote(connection, launcher.plumbline, lambda: None) as remote,
        ):
            told = remote.look(launcher.folder, runs if is_shared else "")
    except EngineError as error:
        return fail(what, error.message, error.hint)
    if is_shared and not told["sees"]:
        hint = f"share that folder, or set files: copy in {settings}"
        return fail(what, f"{told['host']} does not see {runs}", hint)
    if not is_shared and not told["may_write"]:
        return fail(what, f"{told['host']}: {told['folder']}: may not be written", settings)
    if not is_shared and told["free"] < _LEAST_BYTES:
        free = f"{told['free'] / 1e9:.3g} GB"
        return fail(what, f"{told['host']}: {told['folder']}: {free} are free", "make room there")
    apart = abs(told["time"] - time.time())
    if apart > _CLOCK_SECONDS:
        return warn(what, f"the clock of {told['host']} is {apart:.0f} seconds off", "set it")
    where = f"shares {runs}" if is_shared else f"{told['free'] / 1e9:.3g} GB in {told['folder']}"
    means = "" if is_shared else ", files by rsync" if told["rsync"] else ", files by sftp"
    return ok(what, f"{told['host']} answers, {where}{means}")
