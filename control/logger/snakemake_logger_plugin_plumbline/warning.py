"""The one way of this plugin to speak to people while a run goes on."""

import sys
from contextlib import suppress


def warn(text: str) -> None:
    """One line on stderr; through a logger it would come back to this plugin. Never raises."""
    with suppress(OSError, ValueError, AttributeError):  # nobody listens any more
        print(f"plumbline logger: {text}", file=sys.stderr, flush=True)
