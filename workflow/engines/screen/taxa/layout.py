"""An index of genomes on disk and in memory.

A file is ``MAGIC``, the length of the header (8 bytes, little endian), the header (JSON), zeros up
to a multiple of 64, then for each taxon and each of 64 parts of its genomes how many words are
just its (32 bits each), then the table. It is mapped, not read: processes share one copy.
"""

import json
import mmap
import sys
import zlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engines.contract.errors import BadData, EngineError, InputMissing
from engines.contract.output import staging
from engines.screen.kernel.native import Words
from engines.screen.taxa.native import MOST_NODES, PARTS, TaxaIndexC
from engines.screen.taxa.taxonomy import Taxon, Taxonomy

MAGIC = b"PLUMBTAX"
FORMAT = 1
ALIGNED = 64
LONGEST_HEADER = 1 << 28
AGAIN = "remove it, and it is made again from the genomes"

Counts = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class IndexedGenome:
    """A genome in an index.

    Attributes:
        taxon: its place in the taxonomy.
        file, sha256: where it came from (the file as it lies on disk).
        length, sequences: bases, and sequences in the file.
        words: sampled, each as often as it stands in the genome.
        own_words: different ones that no other genome of the index has.
        left_out: windows with a letter other than A, C, G and T.
    """

    name: str
    taxon: int
    file: str
    sha256: str
    length: int
    sequences: int
    words: int
    own_words: int
    left_out: int


@dataclass(frozen=True)
class Header:
    """What an index says of itself.

    Attributes:
        k: bases of a word.
        sample_bits: one word of ``2**sample_bits`` is taken.
        table_bits: the logarithm of the table's slots.
        words: different words.
        checksum: CRC-32 of counts and table.
        taxa: in preorder.
    """

    k: int
    sample_bits: int
    table_bits: int
    words: int
    checksum: int
    genomes: tuple[IndexedGenome, ...]
    taxa: tuple[Taxon, ...]


class TaxaIndex:
    """Genomes, ready to be looked for.

    Attributes:
        header: what it was made of.
        taxonomy: its taxa.
        counts: words that are just a taxon's, by part of the genome: (taxa, 64).
        table: see taxa_read.h.
    """

    def __init__(self, header: Header, counts: Counts, table: Words) -> None:
        self.header, self.counts, self.table = header, counts, table
        self.taxonomy = Taxonomy(header.taxa)

    def identity(self) -> dict[str, Any]:
        """What it was made of, for the provenance of a result."""
        head = self.header
        return {
            "k": head.k,
            "sampling": 1 << head.sample_bits,
            "words": head.words,
            "checksum": f"{head.checksum:08x}",
            "genomes": [
                {"name": genome.name, "file": genome.file, "sha256": genome.sha256}
                for genome in head.genomes
            ],
        }

    def for_kernel(self, min_words: int, confidence: int) -> TaxaIndexC:
        """As the kernel takes it; valid as long as this index lives."""
        head, tree = self.header, self.taxonomy
        return TaxaIndexC(
            self.table.ctypes.data,
            tree.parents.ctypes.data,
            tree.ends.ctypes.data,
            len(tree),
            head.k,
            head.table_bits,
            head.sample_bits,
            min_words,
            confidence,
        )


def checksum(counts: Counts, table: Words) -> int:
    """CRC-32 of both, one behind the other."""
    return zlib.crc32(table.data, zlib.crc32(counts.data))


def write_index(index: TaxaIndex, path: Path) -> None:
    """Write ``path`` whole or not at all; the same genomes give the same bytes.

    Raises:
        CannotWrite: see :func:`engines.contract.output.staging`.
    """
    text = json.dumps({"format": FORMAT, **asdict(index.header)}, sort_keys=True).encode()
    head = MAGIC + len(text).to_bytes(8, "little") + text
    with staging(path) as staged, open(staged, "wb") as out:
        out.write(head + bytes(-len(head) % ALIGNED))
        out.write(index.counts.astype("<u4", copy=False).data)
        out.write(index.table.astype("<u8", copy=False).data)


def load_index(path: Path) -> TaxaIndex:
    """Map an index.

    Raises:
        InputMissing: there is no such file.
        BadData: it is no index of genomes, of another version, cut off or damaged.
    """
    path = Path(path)
    try:
        with open(path, "rb") as handle:
            size = handle.seek(0, 2)
            if size < len(MAGIC) + 8:
                raise not_an_index(path)
            mapped = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
    except (FileNotFoundError, IsADirectoryError) as error:
        raise InputMissing(
            f"index {path}: no such file", hint="give the genomes: the index is made from them"
        ) from error
    header, start = _header(path, mapped)
    taxa, slots = len(header.taxa), 1 << header.table_bits
    sizes = [4 * PARTS * taxa, 8 * slots]
    if size != start + sum(sizes):
        raise BadData(f"index {path}: {size} bytes where {start + sum(sizes)} belong", hint=AGAIN)
    counts: Counts = np.frombuffer(mapped, "<u4", PARTS * taxa, start).reshape(taxa, PARTS)
    table: Words = np.frombuffer(mapped, "<u8", slots, start + sizes[0])
    if checksum(counts, table) != header.checksum:
        raise BadData(f"index {path}: damaged, its checksum is another", hint=AGAIN)
    if sys.byteorder == "big":
        counts, table = counts.astype(np.uint32), table.astype(np.uint64)
    return TaxaIndex(header, counts, table)


def is_index(path: Path) -> bool:
    """Whether a file begins as an index of genomes does."""
    with open(path, "rb") as handle:
        return handle.read(len(MAGIC)) == MAGIC


def not_an_index(path: Path) -> EngineError:
    """The error for a file that is something else."""
    return BadData(f"index {path}: not an index of genomes", hint=AGAIN)


def _header(path: Path, mapped: mmap.mmap) -> tuple[Header, int]:
    begin = len(MAGIC) + 8
    length = int.from_bytes(mapped[len(MAGIC) : begin], "little")
    if mapped[: len(MAGIC)] != MAGIC or length > LONGEST_HEADER:
        raise not_an_index(path)
    try:
        data: dict[str, Any] = json.loads(mapped[begin : begin + length])
        found = data.pop("format")
    except (ValueError, KeyError, AttributeError) as error:
        raise BadData(f"index {path}: its header is cut off or damaged", hint=AGAIN) from error
    if found != FORMAT:
        raise BadData(
            f"index {path}: of format {found}, and this version reads {FORMAT}", hint=AGAIN
        )
    try:
        genomes = tuple(IndexedGenome(**genome) for genome in data.pop("genomes"))
        taxa = tuple(Taxon(**taxon) for taxon in data.pop("taxa"))
        header = Header(genomes=genomes, taxa=taxa, **data)
    except (TypeError, KeyError) as error:
        raise BadData(f"index {path}: its header is damaged", hint=AGAIN) from error
    if not 0 < len(taxa) <= MOST_NODES or header.table_bits > 40:
        raise BadData(f"index {path}: its header is damaged", hint=AGAIN)
    return header, begin + length + -(begin + length) % ALIGNED
