"""Results views: what a run found, as charts and tables, while it runs and afterwards.

An analysis adds its view by adding one file to this folder, with a ``VIEW`` in it
(:mod:`control.web.views.view`); nothing else names it. docs/results-views.md tells how.
"""

import pkgutil
from functools import cache
from importlib import import_module

from control.web.views.view import View


@cache
def views() -> tuple[View, ...]:
    """Every view there is, in the order in which they are offered."""
    modules = (
        import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)
    )
    known = [module.VIEW for module in modules if isinstance(getattr(module, "VIEW", None), View)]
    return tuple(sorted(known, key=lambda view: (view.rank, view.name)))
