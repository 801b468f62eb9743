# Before anything else: the way to stop with one line, the tools, and a configuration that can be read.
import os
import shutil
import sys

from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent


def stop(message):
    """End before any job: the message as it stands, for people and for logger plugins."""
    logger.error(
        message, extra={"event": LogEvent.ERROR, "exception": "ConfigurationError"}
    )
    sys.exit(1)


# The other tools come from the environment that runs Snakemake, whether or not it was activated.
os.environ.update(
    PATH=os.path.dirname(sys.executable) + os.pathsep + os.getenv("PATH", "")
)

if not shutil.which("plumbline"):
    stop(
        "plumbline is not installed for this snakemake; run `make setup`, then .venv/bin/snakemake"
    )

from engines.configuration import unreadable


def readable(path):
    """The path itself; what Snakemake could not read is told by line and column."""
    problem = unreadable(path)
    if problem:
        stop(problem)
    return path
