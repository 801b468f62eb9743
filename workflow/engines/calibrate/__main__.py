"""``python -m engines.calibrate``."""

from engines.calibrate.cli import calibrate
from engines.contract.errors import run_command

run_command(calibrate, "python -m engines.calibrate")
