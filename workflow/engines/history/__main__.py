"""``python -m engines.history``: the engine alone, as ``plumbline history``."""

from engines.contract.errors import run_command
from engines.history.cli import history

run_command(history, "python -m engines.history")
