"""Databases of resistance as ResFinder and PointFinder have them: genes and drugs of nobody.

Only the classes of antimicrobials are real, and that gyrA and parC are where quinolones bind.
"""

from pathlib import Path

import numpy as np

from config.demo.generator.files import write_tsv
from config.demo.generator.genome import random_bases

SEED = 11
SPECIES, HOME = "Demobacter fictus", "demobacter_fictus"
ACIDS = {
    "A": "GCT", "C": "TGC", "D": "GAT", "E": "GAA", "F": "TTC", "G": "GGT", "H": "CAC",
    "I": "ATC", "K": "AAG", "L": "CTG", "M": "ATG", "N": "AAC", "P": "CCA", "Q": "CAG",
    "R": "CGG", "S": "AGC", "T": "ACG", "V": "GTG", "W": "TGG", "Y": "TAC",
}  # fmt: skip
ACQUIRED = {"blaDEM-1": 286, "tet(Dm)": 300, "catDm": 220, "ionX": 200, "ionY": 200}  # codons
TARGETS = {"gyrA": {83: "S", 87: "D"}, "parC": {80: "S"}}
CODONS, RRS = 260, 600  # codons of a target, bases of the ribosomal RNA
PLACE = 420  # the base of the ribosomal RNA that the table tells of
PHENOTYPES = (
    ("blaDEM-1", "Beta-lactam", "Democillin", ""),
    ("tet(Dm)", "Tetracycline", "Democycline", ""),
    ("catDm", "Amphenicol", "Demophenicol", ""),
    ("ionX", "Ionophores", "Demasin", "ionY"),
    ("ionY", "Ionophores", "Demasin", "ionX"),
)
CLASSES = (
    *(("Beta-lactam", "Democillin"), ("Tetracycline", "Democycline")),
    *(("Amphenicol", "Demophenicol"), ("Ionophores", "Demasin")),
    *(("Quinolone", "Demofloxacin"), ("Aminoglycoside", "Demomycin")),
)
OVERVIEW = "Gene_ID Gene_name Codon_pos Ref_nuc Ref_codon Res_codon Resistance PMID Mechanism Notes"


class Databases:
    """The sequences, drawn once.

    Attributes:
        acquired: gene → bases, an open reading frame each.
        targets: genes of the species in which mutations count.
        rrs: its ribosomal RNA.
    """

    def __init__(self) -> None:
        rng = np.random.RandomState(SEED)
        self.acquired = {name: _frame(codons, {}, rng) for name, codons in ACQUIRED.items()}
        self.targets = {name: _frame(CODONS, residues, rng) for name, residues in TARGETS.items()}
        self.rrs = random_bases(RRS, rng)

    def write_resfinder(self, folder: Path) -> None:
        """The files that the screen reads of a folder of ResFinder."""
        write_fasta(
            {full(name): bases for name, bases in self.acquired.items()}, folder / "all.fsa"
        )
        head = ("Gene_accession no.", "Class", "Phenotype", "PMID", "Mechanism of resistance")
        rows = [
            (full(gene), kind, drug, "", "made up", "", full(partner) if partner else "")
            for gene, kind, drug, partner in PHENOTYPES
        ]
        write_tsv((*head, "Notes", "Required_gene"), rows, folder / "phenotypes.txt")
        write_tsv(("# Class", "Antibiotics"), CLASSES, folder / "antibiotic_classes.txt")
        drugs = "".join(f"{drug}\n" for _, drug in CLASSES)
        (folder / "phenotype_panels.txt").write_text(f":Panel: {SPECIES}\n{drugs}")
        (folder / "VERSION").write_text("demo\n")

    def write_pointfinder(self, folder: Path) -> None:
        """Those of one species of PointFinder."""
        for name, bases in (*self.targets.items(), ("16S-rrs", self.rrs)):
            write_fasta({f"{name}_1_DEMO": bases}, folder / f"{name}.fsa")
        genes = (*self.targets, "16S-rrs")
        (folder / "genes.txt").write_text("".join(f"{name}\n" for name in genes))
        (folder / "RNA_genes.txt").write_text("16S-rrs\n")
        rows = [
            _row("gyrA", 83, ACIDS["S"], "S", "L,W"),
            _row("gyrA", 87, ACIDS["D"], "D", "N,G"),
            _row("parC", 80, ACIDS["S"], "S", "I"),
            _row("16S_rrs", PLACE, self.rrs[PLACE - 1], self.rrs[PLACE - 1], other(self.rrs)),
        ]
        head = (*OVERVIEW.split(), "Required_mut")
        write_tsv(("#" + head[0], *head[1:]), rows, folder / "resistens-overview.txt")


def full(name: str) -> str:
    """The name of a gene as ResFinder writes it: allele and accession behind it."""
    number = list(ACQUIRED).index(name) + 1
    return f"{name}_1_DEMO{number:04}"


def other(rrs: str) -> str:
    """The base that makes the ribosome resistant."""
    return "G" if rrs[PLACE - 1] == "A" else "A"


def with_codon(bases: str, codon: int, letter: str) -> str:
    """A gene with another amino acid at a codon, counted from 1."""
    return bases[: 3 * (codon - 1)] + ACIDS[letter] + bases[3 * codon :]


def write_fasta(sequences: dict[str, str], path: Path) -> None:
    """Plain FASTA, 60 bases a line."""
    lines = []
    for name, bases in sequences.items():
        lines += [f">{name}", *(bases[at : at + 60] for at in range(0, len(bases), 60))]
    path.write_text("\n".join(lines) + "\n")


def _frame(codons: int, residues: dict[int, str], rng: np.random.RandomState) -> str:
    """ATG, codons without a stop, TAA."""
    letters = sorted(ACIDS)
    drawn = [ACIDS[letters[i]] for i in rng.randint(0, len(letters), codons - 2)]
    bases = "".join(["ATG", *drawn, "TAA"])
    for codon, letter in residues.items():
        bases = with_codon(bases, codon, letter)
    return bases


def _row(gene: str, place: int, reference: str, wild: str, resistant: str) -> tuple[str, ...]:
    drug = "Demomycin" if gene.startswith("16S") else "Demofloxacin"
    return (gene, gene, str(place), reference, wild, resistant, drug, "", "made up", "", "")
