"""Secrets stay out of what is written: values that look like one are replaced by ``***``."""

import re
import shlex
from collections.abc import Iterator, Sequence

HIDDEN = "***"

# A name is secret by its last word (`api_key`, `--db-password`), not by any word:
# `--token-file PATH` names a file, and that is worth knowing.
_SECRET_WORDS = frozenset(
    {"token", "secret", "password", "passwd", "passphrase", "pwd", "key", "apikey", "accesskey"}
    | {"secretkey", "credential", "credentials", "signature", "auth", "authorization"}
)
# What a text must contain before the expressions below are tried on it at all.
_HINTS = ("token", "secret", "pass", "pwd", "key", "credential", "signature", "auth")

_USER_IN_URL = re.compile(r"(?<=://)[^/\s@'\"]+(?=@)")
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s\"'&,;})\]]+)"
_PAIR = re.compile(rf"(?P<name>[\w.-]+)(?P<sign>[\"']?(?:=|:\s*))(?P<value>{_VALUE})")
_OPTION = re.compile(rf"(?P<name>--[\w.-]+)(?P<sign>\s+)(?P<value>(?!-){_VALUE})")
_HEADER = re.compile(r"(?i)\b(?P<scheme>bearer|basic)\s+[\w.~+/=-]{8,}")


def is_secret(name: str) -> bool:
    """Whether the value of an option or key of this name is to be hidden."""
    words = re.split(r"[\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower())
    return words[-1] in _SECRET_WORDS


def hide_user(text: str) -> str:
    """Give ``text``, or a path, without user and password of URLs."""
    if "@" in text and "://" in text:
        return _USER_IN_URL.sub(HIDDEN, text)
    return text


def hide_secrets(text: str) -> str:
    """Give ``text`` without user and password of URLs, and without values of secret names.

    ``NAME=value``, ``NAME: value`` and ``--NAME value`` are known. A bare ``key``
    is left as it is: in running text that is a sort key or a dictionary's.
    """
    text = hide_user(text)
    lower = text.lower()
    if not any(map(lower.__contains__, _HINTS)):
        return text
    text = _HEADER.sub(rf"\g<scheme> {HIDDEN}", text)
    return _OPTION.sub(_hidden_pair, _PAIR.sub(_hidden_pair, text))


def command_line(arguments: Sequence[str]) -> str:
    """Give a command as one line that a shell reads, secrets hidden.

    The first argument is shortened to its file name: ``snakemake``, wherever it is installed.
    """
    return shlex.join(_without_secrets(arguments)).replace(f"'{HIDDEN}'", HIDDEN)


def _without_secrets(arguments: Sequence[str]) -> Iterator[str]:
    hide_next = False
    for position, argument in enumerate(arguments):
        name, sign, _value = argument.partition("=")
        if position == 0:
            yield _program(argument)
        elif hide_next and not argument.startswith("-"):
            yield HIDDEN
        elif sign and is_secret(name):
            yield f"{name}={HIDDEN}"
        else:
            yield hide_secrets(argument)
        hide_next = argument.startswith("--") and not sign and is_secret(name)


def _program(path: str) -> str:
    parts = path.replace("\\", "/").split("/")
    if parts[-1] == "__main__.py" and len(parts) > 1:
        return parts[-2]  # python -m snakemake
    return parts[-1]


def _hidden_pair(match: re.Match[str]) -> str:
    name = match["name"]
    if not is_secret(name) or name.lower().strip("-") == "key":
        return match[0]
    if match["value"].lower() in ("bearer", "basic"):
        return match[0]  # the scheme of an Authorization header; its value went already
    quote = match["value"][0] if match["value"][0] in "\"'" else ""
    return f"{name}{match['sign']}{quote}{HIDDEN}{quote}"
