"""Reads of an isolate of nobody: its genome, what it has acquired, and the known answer."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from config.demo.generator.files import compress, write_tsv
from config.demo.generator.gene import reverse_complement
from config.demo.generator.genome import random_bases
from config.demo.generator.resistance import PLACE, SPECIES, Databases, full, with_codon

SEED = 12
READ, FRAGMENT, SPREAD = 150, 350, 40  # bases
ERRORS = 0.002  # of the bases
DEPTH, SHARE = 24, 0.3  # fold; of the genomes, the share with a second mutation
FOREIGN = 30  # pairs of an organism that nobody has given
SPACER = 400
SEEN = 0.4  # of tet(Dm)
RELATIVE = 0.03  # of the bases of Demobacter alter that differ
TAXIDS = {"Demobacter": 2_000_001, SPECIES: 2_000_002, "Demobacter alter": 2_000_003}
OTHER = "Demonella nulla"


@dataclass(frozen=True)
class Isolate:
    """Genomes as text; the minority differs in one codon."""

    chromosome: str
    most: str
    some: str


def make(databases: Databases, rng: np.random.RandomState) -> Isolate:
    """Lay the genes out, random bases between them."""
    gyra, parc = (databases.targets[name] for name in ("gyrA", "parC"))
    # the reads end before the place in its RNA that matters: nothing can be told of it
    own = [gyra, parc, databases.rrs[: PLACE - READ]]
    spaces = [random_bases(SPACER, rng) for _ in range(8)]
    chromosome = "".join(space + gene for space, gene in zip(spaces, own, strict=False))
    chromosome += "".join(spaces[3:])
    tet = databases.acquired["tet(Dm)"]
    plasmid = spaces[0][::-1] + databases.acquired["blaDEM-1"] + spaces[1][::-1]
    plasmid += tet[: int(SEEN * len(tet))] + spaces[2][::-1] + databases.acquired["ionX"]
    plasmid += spaces[4][::-1]
    resistant = with_codon(gyra, 83, "L")
    both = with_codon(resistant, 87, "N")
    most, some = (chromosome.replace(gyra, gene) + plasmid for gene in (resistant, both))
    return Isolate(chromosome, most, some)


def write(databases: Databases, out: Path, organisms: Path) -> dict[str, Any]:
    """Reads, and genomes for taxa; gives the known answer."""
    rng = np.random.RandomState(SEED)
    isolate = make(databases, rng)
    pairs = [
        *_pairs(isolate.most, (1 - SHARE) * DEPTH, rng),
        *_pairs(isolate.some, SHARE * DEPTH, rng),
        *(_pair(random_bases(FRAGMENT, rng), rng) for _ in range(FOREIGN)),
    ]
    pairs = [pairs[i] for i in rng.permutation(len(pairs))]
    for mate in (0, 1):
        lines = []
        for number, pair in enumerate(pairs, 1):
            lines += [f"@demo:{number} {mate + 1}", pair[mate], "+", _qualities(rng)]
        compress(out / f"reads_{mate + 1}.fastq.gz", lines)
    _write_organisms(isolate, organisms, rng)
    return expected(len(pairs))


def expected(pairs: int) -> dict[str, Any]:
    """What was planted; mutations with the share of the genomes that carry them."""
    return {
        "reads": 2 * pairs,
        "foreign": FOREIGN,
        "genes": [full("blaDEM-1"), full("ionX")],
        "seen_in_part": {full("tet(Dm)"): 100 * SEEN},
        "mutations": {
            "gyrA 83": {"status": "detected", "share": 1.0, "allele": "L"},
            "gyrA 87": {"status": "detected", "share": SHARE, "allele": "N"},
            "parC 80": {"status": "not detected", "share": 0.0},
            f"16S_rrs {PLACE}": {"status": "insufficient depth"},
        },
        "classes": {
            "Beta-lactam": "resistant",
            "Tetracycline": "inconclusive",
            "Amphenicol": "not detected",
            "Ionophores": "not detected",
            "Quinolone": "resistant",
            "Aminoglycoside": "inconclusive",
        },
        "organisms": [SPECIES],
    }


def _pairs(genome: str, depth: float, rng: np.random.RandomState) -> list[tuple[str, str]]:
    found = []
    for _ in range(int(depth * len(genome) / (2 * READ))):
        size = max(READ, int(rng.normal(FRAGMENT, SPREAD)))
        at = int(rng.randint(0, len(genome) - size))
        found.append(_pair(genome[at : at + size], rng))
    return found


def _pair(fragment: str, rng: np.random.RandomState) -> tuple[str, str]:
    if rng.rand() < 0.5:
        fragment = reverse_complement(fragment)
    mate = reverse_complement(fragment)
    return _misread(fragment[:READ], ERRORS, rng), _misread(mate[:READ], ERRORS, rng)


def _misread(bases: str, share: float, rng: np.random.RandomState) -> str:
    letters = list(bases)
    for at in np.flatnonzero(rng.rand(len(letters)) < share):
        letters[at] = "ACGT"[("ACGT".index(letters[at]) + 1 + rng.randint(3)) % 4]
    return "".join(letters)


def _qualities(rng: np.random.RandomState) -> str:
    """As machines give them: good, and worse at the end."""
    tail = int(rng.randint(0, 20))
    return "F" * (READ - tail) + ":" * tail


def _write_organisms(isolate: Isolate, folder: Path, rng: np.random.RandomState) -> None:
    genomes = {
        SPECIES: isolate.chromosome,
        "Demobacter alter": _misread(isolate.chromosome, RELATIVE, rng),
        OTHER: random_bases(len(isolate.chromosome), rng),
    }
    rows = [("Demobacter", str(TAXIDS["Demobacter"]), "", "", "genus")]
    for name, bases in genomes.items():
        file = f"{name.replace(' ', '_').lower()}.fasta.gz"
        compress(folder / file, [f">{name}", bases])
        above = "Demobacter" if name.startswith("Demobacter") else ""
        rows.append((name, str(TAXIDS.get(name, 2_000_004)), above, file, "species"))
    write_tsv(("name", "taxid", "parent", "file", "rank"), rows, folder / "genomes.tsv")
