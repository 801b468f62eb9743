"""``python -m engines.compare``: the engine without the rest of plumbline."""

from engines.compare.cli import compare

compare()
