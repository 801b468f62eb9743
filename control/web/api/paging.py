"""Lists a page at a time: the address of the next one."""

from urllib.parse import urlencode

from flask import request


def next_page(cursor: str | int | None) -> str | None:
    """The address of the page that ``cursor`` begins, with the filters of this one.

    None where there is no such page.
    """
    if cursor is None:
        return None
    kept = [(key, value) for key, value in request.args.items(multi=True) if key != "cursor"]
    query = urlencode([*kept, ("cursor", str(cursor))])
    return f"{request.script_root}{request.path}?{query}"
