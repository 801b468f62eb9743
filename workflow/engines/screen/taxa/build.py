"""Making an index of genomes: sampled words, each with the taxon that it tells of.

Genomes are read twice, piece by piece: to be counted, and to be put into the table. Memory is
the table and a piece: 8 bytes a slot, 35 to 70 % of them in use, so 12 to 23 bytes a word. One
word in 16 of a genome of 5 Mb makes 3.6 to 7 MB; genomes that share words share the slots.
"""

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engines.contract.errors import BadData, BadUsage
from engines.contract.progress import Progress, warn
from engines.contract.wording import quoted
from engines.screen.kernel.native import Words
from engines.screen.taxa.fasta import pieces
from engines.screen.taxa.layout import Header, IndexedGenome, TaxaIndex, checksum, write_index
from engines.screen.taxa.native import (
    FREE,
    MARK_BITS,
    MOST_NODES,
    PARTS,
    GrowthC,
    taxa_native,
)
from engines.screen.taxa.table import Genome
from engines.screen.taxa.taxonomy import Taxonomy, grown

K = 31
SAMPLING = 16
SAMPLINGS = tuple(1 << bits for bits in range(9))
MOST_BYTES = 1 << 28  # of a table: what the limit of memory leaves to it
FULLEST = 0.7
FEW_WORDS = 10  # of its own; with fewer nobody can say that a genome is there


@dataclass(frozen=True)
class _Counted:
    """What the first look at a genome finds."""

    sha256: str
    length: int
    sequences: int
    words: int
    left_out: int


def build_taxa_index(
    genomes: Sequence[Genome], out: Path, sampling: int = SAMPLING, most_bytes: int = MOST_BYTES
) -> TaxaIndex:
    """Make an index and write it; the order of the genomes does not matter.

    Args:
        sampling: one word of so many is taken: a power of two, at most 256.
        most_bytes: that the table may have.

    Raises:
        BadUsage: a sampling that is not known.
        InputMissing, BadData: a genome cannot be read, has no words, or they are too many.
        CannotWrite: ``out`` cannot be written.
    """
    index = make_taxa_index(genomes, sampling, most_bytes)
    write_index(index, Path(out))
    return index


def make_taxa_index(
    genomes: Sequence[Genome], sampling: int = SAMPLING, most_bytes: int = MOST_BYTES
) -> TaxaIndex:
    """As :func:`build_taxa_index`, in memory."""
    sample_bits = sample_bits_of(sampling)
    if not genomes:
        raise BadData("no genome", hint="give genomes as FASTA files, or a table of them")
    genomes = sorted(genomes, key=lambda genome: genome.name)
    taxonomy, places = grown([genome.lineage for genome in genomes])
    if len(taxonomy) > MOST_NODES:
        raise BadData(f"{len(taxonomy)} taxa, and an index has at most {MOST_NODES}")
    progress = Progress("Indexing genomes", 2 * len(genomes), "files")
    counted = [_counted(genome, sample_bits, progress) for genome in genomes]
    making = _Making(genomes, places, counted, taxonomy, sample_bits)
    table, words = making.filled(most_bytes, progress)
    progress.finish()
    counts = np.zeros((len(taxonomy), PARTS), np.uint32)
    bits = len(table).bit_length() - 1
    taxa_native().taxa_count_words(table.ctypes.data, bits, None, counts.ctypes.data)
    found = tuple(
        IndexedGenome(
            genome.name,
            place,
            genome.file.name,
            count.sha256,
            count.length,
            count.sequences,
            count.words,
            int(counts[place].sum()),
            count.left_out,
        )
        for genome, place, count in zip(genomes, places, counted, strict=True)
    )
    head = Header(K, sample_bits, bits, words, checksum(counts, table), found, taxonomy.taxa)
    _warn_of_twins(found)
    return TaxaIndex(head, counts, table)


def sample_bits_of(sampling: int) -> int:
    """The logarithm of a sampling.

    Raises:
        BadUsage: it is no power of two from 1 to 256.
    """
    if sampling not in SAMPLINGS:
        raise BadUsage(
            f"sampling {sampling}", hint="one word of so many is taken: 1, 2, 4, 8, … or 256"
        )
    return sampling.bit_length() - 1


