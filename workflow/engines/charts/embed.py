"""One HTML file that needs nothing else, and no network: what all our pages share."""

import base64
import gzip
import json
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

# Snakemake's report shows a page in a frame, from a data URI, and Chromium leaves a frame empty
# whose URI is longer than 2 MiB: as base64, that is a page of this many bytes.
FRAME_LIMIT = 2 * 2**20 * 3 // 4 - 200


def own_text(name: str, package: str = "engines.charts") -> str:
    """A file that lies beside the code of ``package``."""
    return files(package).joinpath(name).read_text("utf-8")


def trusted(*names: str, package: str = "engines.charts") -> Markup:
    """Our own scripts or styles, one after the other, as they stand."""
    return Markup("\n".join(own_text(name, package) for name in names))  # noqa: S704 our own files


@cache
def environment(*packages: str) -> Environment:
    """Templates of ``engines.charts`` and of further packages; every text is escaped."""
    places = ("engines.charts", *packages)

    def load(name: str) -> str | None:
        for package in places:
            if files(package).joinpath(name).is_file():
                return own_text(name, package)
        return None

    return Environment(
        loader=FunctionLoader(load),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def packed(text: str) -> str:
    """A text, gzipped, as base64: the chart library shrinks from 0.9 to 0.4 MB."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def embedded(data: Any) -> Markup:
    """JSON that can stand in a script element, whatever the texts in it are."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 nothing in it can end the element
