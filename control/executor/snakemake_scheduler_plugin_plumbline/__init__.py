"""Snakemake's scheduler plugin of Plumbline: ``snakemake --scheduler plumbline``.

It chooses as Snakemake's ``greedy`` does, at a cost that does not grow with the number of
jobs that wait. Snakemake imports this package at every start, also where nobody asked for
it; so it imports nothing but the interface until it is used.
"""

from snakemake_scheduler_plugin_plumbline.scheduler import Scheduler

__all__ = ["Scheduler"]
