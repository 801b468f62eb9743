"""``python -m engines.references``: the engine alone, as ``plumbline references``."""

from engines.contract.errors import run_command
from engines.references.cli import references

run_command(references, "python -m engines.references")
