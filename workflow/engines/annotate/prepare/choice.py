"""By which transcript a call is told."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from engines.annotate.prepare.words import rank
from engines.annotate.variants import Consequence
from engines.contract.errors import BadData, InputMissing

_LAST = 1 << 30
_Key = tuple[bool, "Standing", int, str, tuple[str, ...]]
Ranked = tuple[str, str, tuple[str, ...], "Standing"]
"""Gene, transcript, terms, and what speaks for the transcript."""


class Standing(NamedTuple):
    """What speaks for a transcript; smaller comes first.

    Attributes:
        listed: place in the user's list.
        status: 0 MANE Select, 1 canonical, 2 neither or nobody knows.
        coding: minus the length of the coding sequence in bases, 0 where nobody knows.
    """

    listed: int = _LAST
    status: int = 2
    coding: int = 0


_NO_STANDING = Standing()


def read_list(path: Path | None) -> dict[str, int]:
    """Transcript without its version → place in the user's file, one a line, ``#`` comments.

    Raises:
        InputMissing: there is no such file.
        BadData: it is no text, or names no transcript.
    """
    if path is None:
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise InputMissing(f"transcripts {path}: no such file", hint="check the path") from error
    except UnicodeDecodeError as error:
        raise BadData(f"transcripts {path}: no text in UTF-8", hint="one a line") from error
    names = [words[0] for line in lines if (words := line.partition("#")[0].split())]
    if not names:
        raise BadData(f"transcripts {path}: names no transcript", hint="one a line")
    return {unversioned(name): place for place, name in reversed(list(enumerate(names)))}


@lru_cache(maxsize=1 << 16)
def unversioned(name: str) -> str:
    """``ENST00000288602`` for ``ENST00000288602.6``."""
    stem, dot, version = name.rpartition(".")
    return stem if dot and version.isdigit() else name


def choose(
    found: Sequence[Consequence], standings: Mapping[str, Standing]
) -> tuple[Consequence, ...]:
    """The consequences, the chosen one first and marked.

    Of each gene the transcript that stands first; of the genes the one whose transcript is hit
    worst; the rest in the order of genes and standing.
    """
    if not found:
        return ()
    if len(found) == 1:
        return (_marked(found[0]),)
    keys = _keys([(e.gene, e.transcript, e.terms, _of(e, standings)) for e in found])
    order = sorted(range(len(found)), key=keys.__getitem__)
    first, *rest = (found[at] for at in order)
    return (_marked(first), *rest)


def first_of(told: Sequence[Ranked]) -> int:
    """Place of the one that :func:`choose` puts first, of (gene, transcript, terms, standing)."""
    keys = _keys(told)
    return min(range(len(told)), key=keys.__getitem__)


def _keys(told: Sequence[Ranked]) -> list[tuple[int, str, _Key]]:
    best: dict[str, tuple[_Key, int]] = {}
    keyed: list[tuple[str, _Key]] = []
    for gene, transcript, terms, standing in told:
        severity = rank(terms[0]) if terms else _LAST
        # rows without a transcript (introns, by csq) cannot be told by one
        key = (not transcript, standing, severity, transcript, terms)
        keyed.append((gene, key))
        if gene not in best or key < best[gene][0]:
            best[gene] = (key, severity)
    return [(best[gene][1], gene, key) for gene, key in keyed]


def _of(each: Consequence, standings: Mapping[str, Standing]) -> Standing:
    return standings.get(each.transcript, _NO_STANDING)


def _marked(each: Consequence) -> Consequence:
    """The same as the chosen one."""
    return each._replace(is_chosen=True)
