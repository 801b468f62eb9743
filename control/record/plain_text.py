"""Text that others wrote, as people may see it: no colours, nothing invisible.

A terminal obeys control characters, and a page shows letters in the order that
direction marks ask for; so a log could show something else than it holds.
"""

import re

_ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]?"  # colours and cursor moves
    r"|\][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles and links of a terminal
    r"|[PX^_][^\x1b]*(?:\x1b\\)?"  # strings for a terminal alone
    r"|[ -/]*[0-~]?)"
)
_PICTURES = {code: chr(0x2400 + code) for code in range(32)} | {0x7F: "␡"}


def visible(text: str) -> str:
    """One line with everything in it to be seen; tabs stay.

    Of what a carriage return would overwrite (a progress bar) the last state is kept.
    """
    if text.isprintable():
        return text
    text = text.rstrip("\r\n")
    if "\r" in text:
        text = text[text.rindex("\r") + 1 :]
    if "\x1b" in text:
        text = _ANSI.sub("", text)
    if text.isprintable():
        return text
    return "".join(c if c == "\t" or c.isprintable() else _shown(c) for c in text)


def visible_text(text: str, longest: int = 10_000) -> str:
    """Several lines with everything in them to be seen; cut with a mark where they are long."""
    if len(text) > longest:
        text = f"{text[:longest]}… ({len(text) - longest} more characters)"
    return "\n".join(visible_lines(text))


def visible_lines(text: str) -> list[str]:
    """The lines of a text that say something."""
    return [line for line in map(visible, text.split("\n")) if line.strip()]


def _shown(character: str) -> str:
    if character.isspace():  # spaces of other widths, and separators of lines
        return " "
    code = ord(character)
    return _PICTURES.get(code) or f"<U+{code:04X}>"
