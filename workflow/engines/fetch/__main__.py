"""``python -m engines.fetch``."""

from engines.contract.errors import run_command
from engines.fetch.cli import fetch

run_command(fetch, "plumbline fetch")
