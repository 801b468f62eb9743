"""The ResFinder database: acquired genes, and what resistance each gives."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from engines.contract.errors import BadData
from engines.contract.wording import did_you_mean, quoted
from engines.screen.databases import tables
from engines.screen.databases.identity import Identity, identify

_NO_CLASS = "UNDER_DEVELOPMENT"  # what antibiotic_classes.txt calls drugs without a class
_ID = re.compile(r"(?P<name>.+?)_(?P<variant>\d+)_(?P<accession>.+)")
_TOGETHER = re.compile(r"together with (\S+) a(?:nd|md) (\S+)", re.IGNORECASE)
_OPERON = re.compile(r"must be in an operon with (\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Gene:
    """An acquired gene; its id ``blaTEM-1B_1_AY458016`` is name, variant and accession."""

    id: str
    name: str
    accession: str
    length: int


@dataclass(frozen=True, slots=True)
class Phenotype:
    """What a gene does, as phenotypes.txt says.

    Attributes:
        drugs: antimicrobials, each once, in the order of the file.
        required: names or ids of genes that have to be there too.
        note: free text; also where its required column has something that is no gene.
    """

    classes: tuple[str, ...]
    drugs: tuple[str, ...]
    pmids: tuple[str, ...]
    mechanism: str
    note: str
    required: tuple[str, ...]


@dataclass(frozen=True)
class ResFinder:
    """All of the database.

    Attributes:
        fastas: all.fsa, or the files of the classes where there is no such file.
        genes: by id, in the order of these files.
        phenotypes: id → what it gives; several where the file has several rows.
        classes: antimicrobial class → antimicrobials, in the order of antibiotic_classes.txt.
        panels: species → antimicrobials that matter for it.
        problems: what is odd in the files, one sentence each.
    """

    identity: Identity
    fastas: tuple[Path, ...]
    genes: dict[str, Gene]
    phenotypes: dict[str, tuple[Phenotype, ...]]
    classes: dict[str, tuple[str, ...]]
    panels: dict[str, tuple[str, ...]]
    problems: tuple[str, ...] = field(default=())

    def gene(self, gene_id: str) -> Gene:
        """A gene by its id.

        Raises:
            BadData: the database has no such gene: the index of the hits is of another version.
        """
        found = self.genes.get(gene_id)
        if found is None:
            raise BadData(
                f"{self.identity.folder}: has no gene {quoted(gene_id)}"
                f"{did_you_mean(gene_id, self.genes)}",
                hint="the hits were made with an index of another version: make both from this one",
            )
        return found

    def class_of(self, drug: str) -> str:
        """The class of an antimicrobial, whatever its case; ``Unspecified`` where none has it."""
        for name, drugs in self.classes.items():
            if name != _NO_CLASS and drug.lower() in map(str.lower, drugs):
                return name
        return "Unspecified"


def load(folder: Path) -> ResFinder:
    """Read and check a ResFinder folder.

    Raises:
        InputMissing, BadData: a file is missing, cut off, or is not what it should be.
    """
    fastas = _fastas(folder)
    genes = {
        name: _gene(name, len(bases)) for path in fastas for name, bases in _bases(path).items()
    }
    names = {gene.name.lower() for gene in genes.values()} | {name.lower() for name in genes}
    phenotypes, problems = _phenotypes(folder / "phenotypes.txt", names)
    text = [folder / name for name in ("phenotypes.txt", "antibiotic_classes.txt")]
    return ResFinder(
        identify("resfinder", folder, [*fastas, *text]),
        fastas,
        genes,
        phenotypes,
        _classes(folder / "antibiotic_classes.txt"),
        _panels(folder / "phenotype_panels.txt"),
        (*problems, *_gaps(genes, phenotypes)),
    )


def _fastas(folder: Path) -> tuple[Path, ...]:
    """All classes in one file, or the files of the classes that ``config`` lists."""
    if (folder / "all.fsa").exists():
        return (folder / "all.fsa",)
    return tuple(folder / f"{fields[0]}.fsa" for _, fields in tables.rows(folder / "config"))


def _bases(fasta: Path) -> dict[str, str]:
    found = tables.sequences(fasta)
    for name, bases in found.items():
        if bases.encode().translate(None, b"ACGTRYSWKMBDHVN"):
            raise BadData(f"{fasta}: {quoted(name)} is no nucleotide sequence")
    return found


def _gene(gene_id: str, length: int) -> Gene:
    parts = _ID.fullmatch(gene_id)
    if parts is None:
        return Gene(gene_id, gene_id, "", length)
    return Gene(gene_id, parts["name"], parts["accession"], length)


def _phenotypes(path: Path, names: set[str]) -> tuple[dict[str, tuple[Phenotype, ...]], list[str]]:
    found: dict[str, tuple[Phenotype, ...]] = {}
    problems = []
    for number, fields in tables.rows(path):
        if fields[0].startswith("Gene_accession"):
            continue
        if len(fields) < 4:
            raise BadData(
                f"{path}: line {number}: has {len(fields)} columns, at least 4 are expected",
                hint="the file was cut off, or is another one: fetch it again",
            )
        if fields[0] in found:
            problems.append(f"phenotypes.txt has {fields[0]} more than once; all rows count")
        fields += [""] * (7 - len(fields))
        found[fields[0]] = (*found.get(fields[0], ()), _phenotype(fields, names))
    return found, problems


def _phenotype(fields: list[str], names: set[str]) -> Phenotype:
    required, notes = [], [fields[5]]
    for name in _words(fields[6]):
        known = name.replace(" ", "")  # the file has "mef(C )"
        if known.lower() in names:
            required.append(known)
        else:
            notes.append(name)
    for pattern in (_TOGETHER, _OPERON):  # partners that are told in words only
        if told := pattern.search(f"{fields[4]} {fields[5]}"):
            required += [name for name in told.groups() if name.lower() in names]
    note = "; ".join(filter(None, notes))
    return Phenotype(
        _words(fields[1]), _words(fields[2]), _words(fields[3]), fields[4], note, tuple(required)
    )


def _words(text: str) -> tuple[str, ...]:
    """The parts of a list in one field, each once."""
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))


def _gaps(genes: Iterable[str], phenotypes: Iterable[str]) -> list[str]:
    """Genes without a phenotype, and the other way round."""
    known, told = dict.fromkeys(genes), dict.fromkeys(phenotypes)
    without = [name for name in known if name not in told]
    orphans = [name for name in told if name not in known]
    found = [f"{name} has no row in phenotypes.txt: no resistance can be told" for name in without]
    return found + [f"phenotypes.txt has {name}, which is not in all.fsa" for name in orphans]


def _classes(path: Path) -> dict[str, tuple[str, ...]]:
    found = {}
    for _, fields in tables.rows(path):
        drugs = [part.strip() for word in fields[1:] for part in word.split("    ")]
        found[fields[0]] = tuple(dict.fromkeys(filter(None, drugs)))
    if not found:
        raise BadData(f"{path}: names no class", hint="fetch the database again")
    return found


def _panels(path: Path) -> dict[str, tuple[str, ...]]:
    """Species → antimicrobials; an included panel counts with its own; none without the file."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in tables.lines(path) if path.exists() else []:
        text = line.strip()
        if text.startswith(":Panel:"):
            name = text.removeprefix(":Panel:").strip()
            found[name] = []
        elif text.startswith(":Include:"):
            found[name] += found.get(text.removeprefix(":Include:").strip(), [])
        elif text and not text.startswith("#") and name:
            found[name].append(text)
    return {name: tuple(dict.fromkeys(drugs)) for name, drugs in found.items()}
