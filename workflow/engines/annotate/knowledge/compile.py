"""One file of knowledge from many sources."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from engines.annotate.knowledge.civic import read_civic
from engines.annotate.knowledge.disease_tables import DiseaseTables
from engines.annotate.knowledge.gene_roles import read_gene_roles, read_secondary
from engines.annotate.knowledge.hotspots import read_hotspots
from engines.annotate.knowledge.moalmanac import read_moalmanac
from engines.annotate.knowledge.oncokb import read_oncokb
from engines.annotate.knowledge.own_evidence import read_own_evidence
from engines.annotate.knowledge.release import Release
from engines.annotate.knowledge.store import save
from engines.annotate.known import Knowledge
from engines.contract.errors import BadData, BadUsage

ROLES = (
    "civic", "hotspots", "gene-roles", "secondary", "disease-sites", "disease-ontology",
    "oncotree", "own-evidence", "oncokb", "moalmanac",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sources:
    """Files by role, one of :data:`ROLES`; what is told of their releases, by role."""

    files: Mapping[str, tuple[Path, ...]]
    releases: Mapping[str, Release] = field(default_factory=dict)


def compile_knowledge(sources: Sources, out: Path) -> Knowledge:
    """Read all sources, write one file, and give what it holds.

    Raises:
        BadUsage: no source at all, or a release of one that is not given.
        InputMissing, BadData: a source that cannot be read; two statements of the same id.
        CannotWrite: see :func:`engines.contract.output.staging`.
    """
    given = {role: paths for role, paths in sources.files.items() if paths}
    if not given:
        raise BadUsage("no source of knowledge", hint="give at least --civic FOLDER")
    for role in sources.releases:
        if role not in given:
            raise BadUsage(f"a date is given for {role}, but no {role}", hint=f"add --{role}")
    parts = [
        reader(path, sources.releases.get(role))
        for role, reader in _READERS.items()
        for path in given.get(role, ())
    ]
    if "civic" in given:
        parts.insert(0, read_civic(given["civic"], sources.releases.get("civic")))
    knowledge = _together(parts)
    tables = _diseases(given, sources.releases)
    tables.add_named(
        (each.disease, each.doid) for each in (*knowledge.assertions, *knowledge.items)
    )
    knowledge.diseases = tables.build()
    knowledge.sources += tables.sources
    save(knowledge, out)
    return knowledge


_READERS: dict[str, Callable[[Path, Release | None], Knowledge]] = {
    "oncokb": read_oncokb,
    "moalmanac": read_moalmanac,
    "own-evidence": read_own_evidence,
    "hotspots": read_hotspots,
    "gene-roles": lambda path, release: read_gene_roles(path, path.name.partition(".")[0], release),
    "secondary": read_secondary,
}


def _diseases(
    given: Mapping[str, tuple[Path, ...]], releases: Mapping[str, Release]
) -> DiseaseTables:
    tables = DiseaseTables()
    for role, add in (
        ("disease-ontology", tables.add_obo),
        ("disease-sites", tables.add_sites),
        ("oncotree", tables.add_oncotree),
    ):
        for path in given.get(role, ()):
            add(path, releases.get(role))
    return tables


def _together(parts: list[Knowledge]) -> Knowledge:
    """All parts in one; roles of several lists are united.

    Raises:
        BadData: two statements or profiles of the same id.
    """
    whole = Knowledge([], {}, [], [])
    seen: set[str] = set()
    for part in parts:
        for statement in (*part.items, *part.assertions):
            if statement.id in seen:
                raise BadData(
                    f"{statement.source}: statement {statement.id} is there twice",
                    hint="give each its own id",
                )
            seen.add(statement.id)
        whole.sources += part.sources
        whole.items += part.items
        whole.assertions += part.assertions
        whole.profiles |= part.profiles
        whole.hotspots |= part.hotspots
        whole.summaries |= part.summaries
        whole.secondary |= part.secondary
        for gene, roles in part.roles.items():
            whole.roles[gene] = whole.roles.get(gene, frozenset()) | roles
    whole.sources = [replace(each, counts=dict(each.counts)) for each in whole.sources]
    return whole
