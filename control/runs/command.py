"""The command of a run: from what was asked to the arguments of ``snakemake``.

Only options from a known list get there, each checked; profiles are those of the
workflow or those that the administrator allows; targets can never pass for options.
"""

import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from control.record.request import Request
from control.record.run_dir import RunDir
from control.runs.analyses import read_workflow
from control.settings import LOCAL, Settings, SlurmLauncher, SshLauncher
from engines.contract.errors import BadData, BadUsage, NotPermitted, nearest

# -P: nothing that lies in the run directory is taken for a module
SNAKEMAKE = (sys.executable, "-P", "-m", "snakemake")

_PROFILE = re.compile(r"(?:config|profile)(?:\.v(\d+)\+)?\.yaml")

Rule = Annotated[str, Field(pattern=r"^[A-Za-z_]\w*$")]
Resource = Literal["mem_mb", "disk_mb", "runtime", "gpu"]


class Options(BaseModel):
    """Options of a run; the same names and meanings as Snakemake's where it has them."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    cores: int | None = Field(None, ge=1, le=1_000_000, description="Cores used at once")
    mem_mb: int | None = Field(None, ge=1, le=10**9, description="Memory used at once, in MB")
    jobs: int | None = Field(
        None, ge=1, le=1_000_000, description="Jobs in the cluster's queue at once"
    )
    retries: int | None = Field(None, ge=0, le=20, description="How often a failed job is retried")
    latency_wait: int | None = Field(
        None, ge=0, le=3600, description="Seconds to wait for files on slow file systems"
    )
    force_all: bool = Field(False, description="Make everything again, whatever is there")
    keep_temporary: bool = Field(False, description="Keep files that are marked temporary")
    rerun_triggers: list[Literal["mtime", "params", "input", "software-env", "code"]] = Field(
        default_factory=list, description="What makes a job run again; empty: everything does"
    )
    software: list[Literal["conda", "apptainer", "env-modules"]] = Field(
        default_factory=list, description="How the tools of the rules are provided"
    )
    set_threads: dict[Rule, Annotated[int, Field(ge=1, le=100_000)]] = Field(
        default_factory=dict, description="Threads of single rules, instead of the profile's"
    )
    set_resources: dict[Rule, dict[Resource, Annotated[int, Field(ge=0, le=10**9)]]] = Field(
        default_factory=dict, description="Resources of single rules, instead of the profile's"
    )
    run_hours: float | None = Field(None, gt=0, description="How long the run may take")
    report: bool = Field(True, description="Make the HTML report when the run ends")


@dataclass(frozen=True)
class Profile:
    """A profile of Snakemake.

    Attributes:
        path: its folder; None: the workflow brings none.
        executor: where jobs run: ``local``, ``slurm``, ``cluster-generic`` …
        store: where files are kept that is no file system (``s3``); empty: in the run directory.
    """

    path: Path | None
    executor: str
    store: str = ""

    @property
    def is_local(self) -> bool:
        """Whether the jobs run on this machine."""
        return self.executor in ("local", "dryrun", "touch")


@dataclass(frozen=True)
class Demand:
    """What a run takes of what is limited; one on a cluster takes nothing of this machine."""

    runs: int = 1
    cores: int = 0
    mem_mb: int = 0

    def __add__(self, other: "Demand") -> "Demand":
        return Demand(self.runs + other.runs, self.cores + other.cores, self.mem_mb + other.mem_mb)


def options_of(request: Request) -> Options:
    """The options of a request, checked.

    Raises:
        BadData: an option that is not known, or a value that cannot be.
    """
    try:
        return Options.model_validate(dict(request.options))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] != "extra_forbidden":
            raise BadData(f"option {name}: {first['msg']}, not {first['input']!r}"[:300]) from None
        near = nearest(name, Options.model_fields)
        hint = f"did you mean {near}?" if near else f"there is {', '.join(Options.model_fields)}"
        raise BadData(f"there is no option {name[:60]!r}", hint=hint) from None


def profiles_of(settings: Settings) -> dict[str, Path]:
    """What a run may name as its profile: those in the workflow's ``profiles/``, allowed paths."""
    folders = sorted((settings.workflow / "profiles").glob("*/"))
    own = {folder.name: folder for folder in folders if _profile_files(folder)}
    return own | {str(path): path for path in settings.allow.profiles}


