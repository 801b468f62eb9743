"""The clusters behind false negatives and false positives: by context, and the worst of them."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from engines.charts.summaries import Summary, of_schema, own_name
from engines.charts.tables import Row
from engines.charts.theme import BLUE, VALUE, VERMILION
from engines.charts.wording import MAKE_AGAIN, TITLES
from engines.contract.errors import BadData

Spec = dict[str, Any]  # Vega-Lite

SCHEMA = "plumbline/small_variants.differences/1"
SUFFIX = ".differences.json"
COUNTS = ("truth_fn", "query_fp", "fp_gt", "fp_al", "truth_tp", "query_tp", "snp", "indel")
PLACE = ("start", "end")
SEQUENCE = ("homopolymer", "repeat_unit", "repeat_length")
WIDTH, LINE = 170, 20  # of a panel and of a bar, in pixels


def beside(summary: Summary) -> Path:
    """Where the clusters of a summary are listed."""
    return summary.path.with_name(own_name(summary.path) + SUFFIX)


def differences_of(path: Path, text: bytes) -> dict[str, Any]:
    """Read and check the list of one comparison.

    Args:
        path: what it is called.
        text: what the file holds.

    Raises:
        BadData: it is empty, not JSON, of another kind, or a key is missing or impossible.
    """
    data = of_schema(path, text, SCHEMA, "run compare again")
    if problem := next(_problems(data), ""):
        raise BadData(f"{path}: {problem}", hint=MAKE_AGAIN.format("compare"))
    return data


def _problems(data: dict[str, Any]) -> Iterator[str]:
    """What is missing or impossible; written out, for the validator of schemas takes a second."""
    if not _is_count(data.get("clusters")):
        yield "clusters: missing, or no count"
    worst = data.get("worst")
    if not isinstance(worst, list):
        yield "worst: missing, or not a list"
        return
    for number, cluster in enumerate(worst):
        if not isinstance(cluster, dict):
            yield f"worst[{number}]: not an object"
            continue
        for key, (fits, what) in _WANTED.items():
            if not fits(cluster.get(key)):
                yield f"worst[{number}].{key}: missing, or {what}"


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


_WANTED: dict[str, tuple[Callable[[object], bool], str]] = {
    **dict.fromkeys((*PLACE, *COUNTS), (_is_count, "no count")),
    **dict.fromkeys(SEQUENCE, (lambda value: value is None or _is_count(value), "no count")),
    **dict.fromkeys(("contig", "context", "explained"), (_is_text, "not a text")),
    "subsets": (_are_texts, "not a list of names"),
    "capped": (lambda value: isinstance(value, bool), "neither true nor false"),
}


def context_rows(summaries: Iterable[Summary]) -> list[Row]:
    """A row per sample and context: ``clusters``, ``truth_fn``, ``query_fp``."""
    return [
        {"sample": summary.sample, **row}
        for summary in summaries
        for row in (summary.data.get("differences") or {"by_context": ()})["by_context"]
    ]


def cluster_rows(sample: str, data: dict[str, Any]) -> list[Row]:
    """A row per cluster that is listed, the worst first, without its explanation."""
    return [
        {
            "sample": sample,
            "place": f"{each['contig']}:{each['start']}-{each['end']}",
            "context": each["context"],
            **{key: each[key] for key in COUNTS},
            "around": _around(each),
            "subsets": ", ".join(each["subsets"]),
            "capped": "search cut short" if each["capped"] else "",
        }
        for each in data["worst"]
    ]


def _around(cluster: dict[str, Any]) -> str:
    """The homopolymer and the tandem repeat there, in words."""
    words = []
    if run := cluster.get("homopolymer", 0):
        words.append(f"run of {run}")
    if unit := cluster.get("repeat_unit", 0):
        words.append(f"repeat of {cluster.get('repeat_length', 0)}, unit {unit}")
    return ", ".join(words)


def contexts_chart(rows: Sequence[Row]) -> Spec | None:
    """Missed and wrong calls by context, all samples together or the one that is picked.

    Its data set is ``contexts``, rows as :func:`context_rows` gives them.

    Returns:
        None where there is nothing to draw.
    """
    if not rows:
        return None
    colours = {"truth_fn": BLUE, "query_fp": VERMILION, "clusters": "#bbbbbb"}
    clusters: Counter[str] = Counter()
    for row in rows:
        clusters[row["context"]] += row["clusters"]
    order = [context for context, _ in clusters.most_common()]
    panels = [_panel(key, colour, order) for key, colour in colours.items()]
    return {"hconcat": panels, "spacing": 52, "bounds": "flush"}


def _panel(key: str, colour: str, order: Sequence[str]) -> Spec:
    is_first = key == "truth_fn"
    # a name of its own: Vega-Lite makes one of aggregates that are called alike
    total = f"{key}_total"
    quiet = {"ticks": False, "domain": False, "grid": False, "title": None, "labelPadding": 6}
    title = {"clusters": "Clusters"}.get(key) or TITLES[key]
    x = {
        "field": total,
        "type": "quantitative",
        "title": title,
        "axis": {"labels": False, "ticks": False, "grid": False},
    }
    labels = {**quiet, "labels": is_first}
    y = {"field": "context", "type": "nominal", "sort": list(order), "axis": labels}
    summed = {"op": "sum", "field": key, "as": total}
    tooltip = [
        {"field": "context", "type": "nominal", "title": "Context"},
        {"field": total, "type": "quantitative", "title": title, "format": ",d"},
    ]
    text = {"field": total, "type": "quantitative", "format": ",d"}
    numbers = dict.fromkeys(("clusters", "truth_fn", "query_fp"), "number")
    parse = {"sample": "string", "context": "string", **numbers}
    return {
        "data": {"name": "contexts", "format": {"type": "csv", "parse": parse}},
        "transform": [
            {"filter": "picked == '' || datum.sample == picked"},
            {"aggregate": [summed], "groupby": ["context"]},
        ],
        "width": WIDTH if key != "clusters" else WIDTH - 40,
        "height": {"step": LINE},
        "view": {"strokeOpacity": 0},
        "encoding": {"x": x, "y": y, "tooltip": tooltip},
        "layer": [
            {"mark": {"type": "bar", "color": colour, "size": 11}},
            {"mark": {"type": "text", "dx": 3, **VALUE}, "encoding": {"text": text}},
        ],
    }
