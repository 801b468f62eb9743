"""``plumbline doctor``: looks at what runs and the service need, and says what is to be done.

It changes nothing: what it writes to see whether it can, it removes again.
"""

import os
import pkgutil
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import click
import yaml

from control.doctor_folders import (
    folders_of_all_runs,
    runs_folders,
    state_folder,
    why_not_writable,
)
from control.findings import Finding, Level, fail, ok, warn
from control.settings import ROOT, Settings, StateDir, load
from engines import __version__
from engines.contract.errors import EngineCommand, EngineError, Unavailable

SKEW_SECONDS = 5.0
"""How far the clock of a file system may be from ours."""
FEWEST_WATCHES = 8192
FEWEST_FILES = 4096
SLURM = ("sbatch", "squeue", "sacct", "scancel")
PACKAGES = ("snakemake", "snakemake-executor-plugin-slurm", "truvari", "pysam")
ASK_SECONDS = 10


@click.command(cls=EngineCommand)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings of the service (default: as 'plumbline serve').",
)
@click.option("--profile", help="One that must work here, such as slurm.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def doctor(config: Path | None, profile: str | None, as_json: bool) -> None:
    """Look at what runs and the service need; say what to do where something is amiss.

    Ends with 0 when nothing failed, else with 69.
    """
    findings = list(examine(config, profile))
    if as_json:
        import json

        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            _print(finding)
    failed = sum(finding.level is Level.FAIL for finding in findings)
    if failed:
        what = "1 check has failed" if failed == 1 else f"{failed} checks have failed"
        raise Unavailable(what, hint="see the lines above")


def examine(config: Path | None, profile: str | None) -> Iterator[Finding]:
    """Every check. One that breaks down is a finding itself."""
    yield from _guarded("installation", _installation)
    yield from _guarded("tools", _tools)
    try:
        settings = load(config)
    except EngineError as error:
        yield fail("settings", error.message, error.hint)
        return
    yield ok("settings", f"state in {settings.state}")
    checks: dict[str, Callable[[Settings], Iterator[Finding]]] = {
        "state folder": state_folder,
        "service.db": _service_database,
        "runs folder": runs_folders,
        "shared folders": folders_of_all_runs,
        "inotify": _watches,
        "open files": _open_files,
        "clock": _clock,
        "notifications": _notifications,
        "profiles": lambda found: _profiles(found, profile),
        "service": _service,
    }
    for what, check in checks.items():
        yield from _guarded(what, check, settings)


def _guarded(what: str, check: Callable[..., Iterator[Finding]], *given: Any) -> Iterator[Finding]:
    try:
        yield from check(*given)
    except EngineError as error:
        yield fail(what, error.message, error.hint)
    except Exception as error:  # of any kind: the other checks are still of use
        yield fail(what, f"could not be looked at: {error}", "please report this")


def _print(finding: Finding) -> None:
    colour = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "red"}[finding.level]
    level = click.style(f"{finding.level:4}", fg=colour if sys.stdout.isatty() else None)
    click.echo(f"{level}  {finding.what}: {finding.text}")
    if finding.hint:
        click.echo(f"      → {finding.hint}")


# --- what is installed --------------------------------------------------------


def _installation() -> Iterator[Finding]:
    yield ok("plumbline", f"{__version__}, Python {sys.version.split()[0]}, {sys.prefix}")
    for package in PACKAGES:
        try:
            yield ok(package, version(package))
        except PackageNotFoundError:
            yield fail(package, "is not installed here", "make setup")
    found = {each.name: each.ispkg for each in pkgutil.iter_modules()}
    if found.get("snakemake_logger_plugin_plumbline"):
        yield ok("logger plugin", "Snakemake finds it")
    else:
        hint = (
            "make setup; an editable install needs hatchling, or set PYTHONPATH to control/logger"
        )
        yield fail("logger plugin", "Snakemake does not find it: runs would not be seen", hint)


