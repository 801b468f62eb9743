"""``python -m engines.annotate``: the command without the control plane."""

from engines.annotate.cli import annotate
from engines.contract.errors import run_command

run_command(annotate, "python -m engines.annotate")
