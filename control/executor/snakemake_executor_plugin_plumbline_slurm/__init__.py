"""Snakemake's executor plugin of Plumbline for SLURM: ``snakemake --executor plumbline-slurm``.

It takes the vocabulary of resources and the choice of partitions from
snakemake-executor-plugin-slurm, and does the rest itself: one light poll of the queue,
decisions by what SLURM says about each job, words for it, a patient submission, and one
Snakemake for each job instead of two.
"""

from snakemake_executor_plugin_plumbline_slurm import late  # noqa: F401  (before what follows)
from snakemake_executor_plugin_plumbline_slurm.executor import Executor, common_settings
from snakemake_executor_plugin_plumbline_slurm.settings import ExecutorSettings

__all__ = ["Executor", "ExecutorSettings", "common_settings"]
