"""Views that were made, kept while the files behind them stay as they are."""

import hashlib
import json
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from control.web.aside import aside
from control.web.views.material import Material
from control.web.views.view import View

MOST_VIEWS, MOST_BYTES = 200, 64 << 20
"""That a worker keeps."""


@dataclass
class Made:
    """A view as JSON.

    Attributes:
        text: the view.
        rows: those of its large tables, which are not in ``text``, each a JSON object as well.
    """

    text: str
    rows: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        """How many characters it has."""
        return len(self.text) + sum(map(len, self.rows))


class Keeper:
    """The latest answers, as JSON."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], Made] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, view: View, material: Material, signature: str) -> Made:
        """A view as JSON, made anew only where something has changed.

        Args:
            signature: of ``material``, before anything was read from it.
        """
        key = (view.name, material.origin.run_id, signature)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = aside(lambda: _made(view, material))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = made
                self._size += len(made)
            while self._size > MOST_BYTES or len(self._kept) > MOST_VIEWS:
                self._size -= len(self._kept.popitem(last=False)[1])
        return made


def _made(view: View, material: Material) -> Made:
    shown = view.show(material)
    shown.problems = list(dict.fromkeys([*material.problems, *shown.problems]))
    made = Made("")
    base = f"{material.origin.link}/views/{view.name}/rows"
    for table in (table for section in shown.sections for table in section.tables):
        if table.apart is None:
            continue
        text = json.dumps({"columns": table.apart}, separators=(",", ":"), default=_link)
        # other rows have another address: who has read them need not ask whether they are the same
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        table.link = f"{base}/{len(made.rows)}?of={digest}"
        made.rows.append(text)
    made.text = shown.model_dump_json()
    return made


def _link(value: Any) -> Any:
    return value.model_dump()


KEEPER = Keeper()
