"""A gene that codes for a chosen protein: exons on either strand, with sound splice sites."""

from dataclasses import dataclass, field

import numpy as np

from config.demo.generator.genome import Genome, random_bases

UTR = 60  # untranslated bases at either end
INTRON = 200
START, STOP = "ATG", "TAA"
CODONS = {
    "A": "GCT", "C": "TGC", "D": "GAT", "E": "GAA", "F": "TTC", "G": "GGT", "H": "CAC",
    "I": "ATC", "K": "AAG", "L": "CTG", "M": "ATG", "N": "AAC", "P": "CCA", "Q": "CAG",
    "R": "CGG", "S": "AGC", "T": "ACG", "V": "GTG", "W": "TGG", "Y": "TAC", "*": "TAA",
}  # fmt: skip
_COMPLEMENT = str.maketrans("ACGT", "TGCA")


def reverse_complement(text: str) -> str:
    """The other strand, read in its own direction."""
    return text.translate(_COMPLEMENT)[::-1]


@dataclass
class Gene:
    """What is wanted, and after :meth:`plant` where it lies.

    Attributes:
        planted: residue, from 1 → amino acids that stand from there on.
        exon_lengths: coding bases of each exon, in the direction of the gene.
        skipped: exons that the second transcript leaves out; none: there is no second one.
        exons: (start, end) in the genome, 0-based half open, in the direction of the gene.
        coding: the same for the coding parts.
    """

    symbol: str
    contig: str
    start: int
    strand: str
    residues: int
    planted: dict[int, str]
    exon_lengths: list[int]
    skipped: int | None = None
    protein: str = ""
    exons: list[tuple[int, int]] = field(default_factory=list)
    coding: list[tuple[int, int]] = field(default_factory=list)

    @property
    def transcript(self) -> str:
        return f"ENST_{self.symbol}_1"

    def plant(self, genome: Genome, rng: np.random.RandomState) -> None:
        """Draw the protein and write the gene over the genome."""
        letters = ["M", *("ACDEFGHIKLNPQRSTVWY"[i] for i in rng.randint(0, 19, self.residues - 1))]
        for residue, text in self.planted.items():
            letters[residue - 1 : residue - 1 + len(text)] = text
        self.protein = "".join(letters)
        sequence = "".join(CODONS[letter] for letter in self.protein) + STOP
        if sum(self.exon_lengths) != len(sequence):
            raise ValueError(f"{self.symbol}: exons of {sum(self.exon_lengths)} bases")
        parts, at = [random_bases(UTR, rng)], 0
        spans, coding, place = [], [], 0
        for number, length in enumerate(self.exon_lengths):
            last = number == len(self.exon_lengths) - 1
            first = UTR if number == 0 else 0
            spans.append((place, place + first + length + (UTR if last else 0)))
            coding.append((place + first, place + first + length))
            parts.append(sequence[at : at + length])
            if not last:
                parts.append("GT" + random_bases(INTRON - 4, rng) + "AG")
            at, place = at + length, spans[-1][1] + INTRON
        text = "".join([*parts, random_bases(UTR, rng)])
        self.exons = [self._place(span, len(text)) for span in spans]
        self.coding = [self._place(span, len(text)) for span in coding]
        genome.plant(
            self.contig, self.start, text if self.strand == "+" else reverse_complement(text)
        )

    def _place(self, span: tuple[int, int], length: int) -> tuple[int, int]:
        if self.strand == "+":
            return self.start + span[0], self.start + span[1]
        return self.start + length - span[1], self.start + length - span[0]

    def base(self, coding: int) -> int:
        """0-based position in the genome of a base of the coding sequence, from 1."""
        left = coding - 1
        for start, end in self.coding:
            if left < end - start:
                return start + left if self.strand == "+" else end - 1 - left
            left -= end - start
        raise ValueError(f"{self.symbol}: c.{coding} is behind the stop")

    def models(self) -> list[str]:
        """Rows of GFF3 as Ensembl writes them, with the columns joined by tabs."""
        ends = [place for span in self.exons for place in span]
        name = f"ENSG_{self.symbol}"
        rows = [
            self._row(
                "gene",
                (min(ends), max(ends)),
                f"ID=gene:{name};Name={self.symbol};biotype=protein_coding;gene_id={name}",
            )
        ]
        rows += self._transcript(1, set(), "basic,Ensembl_canonical,MANE_Select")
        if self.skipped is not None:
            rows += self._transcript(2, {self.skipped}, "basic")
        return rows

    def _transcript(self, number: int, left_out: set[int], tags: str) -> list[str]:
        name = f"ENST_{self.symbol}_{number}"
        kept = [i for i in range(len(self.exons)) if i not in left_out]
        ends = [place for i in kept for place in self.exons[i]]
        of = f"Parent=transcript:{name}"
        rows = [
            self._row(
                "mRNA",
                (min(ends), max(ends)),
                f"ID=transcript:{name};Parent=gene:ENSG_{self.symbol};Name={self.symbol}-20{number};"
                f"biotype=protein_coding;tag={tags};transcript_id={name};version=1",
            )
        ]
        phase = 0
        for rank, i in enumerate(kept, 1):
            rows.append(self._row("exon", self.exons[i], f"{of};rank={rank};exon_id=E{name}{i}"))
            rows.append(self._row("CDS", self.coding[i], f"ID=CDS:P{name};{of}", str(phase)))
            start, end = self.coding[i]
            phase = (phase - (end - start)) % 3
        first, last = kept[0], kept[-1]
        for kind, exon, coding in (
            ("five_prime_UTR", self.exons[first], self.coding[first]),
            ("three_prime_UTR", self.exons[last], self.coding[last]),
        ):
            low = (exon[0], coding[0]) if exon[0] < coding[0] else (coding[1], exon[1])
            rows.append(self._row(kind, low, of))
        return rows

    def _row(self, kind: str, span: tuple[int, int], text: str, phase: str = ".") -> str:
        cells = (self.contig, "demo", kind, span[0] + 1, span[1], ".", self.strand, phase, text)
        return "\t".join(map(str, cells))
