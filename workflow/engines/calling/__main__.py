"""``python -m engines.calling``: the commands without the control plane."""

from engines.calling.cli import calling
from engines.contract.errors import run_command

run_command(calling, "python -m engines.calling")
