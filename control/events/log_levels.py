"""How serious a plain line of a log is, by what tools of many languages write."""

import re

DEBUG, INFO, SUCCESS, WARNING, ERROR = LEVELS = ("debug", "info", "success", "warning", "error")

_LOOKED_AT = 100  # characters; a level stands at the beginning
_WORDS = {
    "DEBUG": DEBUG,
    "TRACE": DEBUG,
    "INFO": INFO,
    "NOTE": INFO,
    "NOTICE": INFO,
    "SUCCESS": SUCCESS,
    "WARN": WARNING,
    "WARNING": WARNING,
    "ERROR": ERROR,
    "FATAL": ERROR,
    "CRITICAL": ERROR,
    "SEVERE": ERROR,
}
_ALTERNATIVES = "|".join(_WORDS)
# At the very beginning a word in any case will do, if it is used as a heading:
# "error: …", R's "Error in f(x) : …" and "Warning messages:".
_HEADING = re.compile(
    rf"\s*(?i:({_ALTERNATIVES}))(?::|\s*\]|(?i:\s+messages?:|\s+in\s))"
    r"|\s*\[([EWMD])::"  # htslib and its kin
    r"|((?:[\w.]*(?:Error|Exception):\s)|Traceback \(most|Exception in thread|Execution halted)"
)
_LETTERS = {"E": ERROR, "W": WARNING, "M": INFO, "D": DEBUG}
# Further on it must be written large, and follow a time or the end of another field:
# "2026-11-21 22:10:05,123 - job - INFO - …", "[main] WARN …", "22:10:05.123 ERROR Tool - …".
_FIELD = re.compile(rf"(?:^\s*|[\]:|>(\[<-]\s*|[:.,]\d\d+Z?\s+)({_ALTERNATIVES})(?=[\s\]:|>),-]|$)")


def level_of(line: str) -> str:
    """``debug``, ``info``, ``success``, ``warning`` or ``error``; info where nothing says."""
    found = _HEADING.match(line)
    if found:
        word, letter, _ = found.groups()
        if word:
            return _WORDS[word.upper()]
        return _LETTERS[letter] if letter else ERROR
    found = _FIELD.search(line, 0, _LOOKED_AT)
    return _WORDS[found[1]] if found else INFO
