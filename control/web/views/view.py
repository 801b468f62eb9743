"""What a results view is: the files that it reads, and a function that says what to show."""

from collections.abc import Callable
from dataclasses import dataclass

from control.web.views.material import Material
from control.web.views.shown import Shown


@dataclass(frozen=True)
class View:
    """One view.

    Attributes:
        name: in addresses; lower-case letters.
        title: of its tab.
        reads: folder below the results → ending of the files that it reads there; ``screen/*``
            is every folder in ``screen``. It is offered as soon as one of them is there.
        show: makes it. It is called again whenever one of the files has changed; in a thread
            that has no request, so it asks for nothing but what it is given.
        rank: smaller ones come first.
        looks_back: whether it wants what earlier runs found (``Material.earlier``).
    """

    name: str
    title: str
    reads: tuple[tuple[str, str], ...]
    show: Callable[[Material], Shown]
    rank: int = 50
    looks_back: bool = False
