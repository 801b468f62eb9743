"""The thousands of small contigs of a genome (decoys, alternates, HLA): nobody compares them."""

import re
from collections.abc import Collection
from functools import cache

from engines.qc.metric import Key

_CHROMOSOME = r"(?:chr)?(?:[0-9]{1,2}|X|Y|M|MT)|Autosomal regions|\*"
_OF_CONTIGS = {  # source → category, names of its metrics
    "dragen/contig_mean_cov": ("contig_coverage", "Aligned bases|Mean coverage"),
    "mosdepth/contigs": ("contig_coverage", "mean depth"),
    "samtools/idxstats": ("alignments", "contig length|mapped reads|unmapped reads"),
}
_is_chromosome = re.compile(_CHROMOSOME).fullmatch


def is_compared(key: Key) -> bool:
    """Whether a metric stands against the cohort: all do, but for those of small contigs."""
    source, _, _, group = key
    return source not in _OF_CONTIGS or _is_chromosome(group.rpartition("/")[2]) is not None


def without_small_contigs(content: bytes, whole: Collection[str] = ()) -> bytes:
    """A ``.qc.json`` without the rows of small contigs, as reading them takes most of the time.

    Only rows go that are exactly as :func:`engines.qc.summary.as_text` writes them, one a line and
    before another one, so that what is no JSON, or has other rows, is so afterwards too.

    Args:
        whole: categories of which all rows stay.
    """
    sources = tuple(name for name, (category, _) in _OF_CONTIGS.items() if category not in whole)
    return _rows(sources).sub(b"", content) if sources else content


_TEXT = r"[ !#-\[\]-~]*+"  # ASCII without quotes and backslashes
_NAME = r"[ !#-.0-\[\]-~]*+"  # and without a slash
_NUMBER = r"(?:null|-?+(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][-+]?+[0-9]++)?+)"


@cache
def _rows(sources: tuple[str, ...]) -> re.Pattern[bytes]:
    """Rows of small contigs, one after another."""
    heads = []
    for source in sources:
        category, metrics = _OF_CONTIGS[source]
        heads.append(f'{source}", "category": "{category}", "metric": "(?:{metrics})')
    group = rf'(?!(?:{_NAME}/)*+(?:{_CHROMOSOME})"){_TEXT}'
    row = (
        rf'\n    \{{"source": "(?:{"|".join(heads)})", "group": "{group}", '
        rf'"value": {_NUMBER}, "unit": "[a-z]*+"\}},'
    )
    # not possessive: Python 3.11.2, Debian's, finds nothing then (its issue 101955)
    return re.compile(rf"(?:{row})+(?=\n    \{{)".encode())
