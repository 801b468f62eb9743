"""How messages show values, names and what was probably meant."""

from collections.abc import Iterable, Sequence

from engines.contract.errors import nearest


def printable(text: str) -> str:
    """``text`` on one line: what a terminal would act on is shown as its escape."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def quoted(value: object, longest: int = 80) -> str:
    """A value as a message shows it: in quotes, and cut where it is endless."""
    text = str(value)
    return f'"{text[:longest]}…"' if len(text) > longest else f'"{text}"'


def did_you_mean(word: str, valid: Iterable[str]) -> str:
    """``; did you mean X?`` where a valid spelling is close, else nothing."""
    close = nearest(word, valid)
    return f"; did you mean {close}?" if close else ""


def either(valid: Iterable[str]) -> str:
    """Valid values as a list in words: ``a, b or c``."""
    *first, last = [str(name) for name in valid]
    return f"{', '.join(first)} or {last}" if first else last


def some(names: Sequence[str], most: int = 5) -> str:
    """The first of many: ``a, b, c, d, e and 7 more``."""
    rest = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
