"""Genes of which anything is known: only there a call is matched by all of its transcripts."""

from collections.abc import Iterable

from engines.annotate.matching.symbols import current


class Interest:
    """Tells whether a gene, as an annotation calls it, is one of ``genes`` (symbols of today).

    None: every gene is.
    """

    def __init__(self, genes: Iterable[str] | None = None) -> None:
        self._genes = frozenset(genes) if genes is not None else None
        self._known: dict[str, bool] = {}

    def __contains__(self, gene: str) -> bool:
        if self._genes is None:
            return True
        found = self._known.get(gene)
        if found is None:
            found = self._known[gene] = current(gene) in self._genes
        return found
