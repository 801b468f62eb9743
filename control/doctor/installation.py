"""What ``plumbline doctor`` looks at of what is installed."""

import os
import pkgutil
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from control.doctor.findings import Finding, fail, ok, warn
from control.settings import ROOT
from engines import __version__

PLUGINS = {
    "logger plugin": ("snakemake_logger_plugin_plumbline", "runs would not be seen"),
    "executor plugin": ("snakemake_executor_plugin_plumbline_slurm", "no SLURM"),
    "scheduler plugin": ("snakemake_scheduler_plugin_plumbline", "runs would not start"),
}
"""By what it is: its package, and what is without it."""
HINT = (
    "make setup; an editable install needs hatchling, or PYTHONPATH=control/logger:control/executor"
)
PACKAGES = ("snakemake", "snakemake-executor-plugin-slurm", "truvari", "pysam")


def installation() -> Iterator[Finding]:
    yield ok("plumbline", f"{__version__}, Python {sys.version.split()[0]}, {sys.prefix}")
    for package in PACKAGES:
        try:
            yield ok(package, version(package))
        except PackageNotFoundError:
            yield fail(package, "is not installed here", "make setup")
    found = {each.name: each.ispkg for each in pkgutil.iter_modules()}
    for what, (package, without) in PLUGINS.items():
        if found.get(package):
            yield ok(what, "Snakemake finds it")
        else:
            yield fail(what, f"Snakemake does not find it: {without}", HINT)


def tools() -> Iterator[Finding]:
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
