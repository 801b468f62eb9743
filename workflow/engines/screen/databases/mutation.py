"""A resistance mutation of a database, placed on its reference sequence."""

from dataclasses import dataclass, field

from engines.screen.databases.required import Groups

PROTEIN, NUCLEOTIDE = "protein", "nucleotide"


@dataclass(frozen=True, slots=True)
class Mutation:
    """One row of a table of mutations.

    Attributes:
        id: unique in its set: gene, wild type, position, alternatives, and the row's number.
        gene: as the database calls it.
        reference: name of the sequence it was placed on.
        level: whether letters are amino acids or bases.
        kind: substitution, insertion or deletion.
        position: as the database counts: codons or bases, below zero in a promoter.
        start: 0-based on the reference: first base of the codon, the base, or of what is deleted;
            an insertion comes before or behind what starts there (databases differ). On a protein
            reference it counts residues.
        ref: wild type; what is deleted; the residue or base at an insertion.
        alts: what gives resistance; the inserted letters.
        required: partners, see :mod:`engines.screen.databases.required`.
        alone_unknown: alternatives that have an unknown effect without their partners.
        doubt: why the database itself is not sure; empty where it is.
        problem: what is odd about the row although it could be placed.
    """

    id: str
    gene: str
    reference: str
    level: str
    kind: str
    position: int
    start: int
    ref: str
    alts: tuple[str, ...]
    drugs: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    pmids: tuple[str, ...] = ()
    mechanism: str = ""
    note: str = ""
    required: Groups = ()
    alone_unknown: frozenset[str] = frozenset()
    doubt: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A row that cannot be assessed, and why."""

    gene: str
    what: str
    why: str
    line: int
    drugs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Panel:
    """The mutations of one organism and the sequences they are placed on.

    Attributes:
        references: name → bases (or residues, for a panel of proteins), in the order of the genes.
        coding: start of the first codon of each reference that has codons.
        unplaced: rows that cannot be assessed.
    """

    organism: str
    references: dict[str, str]
    mutations: tuple[Mutation, ...]
    unplaced: tuple[Unplaced, ...] = ()
    problems: tuple[str, ...] = ()
    coding: dict[str, int] = field(default_factory=dict)
