"""How wide a text is and where it may be broken, for labels of charts and lines on paper."""

import unicodedata
from functools import lru_cache

# Thousandths of the font size, of Arial and the fonts made to its measure (Liberation Sans).
_GROUPS = {
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    334: "{}",
    191: "'",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckvxyzs",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
    1000: "→–—…",
}
_WIDTHS = {character: width for width, group in _GROUPS.items() for character in group}
_BOLD = 1.08  # on the safe side of what bold type needs more
_BREAK_AFTER = " _-/,"


@lru_cache(maxsize=4096)
def width_of(text: str, size: float, bold: bool = False) -> float:
    """Width of a line in the unit of ``size``; of scripts that Arial lacks, an upper estimate."""
    return sum(map(_width, text)) / 1000 * size * (_BOLD if bold else 1)


def _width(character: str) -> int:
    if character in _WIDTHS:
        return _WIDTHS[character]
    if unicodedata.combining(character):
        return 0
    base = unicodedata.normalize("NFD", character)[0]
    return _WIDTHS.get(base, 1000 if unicodedata.east_asian_width(character) in "WF" else 720)


def broken(text: str, most: float, size: float, bold: bool = False) -> list[str]:
    """The lines of a text, none wider than ``most`` unless a single character is.

    It is broken after blanks, and after what joins the words of a name (``_ - / ,``);
    a piece without any of them is broken where the line is full.
    """
    lines = [""]
    for piece in _pieces(text):
        for part in _fitting(piece, most, size, bold):
            if lines[-1] and width_of((lines[-1] + part).rstrip(), size, bold) > most:
                lines.append("")
            lines[-1] += part
    return [line.rstrip() for line in lines]


def _pieces(text: str) -> list[str]:
    pieces = [""]
    for character in " ".join(text.split()):
        pieces[-1] += character
        if character in _BREAK_AFTER:
            pieces.append("")
    return [piece for piece in pieces if piece]


def _fitting(piece: str, most: float, size: float, bold: bool) -> list[str]:
    parts = [""]
    for character in piece:
        if parts[-1] and width_of((parts[-1] + character).rstrip(), size, bold) > most:
            parts.append("")
        parts[-1] += character
    return parts
