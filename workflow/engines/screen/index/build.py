"""Making an index of FASTA files: every word of every sequence, each once."""

import hashlib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from engines.contract.errors import BadData
from engines.contract.wording import printable
from engines.screen.index.layout import KINDS, Header, Index, SourceFile, checksum, write_index
from engines.screen.kernel.modes import Kind, check_word, seed_length
from engines.screen.kernel.native import Words, native
from engines.screen.reads.source import open_source

FILTER_SHARE = 4  # seeds on one word of the filter
TABLE_ROOM = 1.6  # slots for one word
NUCLEOTIDES = b"ACGTUNRYKMSWBDHV.-*"
AMINO_ACIDS = b"ARNDCQEGHILKMFPSTWYVBZXJUO.-*"


def build_index(fastas: Sequence[Path], out: Path, kind: Kind = "nucleotide", k: int = 21) -> Index:
    """Make an index and write it; the same sequences in any order give the same words.

    Raises:
        InputMissing, BadData: a FASTA file is missing, empty, cut off, of other letters.
        BadUsage: words of that length are not known to the kernel.
        CannotWrite: ``out`` cannot be written.
    """
    index = make_index(fastas, kind, k)
    write_index(index, Path(out))
    return index


def make_index(fastas: Sequence[Path], kind: Kind, k: int, seed: int = 0) -> Index:
    """As :func:`build_index`, in memory. ``seed``: its length where it is not the usual one."""
    check_word(kind, k)
    seed = seed or seed_length(kind, k)
    sources, all_words, all_seeds = [], [], []
    too_short = left_out = 0
    for fasta in fastas:
        content = _content(Path(fasta))
        count = 0
        for name, sequence in _sequences(Path(fasta), content):
            _check_letters(Path(fasta), name, sequence, kind)
            words = hashes(kind, k, sequence)
            too_short += len(sequence) < k
            left_out += max(len(sequence) - k + 1, 0) - len(words)
            all_words.append(np.unique(words))
            if seed < k:
                all_seeds.append(np.unique(hashes(kind, seed, sequence)))
            count += 1
        digest = hashlib.sha256(content).hexdigest()
        sources.append(SourceFile(Path(fasta).name, digest, len(content), count))
    words = np.unique(np.concatenate(all_words)) if all_words else np.empty(0, np.uint64)
    if not len(words):
        names = ", ".join(str(fasta) for fasta in fastas) or "no file"
        raise BadData(f"{names}: not one word of {k} letters in all sequences")
    seeds = np.unique(np.concatenate(all_seeds)) if seed < k else words
    head = Header(kind, k, seed, len(words), len(seeds), 0, 0, too_short, left_out, 0, sources)
    return _filled(head, words, seeds)


def hashes(kind: Kind, k: int, sequence: bytes) -> Words:
    """The hash of every word of ``sequence``, in its order; words with other letters have none."""
    out = np.empty(max(len(sequence) - k + 1, 1), np.uint64)
    letters = np.frombuffer(sequence, np.uint8)
    found = native().screen_hashes(
        KINDS[kind], k, letters.ctypes.data, len(sequence), out.ctypes.data
    )
    return out[:found]


def _filled(head: Header, words: Words, seeds: Words) -> Index:
    lib = native()
    filter_bits = min(max(math.ceil(math.log2(len(seeds) / FILTER_SHARE)), 8), 28)
    table_bits = max(math.ceil(math.log2(len(words) * TABLE_ROOM)), 8)
    filter_words = np.zeros(1 << filter_bits, np.uint64)
    table = np.full(1 << table_bits, lib.screen_empty(), np.uint64)
    lib.screen_fill_filter(seeds.ctypes.data, len(seeds), filter_bits, filter_words.ctypes.data)
    lib.screen_fill_table(words.ctypes.data, len(words), table_bits, table.ctypes.data)
    sums = checksum(filter_words, table)
    head = replace(head, filter_bits=filter_bits, table_bits=table_bits, checksum=sums)
    return Index(head, filter_words, table)


def _content(fasta: Path) -> bytes:
    """All of a FASTA file, decompressed where it is compressed."""
    with open_source(str(fasta), "FASTA") as source:
        return b"".join(iter(lambda: source.read(1 << 20), b""))


def _sequences(fasta: Path, content: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and letters of every sequence."""
    if content[:1] != b">":
        what = "is empty" if not content.strip() else "does not begin with '>'"
        raise BadData(f"{fasta}: {what}: no FASTA file", hint="give the sequences of the database")
    for number, record in enumerate((b"\n" + content).split(b"\n>")[1:], 1):
        title, _, lines = record.partition(b"\n")
        name = (title.split() or [b""])[0].decode(errors="replace")
        sequence = b"".join(lines.split())
        if not sequence:
            where = printable(name) or f"number {number}"
            raise BadData(f"{fasta}: sequence {where} is empty: the file may be cut off")
        yield name, sequence


def _check_letters(fasta: Path, name: str, sequence: bytes, kind: Kind) -> None:
    letters = sequence.upper()
    where = f"{fasta}: sequence {printable(name)}"
    allowed = NUCLEOTIDES if kind == "nucleotide" else AMINO_ACIDS
    if other := letters.translate(None, allowed):
        shown = repr(other[:1])[1:]
        if kind == "nucleotide" and not letters.translate(None, AMINO_ACIDS):
            raise BadData(f"{where}: amino acids ({shown}) where bases belong")
        raise BadData(f"{where}: {shown} is no letter of a {kind} sequence")
    if kind == "protein" and len(letters) >= 30 and not letters.translate(None, b"ACGTUN"):
        raise BadData(f"{where}: bases where amino acids belong")


def sources_digest(fastas: Iterable[Path]) -> str:
    """One SHA-256 of the contents of files, in their order."""
    digest = hashlib.sha256()
    for fasta in fastas:
        with open(fasta, "rb") as handle:
            digest.update(hashlib.file_digest(handle, "sha256").digest())
    return digest.hexdigest()
