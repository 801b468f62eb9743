"""The library that draws charts in a page (Vega, Vega-Lite, Vega-Embed), served from here.

It is bundled out of ``vl_convert``, which the reports use as well: no network, and the same
charts everywhere. That takes a second and 150 MB, so it is done once, in a process of its own,
and kept gzipped in the service's state folder.
"""

import gzip
import hashlib
import subprocess
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from flask import Blueprint, Response, request

from control.runs.locked import locked
from control.settings import StateDir
from control.web import auth
from control.web.service import service
from engines.contract.errors import EngineError, InputMissing, Unavailable
from engines.contract.output import staging

SNIPPET = "globalThis.plumblineCharts = {vegaEmbed, vega}"
"""What the bundle leaves for the page; all else of it stays inside its module."""
SECONDS = 120.0
"""To make it on a busy machine."""

blueprint = Blueprint("charts", __name__)


@cache
def library_name() -> str:
    """Its file name, another one for every other content: the bundle is made of just these."""
    made_of = f"{version('vl-convert-python')}\0{SNIPPET}"
    return f"vega-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.js"


def ensure(state: StateDir) -> Path:
    """The library, gzipped; made where it is not there. Those of former versions are removed.

    Raises:
        Unavailable: it could not be made.
        OSError: the state folder cannot be written.
    """
    found = state.charts / f"{library_name()}.gz"
    if found.exists():
        return found
    with locked(state.charts / "lock", SECONDS, "the library that draws charts"):
        if not found.exists():
            _make(found)
            for other in state.charts.glob("vega-*.js.gz"):
                if other != found:
                    other.unlink(missing_ok=True)
    return found


def _make(target: Path) -> None:
    command = [sys.executable, "-m", "control.web.chart_library", str(target)]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)
    except (subprocess.SubprocessError, OSError) as error:
        said = getattr(error, "stderr", None) or str(error).encode()
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        raise Unavailable(
            f"charts cannot be drawn: {''.join(last)[:200]}", hint="run 'plumbline doctor'"
        ) from None


@blueprint.get("/charts/<name>")
@auth.public
def library(name: str) -> Response:
    """The script; a browser that has it never asks again."""
    if name != library_name():
        raise InputMissing(f"{name[:60]}: there is no such script", hint="load the page again")
    packed = ensure(service().state).read_bytes()
    takes_gzip = request.accept_encodings.quality("gzip") > 0
    made = Response(packed if takes_gzip else gzip.decompress(packed), mimetype="text/javascript")
    if takes_gzip:
        made.headers["Content-Encoding"] = "gzip"
    made.headers["Vary"] = "Accept-Encoding"
    made.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return made


def main() -> None:
    """Make the file that the command names; in a process that ends with it."""
    # imported here: the service itself has no use for it
    import vl_convert

    script: str = vl_convert.javascript_bundle(SNIPPET)
    with staging(Path(sys.argv[1])) as staged:
        staged.write_bytes(gzip.compress(script.encode(), mtime=0))


if __name__ == "__main__":
    try:
        main()
    except EngineError as error:
        sys.exit(error.message)
