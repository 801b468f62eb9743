"""``plumbline doctor``: looks at what runs and the service need, and says what is to be done.

It changes nothing: what it writes to see whether it can, it removes again.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from control.doctor.findings import Finding, Level, fail, ok
from control.doctor.folders import folders_of_all_runs, runs_folders, state_folder
from control.doctor.gpus import gpus
from control.doctor.installation import installation, tools
from control.doctor.launchers import launchers
from control.doctor.profiles import profiles
from control.doctor.service import (
    clock,
    notifications,
    open_files,
    service,
    service_database,
    watches,
)
from control.settings import Settings, load
from engines.contract.errors import BadUsage, EngineCommand, EngineError, Unavailable


@click.command(cls=EngineCommand)
@click.option(
    "--config",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Settings of the service (default: as 'plumbline serve').",
)
@click.option("--profile", help="One that must work here, such as slurm.")
@click.option(
    "--try",
    "with_job",
    is_flag=True,
    help="Submit a job of a few seconds to the profile's cluster, and see what a node sees.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def doctor(config: Path | None, profile: str | None, with_job: bool, as_json: bool) -> None:
    """Look at what runs and the service need; say what to do where something is amiss.

    Ends with 0 when nothing failed, else with 69.
    """
    if with_job and not profile:
        raise BadUsage("--try needs a profile", hint="plumbline doctor --profile slurm --try")
    findings = []
    for finding in examine(config, profile, with_job):
        findings.append(finding)
        if not as_json:
            _print(finding)  # at once: a job may wait in the queue
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    failed = sum(finding.level is Level.FAIL for finding in findings)
    if failed:
        what = "1 check has failed" if failed == 1 else f"{failed} checks have failed"
        raise Unavailable(what, hint="see the lines above")


def examine(config: Path | None, profile: str | None, with_job: bool = False) -> Iterator[Finding]:
    """Every check. One that breaks down is a finding itself."""
    yield from _guarded("installation", installation)
    yield from _guarded("tools", tools)
    try:
        settings = load(config)
    except EngineError as error:
        yield fail("settings", error.message, error.hint)
        return
    yield ok("settings", f"state in {settings.state}")
    checks: dict[str, Callable[[Settings], Iterator[Finding]]] = {
        "state folder": state_folder,
        "service.db": service_database,
        "runs folder": runs_folders,
        "shared folders": folders_of_all_runs,
        "inotify": watches,
        "open files": open_files,
        "clock": clock,
        "notifications": notifications,
        "GPUs": gpus,
        "launchers": launchers,
        "profiles": lambda found: profiles(found, profile, with_job),
        "service": service,
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
