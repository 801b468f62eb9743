"""The kind of an error: its text without what differs from job to job."""

import re
from collections.abc import Iterable

_READ, _LONGEST = 1000, 200  # the patterns take time with the square of the length
_RULES = (
    (re.compile(r"\w+://\S+"), "<url>"),
    (re.compile(r"[\w.~+*-]*(?:/[\w.,@=+*<>-]*\w)+/?"), "<path>"),
    (re.compile(r"(?<!\w)[\w+*-]+(?:\.[\w+*-]+)*\.[A-Za-z]\w{0,9}(?!\w)"), "<file>"),
    (re.compile(r"(?<!\w)[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\w)", re.I), "<id>"),
    (re.compile(r"(?<!\w)(?:0x)?(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{6,}(?!\w)", re.I), "<id>"),
    (re.compile(r"\d+(?:[.,:]\d+)*"), "#"),
    (re.compile(r"\s+"), " "),
)


def kind_of(message: str, names: Iterable[str] = ()) -> str:
    """Give what two errors have in common that are the same but for numbers, paths, ids and names.

    Of several lines the first counts; of a Python traceback the last, which names the error.

    Args:
        message: of the error.
        names: that stand for themselves in it, such as values of the job's wildcards.
    """
    lines = [line for line in message.split("\n") if line.strip()] or [""]
    text = lines[-1] if lines[0].startswith("Traceback ") else lines[0]
    text = text[:_READ]
    for name in sorted(filter(None, names), key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "*", text)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text.strip()[:_LONGEST]
