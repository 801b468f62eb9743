"""What changed against earlier summaries (`plumbline compare --baseline`): a line per row."""

from collections.abc import Iterable, Sequence

from engines.charts.summaries import Summary
from engines.charts.tables import Row

LABELS = {
    **{"sample": "Sample", "type": "Type", "subtype": "Subtype", "subset": "Stratification"},
    "filter": "Filter",
}
METRICS = ("recall", "precision")
COUNTS = {"truth_fn": "FN", "query_fp": "FP"}
CLEAR = ("better", "worse")


def titles() -> dict[str, str]:
    """Key of a row's numbers and words → what it is called."""
    made: dict[str, str] = {}
    for metric in METRICS:
        name = metric.capitalize()
        made |= {
            f"{metric}_word": f"{name} is",
            f"{metric}_old": f"{name} then",
            f"{metric}_new": f"{name} now",
            f"{metric}_change": f"{name}, change",
            f"{metric}_from": "from",
            f"{metric}_to": "to",
        }
    return made | {f"{key}_change": f"{name}, change" for key, name in COUNTS.items()}


def change_rows(summaries: Iterable[Summary]) -> list[Row]:
    """A row per row that changed, with the keys of :func:`titles`; those of everything first.

    The ends (``_from``, ``_to``) are those of the 95 % interval of the change.
    """
    rows = [
        _row(summary.sample, told)
        for summary in summaries
        for told in (summary.data.get("baseline") or {"rows": ()})["rows"]
    ]
    return sorted(rows, key=lambda row: (row["subset"] != "*", row["subtype"] != "*"))


def _row(sample: str, told: Row) -> Row:
    row = {"sample": sample, **{key: told[key] for key in LABELS if key != "sample"}}
    for metric in METRICS:
        share = told[metric]
        row |= {
            f"{metric}_word": share["word"],
            f"{metric}_old": share["old"],
            f"{metric}_new": share["new"],
            f"{metric}_change": share["difference"],
            f"{metric}_from": share["low"],
            f"{metric}_to": share["high"],
        }
    for key in COUNTS:
        row[f"{key}_change"] = told[key]["new"] - told[key]["old"]
    return row


def in_words(summaries: Sequence[Summary]) -> str:
    """How many values clearly changed, of all rows, in a sentence; empty without a baseline."""
    names = {told["name"] for s in summaries if (told := s.data.get("baseline"))}
    if not names:
        return ""
    words = [row[f"{metric}_word"] for row in change_rows(summaries) for metric in METRICS]
    better, worse = (words.count(word) for word in CLEAR)
    than = names.pop() if len(names) == 1 else "earlier results"
    told = f"{better:,} clearly better, {worse:,} worse than {than}"
    return f"Recall and precision of all rows: {told}."


def notes(summaries: Sequence[Summary]) -> list[str]:
    """Against what each was held, and how many rows did not change."""
    made = []
    for summary in summaries:
        if told := summary.data.get("baseline"):
            same = told.get("unchanged_rows")
            rest = f"; {same:,} rows have the same counts" if isinstance(same, int) else ""
            made.append(f"{summary.sample} against {told['name']}{rest}.")
    return made
