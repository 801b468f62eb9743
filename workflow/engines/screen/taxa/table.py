"""The table of genomes: which file is which genome, and where it stands among taxa.

Columns, separated by tabs: name, taxid, parent or lineage, file. A first line with these words
(and ``rank``) may put them in another order. A row without a file is a taxon that others name as
their parent. Lines that begin with # and empty ones say nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from engines.contract.errors import BadData, InputMissing, NotPermitted
from engines.contract.wording import did_you_mean, quoted
from engines.screen.taxa.taxdump import TaxDump
from engines.screen.taxa.taxonomy import GENOME, Step, with_rank

COLUMNS = ("name", "taxid", "lineage", "file")
KNOWN = {"name": "name", "genome": "name", "taxid": "taxid", "file": "file", "rank": "rank"}
KNOWN |= {"parent": "lineage", "lineage": "lineage", "parent/lineage": "lineage"}
DEEPEST = 200


@dataclass(frozen=True)
class Row:
    """A row as it stands in the file."""

    line: int
    name: str
    taxid: int | None
    above: str
    file: Path | None
    rank: str


@dataclass(frozen=True)
class Genome:
    """A genome to be put into an index.

    Attributes:
        name: of its own.
        file: FASTA.
        lineage: from below the root down to the genome itself.
    """

    name: str
    file: Path
    lineage: tuple[Step, ...]


def read_table(path: Path, dump: TaxDump | None = None) -> list[Genome]:
    """The genomes of a table; files are relative to its folder.

    Raises:
        InputMissing, NotPermitted: it is not there or may not be read.
        BadData: a row makes no sense; the message names it.
    """
    path = Path(path)
    rows = list(_rows(path))
    genomes = _Table(path, rows, dump).genomes()
    if not genomes:
        raise BadData(f"{path}: no genome in it", hint="a row: name, taxid, lineage, file")
    return genomes


class _Table:
    def __init__(self, path: Path, rows: Sequence[Row], dump: TaxDump | None) -> None:
        self._path, self._rows, self._dump = path, rows, dump
        self._by_name: dict[str, Row] = {}
        self._by_taxid: dict[str, Row] = {}
        for row in rows:
            self._enter(self._by_name, row.name, row)
            if row.taxid is not None and (dump is None or row.above):
                self._enter(self._by_taxid, str(row.taxid), row)
        asked = {int(text) for row in rows if (text := self._asked_of_dump(row))}
        self._lineages = dump.lineages(asked) if dump else {}

    def genomes(self) -> list[Genome]:
        return [
            Genome(row.name, row.file, (*self._lineage(row), self._step(row)))
            for row in self._rows
            if row.file
        ]

    def _enter(self, known: dict[str, Row], key: str, row: Row) -> None:
        if key in known:
            raise BadData(
                f"{self._path}: line {row.line}: {quoted(key)} stands in line {known[key].line}, "
                "too: every genome has a name and a number of its own",
                hint="strains of one taxid: leave taxid empty and name the species as parent, or "
                "give NCBI's nodes.dmp and names.dmp",
            )
        known[key] = row

    def _asked_of_dump(self, row: Row) -> str:
        """The number that the taxonomy is asked for, if any."""
        if not self._dump:
            return ""
        if not row.above:
            return str(row.taxid or "")
        known = row.above in self._by_name or row.above in self._by_taxid
        return row.above if row.above.isdecimal() and not known else ""

    def _lineage(self, row: Row, depth: int = 0) -> tuple[Step, ...]:
        if depth > DEEPEST:
            raise BadData(f"{self._path}: line {row.line}: {quoted(row.name)} is its own ancestor")
        if asked := self._asked_of_dump(row):
            return self._lineages[int(asked)]
        if not row.above:
            return ()
        parent = self._by_name.get(row.above) or self._by_taxid.get(row.above)
        if parent and parent.file:
            raise BadData(
                f"{self._path}: line {row.line}: its parent {quoted(parent.name)} is a genome, and "
                "nothing stands below a genome",
                hint="give the taxon above both a row without a file",
            )
        if parent:
            return (*self._lineage(parent, depth + 1), self._step(parent))
        if row.above.isdecimal():
            raise BadData(
                f"{self._path}: line {row.line}: parent {row.above} is no row of the table",
                hint="give that taxon a row, or give NCBI's nodes.dmp and names.dmp",
            )
        names = [name.strip() for name in row.above.split(";") if name.strip()]
        return tuple(self._known(with_rank(name)) for name in names)

    def _known(self, step: Step) -> Step:
        """A taxon of a lineage that has a row of its own is told as that row does."""
        row = self._by_name.get(step.name)
        if not row or row.file:
            return step
        told = self._step(row)
        return replace(told, rank=told.rank or step.rank)

    def _step(self, row: Row) -> Step:
        of_dump = self._dump is not None and not row.above
        if row.file is None and of_dump and row.taxid is not None:
            return self._lineages[row.taxid][-1]
        rank = row.rank or (GENOME if row.file else "")
        return Step(row.name, rank, None if of_dump else row.taxid)


def _rows(path: Path) -> Iterator[Row]:
    columns: tuple[str, ...] = COLUMNS
    first = True
    for number, line in enumerate(_lines(path), 1):
        cells = [cell.strip() for cell in line.lstrip("\ufeff").rstrip("\r\n").split("\t")]
        if first and _is_head(cells):
            columns = _columns(path, cells)
        elif line.strip() and not line.startswith("#"):
            yield _row(path, number, dict(zip(columns, cells, strict=False)), len(cells))
        first = first and not line.strip()


def _is_head(cells: Sequence[str]) -> bool:
    """Whether cells are names of columns: the first one is, or two of them are."""
    names = [cell.lstrip("#").strip().lower() for cell in cells]
    known = [name in KNOWN for name in names]
    return (
        len(cells) > 1 and ("name" in names or "genome" in names) and (known[0] or sum(known) > 1)
    )


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise InputMissing(f"{path}: no such file", hint="check the path") from error
    except PermissionError as error:
        raise NotPermitted(f"{path}: you may not read it", hint="check who owns it") from error
    except UnicodeDecodeError as error:
        raise BadData(f"{path}: no text: a table of genomes is needed") from error


def _columns(path: Path, cells: Sequence[str]) -> tuple[str, ...]:
    names = [cell.lstrip("#").strip().lower() for cell in cells]
    for name in names:
        if name not in KNOWN:
            raise BadData(
                f"{path}: line 1: column {quoted(name)} is not known{did_you_mean(name, KNOWN)}",
                hint="columns: name, taxid, lineage (or parent), file, rank",
            )
    found = tuple(KNOWN[name] for name in names)
    if not {"name", "file"} <= set(found) or len(set(found)) < len(found):
        raise BadData(f"{path}: line 1: name and file are needed, and each column once")
    return found


def _row(path: Path, line: int, cells: dict[str, str], count: int) -> Row:
    where = f"{path}: line {line}"
    name, taxid = cells.get("name", ""), cells.get("taxid", "")
    if not name or count < 2:
        raise BadData(
            f"{where}: {'no name' if count > 1 else 'one column'}: no row of a table of genomes",
            hint="a row: name, taxid, lineage, file, separated by tabs; or give FASTA",
        )
    if taxid in ("-", "."):
        taxid = ""
    if taxid and (not taxid.isdecimal() or not 1 < int(taxid) < 2_000_000_000):
        raise BadData(f"{where}: taxid {quoted(taxid)}", hint="a number above 1, or nothing")
    file = cells.get("file", "")
    return Row(
        line,
        name,
        int(taxid) if taxid else None,
        cells.get("lineage", ""),
        path.parent / file if file else None,
        cells.get("rank", "").lower(),
    )
