"""``python -m engines.configuration``: the commands without the control plane."""

from engines.configuration.cli import settings
from engines.contract.errors import run_command

run_command(settings, "python -m engines.configuration")