def profile_of(settings: Settings, name: str) -> Profile:
    """The profile of this name.

    Raises:
        NotPermitted: it is a path that the administrator did not allow.
        BadUsage: there is none of this name.
        BadData: it cannot be read.
    """
    known = profiles_of(settings)
    if name in known:
        return _read(known[name])
    if name == "default":
        return Profile(None, "local")
    hint = f"there is {', '.join(known) or 'none'}"
    if "/" in name or name.startswith("."):
        raise NotPermitted(f"profile {name[:100]!r} is not allowed", hint=hint)
    near = nearest(name, known)
    raise BadUsage(
        f"there is no profile {name[:100]!r}", hint=f"did you mean {near}?" if near else hint
    )


def check_targets(targets: Iterable[str]) -> None:
    """See that targets are rules or files of the run, and can never pass for options.

    Raises:
        BadUsage: one is empty, begins with a dash, or leads out of the working directory.
    """
    for target in targets:
        path = PurePosixPath(target)
        if not target or not target.isprintable():
            raise BadUsage(f"target {target[:100]!r} is no name of a rule or file")
        if target.startswith("-"):
            raise BadUsage(
                f"target {target[:100]!r} looks like an option", hint="a file called -x is ./-x"
            )
        if path.is_absolute() or ".." in path.parts:
            raise BadUsage(
                f"target {target[:100]!r} leads out of the run", hint="name it from the workdir"
            )


def targets_of(settings: Settings, request: Request) -> list[str]:
    """What is to be made: the request's own targets, else those of its analysis.

    Raises:
        BadUsage: a target that cannot be, or an analysis that does not exist.
        InputMissing, BadData: the workflow does not say what its analyses are.
    """
    targets = request.targets
    if not targets and request.analysis:
        targets = read_workflow(settings.workflow).analysis(request.analysis).targets
    check_targets(targets)
    return targets


def demand_of(settings: Settings, request: Request) -> Demand:
    """What the run takes of this machine: nothing where its driver is launched elsewhere.

    Raises:
        BadData, BadUsage, NotPermitted: as :func:`need_of`.
    """
    return need_of(settings, request) if request.launcher == LOCAL else Demand()


def need_of(settings: Settings, request: Request) -> Demand:
    """What the run takes where its driver is: what it asks for, else all that it may have there.

    Memory counts only where it was asked for or is limited.

    Raises:
        BadData, BadUsage, NotPermitted: as :func:`options_of` and :func:`profile_of`.
    """
    options = options_of(request)
    if not _profile_there(settings, request).is_local:
        return Demand()
    launcher = settings.launchers.get(request.launcher)
    if isinstance(launcher, SlurmLauncher):
        return Demand(1, options.cores or launcher.cpus, options.mem_mb or launcher.mem_mb)
    cores = options.cores or min(_cpus(), _lowest(settings, "cores") or _cpus())
    return Demand(1, cores, options.mem_mb or _lowest(settings, "mem_mb") or 0)


def _profile_there(settings: Settings, request: Request) -> Profile:
    """The profile where the driver is: a launcher's own stands for the default one."""
    launcher = settings.launchers.get(request.launcher)
    if isinstance(launcher, SshLauncher) and request.profile == "default":
        return profile_of(settings, launcher.profile)
    return profile_of(settings, request.profile)


def seconds_of(settings: Settings, request: Request) -> float | None:
    """How long the run may take, in seconds; None without a limit."""
    limits = (settings.limits, settings.limits_per_user, options_of(request))
    hours = [limit.run_hours for limit in limits if limit.run_hours is not None]
    return min(hours) * 3600 if hours else None


def run_command(
    settings: Settings, run_dir: RunDir, request: Request, targets: Iterable[str]
) -> list[str]:
    """The command that makes ``targets``.

    Raises:
        BadData, BadUsage, NotPermitted: the request asks for what cannot be.
    """
    options, profile = options_of(request), _profile_there(settings, request)
    command = _base(settings, run_dir, profile)
    command += ["--logger", "plumbline", "--logger-plumbline-run-dir", str(run_dir.path)]
    command += ["--keep-going", "--rerun-incomplete"]
    command += _amounts(options, profile, need_of(settings, request))
    if profile.executor in ("slurm", "plumbline-slurm"):
        command += [f"--{profile.executor}-jobname-prefix", run_dir.run_id]
    command += ["--forceall"] * options.force_all + ["--notemp"] * options.keep_temporary
    return [*command, *_lists(options), *_targets(targets)]


