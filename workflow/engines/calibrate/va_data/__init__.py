"""Verbal-autopsy data: read, checked, mapped to broad causes, shown.

The example is in ``example.py``: numpy takes its time to load, and counts need none of it.
"""

from engines.calibrate.va_data.cause_map import CauseMap, read_cause_map
from engines.calibrate.va_data.preview import preview
from engines.calibrate.va_data.read import align, read_deaths

__all__ = [
    "CauseMap",
    "align",
    "preview",
    "read_cause_map",
    "read_deaths",
]
