"""A small resistance database of made-up genes, and reads of genomes that carry them."""

import random
from collections.abc import Mapping
from pathlib import Path

from engines.screen.databases.codons import CODONS

_COMPLEMENT = str.maketrans("ACGTN", "TGCAN")


def reverse_complement(bases: str) -> str:
    return bases.translate(_COMPLEMENT)[::-1]


def random_bases(length: int, seed: int) -> str:
    rng = random.Random(seed)
    return "".join(rng.choice("ACGT") for _ in range(length))


def random_gene(codons: int, seed: int) -> str:
    """An open reading frame: ATG, then codons without a stop, then TAA."""
    rng = random.Random(seed)
    sense = sorted(codon for codon, amino in CODONS.items() if amino != "*")
    return "ATG" + "".join(rng.choice(sense) for _ in range(codons - 2)) + "TAA"


def with_codon(gene: str, position: int, codon: str, offset: int = 0) -> str:
    """``gene`` with another codon at a 1-based position behind ``offset`` bases."""
    at = offset + 3 * (position - 1)
    return gene[:at] + codon + gene[at + 3 :]


def fasta(path: Path, sequences: Mapping[str, str]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f">{name}\n{bases}\n" for name, bases in sequences.items()))
    return path


GYRA = with_codon(with_codon(random_gene(300, 1), 83, "TCG"), 87, "GAC")
PARC = with_codon(random_gene(300, 2), 80, "AGC")
AMPC = random_bases(53, 3)[:-1] + "A" + random_gene(30, 4)  # its promoter, and some of the gene
RRS = random_bases(600, 5)
ACQUIRED = {
    "blaLAB-1_1_LA0001": random_gene(280, 11),
    "tet(L)_1_LA0002": random_gene(300, 12),
    "narX_1_LA0003": random_gene(200, 13),
    "narY_1_LA0004": random_gene(200, 14),
    "oddA_1_LA0005": random_gene(150, 15),
}
PHENOTYPES = """\
Gene_accession no.\tClass\tPhenotype\tPMID\tMechanism of resistance\tNotes\tRequired_gene
blaLAB-1_1_LA0001\tBeta-lactam\tAmpicillin, Piperacillin\t1\tEnzymatic inactivation\tClass A\r
tet(L)_1_LA0002\tTetracycline\tTetracycline\t2\tEfflux pump
narX_1_LA0003\tIonophores\tNarasin\t3\tEfflux pump\tneeds its partner\tnarY_1_LA0004
narY_1_LA0004\tIonophores\tNarasin\t3\tEfflux pump Together with narX and narY\t
"""
CLASSES = """\
# Class\tAntibiotics
Beta-lactam\tUnknown Beta-lactam\tAmpicillin\tPiperacillin
Tetracycline\tTetracycline
Ionophores\tNarasin
Quinolone\tCiprofloxacin\tNalidixic acid
Aminoglycoside\tSpectinomycin
"""
PANELS = ":Panel: Lab\nAmpicillin\n\n:Panel: Lab bug\n:Include: Lab\nCiprofloxacin\n"


def _row(gene: str, position: int, *rest: str) -> str:
    return "\t".join((gene, gene, str(position), *rest)) + "\n"


def _other(base: str) -> str:
    return "A" if base != "A" else "G"


