"""``python -m engines.compare``: the engine without the rest of plumbline."""

from engines.compare.cli import compare
from engines.contract.errors import run_command

run_command(compare, "python -m engines.compare")