def _counted(genome: Genome, sample_bits: int, progress: Progress) -> _Counted:
    growth = GrowthC(k=K, sample_bits=sample_bits, table_bits=1)
    sequences, windows = _read(genome, growth)
    with open(genome.file, "rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    progress.advance(1)
    length = int(growth.position)
    if not growth.sampled:
        raise BadData(
            f"{genome.file}: genome {quoted(genome.name)}: {length} bases, and none of their words "
            f"of {K} bases is taken into the index",
            hint="take more of them (sampling 1: all), or leave this genome out",
        )
    left_out = windows - int(growth.possible)
    return _Counted(digest, length, sequences, int(growth.sampled), left_out)


def _read(genome: Genome, growth: GrowthC) -> tuple[int, int]:
    """Run all letters of a genome through ``growth``: sequences, windows of K letters in them."""
    grow = taxa_native().taxa_grow
    sequences = windows = length = 0
    for number, letters in pieces(genome.file):
        if number != sequences:
            windows += max(length - K + 1, 0)
            sequences, length, growth.run = number, 0, 0
        length += len(letters)
        grow(growth, letters, len(letters))
        if growth.full:
            break
    return sequences, windows + max(length - K + 1, 0)


class _Making:
    """The table of genomes, filled again in twice the size where one is too small."""

    def __init__(
        self,
        genomes: Sequence[Genome],
        places: Sequence[int],
        counted: Sequence[_Counted],
        taxonomy: Taxonomy,
        sample_bits: int,
    ) -> None:
        self._genomes, self._places, self._counted = genomes, places, counted
        self._taxonomy, self._sample_bits = taxonomy, sample_bits

    def filled(self, most_bytes: int, progress: Progress) -> tuple[Words, int]:
        largest = max(count.words for count in self._counted)
        bits = max(math.ceil(math.log2(largest / FULLEST)), self._least_bits)
        while 8 << bits <= most_bytes:
            table = np.full(1 << bits, FREE, np.uint64)
            words = self._fill(table, bits)
            if words is not None:
                progress.advance(len(self._genomes))
                return table, words
            bits += 1
        raise self._too_large(most_bytes)

    @property
    def _least_bits(self) -> int:
        """So many that slot and mark tell words apart, and more than one bitmap of 64."""
        return max(64 - MARK_BITS - self._sample_bits, 6)

    def _fill(self, table: Words, bits: int) -> int | None:
        """Different words of all genomes; None where they fill too much of the table."""
        words = 0
        for genome, place, count in zip(self._genomes, self._places, self._counted, strict=True):
            growth = GrowthC(
                table=table.ctypes.data,
                parent=self._taxonomy.parents.ctypes.data,
                end=self._taxonomy.ends.ctypes.data,
                k=K,
                table_bits=bits,
                sample_bits=self._sample_bits,
                node=place,
                length=count.length,
                most=int(FULLEST * len(table)) - words,
            )
            _read(genome, growth)
            if growth.full:
                return None
            if (growth.position, growth.sampled) != (count.length, count.words):
                raise BadData(f"{genome.file}: changed while it was read", hint="start again")
            words += growth.added
        return words

    def _too_large(self, most_bytes: int) -> BadData:
        sampling = 1 << self._sample_bits
        bases = sum(count.length for count in self._counted)
        fits = [s for s in SAMPLINGS if s > sampling and 8 * bases / s / FULLEST <= most_bytes]
        return BadData(
            f"{len(self._genomes)} genomes of {bases:,} bases: one word in {sampling} makes an "
            f"index of more than {most_bytes >> 20} MB",
            hint=f"take one word in {fits[0]} (sampling)" if fits else "give fewer genomes",
        )


def _warn_of_twins(genomes: Sequence[IndexedGenome]) -> None:
    twins = [genome.name for genome in genomes if genome.own_words < FEW_WORDS]
    if twins:
        more = f" and {len(twins) - 5} more" if len(twins) > 5 else ""
        warn(
            f"{', '.join(twins[:5])}{more}: fewer than {FEW_WORDS} words that no other genome has: "
            "such a genome is told as part of the taxon it shares with others"
        )
