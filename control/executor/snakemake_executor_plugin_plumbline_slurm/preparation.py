"""From a job of Snakemake to what sbatch is asked."""

import itertools
import logging
import os
import re
import shlex
import shutil
import uuid
from pathlib import Path
from typing import Any

from snakemake_executor_plugin_slurm.accounts import validate_account
from snakemake_executor_plugin_slurm.partitions import read_partition_file
from snakemake_executor_plugin_slurm.submit_string import get_submit_command
from snakemake_executor_plugin_slurm.utils import set_gres_string
from snakemake_executor_plugin_slurm.validation import validate_slurm_extra
from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.utils import format_cli_arg, join_cli_args

from control.record.dead_letter import name_of
from control.record.slurm_command import environment
from snakemake_executor_plugin_plumbline_slurm.commands import NotAnswered
from snakemake_executor_plugin_plumbline_slurm.letters import job_name
from snakemake_executor_plugin_plumbline_slurm.queue_view import look
from snakemake_executor_plugin_plumbline_slurm.submission import Call, script_of

_PROGRAMS = ("sbatch", "squeue", "scancel")
_CLUSTER_RESOURCES = ("cluster", "clusters", "slurm_cluster")
_CLUSTER_OPTION = re.compile(r"(-M|--clu\w*(?![\w-])).*")  # also shortened, as sbatch takes it
# It tells on every run that a site has no accounting.
_UNHEARD = logging.Logger("accounts", logging.CRITICAL)
_PREFIX = re.compile(r"[A-Za-z0-9_-]{1,50}")


class Preparation:
    """Makes the calls of a run.

    Args:
        executor: whose jobs they are.

    Attributes:
        name: that all jobs of the run bear.
        logdir: for what they print.
    """

    def __init__(self, executor: Any) -> None:
        settings = executor.workflow.executor_settings
        if missing := [name for name in _PROGRAMS if not shutil.which(name)]:
            raise WorkflowError(
                f"plumbline-slurm: {', '.join(missing)} not found: start this where SLURM is"
                " (a login node), or use another profile"
            )
        if environment().get("SBATCH_CLUSTERS"):
            raise WorkflowError("plumbline-slurm: set SLURM_CLUSTERS instead of SBATCH_CLUSTERS")
        self._executor, self._settings = executor, settings
        self._workflow = executor.workflow
        self.name = _name(settings.jobname_prefix)
        reach(self.name)
        self.logdir = Path(settings.logdir or ".snakemake/slurm_logs").absolute()
        self._accounts: dict[str, str] = {}
        self._numbers = itertools.count(1)
        self._excluded = set(filter(None, (settings.exclude_nodes or "").split(",")))
        config = settings.partition_config or os.environ.get("SNAKEMAKE_SLURM_PARTITIONS")
        # what the slurm plugin chooses a partition by
        executor._partitions = read_partition_file(Path(config)) if config else None
        executor._fallback_partition = ""  # the cluster's own default

    def call_for(self, job: Any) -> Call:
        """What sbatch is asked for this job.

        Raises:
            WorkflowError: the job asks for what cannot be.
        """
        _refuse_other_clusters(job)
        validate_slurm_extra(job)
        log = self.logdir / _folder_of(job) / "%j.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        about = {
            "run_uuid": self.name,
            "slurm_logfile": "-",
            "comment_str": "-",
            "account": self._account(job),
            "partition": self._executor.get_partition_arg(job),
            "workdir": self._workflow.workdir_init,
        }
        command = get_submit_command(job, about, self._settings, self._excluded)
        # the slurm plugin writes it for a shell; here none reads it, so nothing is expanded
        words = shlex.split(command + set_gres_string(job))[1:]
        asked = _without(words, "--output", "--comment")
        comment = f"{_comment_of(job)} [{next(self._numbers)}]"
        before = self._workflow.remote_execution_settings.precommand or ""
        script = script_of(self._command(job), before)
        return Call((*asked, "--open-mode=append"), comment, script, log, self.name)

    def _command(self, job: Any) -> list[str]:
        """The Snakemake that the job runs."""
        executor = self._executor
        arguments = join_cli_args(
            [
                format_cli_arg("--snakefile", executor.get_snakefile()),
                executor.get_job_args(job),
                self._workflow.spawned_job_args_factory.general_args(executor.common_settings),
                # of the profiles everything that counts is among the arguments
                "--executor local --mode remote --workflow-profile none --profile none",
            ]
        )
        words = shlex.split(arguments)
        # as many as were asked for, where "all" would be those of the node
        words[words.index("--cores") + 1] = str(_cores(job))
        words[words.index("--scheduler") + 1] = "greedy"  # the one that a job loads
        python = executor.get_python_executable()
        return [python, "-P", "-m", "control.cluster_job", *words]

    def _account(self, job: Any) -> str:
        """The account's option; each account is looked up once."""
        account = str(job.resources.get("slurm_account") or "")
        if account and account not in self._accounts:
            try:
                validate_account(account, _UNHEARD)
            except OSError:
                pass  # a site without accounting may lack its commands
            except WorkflowError as error:
                if "appears to be invalid" in str(error):
                    raise
            self._accounts[account] = f" -A {shlex.quote(account)}"
        return self._accounts.get(account, "")


