"""The slurm plugin's report on efficiency is loaded when somebody asks for it.

Every Snakemake loads all plugins that are installed, whatever it runs. This report, which is
not made here, needs pandas, and to load that takes half as long as all the rest.
"""

import importlib
import sys
from types import ModuleType
from typing import Any

_REPORT = "snakemake_executor_plugin_slurm.efficiency_report"


class _Later(ModuleType):
    @staticmethod
    def create_efficiency_report(*arguments: Any, **more: Any) -> Any:
        """Load the true module, and do what it does."""
        sys.modules.pop(_REPORT, None)
        return importlib.import_module(_REPORT).create_efficiency_report(*arguments, **more)


sys.modules.setdefault(_REPORT, _Later(_REPORT))
