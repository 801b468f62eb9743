"""``python -m engines.pileup``."""

from engines.contract.errors import run_command
from engines.pileup.cli import pileup

run_command(pileup, "plumbline pileup")
