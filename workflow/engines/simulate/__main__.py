"""``python -m engines.simulate``: the engine without the rest of plumbline."""

from engines.contract.errors import run_command
from engines.simulate.cli import simulate

run_command(simulate, "python -m engines.simulate")
