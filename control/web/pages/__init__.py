"""Pages for people. What is on them is there without scripts, and works under any prefix.

One module a page or a few that belong together; all are views of one blueprint, so that their
endpoints are ``pages.NAME``. The frame around every page is in :mod:`control.web.pages.frame`.
"""

from control.web.pages import account, audit, compare, inbox, new_run, run, runs, sign_in, users
from control.web.pages.frame import blueprint

__all__ = [
    "account",
    "audit",
    "blueprint",
    "compare",
    "inbox",
    "new_run",
    "run",
    "runs",
    "sign_in",
    "users",
]
