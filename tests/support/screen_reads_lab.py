"""References and reads in memory, as the kernel of the screen takes them."""

from pathlib import Path

import numpy as np

from engines.screen.index.build import make_index
from engines.screen.index.layout import Index
from engines.screen.kernel.modes import Kind
from engines.screen.kernel.native import PADDING, RECORD
from engines.screen.reads.batches import Mate


def mate_of(reads: list[str]) -> Mate:
    """Reads as the kernel takes them."""
    records = np.zeros(len(reads), RECORD)
    starts = np.cumsum([0] + [len(read) for read in reads])
    records["seq"], records["length"] = starts[:-1], np.diff(starts)
    records["start"], records["end"] = starts[:-1], starts[1:]
    text = "".join(reads).encode() + bytes(PADDING)
    return Mate("reads", np.frombuffer(text, np.uint8), records)


def index_of(folder: Path, references: list[str], kind: Kind, k: int, seed: int = 0) -> Index:
    fasta = folder / "references.fa"
    fasta.write_text("".join(f">r{i}\n{r}\n" for i, r in enumerate(references)))
    return make_index([fasta], kind, k, seed)
