"""Snakemake's logger plugin of Plumbline: ``snakemake --logger plumbline``.

It writes the run directory (DESIGN 3), and it can never fail, slow or silence a
run. Snakemake imports this package at every start, also where nobody asked for
the plugin; so it imports nothing more than the interface until it is used.
"""

from snakemake_logger_plugin_plumbline.handler import LogHandler
from snakemake_logger_plugin_plumbline.settings import LogHandlerSettings

__all__ = ["LogHandler", "LogHandlerSettings"]
