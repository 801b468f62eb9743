"""``python -m engines.screen``: the command without the control plane."""

from engines.contract.errors import run_command
from engines.screen.cli import screen

run_command(screen, "python -m engines.screen")
