"""What ``plumbline doctor`` looks at of the profiles: whether what they submit to is here."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from control.doctor.cluster import checks
from control.doctor.cluster.asked import Asked, read
from control.doctor.cluster.commands import NEEDED, controller_is_up
from control.doctor.findings import Finding, fail, ok, warn
from control.runs import executors
from control.runs.command import profile_file, profile_of, profiles_of
from control.settings import Settings
from engines.contract.errors import BadUsage, EngineError, Unavailable

PROGRAMS = {
    "pbs": ("qsub", "qstat", "qdel"),
    "lsf": ("bsub", "bjobs", "bkill", "badmin", "lsclusters"),
}


def profiles(settings: Settings, wanted: str | None, with_job: bool) -> Iterator[Finding]:
    """All about the cluster of one profile; without one, whether clusters are here at all.

    Args:
        wanted: name of a profile, or path of an allowed one.
        with_job: also submit a small job.
    """
    known = profiles_of(settings)
    if wanted is None:
        for name, path in known.items():
            if _asked(path):
                yield _is_here(name)
    elif wanted not in known:
        yield fail("profiles", f"there is no profile {wanted!r}", f"known: {', '.join(known)}")
    elif asked := _asked(known[wanted]):
        yield from checks.looked_at(asked, settings, with_job)
    else:
        yield from _elsewhere(wanted, settings)


def _elsewhere(name: str, settings: Settings) -> Iterator[Finding]:
    """Of other schedulers it is only known whether Snakemake can submit to them from here."""
    profile = profile_of(settings, name)
    try:
        executors.check(name, profile)
    except Unavailable as error:
        yield fail("profiles", error.message, error.hint)
    except BadUsage as error:  # by hand it can be used
        yield warn("profiles", error.message, error.hint)
    else:
        if missing := [each for each in PROGRAMS.get(name, ()) if not shutil.which(each)]:
            hint = "load the site's module, or start from a login node"
            yield fail("profiles", f"{name} needs {', '.join(missing)}", hint)
            return
        where = "on this machine" if profile.is_local else f"by {profile.executor}"
        yield ok("profiles", f"{name}: jobs run {where}; there is nothing else to look at")


def _asked(path: Path) -> Asked | None:
    """What a profile asks of SLURM; None where it does not submit to it."""
    file = profile_file(path)
    asked = read(file) if file else None
    return asked if asked and asked.is_slurm else None


def _is_here(name: str) -> Finding:
    if not any(shutil.which(program) for program in NEEDED):
        return ok("profiles", f"no SLURM on this machine: {name} cannot be used here")
    try:
        if controller_is_up():
            return ok("profiles", f"{name}: SLURM answers; see plumbline doctor --profile {name}")
        problem = "its controller is down"
    except EngineError as error:
        problem = error.message
    return warn("profiles", f"{name} cannot be used: {problem}", "wait, or ask your site")
