"""Which stratifications the clusters behind differences belong to."""

import numpy as np
import numpy.typing as npt

from engines.compare.core import native
from engines.compare.core.session import Records, Session


def memberships(session: Session, differences: Records, subsets: int) -> npt.NDArray[np.bool_]:
    """Clusters x stratifications: those that any of the differing calls belongs to."""
    inside = np.zeros((len(differences), subsets), dtype=np.bool_)
    if not subsets or not len(differences):
        return inside
    row_of = np.full(len(session.superloci()), -1, dtype=np.int64)
    row_of[differences["superlocus"]] = np.arange(len(differences))
    for side in (native.TRUTH, native.QUERY):
        calls = session.calls(side, copy=False)
        rows = row_of[calls["superlocus"]] if len(calls) else np.zeros(0, dtype=np.int64)
        wrong = (calls["match"] != native.MATCHES.index("gm")) & (
            (calls["flags"] & native.CONFIDENT) > 0
        )
        chosen = np.flatnonzero(wrong & (rows >= 0))
        if len(chosen):
            bits = _bits(session.members(side)[chosen], subsets)
            np.logical_or.at(inside, rows[chosen], bits)
    return inside


def _bits(words: npt.NDArray[np.uint64], count: int) -> npt.NDArray[np.bool_]:
    little = words.astype("<u8").view(np.uint8)
    return np.unpackbits(little, axis=1, bitorder="little")[:, :count].astype(np.bool_)
