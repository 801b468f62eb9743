"""Views that were made, kept while the files behind them stay as they are."""

import threading
from collections import OrderedDict

from control.web.aside import aside
from control.web.views.material import Material
from control.web.views.view import View

MOST_VIEWS, MOST_BYTES = 200, 64 << 20
"""That a worker keeps."""


class Keeper:
    """The latest answers, as JSON."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, str], str] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def get(self, view: View, material: Material, signature: str) -> str:
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


def _made(view: View, material: Material) -> str:
    shown = view.show(material)
    shown.problems = list(dict.fromkeys([*material.problems, *shown.problems]))
    return shown.model_dump_json()


KEEPER = Keeper()
