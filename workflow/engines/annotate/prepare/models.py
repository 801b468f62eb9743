"""Gene models: what ``bcftools csq`` is given, and what is looked up of a transcript."""

import sqlite3
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engines.annotate.prepare.choice import Standing

BLOCK = 200  # transcripts, in genome order, that are read at once
KEPT = 20_000  # transcripts that are kept in memory
NEAR = 20  # bases around an exon that are told by its number: splice sites

FAR = 1_000  # bases from any gene, from where csq has nothing to say
_NO_SPANS: tuple[list[int], list[int]] = ([], [])

_Row = tuple[str, str, str, int, int, bytes]


@dataclass(frozen=True, slots=True)
class Transcript:
    """Of one transcript: first and last bases of its exons, from 1, in genome order."""

    gene: str
    biotype: str
    strand: str
    coding: int
    status: int
    starts: Sequence[int]
    ends: Sequence[int]

    def exons_within(self, start: int, end: int) -> tuple[int, ...]:
        """Numbers of the exons that share a base with [start, end], from 1."""
        exons = enumerate(zip(self.starts, self.ends, strict=True))
        hit = [n for n, (low, high) in exons if start <= high and end >= low]
        if self.strand == "+":
            return tuple(n + 1 for n in hit)
        return tuple(len(self.ends) - n for n in reversed(hit))

    def exon(self, start: int, end: int) -> int | None:
        """Number of the exon that [start, end] touches, or almost; None: it is far from any."""
        place = bisect_left(self.ends, start - NEAR)
        if place == len(self.ends) or end < self.starts[place] - NEAR:
            return None
        return place + 1 if self.strand == "+" else len(self.ends) - place


class Models:
    """What was compiled from a GFF3.

    Attributes:
        gff: what ``bcftools csq`` reads.
        counts: genes, transcripts, and what was left out.
    """

    def __init__(self, folder: Path, listed: dict[str, int]) -> None:
        self.gff = folder / "models.gff3"
        self._listed = listed
        place = f"file:{(folder / 'models.sqlite').as_posix()}?mode=ro&immutable=1"
        self._database = sqlite3.connect(place, uri=True, check_same_thread=False)
        self.counts: dict[str, int] = dict(self._database.execute("select name, n from counts"))
        self._spans = self._read_spans()
        self._rows: dict[str, _Row] = {}
        self.transcript = lru_cache(maxsize=KEPT)(self._transcript)
        self.standing = lru_cache(maxsize=KEPT)(self._standing)

    def is_near(self, contig: str, start: int, end: int) -> bool:
        """Whether [start, end] of a contig of the genome lies in a gene, or almost."""
        starts, ends = self._spans.get(contig, _NO_SPANS)
        place = bisect_left(ends, start - FAR)
        return place < len(ends) and starts[place] <= end + FAR

    def _read_spans(self) -> dict[str, tuple[list[int], list[int]]]:
        found: dict[str, tuple[list[int], list[int]]] = {}
        rows = self._database.execute("select contig, start, end from spans order by rowid")
        for contig, start, end in rows:
            starts, ends = found.setdefault(contig, ([], []))
            starts.append(start)
            ends.append(end)
        return found

    def genes_between(self, contig: str, start: int, end: int) -> tuple[str, ...]:
        """Symbols of genes that touch [start, end] of a contig of the genome, in genome order."""
        rows = self._database.execute(
            "select name from genes where contig = ? and start <= ? and end >= ? "
            "order by start, name",
            (contig, end, start),
        )
        return tuple(dict.fromkeys(name for (name,) in rows))

    def transcripts_of(self, gene: str) -> list[tuple[str, Transcript]]:
        """Names and transcripts of a gene, the one by which it is told first."""
        rows = self._database.execute("select id from transcripts where gene = ?", (gene,))
        names = sorted((self.standing(name), name) for (name,) in rows)
        found = ((name, self.transcript(name)) for _, name in names)
        return [(name, each) for name, each in found if each]

    def close(self) -> None:
        self._database.close()

    def _transcript(self, name: str) -> Transcript | None:
        row = self._row(name)
        if row is None:
            return None
        gene, biotype, strand, coding, status, packed = row
        places = array("I", packed)
        return Transcript(gene, biotype, strand, coding, status, places[::2], places[1::2])

    def _row(self, name: str) -> _Row | None:
        return self._rows.get(name) or self._row_with_neighbours(name)

    def _row_with_neighbours(self, name: str) -> _Row | None:
        """Calls come in genome order: the next ones ask for what lies beside."""
        found = self._database.execute(
            "select id, gene, biotype, strand, coding, status, exons from transcripts "
            "where block = (select block from transcripts where id = ?)",
            (name,),
        ).fetchall()
        if len(self._rows) > KEPT:
            self._rows.clear()
        self._rows.update((each[0], each[1:]) for each in found)
        return self._rows.get(name)

    def _standing(self, name: str) -> Standing:
        found = self._row(name)
        listed = self._listed.get(name, Standing().listed)
        return Standing(listed, found[4], -found[3]) if found else Standing(listed)
