"""``python -m engines.qc``: the engine alone, as ``plumbline qc``."""

from engines.contract.errors import run_command
from engines.qc.cli import qc

run_command(qc, "python -m engines.qc")
