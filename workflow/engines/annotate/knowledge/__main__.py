"""``python -m engines.annotate.knowledge``."""

from engines.annotate.knowledge.cli import knowledge
from engines.contract.errors import run_command

run_command(knowledge, "python -m engines.annotate.knowledge")
