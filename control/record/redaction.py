"""Secrets stay out of what is written: values that look like one are replaced by ``***``."""

import re
import shlex
from collections.abc import Iterator, Sequence

HIDDEN = "***"

# A name is secret by its last word (`api_key`, `--db-password`), not by any word:
# `--token-file PATH` names a file, and that is worth knowing.
_SECRET_WORDS = frozenset(
    {"token", "tokens", "secret", "secrets", "password", "passwords", "passwd", "passphrase"}
    | {"pass", "pwd", "key", "keys", "apikey", "accesskey", "secretkey", "credential"}
    | {"credentials", "signature", "sig", "auth", "authorization"}
)
# What a text must contain before the expressions below are tried on it at all.
_HINTS = ("token", "secret", "pass", "pwd", "key", "credential", "sig", "auth")

# Each of these is linear in the length of a text: a name begins where no other can have begun,
# and gives nothing back (++); a value that is not closed reaches to the end.
_USER_IN_URL = re.compile(r"(?<=://)[^/\s'\"]+(?=@)")
_NAME = re.compile(
    r"""
    (?: (?P<item>[{,]\s*+\\*["']?) | (?<![\w.-]) )  # an item of {api_key: value, n: 1}?
    (?: (?P<name>[\w.-]++) \\*["']?[ \t]*+ (?: =+[ \t]* | (?P<colon>:)\s* )
        (?: (?:bearer|basic|token)\s+ )?
      | (?P<option>--[\w.-]++) ["']?,?\s+ (?! -\w?(?:\s|$) | -- )
    )
    """,
    re.VERBOSE | re.IGNORECASE,
)
_QUOTED = r"""
    (?: \\+"[^"]*"? | "(?:[^"\\]|\\.)*"? | '[^']*'? | \[[^\]]*\]? | \{[^}]*\}? )
    [^\s,;&)}\]"']*
"""
# A quote inside of a word (it's) belongs to it; one at its end is the text's.
_VALUE = re.compile(
    rf"""{_QUOTED} | (?: [^\s"'] | ["'](?=[^\s,;:&)}}\]"']) )+""", re.VERBOSE | re.DOTALL
)
_ITEM_VALUE = re.compile(rf"{_QUOTED} | [^,\[\]{{}}\n]+", re.VERBOSE | re.DOTALL)
_OPENING_QUOTE = re.compile(r"\A(?:\\*[\"'])?")
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

    ``NAME=value``, ``NAME: value`` and ``--NAME value`` are known; a value reaches to
    the end of its quotes, or of the word, or in ``{NAME: value, …}`` of the item. A bare
    ``key`` is left as it is: in running text that is a sort key or a dictionary's.
    """
    text = hide_user(text)
    lower = text.lower()
    if not any(map(lower.__contains__, _HINTS)):
        return text
    return _HEADER.sub(rf"\g<scheme> {HIDDEN}", "".join(_without_values(text)))


def _without_values(text: str) -> Iterator[str]:
    done = 0
    for match in _NAME.finditer(text):
        if match.start() < done or not _is_secret_in_text(match["name"] or match["option"]):
            continue
        form = _ITEM_VALUE if match["item"] and match["colon"] else _VALUE
        value = form.match(text, match.end())
        if value is None:
            continue
        quote = _OPENING_QUOTE.findall(value[0])[0]
        yield text[done : match.end()] + quote + HIDDEN + quote
        done = value.end()
    yield text[done:]


def _is_secret_in_text(name: str) -> bool:
    return is_secret(name) and name.lower().strip("-") not in ("key", "keys")


def command_line(arguments: Sequence[str]) -> str:
    """Give a command as one line that a shell reads, secrets hidden.

    The first argument is shortened to its file name: ``snakemake``, wherever it is installed.
    """
    return shlex.join(_without_secrets(arguments)).replace(f"'{HIDDEN}'", HIDDEN)


def _without_secrets(arguments: Sequence[str]) -> Iterator[str]:
    # The first value of a secret option may begin with "-"; more may follow, up to an option.
    is_first = hiding = False
    for position, argument in enumerate(arguments):
        name, sign, _value = argument.partition("=")
        if position == 0:
            yield _program(argument)
        elif is_first or (hiding and not argument.startswith("-")):
            is_first = False
            yield HIDDEN
        else:
            is_first = hiding = argument.startswith("--") and not sign and is_secret(name)
            hidden = f"{hide_user(name)}={HIDDEN}"
            yield hidden if sign and is_secret(name) else hide_secrets(argument)


def _program(path: str) -> str:
    parts = path.replace("\\", "/").split("/")
    if parts[-1] == "__main__.py" and len(parts) > 1:
        return parts[-2]  # python -m snakemake
    return parts[-1]
