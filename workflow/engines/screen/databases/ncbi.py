"""NCBI's resistance mutations: proteins, and promoters and RNA genes, of one group of organisms."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import BadData, BadUsage
from engines.contract.wording import did_you_mean
from engines.screen.databases import tables
from engines.screen.databases.identity import Identity, identify
from engines.screen.databases.mutation import NUCLEOTIDE, PROTEIN, Mutation, Panel, Unplaced

_SUBSTITUTION = re.compile(r"(?P<gene>.+)_(?P<ref>[A-Z])(?P<at>-?\d+)(?P<alt>[A-Z]|Ter|STOP)")
_DELETION = re.compile(r"(?P<gene>.+)_(?P<ref>[A-Z]+)(?P<at>-?\d+)del")
_INSERTION = re.compile(r"(?P<gene>.+)_(?P<ref>[A-Z])(?P<at>-?\d+)(?P<alt>[A-Z]{2,})")
_TABLE, _PROTEINS = "AMRProt-mutation.tsv", "AMRProt_mutation.fa"


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    accession: str
    position: int
    symbol: str
    classes: tuple[str, ...]
    drugs: tuple[str, ...]


def groups(folder: Path) -> tuple[str, ...]:
    """The groups of organisms (``Escherichia``, ``Klebsiella_pneumoniae``) that have mutations."""
    found = {fields[0] for _, fields in tables.rows(folder / _TABLE)}
    return tuple(sorted(found | {_group_of(path) for path in folder.glob("AMR_DNA-*.tsv")} - {""}))


def load(folder: Path, group: str) -> tuple[Identity, Panel, Panel]:
    """The mutations of one group: those in promoters and RNA genes, and those in proteins.

    Raises:
        BadUsage: no such group. InputMissing, BadData: a file is missing or cannot be used.
    """
    known = groups(folder)
    wanted = {name.lower(): name for name in known}.get(group.strip().lower().replace(" ", "_"))
    if wanted is None:
        raise BadUsage(
            f"NCBI's mutations have no group {group!r}{did_you_mean(group, known)}",
            hint="known: " + ", ".join(known),
        )
    dna = [folder / f"AMR_DNA-{wanted}.{ending}" for ending in ("fa", "tsv")]
    dna = dna if dna[0].exists() else []
    identity = identify("ncbi_mutations", folder, [folder / _TABLE, folder / _PROTEINS, *dna])
    return identity, _nucleotides(wanted, dna), _proteins(wanted, folder)


def _group_of(path: Path) -> str:
    name = path.stem.removeprefix("AMR_DNA-")
    return "" if name in ("mutation", "mutation_underscore") else name


def _nucleotides(group: str, dna: Sequence[Path]) -> Panel:
    if not dna:
        return Panel(group, {}, ())
    bases = {name: text.replace("U", "T") for name, text in tables.sequences(dna[0]).items()}
    return _panel(group, bases, _rows(dna[1], ""), NUCLEOTIDE)


def _proteins(group: str, folder: Path) -> Panel:
    path = folder / _PROTEINS
    residues = {}
    for name, text in tables.sequences(path).items():
        parts = name.split("|")
        if len(parts) < 2:
            raise BadData(f"{path}: {name!r} names no accession", hint="fetch the database again")
        residues[parts[1]] = text.rstrip("*")
    return _panel(group, residues, _rows(folder / _TABLE, group), PROTEIN)


def _rows(path: Path, group: str) -> list[_Row]:
    """Rows of a table; that of the proteins has a column of groups in front."""
    found = []
    skip = 1 if group else 0
    for number, fields in tables.rows(path):
        if group and fields[0] != group:
            continue
        part = fields[skip : skip + 6]
        try:
            accession, at, symbol, _, classes, drugs = part
            position = int(at)
        except ValueError as error:
            if number == 1:
                continue  # the names of the columns
            raise BadData(
                f"{path}: line {number}: is no row of a mutation", hint="fetch the database again"
            ) from error
        found.append(_Row(number, accession, position, symbol, _words(classes), _words(drugs)))
    return found


def _words(text: str) -> tuple[str, ...]:
    """``GENTAMICIN_C/NEOMYCIN`` as ``Gentamicin c`` and ``Neomycin``."""
    return tuple(word.replace("_", " ").capitalize() for word in text.split("/") if word)


def _panel(group: str, sequences: dict[str, str], rows: list[_Row], level: str) -> Panel:
    placed, unplaced = [], []
    for row in rows:
        try:
            placed.append(_place(row, sequences, level))
        except ValueError as error:
            gene = row.symbol.partition("_")[0]
            unplaced.append(Unplaced(gene, row.symbol, str(error), row.line, row.drugs))
    used = {one.reference for one in placed}
    return Panel(
        group,
        {name: text for name, text in sequences.items() if name in used},
        tuple(placed),
        tuple(unplaced),
    )


def _place(row: _Row, sequences: dict[str, str], level: str) -> Mutation:
    sequence = sequences.get(row.accession)
    if sequence is None:
        raise ValueError(f"the database has no sequence {row.accession}")
    kind, found, alts = _read(row.symbol)
    start, ref = row.position - 1, found["ref"]
    there = sequence[start : start + len(ref)]
    if there != ref:
        raise ValueError(f"the reference sequence has {there or 'nothing'} there, the table {ref}")
    if kind == "insertion":
        if not alts[0].startswith(ref):
            raise ValueError("a change of several letters is not looked for")
        alts, start = (alts[0][1:],), start + 1
    return Mutation(
        f"{row.symbol}:{row.line}", found["gene"], row.accession, level, kind,
        int(found["at"]), start, ref, alts, row.drugs, row.classes,
    )  # fmt: skip


def _read(symbol: str) -> tuple[str, re.Match[str], tuple[str, ...]]:
    """Kind, parts and alternatives of a symbol such as gyrA_S83L.

    Raises:
        ValueError: a change of another kind.
    """
    if found := _SUBSTITUTION.fullmatch(symbol):
        return "substitution", found, ({"Ter": "*", "STOP": "*"}.get(found["alt"], found["alt"]),)
    if found := _DELETION.fullmatch(symbol):
        return "deletion", found, ("del",)
    if found := _INSERTION.fullmatch(symbol):
        return "insertion", found, (found["alt"],)
    raise ValueError("a change of this kind is not looked for")