def _tools() -> Iterator[Finding]:
    """The programs of setup/system_tools.tsv that are told by their name, and our own."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    for name in ("snakemake", "plumbline"):
        if not shutil.which(name, path=path):
            yield fail(name, f"is not beside {sys.executable}", "make setup")
    table = ROOT / "setup" / "system_tools.tsv"
    lines = table.read_text(encoding="utf-8").splitlines() if table.exists() else []
    for line in lines:
        tool, check, debian, conda, closed = (*line.split("\t"), "", "", "", "")[:5]
        kind, _, name = check.partition(" ")
        if line.startswith("#") or kind != "command":
            continue
        if where := shutil.which(name, path=path):
            yield ok(tool, where)
        else:
            hint = f"install {debian} (Debian) or {conda} (conda)"
            yield warn(tool, f"is not there; closed without it: {closed}", hint)


# --- the database, and the system -----------------------------------------------


def _service_database(settings: Settings) -> Iterator[Finding]:
    """Read only: the service itself makes it and brings it up to date."""
    what, file = "service.db", StateDir(settings.state).service
    if not file.exists() or not file.stat().st_size:
        yield ok(what, "will be made at the first start")
        return
    try:
        with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, timeout=5)) as db:
            (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.OperationalError as error:
        yield warn(what, f"{file}: {error}", "look again when the service is idle")
        return
    except sqlite3.DatabaseError as error:
        verdict = str(error)
    if verdict == "ok":
        yield ok(what, "is sound")
    else:
        hint = "stop the service, then 'plumbline backup restore' the last good copy"
        yield fail(what, f"{file}: is damaged ({verdict})", hint)


def _watches(settings: Settings) -> Iterator[Finding]:
    what, limit = "inotify", Path("/proc/sys/fs/inotify/max_user_watches")
    try:
        most = int(limit.read_text())
    except (OSError, ValueError):
        yield warn(what, "is not there", "news of runs is found by looking: later, and at a price")
        return
    if most < FEWEST_WATCHES:
        hint = f"an administrator can raise it: sysctl {'.'.join(limit.parts[3:])}=65536"
        yield warn(what, f"only {most} folders can be watched", hint)
    else:
        yield ok(what, f"{most:,} folders can be watched")


def _open_files(settings: Settings) -> Iterator[Finding]:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < FEWEST_FILES:
        hint = "every client takes one: raise it (ulimit -Hn, or LimitNOFILE= of systemd)"
        yield warn("open files", f"at most {hard:,}", hint)
    else:
        yield ok("open files", "no limit" if hard == resource.RLIM_INFINITY else f"{hard:,}")


def _clock(settings: Settings) -> Iterator[Finding]:
    """Whether time goes on, and is the same where the runs lie."""
    newest = max(path.stat().st_mtime for path in Path(__file__).parent.glob("*.py"))
    if time.time() < newest - 86400:
        yield fail("clock", f"{time.ctime()}: before Plumbline was installed", "set the clock")
        return
    for runs in (runs for runs in settings.runs if runs.exists() and not why_not_writable(runs)):
        with tempfile.NamedTemporaryFile(dir=runs, prefix=".doctor-") as file:
            before = time.time()
            os.utime(file.name)
            skew = os.stat(file.name).st_mtime - before
        if abs(skew) > SKEW_SECONDS:
            told = f"the file server of {runs} is {skew:+.0f} s away from this machine"
            yield warn("clock", told, "synchronise both (NTP): runs may seem dead or undated")
            return
    yield ok("clock", "agrees with the runs folders")


def _notifications(settings: Settings) -> Iterator[Finding]:
    file = settings.notifications.addresses_file
    if file is None:
        return
    from control.notify.service_addresses import problems_of

    problems = problems_of(file)
    for problem in problems:
        yield warn("notifications", problem, "see docs/notifications.md")
    if file.exists() and file.stat().st_mode & 0o077:
        yield warn("notifications", f"{file}: others may read it", f"chmod 600 {file}")
    elif not problems:
        yield ok("notifications", f"addresses in {file}")


# --- clusters and the service -------------------------------------------------


def _profiles(settings: Settings, wanted: str | None) -> Iterator[Finding]:
    """Whether SLURM is here for the profiles that submit to it."""
    folders = [*sorted((settings.workflow / "profiles").glob("*/")), *settings.allow.profiles]
    executors = {folder.name: _executor(folder) for folder in folders}
    if wanted is not None and wanted not in executors:
        known = ", ".join(executors)
        yield fail("profiles", f"there is no profile {wanted!r}", f"known: {known}")
        return
    for name in (name for name, executor in executors.items() if executor == "slurm"):
        missing = [program for program in SLURM if not shutil.which(program)]
        if len(missing) == len(SLURM) and name != wanted:
            yield ok("profiles", f"no SLURM on this machine: {name} cannot be used here")
        elif missing:
            hint = "load the site's SLURM module, or start from a login node"
            yield fail("profiles", f"{name} needs {', '.join(missing)}", hint)
        else:
            yield _ask_slurm(name)


def _executor(folder: Path) -> str:
    for file in sorted(folder.glob("*config*.yaml")):
        try:
            content = yaml.safe_load(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):
            continue
        if isinstance(content, dict) and content.get("executor"):
            return str(content["executor"])
    return "local"


def _ask_slurm(profile: str) -> Finding:
    try:
        asked = subprocess.run(
            ["squeue", "--me", "--noheader"], capture_output=True, timeout=ASK_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        hint = "its controller is slow or down; runs would wait"
        return warn("profiles", f"{profile}: squeue does not answer", hint)
    if asked.returncode:
        said = asked.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["no reason"]
        return warn("profiles", f"{profile}: squeue fails: {said[0]}", "ask your site")
    return ok("profiles", f"{profile}: SLURM answers")


def _service(settings: Settings) -> Iterator[Finding]:
    from control.client.api import Api  # what the commands use, so it tells what they would see

    try:
        api = Api(state=StateDir(settings.state))
    except Unavailable as error:
        yield warn("service", error.message, error.hint)
        return
    where = f"unix:{api.place.socket}" if api.place.socket else api.place.url
    try:
        health = api.health()
    except EngineError as error:
        yield fail("service", error.message, error.hint)
        return
    yield ok("service", f"answers at {where}")
    levels = {"failing": fail, "degraded": warn}
    for name, check in health["checks"].items():
        if finding := levels.get(check["status"]):
            yield finding(f"service, {name}", check.get("why") or check["status"], "see its log")
