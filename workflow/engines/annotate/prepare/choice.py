"""By which transcript a call is told."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from engines.annotate.prepare.words import rank
from engines.annotate.variants import Consequence
from engines.contract.errors import BadData, InputMissing

_LAST = 1 << 30
_Key = tuple[bool, "Standing", int, str, tuple[str, ...]]


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
    best: dict[str, tuple[_Key, int]] = {}
    keyed: list[tuple[_Key, int, Consequence]] = []
    for each in found:
        severity = rank(each.terms[0]) if each.terms else _LAST
        # rows without a transcript (introns, by csq) cannot be told by one
        key = (
            not each.transcript,
            standings.get(each.transcript, _NO_STANDING),
            severity,
            each.transcript,
            each.terms,
        )
        keyed.append((key, severity, each))
        if each.gene not in best or key < best[each.gene][0]:
            best[each.gene] = (key, severity)
    keyed.sort(key=lambda item: (best[item[2].gene][1], item[2].gene, item[0]))
    first, *rest = (each for _, _, each in keyed)
    return (_marked(first), *rest)


def _marked(each: Consequence) -> Consequence:
    """The same as the chosen one."""
    return each._replace(is_chosen=True)
