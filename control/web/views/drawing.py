"""Charts of the engines as a page takes them: data as JSON, only what is drawn, nothing run.

The page allows no code that is made of text, and Vega makes some for CSV; JSON needs none.
"""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

Spec = dict[str, Any]


def with_values(spec: Mapping[str, Any], datasets: Mapping[str, Any] | None = None) -> Spec:
    """A Vega-Lite specification with the data sets that it names, and without their form.

    Args:
        datasets: name → rows.
    """
    made: Spec = copy.deepcopy(dict(spec))
    named: dict[str, Any] = {}
    for data in _datas(made):
        data.pop("format", None)
        if name := data.get("name"):
            named[name] = (datasets or {})[name]
    if named:
        made["datasets"] = named
    return made


def _datas(part: Any) -> Iterator[dict[str, Any]]:
    """Every `data` of a specification and of the views in it."""
    if isinstance(part, dict):
        if isinstance(data := part.get("data"), dict):
            yield data
        for key in ("vconcat", "hconcat", "concat", "layer"):
            for child in part.get(key, ()):
                yield from _datas(child)
        yield from _datas(part.get("spec"))
