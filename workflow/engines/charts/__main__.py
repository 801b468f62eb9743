"""`python -m engines.charts`: the charts without the rest of plumbline."""

from engines.charts.cli import chart

if __name__ == "__main__":
    chart(prog_name="chart")
