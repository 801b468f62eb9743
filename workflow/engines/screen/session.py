"""One screen, from the request to results on disk."""

from collections.abc import Sequence

from engines.contract.errors import Unavailable
from engines.contract.output import staging
from engines.contract.progress import warn
from engines.screen import external
from engines.screen.case import Request


def run(request: Request, ignored: Sequence[str] = ()) -> str:
    """Screen, publish what was found, and give a line on it for people.

    Args:
        ignored: options of the earlier program that have no meaning here.

    Raises:
        EngineError: see the parts.
    """
    for name in ignored:
        warn(f"--{name.replace('_', '-')}: has no meaning here, and changes nothing")
    if request.executable is None:
        raise Unavailable("not joined yet")
    with staging(request.out / request.sample) as staged:
        written = external.run(request, staged.parent, request.gpu)
    return f"{request.sample}: {len(written)} files by {request.executable}"
