"""What every Snakemake loads, because it loads all plugins."""

import os
import subprocess
import sys

SCRIPT = """
import sys
import snakemake_executor_plugin_plumbline_slurm
import snakemake_executor_plugin_slurm as theirs
assert "pandas" not in sys.modules
try:
    theirs.create_efficiency_report()
except TypeError:  # the true one wants arguments
    assert "pandas" in sys.modules
    print("loaded when it was called")
"""


def test_pandas_is_loaded_for_the_report_that_needs_it_and_for_nothing_else() -> None:
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", SCRIPT]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=180)
    assert ended.stdout == "loaded when it was called\n", ended.stderr