def _refuse_other_clusters(job: Any) -> None:
    """A job that alone goes to another cluster would be seen by no look at the queue."""
    asked = [name for name in _CLUSTER_RESOURCES if job.resources.get(name)]
    extra = shlex.split(str(job.resources.get("slurm_extra") or ""))
    asked += [word for word in extra if _CLUSTER_OPTION.fullmatch(word)]
    if asked:
        raise WorkflowError(
            f"{asked[0]}: a rule cannot choose the cluster; take it out, and set SLURM_CLUSTERS"
            " in the environment of the whole run"
        )


def reach(name: str) -> None:
    """Ask SLURM for the first time: later it may be away for a while, but not now.

    Raises:
        WorkflowError: it is not in reach.
    """
    configuration = os.environ.get("SLURM_CONF", "")
    if configuration and not Path(configuration).exists():  # squeue would wait for it
        problem = f"SLURM_CONF={configuration} is not there"
    else:
        try:
            look(name)
            return
        except NotAnswered as error:
            problem = str(error)
    if not re.search("no answer within|timed out", problem, re.IGNORECASE):  # then it is busy
        raise WorkflowError(
            f"plumbline-slurm: SLURM is not in reach ({problem}); nothing was submitted:"
            " see `plumbline doctor --profile slurm`, then start this again"
        )


def _name(prefix: str | None) -> str:
    if prefix and not _PREFIX.fullmatch(prefix):
        raise WorkflowError(
            "--plumbline-slurm-jobname-prefix: up to 50 letters, digits, underscores and hyphens"
        )
    return f"{prefix}_{uuid.uuid4()}" if prefix else str(uuid.uuid4())


def _folder_of(job: Any) -> Path:
    """Where its log goes; names of wildcards are made safe for a folder and for sbatch."""
    if job.is_group():
        return Path(f"group_{re.sub(r'[^A-Za-z0-9_-]+', '_', job.name)[:100]}")
    values = job_name(job).partition("/")[2]
    return Path(f"rule_{job.rule.name}", name_of(values) if values else "")


def _comment_of(job: Any) -> str:
    name = f"group_{job.name}" if job.is_group() else f"rule_{job_name(job)}"
    return re.sub(r"[^\x20-\x7b\x7d\x7e]+", "_", name)[:200]


def _cores(job: Any) -> int:
    asked = job.resources.get("cpus_per_task")
    return int(asked) if asked and int(asked) > 0 else max(1, int(job.threads))


def _without(words: list[str], *options: str) -> list[str]:
    """The options of sbatch but for some, which are followed by their values."""
    kept, rest = [], iter(words)
    for word in rest:
        if word in options:
            next(rest)
        else:
            kept.append(word)
    return kept
