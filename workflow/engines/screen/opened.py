"""What reads are screened for: the databases that were asked for, read and checked first."""

from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import BadUsage, InputMissing
from engines.screen.calling.diamond import proteins
from engines.screen.case import Request
from engines.screen.databases import ncbi, places, pointfinder, resfinder
from engines.screen.databases.identity import Identity
from engines.screen.databases.mutation import Panel
from engines.screen.databases.resfinder import ResFinder
from engines.screen.taxa import TaxaIndex, open_reference


@dataclass(frozen=True)
class Listed:
    """Mutations of one organism, as one database has them.

    Attributes:
        of_proteins: whether its references are residues, to which reads are translated.
    """

    identity: Identity
    panel: Panel
    of_proteins: bool = False


@dataclass(frozen=True)
class Opened:
    """All databases of a screen.

    Attributes:
        database: genes; its classes of antimicrobials are needed for mutations too. None where
            only taxa are asked for.
        residues: gene → protein, for a translated search; empty where there is none.
        untranslated: genes that are no open reading frame, and are left out of that.
        listed: mutations, by database.
        genomes: for taxa; None where none were given.
    """

    database: ResFinder | None
    residues: dict[str, str]
    untranslated: tuple[str, ...]
    listed: tuple[Listed, ...]
    genomes: TaxaIndex | None = None

    @property
    def acquired(self) -> ResFinder:
        """The genes, where they were asked for."""
        assert self.database is not None  # or nobody asks
        return self.database

    @property
    def identities(self) -> list[Identity]:
        """Each database once."""
        found = {self.database.identity.sha256: self.database.identity} if self.database else {}
        found |= {each.identity.sha256: each.identity for each in self.listed}
        return list(found.values())


def open_databases(request: Request) -> Opened:
    """Read what the request needs.

    Raises:
        InputMissing, BadData: a database is not there, or cannot be used. BadUsage: it has no
            such species.
    """
    folder = request.resistance
    genomes = open_reference(request.reference, request.taxdump) if request.reference else None
    if not request.has_genes and not (request.has_mutations and request.species):
        return Opened(None, {}, (), (), genomes)
    acquired = resfinder.load(places.find("resfinder", folder))
    residues: dict[str, str] = {}
    left_out: list[str] = []
    if request.mode == "translated" and request.has_genes:
        residues, left_out = proteins(acquired)
    listed: list[Listed] = []
    if request.has_mutations and request.species:
        for name in request.lists:
            listed += _listed(name, folder, request.species)
    return Opened(acquired, residues, tuple(left_out), tuple(listed), genomes)


def _listed(name: str, folder: Path | None, species: str) -> list[Listed]:
    if name == "pointfinder":
        return [Listed(*pointfinder.load(places.find(name, folder), species))]
    home = places.find("ncbi_mutations", folder)
    identity, bases, residues = ncbi.load(home, _group(home, species))
    found = [Listed(identity, bases), Listed(identity, residues, of_proteins=True)]
    return [each for each in found if each.panel.mutations or each.panel.unplaced]


def _group(home: Path, species: str) -> str:
    """NCBI's name of a species: itself, or its genus where the list is of that."""
    known = {name.lower() for name in ncbi.groups(home)}
    wanted = species.strip().lower().replace(" ", "_")
    genus = wanted.partition("_")[0]
    return genus if wanted not in known and genus in known else species


def check_species(request: Request) -> None:
    """A species without anything that could use it is a mistake.

    Raises:
        BadUsage: it says so.
    """
    if request.species and not request.has_mutations:
        raise BadUsage(
            "--species is for mutations, and --disable-resistance leaves them out",
            hint="leave one of the two away",
        )
    if request.resfinder and not request.has_genes:
        raise BadUsage(
            "--resfinder is of genes, and --disable-amr leaves them out",
            hint="leave one of the two away",
        )
    if not request.has_genes and not request.has_mutations and request.reference is None:
        raise BadUsage(
            "nothing to do: genes and mutations are disabled, and no --reference-db is given",
            hint="leave away --disable-amr or --disable-resistance",
        )
    if not request.has_genes and not request.species and request.reference is None:
        raise InputMissing(
            "nothing to do: mutations need --species", hint="such as --species 'Escherichia coli'"
        )
