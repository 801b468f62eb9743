"""Names of fusions: BCR-ABL, EML4::ALK, FGFR3 FUSIONS, and changes within them."""

import re
from dataclasses import dataclass

from engines.annotate.knowledge.protein_names import read_change

_GENE = r"[A-Z][A-Z0-9]*(?:orf\d+)?"
_PAIR = re.compile(
    rf"(?P<five>{_GENE}|v|\?)(?P<mark>-|::)(?P<three>{_GENE}|v|\?)"
    r"(?: (?i:fusions?))?(?P<rest> .*)?"
)
_ANY = re.compile(rf"(?P<gene>{_GENE}) fusions?(?P<rest> .*)?", re.IGNORECASE)
_WHERE = re.compile(  # breakpoints and types say how the genes are joined, not what is changed
    r"e\d+(?:-e|[;:]{1,2}[a-z])\d+\b|type [\dIV]+|\(promoter swap\)|\bv\d+[ab]?\b", re.IGNORECASE
)
_FORMER = {
    "ABL": "ABL1", "MLL": "KMT2A", "NPM": "NPM1", "ZNF198": "ZMYM2", "NUT": "NUTM1",
    "MGEA5": "OGA", "TEL": "ETV6", "AML1": "RUNX1", "E2A": "TCF3", "PBX": "PBX1", "TMP3": "TPM3",
    "RCSD": "RCSD1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fused:
    """A fusion of the gene with ``partner`` (empty: with any), and what else the name says."""

    name: str
    partner: str
    rest: str


def read_fusion(gene: str, text: str) -> Fused | None:
    """The fusion at the beginning of a name, or None."""
    pair = _PAIR.fullmatch(text)
    if pair and not (read_change(pair["five"]) and read_change(pair["three"])):
        names = [_now(pair["five"]), _now(pair["three"])]
        mine = _now(gene)
        others = [name for name in names if name != mine]
        if len(others) == 2 and pair["mark"] == "-":
            if not any(mine.startswith(name) or name.startswith(mine) for name in others):
                others = ["-".join(names)]  # under another gene: only as it stands there
            else:
                others = [n for n in others if not (mine.startswith(n) or n.startswith(mine))]
        partner = "" if not others or others[0] in ("v", "?") else others[0]
        return Fused(text[: pair.end("three")], partner, _rest(pair["rest"]))
    found = _ANY.fullmatch(text)
    if found and _now(found["gene"].upper()) == _now(gene):
        return Fused(text[: len(text) - len(found["rest"] or "")], "", _rest(found["rest"]))
    return None


def _now(symbol: str) -> str:
    return _FORMER.get(symbol, symbol)


def _rest(text: str | None) -> str:
    """What is left of the name once the breakpoints are taken away."""
    rest = _WHERE.sub("", (text or "").strip()).strip()
    return re.sub(r"^(and|\+)\s+", "", rest, flags=re.IGNORECASE)
