"""What statements say, in words: sensitivity and resistance are always told apart."""

from collections.abc import Iterable

from engines.annotate.evidence import Item, Kind, Statement
from engines.annotate.verdict import Nearness

_DRUG_WORDS = {
    "sensitivity/response": "sensitivity to",
    "sensitivity": "sensitivity to",
    "resistance": "resistance to",
    "reduced sensitivity": "reduced sensitivity to",
    "adverse response": "adverse response to",
}
_JOINED = {"combination": " + ", "sequential": " then ", "substitutes": " or "}
_WHERE = {
    Nearness.SAME: "",
    Nearness.RELATED: " (a wider or narrower type)",
    Nearness.PAN_CANCER: " (any cancer)",
    Nearness.SAME_SITE: " (another tumour of the same site)",
    Nearness.OTHER: " (another tumour type)",
}
SHOWN = 8


def drugs(statement: Statement) -> str:
    """``dabrafenib + trametinib`` of a combination, ``erlotinib or gefitinib`` of substitutes."""
    join = _JOINED.get(statement.interaction.lower(), ", ")
    return join.join(statement.therapies)


def claim(statement: Statement) -> str:
    """What a statement says of an alteration, without where."""
    return " ".join(word for word in claim_parts(statement) if word)


def claims(statements: Iterable[Statement]) -> str:
    """The same of several: ``sensitivity to A + B; C or D``, each word of effect once."""
    found: dict[str, dict[str, None]] = {}
    for each in statements:
        words, object_ = claim_parts(each)
        found.setdefault(words, {})[object_] = None
    return "; ".join(f"{words} {'; '.join(few(of))}".strip() for words, of in found.items())


def claim_parts(statement: Statement) -> tuple[str, str]:
    """(effect, drugs); no drugs of what is not about a therapy."""
    if statement.kind is Kind.PREDICTIVE:
        significance = statement.significance or "effect not told"
        words = _DRUG_WORDS.get(significance, f"{significance}:")
        return words, drugs(statement) or "a therapy that is not named"
    return _effect(statement), ""


def _effect(statement: Statement) -> str:
    significance = statement.significance
    if statement.kind is Kind.DIAGNOSTIC:
        speaks = {"positive": "speaks for", "negative": "speaks against"}
        return f"{speaks.get(significance, significance or 'diagnostic for')} the diagnosis"
    if statement.kind is Kind.PROGNOSTIC:
        return significance or "prognosis not told"
    return f"{statement.kind.value}: {significance or 'not told'}"


def level_of(statement: Statement) -> str:
    """``level B``, ``assertion``."""
    return f"level {statement.level}" if isinstance(statement, Item) else "assertion"


def where(statement: Statement, nearness: Nearness) -> str:
    """``melanoma``, ``thyroid cancer (another tumour type)``."""
    return f"{statement.disease or 'a disease that is not named'}{_WHERE[nearness]}"


def few(texts: Iterable[str], most: int = SHOWN) -> list[str]:
    """The first of them, each once, and how many more there are."""
    found = list(dict.fromkeys(texts))
    rest = len(found) - most
    return [*found[:most], f"and {rest:,} more"] if rest > 0 else found
