# ruff: noqa: UP045
"""Options of the executor plugin, on the command line and in profiles."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional  # Snakemake reads the types, and knows only this form

from snakemake_interface_common.exceptions import WorkflowError
from snakemake_interface_executor_plugins.settings import ExecutorSettingsBase


@dataclass
class ExecutorSettings(ExecutorSettingsBase):  # type: ignore[misc]
    """Snakemake makes ``--plumbline-slurm-poll-seconds`` of ``poll_seconds``, and so on.

    The names are those of the slurm plugin where both have the option.
    """

    poll_seconds: Optional[int] = field(
        default=None,
        metadata={
            "help": "Seconds between two looks at the queue when nothing happens in it; by "
            "default 5, and 15 with 1,000 jobs or more. After a change it is 2."
        },
    )
    jobname_prefix: Optional[str] = field(
        default=None,
        metadata={"help": "The name that all jobs of the run bear begins with this and a _."},
    )
    logdir: Optional[Path] = field(
        default=None,
        metadata={"help": "Folder of the jobs' SLURM logs; by default .snakemake/slurm_logs."},
    )
    keep_successful_logs: bool = field(
        default=False, metadata={"help": "Keep the SLURM logs of jobs that succeeded, too."}
    )
    delete_logfiles_older_than: Optional[int] = field(
        default=10,
        metadata={"help": "Days after which old SLURM logs are deleted; 0: never."},
    )
    partition_config: Optional[Path] = field(
        default=None,
        metadata={
            "help": "YAML file with the limits of the partitions, so that each job gets the one "
            "that suits it ($SNAKEMAKE_SLURM_PARTITIONS otherwise)."
        },
    )
    qos: Optional[str] = field(default=None, metadata={"help": "QOS of all jobs."})
    reservation: Optional[str] = field(default=None, metadata={"help": "Reservation of all jobs."})
    exclude_nodes: Optional[str] = field(
        default=None, metadata={"help": "Nodes that get no job, separated by commas."}
    )
    give_up_minutes: int = field(
        default=30,
        metadata={
            "help": "Minutes after which a job is given up that waits for what only a change of "
            "its rule can give: a time limit above the partition's, more than any node has. "
            "One that is held by somebody, or waits for others, is never given up."
        },
    )
    no_requeue: bool = field(
        default=False,
        metadata={
            "help": "Do not let SLURM put a job back into its queue when its node fails or is "
            "taken away; it is then submitted anew."
        },
    )

    def __post_init__(self) -> None:
        if self.poll_seconds is not None and not 1 <= self.poll_seconds <= 3600:
            raise WorkflowError("--plumbline-slurm-poll-seconds: 1 to 3600")
        if self.give_up_minutes < 1:
            raise WorkflowError("--plumbline-slurm-give-up-minutes: minutes, from 1")
        if self.partition_config is not None and not Path(self.partition_config).exists():
            raise WorkflowError(f"--plumbline-slurm-partition-config: no {self.partition_config}")
        if (self.delete_logfiles_older_than or 0) < 0:
            raise WorkflowError("--plumbline-slurm-delete-logfiles-older-than: days, from 0")

    @property
    def requeue(self) -> bool:
        """What the slurm plugin asks for: a job that loses its node is not lost."""
        return not self.no_requeue