_BOTH, _TARGET = "Nalidixic acid,Ciprofloxacin", "Target modification"
_ALONE = "Unknown phenotype if S80I occurs alone"
MUTATIONS = (
    "#Gene_ID\tGene_name\tCodon_pos\tRef_nuc\tRef_codon\tRes_codon\tResistance\tPMID\t"
    "Mechanism\tNotes\tRequired_mut\n"
    + _row("gyrA", 83, "TCG", "S", "L,W", _BOTH, "1", _TARGET, "", "")
    + _row("gyrA", 87, "GAC", "D", "N", "Nalidixic acid", "2", _TARGET, "", "")
    + _row("gyrA", 87, "GAC", "D", "N", "Ciprofloxacin", "2", _TARGET, "", "gyrA_S83L.W")
    + _row("parC", 80, "AGC", "S", "I", "Ciprofloxacin", "3", _TARGET, _ALONE, "gyrA_S83L.W")
    + _row("16S_lab", 300, RRS[299], RRS[299], _other(RRS[299]), "Spectinomycin", "4", _TARGET)
    + _row("ampC_promoter_size_53bp", -42, AMPC[11], AMPC[11], _other(AMPC[11]), "Ampicillin", "5")
    + _row("gyrA", 90, "AAA", "K", "E", "Ciprofloxacin", "6", _TARGET, "of another wild type")
    + _row("noSuch", 5, "AAA", "K", "E", "Ciprofloxacin", "7", _TARGET)
    + "# Indels\n"
    + _row("gyrA", 150, "-", "ins", "WW", "Ciprofloxacin", "8", _TARGET)
    + _row("gyrA", 361, GYRA[360:366], "del", GYRA[360:366], "Ciprofloxacin", "9", _TARGET)
)


def write_resfinder(folder: Path) -> Path:
    """A ResFinder folder with five genes, one of them without a phenotype."""
    fasta(folder / "all.fsa", ACQUIRED)
    for name, text in (
        ("phenotypes.txt", PHENOTYPES),
        ("antibiotic_classes.txt", CLASSES),
        ("phenotype_panels.txt", PANELS),
        ("VERSION", "lab\n"),
    ):
        (folder / name).write_text(text)
    return folder


def write_pointfinder(folder: Path) -> Path:
    """A PointFinder folder with one species, ``lab_bug``."""
    home = folder / "lab_bug"
    genes = {"gyrA": GYRA, "parC": PARC, "16S-lab": RRS, "ampC-promoter-size-53bp": AMPC}
    for name, bases in genes.items():
        fasta(home / f"{name}.fsa", {f"{name}_1_LAB": bases})
    (home / "genes.txt").write_text("".join(f"{name}\r\n" for name in genes))
    (home / "RNA_genes.txt").write_text("16S-lab\r\n")
    (home / "resistens-overview.txt").write_text(MUTATIONS)
    (folder / "config").write_text("lab_bug\tLab bug\tLab bug\n")
    return folder


Pair = tuple[str, str]


def pairs(
    genomes: Mapping[str, str], depth: float, seed: int, length: int = 150, error: float = 0.0
) -> list[Pair]:
    """Read pairs from both strands, fragments of about 350 bases; same seed, same reads."""
    rng = random.Random(seed)
    found = []
    for bases in genomes.values():
        for _ in range(int(len(bases) * depth / (2 * length))):
            size = min(len(bases), max(length, int(rng.gauss(350, 40))))
            at = rng.randrange(len(bases) - size + 1)
            fragment = bases[at : at + size]
            if rng.random() < 0.5:
                fragment = reverse_complement(fragment)
            mate = reverse_complement(fragment)[:length]
            found.append((_miss(fragment[:length], error, rng), _miss(mate, error, rng)))
    rng.shuffle(found)
    return found


def _miss(bases: str, error: float, rng: random.Random) -> str:
    if not error:
        return bases
    return "".join(rng.choice("ACGT") if rng.random() < error else base for base in bases)


def write_pairs(folder: Path, reads: list[Pair], quality: str = "I") -> tuple[Path, Path]:
    """``r_1.fq`` and ``r_2.fq``, mates named ``rN/1`` and ``rN/2``."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "r_1.fq", folder / "r_2.fq"
    for mate, path in enumerate(paths):
        path.write_text(
            "".join(
                f"@r{number}/{mate + 1}\n{pair[mate]}\n+\n{quality * len(pair[mate])}\n"
                for number, pair in enumerate(reads)
            )
        )
    return paths
