"""The PointFinder database: the resistance mutations of one species, placed on its genes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engines.contract.errors import BadData, BadUsage
from engines.contract.wording import did_you_mean
from engines.screen.databases import placing, required, tables
from engines.screen.databases.identity import Identity, identify
from engines.screen.databases.mutation import Mutation, Panel, Unplaced

TABLE = "resistens-overview.txt"
# a row whose tabs were replaced by blanks
_BLANKS = re.compile(r"(\S+)\s+(\S+)\s+(-?\d+)\s+(\S+)\s+(\S+)\s+(\S+)\s+(.*?)(?:\s{2,}(.*))?$")
_NAMED = re.compile(r"\b[A-Z](\d+)([A-Z])\b")
_ALONE = re.compile(r"unknown phenotype if ([^.;]*?) alone", re.IGNORECASE)
_IN_NOTE = re.compile(r"\s{2,}(\w+_[A-Z]\d+[A-Z.]+)\s*$")
_TOGETHER = re.compile(r"must be present simultaneously", re.IGNORECASE)
_DOUBTS = (
    (re.compile(r"unconfirmed", re.IGNORECASE), "the database calls it unconfirmed"),
    (re.compile(r"contribut", re.IGNORECASE), "the database says it only contributes"),
    (re.compile(r"statistically associated", re.IGNORECASE), "only a statistical association"),
    (re.compile(r"mosaic", re.IGNORECASE), "a sign of a mosaic gene, not a cause by itself"),
    (re.compile(r"not essential", re.IGNORECASE), "the database says it is not essential"),
    (
        re.compile(r"normally need", re.IGNORECASE),
        "high-level resistance needs other mutations too",
    ),
)


@dataclass(frozen=True)
class Row:
    """One row of resistens-overview.txt; ``bases``: its position counts bases, not codons."""

    line: int
    gene: str
    position: int
    codon: str
    ref: str
    alts: tuple[str, ...]
    drugs: tuple[str, ...]
    pmids: tuple[str, ...]
    mechanism: str
    note: str
    required: str
    bases: bool
    mended: str = ""


def species(folder: Path) -> tuple[str, ...]:
    """The species of a PointFinder folder: those with a table of mutations, by name."""
    return tuple(sorted(path.parent.name for path in folder.glob(f"*/{TABLE}")))


def called(name: str, known: Sequence[str]) -> str:
    """What a species is called among the folders of PointFinder.

    Args:
        name: as its folder is called (``escherichia_coli``), or as people write it.
        known: the folders.

    Raises:
        BadUsage: no such species.
    """
    wanted = name.strip().lower().replace(" ", "_").replace(".", "")
    wanted = {"e_coli": "escherichia_coli"}.get(wanted, wanted)
    if wanted not in known and wanted.partition("_")[0] in known:  # klebsiella_pneumoniae
        wanted = wanted.partition("_")[0]
    if wanted not in known:
        raise BadUsage(
            f"PointFinder has no species {name!r}{did_you_mean(wanted, known)}",
            hint="known: " + ", ".join(known),
        )
    return wanted


def load(folder: Path, name: str) -> tuple[Identity, Panel]:
    """Read the mutations of one species and place them on its genes.

    Args:
        name: as its folder is called (``escherichia_coli``), or as people write it.

    Raises:
        BadUsage: no such species. InputMissing, BadData: a file is missing or cannot be used.
    """
    wanted = called(name, species(folder))
    home = folder / wanted
    table = home / TABLE
    files = [path for path in sorted(home.iterdir()) if path.suffix in (".fsa", ".txt")]
    identity = identify("pointfinder", folder, files)
    return identity, _panel(wanted, home, table)


def _panel(name: str, home: Path, table: Path) -> Panel:
    rna = {_plain(line) for line in _list(home / "RNA_genes.txt")}
    references: dict[str, str] = {}
    problems: list[str] = []
    placed: list[Mutation] = []
    unplaced: list[Unplaced] = []
    for row in _rows(table, unplaced):
        if row.gene not in references:
            bases, problem = _reference(home, row.gene)
            references[row.gene] = bases
            problems += [problem] if problem else []
        for one in _single(row):
            try:
                placed.append(_place(one, references[row.gene], row.gene in rna))
            except ValueError as error:
                what = f"{one.ref}{one.position}{','.join(one.alts)}"
                unplaced.append(Unplaced(row.gene, what, str(error), row.line, row.drugs))
    references = {gene: bases for gene, bases in references.items() if bases}
    coding = {gene: placing.promoter_bases(gene) for gene in references if gene not in rna}
    return Panel(name, references, _together(placed), tuple(unplaced), tuple(problems), coding)


def _plain(gene: str) -> str:
    return gene.strip().replace("-", "_")


def _list(path: Path) -> list[str]:
    return [line for line in tables.lines(path) if line.strip()] if path.exists() else []


def _reference(home: Path, gene: str) -> tuple[str, str]:
    """The bases of a gene (empty without a file), and what is odd about its file."""
    files = {_plain(path.stem): path for path in home.glob("*.fsa")}
    path = files.get(gene)
    if path is None:
        return "", f"{home.name} has no sequence of {gene}: its mutations are not assessed"
    found = tables.sequences(path)
    bases = next(iter(found.values()))
    if not set(bases) <= set("ACGTRYSWKMBDHVN"):
        raise BadData(f"{path}: is no nucleotide sequence", hint="fetch the database again")
    if len(found) > 1:
        return bases, f"{path.name} has {len(found)} sequences; the first one is used"
    return bases, ""


def _rows(table: Path, unplaced: list[Unplaced]) -> Iterator[Row]:
    indels = by_bases = False
    for number, line in enumerate(tables.lines(table), 1):
        if line.startswith("#"):
            indels = indels or "indels" in line.lower()
            by_bases = by_bases or (indels and "Nuc_pos" in line)
            continue
        fields = [field.strip() for field in line.split("\t")]
        if not line.strip():
            continue
        mended = ""
        if len(fields) < 7 and (blanks := _BLANKS.fullmatch(line.strip())):
            fields = [field or "" for field in blanks.groups()]
            mended = "blanks stand for tabs in its row"
        try:
            yield _row(number, fields, by_bases, mended)
        except (ValueError, IndexError):
            what = line.strip()[:60]
            unplaced.append(Unplaced(fields[0], what, "its row cannot be read", number))


def _row(line: int, fields: list[str], bases: bool, mended: str) -> Row:
    if len(fields) < 7:
        raise ValueError("too few columns")
    fields += [""] * (11 - len(fields))
    return Row(
        line, fields[0], int(fields[2]), fields[3].upper(), fields[4],
        _words(fields[5]), _words(fields[6]), _words(fields[7]), fields[8],
        " ".join(fields[9].split()) if not _IN_NOTE.search(fields[9]) else fields[9],
        fields[10], bases, mended,
    )  # fmt: skip


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(str.strip, text.split(",")))))


def _single(row: Row) -> list[Row]:
    """A row of several deletions as one row each; any other row as it is."""
    if row.ref.lower() != "del":
        return [row]
    return [replace(row, alts=(gone,)) for gone in row.alts]


def _place(row: Row, bases: str, rna: bool) -> Mutation:
    if not bases:
        raise ValueError("the database has no reference sequence of this gene")
    kind = row.ref.lower()
    if kind == "ins":
        place = placing.insertion(bases, row.gene, row.bases, row.position, row.alts)
    elif kind == "del":
        place = placing.deletion(bases, row.gene, row.bases, row.position, row.alts)
    else:
        table = (row.codon, row.ref.upper())
        place = placing.substitution(bases, row.gene, rna, row.position, table, row.alts)
    told = _IN_NOTE.search(row.note)
    groups = required.parse(row.required or (told[1] if told else ""))
    told_doubts = " ".join((*row.pmids, row.mechanism, row.note))
    return Mutation(
        f"{row.gene}:{row.ref}{row.position}{'/'.join(row.alts)}:{row.line}",
        row.gene, row.gene, place.level, place.kind, row.position, place.start, place.ref,
        place.alts, row.drugs, (), row.pmids, row.mechanism, " ".join(row.note.split()), groups,
        _alone(row) if not groups else frozenset(),
        next((words for pattern, words in _DOUBTS if pattern.search(told_doubts)), ""),
        "; ".join(filter(None, (place.problem, row.mended))),
    )  # fmt: skip


def _alone(row: Row) -> frozenset[str]:
    """Alternatives of which the note says that their effect alone is unknown."""
    found = _ALONE.search(row.note)
    if found is None:
        return frozenset()
    named = {alt for position, alt in _NAMED.findall(found[1]) if int(position) == row.position}
    return frozenset(named or row.alts)


def _together(placed: list[Mutation]) -> tuple[Mutation, ...]:
    """Mutations whose note says that all of the gene are needed get each other as partners."""
    genes: dict[tuple[str, str], list[Mutation]] = {}
    for one in placed:
        if _TOGETHER.search(one.note):
            genes.setdefault((one.gene, one.note), []).append(one)
    groups = {}
    for members in genes.values():
        partners = [required.Partner(m.gene, m.kind, m.position, m.alts) for m in members]
        for one in members:
            groups[one.id] = (tuple(p for p in partners if p.position != one.position),)
    return tuple(replace(one, required=groups.get(one.id, one.required)) for one in placed)
