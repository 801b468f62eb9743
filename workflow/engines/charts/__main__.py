"""`python -m engines.charts`: the charts without the rest of plumbline."""

from engines.charts.cli import chart
from engines.contract.errors import run_command

run_command(chart, "python -m engines.charts")
