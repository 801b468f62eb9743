"""The configuration and the sample sheet: checked before any job, then a plan.

:func:`load` is the way in. It reads the configuration that Snakemake has parsed and the
sample sheet, never a data file, and gives a :class:`Plan` or raises
:class:`ConfigurationError` with one line for each thing that is wrong.
"""

from engines.configuration.load import load
from engines.configuration.plan import Dataset, Plan, Sample, Truth, Tumour
from engines.configuration.problems import ConfigurationError
from engines.configuration.settings import unreadable

__all__ = [
    "ConfigurationError",
    "Dataset",
    "Plan",
    "Sample",
    "Truth",
    "Tumour",
    "load",
    "unreadable",
]