def dry_run_command(
    settings: Settings, run_dir: RunDir, request: Request, targets: Iterable[str]
) -> list[str]:
    """The command that only says what would be done.

    Raises:
        BadData, BadUsage, NotPermitted: the request asks for what cannot be.
    """
    options, profile = options_of(request), profile_of(settings, request.profile)
    command = [*_base(settings, run_dir, profile), "--dry-run", "--rerun-incomplete"]
    command += ["--logger", "plumbline", "--logger-plumbline-rule-graph", str(rule_graph(run_dir))]
    command += ["--cores", "1", *_lists(options)] if profile.is_local else _lists(options)
    return [*command, *_targets(targets)]


def rule_graph(run_dir: RunDir) -> Path:
    """Where a dry run leaves the graph of its rules."""
    return run_dir.path / "rule_graph.json"


def unlock_command(settings: Settings, run_dir: RunDir) -> list[str]:
    """The command that takes away the lock that a killed Snakemake has left."""
    return [*_base(settings, run_dir, None), "--cores", "1", "--unlock"]


def report_command(
    settings: Settings, run_dir: RunDir, report: Path, targets: Iterable[str]
) -> list[str]:
    """The command that makes the HTML report of what is there."""
    command = [*_base(settings, run_dir, None), "--cores", "1", "--report", str(report)]
    return [*command, *_targets(targets)]


def _base(settings: Settings, run_dir: RunDir, profile: Profile | None) -> list[str]:
    """What every command needs; with a profile of None not even the one that is found by itself."""
    path = profile.path if profile else None
    command = [*SNAKEMAKE, "--snakefile", str(settings.workflow / "workflow" / "Snakefile")]
    command += ["--directory", str(run_dir.work), "--workflow-profile", str(path or "none")]
    if run_dir.config.exists():
        command += ["--configfile", str(run_dir.config)]
    return command


def _amounts(options: Options, profile: Profile, demand: Demand) -> list[str]:
    cores, mem_mb = options.cores or demand.cores, options.mem_mb or demand.mem_mb
    if options.jobs and profile.is_local:
        raise BadUsage("option jobs is for clusters", hint="use cores, or a cluster's profile")
    given = {
        "cores": cores or None,
        "jobs": options.jobs,
        "resources": f"mem_mb={mem_mb}" if mem_mb else None,
        "retries": options.retries,
        "latency-wait": options.latency_wait,
    }
    return [
        part
        for name, value in given.items()
        if value is not None
        for part in (f"--{name}", str(value))
    ]


def _lists(options: Options) -> list[str]:
    resources = [
        f"{rule}:{name}={amount}"
        for rule, amounts in options.set_resources.items()
        for name, amount in amounts.items()
    ]
    given: Mapping[str, list[Any]] = {
        "rerun-triggers": options.rerun_triggers,
        "software-deployment-method": options.software,
        "set-threads": [f"{rule}={n}" for rule, n in options.set_threads.items()],
        "set-resources": resources,
    }
    return [part for name, values in given.items() if values for part in (f"--{name}", *values)]


def _targets(targets: Iterable[str]) -> list[str]:
    targets = list(targets)
    check_targets(targets)
    return ["--", *targets] if targets else []


def profile_file(profile: Path) -> Path | None:
    """What Snakemake reads of a profile: of several files the one for the latest Snakemake."""
    files = [profile] if profile.is_file() else _profile_files(profile)
    return files[-1] if files else None


def _read(profile: Path) -> Profile:
    file = profile_file(profile)
    try:
        content = (yaml.safe_load(file.read_text(encoding="utf-8")) if file else {}) or {}
        store = content.get("default-storage-provider") or ""
        return Profile(profile, str(content.get("executor") or "local"), str(store))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, AttributeError) as error:
        raise BadData(f"profile {profile}: cannot be read: {error}"[:300]) from None


def _profile_files(folder: Path) -> list[Path]:
    named = [(match, file) for file in folder.iterdir() if (match := _PROFILE.fullmatch(file.name))]
    return [file for _, file in sorted(named, key=lambda each: int(each[0][1] or 0))]


def _cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _lowest(settings: Settings, name: str) -> int | None:
    limits = (settings.limits, settings.limits_per_user)
    return min((n for each in limits if (n := getattr(each, name)) is not None), default=None)
