"""Which stratifications the clusters behind differences belong to."""

import numpy as np
import numpy.typing as npt

from engines.compare.core import native
from engines.compare.core.session import Records, Session


def memberships(session: Session, differences: Records, subsets: int) -> npt.NDArray[np.bool_]:
    """Clusters x stratifications: those that any of the differing calls belongs to."""
    words = np.zeros((len(differences), (subsets + 63) // 64), dtype=np.uint64)
    if not words.size:
        return np.zeros((len(differences), subsets), dtype=np.bool_)
    row_of = np.full(len(session.superloci()), -1, dtype=np.int64)
    row_of[differences["superlocus"]] = np.arange(len(differences))
    for side in (native.TRUTH, native.QUERY):
        calls = session.calls(side, copy=False)
        wrong = (calls["match"] != native.MATCHES.index("gm")) & (
            (calls["flags"] & native.CONFIDENT) > 0
        )
        chosen = np.flatnonzero(wrong)
        rows = row_of[calls["superlocus"][chosen]]
        chosen, rows = chosen[rows >= 0], rows[rows >= 0]
        if len(chosen):  # calls lie by superlocus, so those of one cluster stand together
            firsts = np.flatnonzero(np.diff(rows, prepend=-1))
            bits = session.members(side)[chosen][:, : words.shape[1]]
            words[rows[firsts]] |= np.bitwise_or.reduceat(bits, firsts, axis=0)
    return _bits(words, subsets)


def _bits(words: npt.NDArray[np.uint64], count: int) -> npt.NDArray[np.bool_]:
    little = words.astype("<u8").view(np.uint8)
    return np.unpackbits(little, axis=1, bitorder="little")[:, :count].astype(np.bool_)
