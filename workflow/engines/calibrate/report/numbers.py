"""Every number of every fit, as a table for programs."""

import csv
import io
from collections.abc import Iterable

from engines.charts.summaries import Summary

COLUMNS = (
    *("dataset", "age_group", "country", "mmat_type", "engine", "engine_version", "example"),
    *("fit", "cause", "calibrated", "uncalibrated", "mean", "lower_ci", "upper_ci"),
    *("deaths_uncalibrated", "deaths_calibrated", "lambda", "stalled"),
)
BY_CAUSE = ("uncalibrated", "mean", "lower_ci", "upper_ci")
DEATHS = ("deaths_uncalibrated", "deaths_calibrated")


def as_tsv(summaries: Iterable[Summary]) -> str:
    """A row per data set, fit and cause; numbers as in the JSON, NA where there is none."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(COLUMNS)
    for summary in summaries:
        data = summary.data
        engine = data["engine"]
        lead = [summary.sample, data["age_group"], data["country"], data["mmat_type"]]
        lead += [engine["name"], engine["version"], _yes(bool(data["example"]))]
        for fit in data["fits"]:
            for cause in data["causes"]:
                changed = fit["calibrated"] and cause not in fit["not_calibrated"]
                values = [fit[key][cause] for key in (*BY_CAUSE, *DEATHS)]
                cells = ["NA" if value is None else value for value in (*values, fit["lambda"])]
                writer.writerow(
                    [*lead, fit["name"], cause, _yes(changed), *cells, _yes(fit["stalled"])]
                )
    return text.getvalue()


def _yes(value: bool) -> str:
    return "yes" if value else "no"
