"""``python -m engines.reads`` is ``plumbline reads``."""

from engines.contract.errors import run_command
from engines.reads.cli import reads

run_command(reads, "plumbline reads")
