"""The demo genome: random sequence into which cases write what they need."""

from dataclasses import dataclass

import numpy as np

LENGTHS = {"chr20": 600_000, "chr21": 300_000, "chrX": 100_000}

# Runs of N as assembly gaps have them: (contig, start, end), 0-based, half open.
GAPS = [("chr20", 0, 10_000), ("chr21", 140_000, 145_000)]

WINDOW = 20_000  # bases with one GC content
GC_RANGE = (0.36, 0.50)


@dataclass
class Genome:
    """Sequences by contig; lower case marks repeats, as in published genomes."""

    contigs: dict[str, bytearray]

    @classmethod
    def random(cls, rng: np.random.RandomState) -> "Genome":
        """Draw every contig base by base; the GC content changes from window to window."""
        contigs = {}
        for name, length in LENGTHS.items():
            sequence = bytearray()
            for start in range(0, length, WINDOW):
                gc = rng.uniform(*GC_RANGE)
                thresholds = np.cumsum([(1 - gc) / 2, gc / 2, gc / 2])
                draws = np.searchsorted(thresholds, rng.rand(min(WINDOW, length - start)))
                sequence += np.frombuffer(b"ACGT", dtype=np.uint8)[draws].tobytes()
            contigs[name] = sequence
        for name, start, end in GAPS:
            contigs[name][start:end] = b"N" * (end - start)
        return cls(contigs)

    def text(self, contig: str, start: int, end: int) -> str:
        """Bases [start, end) in upper case."""
        return self.contigs[contig][start:end].decode().upper()

    def base(self, contig: str, at: int) -> str:
        """One base in upper case."""
        return self.text(contig, at, at + 1)

    def plant(self, contig: str, start: int, text: str) -> int:
        """Write ``text`` over the sequence and give the position after it."""
        end = start + len(text)
        if end > len(self.contigs[contig]):
            raise ValueError(f"{contig}:{start + 1}-{end} is past the end of the contig")
        self.contigs[contig][start:end] = text.encode()
        return end


def other_base(base: str, rng: np.random.RandomState) -> str:
    """Another base: the transition twice as often as a transversion, as in people."""
    transition = {"A": "G", "G": "A", "C": "T", "T": "C"}[base]
    if rng.rand() < 2 / 3:
        return transition
    rest = [b for b in "ACGT" if b not in (base, transition)]
    return rest[rng.randint(2)]


def random_bases(length: int, rng: np.random.RandomState) -> str:
    """``length`` bases, each of the four alike."""
    return "".join("ACGT"[i] for i in rng.randint(0, 4, size=length))
