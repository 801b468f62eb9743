"""``python -m engines.compare_sv``: the engine without the rest of plumbline."""

from engines.compare_sv.cli import compare_sv
from engines.contract.errors import run_command

run_command(compare_sv, "python -m engines.compare_sv")
