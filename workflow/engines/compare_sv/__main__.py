"""``python -m engines.compare_sv``: the engine without the rest of plumbline."""

from engines.compare_sv.cli import compare_sv

compare_sv()
