"""A FASTA file of a genome, piece by piece: no sequence is ever whole in memory."""

from collections.abc import Iterator
from pathlib import Path

from engines.contract.errors import BadData
from engines.contract.wording import printable
from engines.screen.reads.source import Source, open_source

AT_ONCE = 1 << 20
LONGEST_TITLE = 1 << 16
NUCLEOTIDES = b"ACGTUNRYKMSWBDHV.-*acgtunrykmswbdhv"
AMINO_ACIDS = b"ABCDEFGHIKLMNPQRSTUVWXYZ*-.abcdefghiklmnpqrstuvwxyz"
BLANKS = b"\n\r \t"


def pieces(path: Path) -> Iterator[tuple[int, bytes]]:
    """The number of a sequence, from 1, and letters of it, again and again.

    Raises:
        InputMissing, NotPermitted: the file is not there or may not be read.
        BadData: it is empty, cut off, no FASTA, or of proteins.
    """
    with open_source(str(path), "FASTA") as source:
        yield from _Reader(path, source).pieces()


class _Reader:
    def __init__(self, path: Path, source: Source) -> None:
        self._path, self._source = path, source
        self._sequences = self._letters = 0
        self._name = ""

    def pieces(self) -> Iterator[tuple[int, bytes]]:
        title: bytes | None = None  # what is read of a title line
        before = b"\n"
        while data := self._source.read(AT_ONCE):
            if not self._sequences and title is None:
                data = data.lstrip(BLANKS)
                if not data:
                    continue
                self._check_begin(data[:1])
            while data:
                if title is not None:
                    more, end, data = data.partition(b"\n")
                    title += more
                    self._begin(title, whole=bool(end))
                    title = None if end else title
                    before = b"\n"
                    continue
                letters, mark, data = data.partition(b">")
                yield from self._piece(letters)
                before = letters[-1:] or before
                if mark:
                    if before not in (b"\n", b"\r"):
                        raise BadData(f"{self._where()}: > among its letters")
                    title = b""
        self._end(title)

    def _piece(self, text: bytes) -> Iterator[tuple[int, bytes]]:
        letters = text.translate(None, BLANKS)
        if letters:
            self._check_letters(letters)
            self._letters += len(letters)
            yield self._sequences, letters

    def _begin(self, title: bytes, whole: bool) -> None:
        if len(title) > LONGEST_TITLE:
            raise BadData(f"{self._path}: a title of more than {LONGEST_TITLE} letters: no FASTA")
        if whole:
            self._check_sequence()
            self._sequences += 1
            self._letters = 0
            self._name = (title.split() or [b""])[0].decode(errors="replace")

    def _end(self, title: bytes | None) -> None:
        if title is not None:
            raise BadData(f"{self._path}: ends in the title of a sequence: it is cut off")
        if not self._sequences:
            raise BadData(f"{self._path}: empty: no genome in it", hint="copy or download it again")
        self._check_sequence()

    def _check_begin(self, letter: bytes) -> None:
        if letter == b"@":
            raise BadData(
                f"{self._path}: FASTQ: reads, and a genome is needed",
                hint="give assembled genomes as FASTA; the reads of the sample go to --r1 and --r2",
            )
        if letter != b">":
            raise BadData(
                f"{self._path}: does not begin with '>': no FASTA file",
                hint="give genomes as FASTA, also compressed with gzip",
            )

    def _check_sequence(self) -> None:
        if self._sequences and not self._letters:
            raise BadData(f"{self._where()} is empty: the file may be cut off")

    def _check_letters(self, letters: bytes) -> None:
        if not (other := letters.translate(None, NUCLEOTIDES)):
            return
        if not other.translate(None, AMINO_ACIDS):
            raise BadData(
                f"{self._where()}: {chr(other[0])} is no base: it seems to be a protein",
                hint="give genomes: sequences of nucleotides",
            )
        raise BadData(f"{self._where()}: {other[:1]!r} is no letter of a sequence")

    def _where(self) -> str:
        return f"{self._path}: sequence {printable(self._name) or f'number {self._sequences}'}"
