"""``python -m engines.upload``."""

from engines.contract.errors import run_command
from engines.upload.cli import upload

run_command(upload, "plumbline upload")
