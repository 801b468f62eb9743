"""What a job of a cluster runs: one Snakemake that makes the job's outputs, with no more than that
needs (``python -P -m control.cluster_job``, with Snakemake's own arguments)."""

import os
import re
import signal
import sys
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

_TAIL = 4096
_ENDED = re.compile(r"^plumbline: SLURM job (\d+) ended with exit code (\d{1,3})$", re.MULTILINE)


def exit_code_in(log: Path, job: str) -> int | None:
    """With which code a job ended, by the last line of its log; None where it does not say.

    Args:
        log: what the job printed.
        job: its id in SLURM.
    """
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            tail = file.read().decode("utf-8", "replace")
    except OSError:
        return None
    ends = [code for number, code in _ENDED.findall(tail) if number == job]
    return int(ends[-1]) if ends else None


def main() -> None:
    """Run Snakemake, and tell at the end how it ended."""
    _leave_out_plugins()
    with _stand_ins():
        from snakemake.cli import main as snakemake
    _leave_out_transports()
    _leave_retries_to_the_driver()
    _pass_on_signals()
    code = 1
    try:
        snakemake(sys.argv[1:])
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        job = os.environ.get("SLURM_JOB_ID", "0")
        os.write(1, f"plumbline: SLURM job {job} ended with exit code {code}\n".encode())
    sys.exit(code)


class _Record:
    """What Snakemake asks of the form of its records: fields with defaults, of a dictionary."""

    _defaults: ClassVar[dict[str, Any]] = {}

    def __init_subclass__(cls) -> None:
        cls._defaults = {name: getattr(cls, name) for name in cls.__annotations__}

    def __init__(self, **values: Any) -> None:
        for name, default in self._defaults.items():
            setattr(self, name, values.get(name, default() if callable(default) else default))

    @classmethod
    def model_validate(cls, values: dict[str, Any]) -> "_Record":
        return cls(**values)

    def model_dump(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._defaults}


@contextmanager
def _stand_ins() -> Iterator[None]:
    """Spare the database: a job keeps its records in files, and needs the form of one only.

    sqlalchemy and pydantic take a third of Snakemake's start. Their stand-ins are there only
    while Snakemake is loaded, so that a workflow that wants the real ones gets them.
    """
    told: dict[str, dict[str, Any]] = {
        "sqlalchemy": {"Column": lambda kind: kind, "JSON": None},
        "sqlmodel": {
            "SQLModel": _Record,
            "Field": lambda default=None, default_factory=None, **_: default_factory or default,
        },
        "snakemake.persistence.db": {"DbPersistence": None},
    }
    for name, content in told.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(content)
    yield
    for name in told:
        del sys.modules[name]


def _leave_out_plugins() -> None:
    """Of all plugins a job needs those for storage; the rest only costs time to load."""
    from snakemake_interface_common.plugin_registry import PluginRegistryBase
    from snakemake_interface_report_plugins.registry import ReportPluginRegistry
    from snakemake_interface_scheduler_plugins.registry import SchedulerPluginRegistry

    everything = PluginRegistryBase.collect_plugins

    def collect(registry: Any) -> None:
        if registry.get_plugin_type() == "storage":
            everything(registry)
        else:
            registry.plugins = {}

    def collect_greedy(registry: Any) -> None:
        from snakemake.scheduling import greedy

        registry.plugins = {}
        registry.register_plugin("greedy", greedy)

    PluginRegistryBase.collect_plugins = collect  # type: ignore[method-assign, assignment]
    ReportPluginRegistry.collect_plugins = collect
    SchedulerPluginRegistry.collect_plugins = collect_greedy


def _leave_out_transports() -> None:
    """Files that lie here need none of the clients (S3, HTTP, SSH) that are loaded to open any."""
    from snakemake import sourcecache
    from snakemake.sourcecache import LocalSourceFile, SourceCache

    of_addresses, open_any = sourcecache.parse_uri, SourceCache._open
    uri = namedtuple("uri", ["scheme", "uri_path"])

    def parse(path: str) -> Any:
        return of_addresses(path) if ":" in path else uri("file", os.path.expanduser(path))

    def open_here(cache: Any, file: Any, mode: str, encoding: str | None = None) -> Any:
        if isinstance(file, LocalSourceFile):
            return open(file.get_path_or_uri(secret_free=False), mode, encoding=encoding)
        return open_any(cache, file, mode, encoding)

    sourcecache.parse_uri, SourceCache._open = parse, open_here


def _leave_retries_to_the_driver() -> None:
    """A rule's `retries:` would count here a second time, in the resources of the first attempt."""
    from snakemake.jobs import GroupJob, Job

    for kind in (Job, GroupJob):
        kind.restart_times = property(lambda job: 0)


def _pass_on_signals() -> None:
    """SIGTERM ends what this started, too: SLURM may know only this process.

    It comes before SIGKILL, when the job is cancelled, preempted or out of time. Snakemake
    then waits for its commands, removes what they left half done, and ends.
    """
    from snakemake.scheduling.job_scheduler import JobScheduler

    end_gracefully = JobScheduler.exit_gracefully

    def end(scheduler: Any, *arguments: Any) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        end_gracefully(scheduler, *arguments)
        if os.getpgrp() == os.getpid():  # as the script of a batch job is
            os.killpg(0, signal.SIGTERM)

    JobScheduler.exit_gracefully = end


if __name__ == "__main__":
    main()
