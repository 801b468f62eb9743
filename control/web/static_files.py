"""Scripts, styles and pictures of the pages: browsers keep them, and load modules at once.

``url_for("static", filename=…)`` gives an address that holds a hash of all these files. What is
behind it never changes, so browsers do not ask again; relative imports and addresses in
stylesheets stay below it. An address without the hash works too, and is asked for each time.
"""

import hashlib
import mimetypes
import re
from pathlib import Path, PurePosixPath
from typing import Any

from flask import Flask, Response, request, url_for
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.security import safe_join

FOLDER = Path(__file__).parent / "static"
FOR_EVER = "public, max-age=31536000, immutable"
_VERSION = re.compile(r"v-[0-9a-f]{12}")
# Modules that are loaded in any case; not those of import('…').
_IMPORT = re.compile(r"(?:^|[\s}])(?:from|import)\s*'(\.{1,2}/[\w./-]+\.js)'")


def init_app(app: Flask) -> None:
    """Serve the files of ``app``, which was made without a static folder of Flask's own.

    Templates have ``module(filename)``: the script element of a module, and before it what the
    browser needs to load all that it imports at the same time, not one after the other.
    """
    version = version_of(FOLDER)

    @app.url_defaults
    def with_version(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static" and "filename" in values:
            values["filename"] = f"{version}/{values['filename']}"

    @app.route("/static/<path:filename>", endpoint="static")
    def send(filename: str) -> Response:
        given, _, rest = filename.partition("/")
        if not _VERSION.fullmatch(given):
            return _answer(filename, "no-cache")
        # a page that was open while the service became another version
        return _answer(rest, FOR_EVER if given == version else "no-cache")

    @app.template_global()
    def module(filename: str) -> Markup:
        preload = [
            Markup('<link rel="modulepreload" href="{}">').format(url_for("static", filename=each))
            for each in imports_of(FOLDER, filename)
        ]
        script = Markup('<script type="module" src="{}"></script>')
        return Markup("\n").join([*preload, script.format(url_for("static", filename=filename))])


def version_of(folder: Path) -> str:
    """A short text that changes with the names and contents of the files below ``folder``."""
    found = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        content = path.read_bytes()
        found.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode() + content)
    return f"v-{found.hexdigest()[:12]}"


def imports_of(folder: Path, filename: str) -> list[str]:
    """The modules that a module imports, and those that they do, each once."""
    found: dict[str, None] = {}
    open_ = [filename]
    while open_:
        name = open_.pop()
        for imported in _IMPORT.findall((folder / name).read_text()):
            path = _resolved(PurePosixPath(name).parent / imported)
            if path != filename and path not in found:
                found[path] = None
                open_.append(path)
    return list(found)


def _resolved(path: PurePosixPath) -> str:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _answer(name: str, cache: str) -> Response:
    path = safe_join(str(FOLDER), name)
    try:
        content = Path(path or FOLDER).read_bytes()
    except (OSError, ValueError):  # a name that no file can have, or none has
        raise NotFound from None
    made = Response(content, content_type=_media_type(name))
    made.headers["Cache-Control"] = cache
    made.add_etag()
    made.make_conditional(request.environ)
    return made


def _media_type(name: str) -> str:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    is_text = kind.startswith("text/") or kind.endswith(("javascript", "+xml"))
    return f"{kind}; charset=utf-8" if is_text else kind
