"""Whether a summary fits the JSON schema of its kind."""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from engines.charts.wording import MAKE_AGAIN
from engines.contract.errors import BadData

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"
MOST_KNOWN = 4096
"""Summaries that are known to fit: a page reads the same ones again with each that comes."""
_known: dict[bytes, None] = {}
LENGTH = 200  # characters of a problem; a value can be as long as the file


def check(path: Path, text: bytes, data: dict[str, Any], engine: str) -> None:
    """Hold a summary against its schema, which its key ``schema`` names.

    Args:
        path: what it is called.
        text: what ``data`` was read from.
        engine: command that writes such summaries.

    Raises:
        BadData: one line with the file and the key that is wrong.
    """
    digest = hashlib.sha256(text).digest()
    if digest in _known:
        return
    error = best_match(_validator(str(data["schema"])).iter_errors(data))
    if error is not None:
        where = ".".join(map(str, error.absolute_path)) or "the summary"
        raise BadData(f"{path}: {where}: {error.message[:LENGTH]}", hint=MAKE_AGAIN.format(engine))
    while len(_known) >= MOST_KNOWN:
        _known.pop(next(iter(_known)), None)
    _known[digest] = None


@cache
def _validator(schema: str) -> Draft202012Validator:
    """Of ``plumbline/screen.summary/1`` that of ``screen.summary.schema.json``."""
    file = SCHEMAS / f"{schema.split('/')[1]}.schema.json"
    return Draft202012Validator(json.loads(file.read_text(encoding="utf-8")))
