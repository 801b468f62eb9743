"""Lists of genes: their roles in cancer (tumour suppressor, oncogene), and secondary findings."""

from collections import Counter, defaultdict
from pathlib import Path

from engines.annotate.evidence import Source
from engines.annotate.knowledge.release import Release, release_of
from engines.annotate.knowledge.tables import Row, Table, read_table
from engines.annotate.known import Knowledge
from engines.contract.errors import BadData

FEWEST_PUBLICATIONS = 2
"""CancerMine lists every sentence that was ever written of a gene: one publication is too few."""
_GENE = ("gene", "hugo symbol", "gene symbol", "gene_normalized", "symbol", "hugo_symbol")
_YES = frozenset({"yes", "true", "1", "y"})


def read_gene_roles(path: Path, name: str, release: Release | None = None) -> Knowledge:
    """Roles by gene.

    Takes a table of ``gene`` and ``role`` (tsg, oncogene, both), the cancer gene list of OncoKB,
    the collated table of CancerMine, or the Cancer Gene Census, each from the user's own copy.

    Raises:
        InputMissing, BadData: see :mod:`engines.annotate.knowledge.tables`.
    """
    table = read_table(path, _separator(path), skip="##")
    gene = _gene_column(table)
    roles: dict[str, set[str]] = defaultdict(set)
    counts: Counter[str] = Counter()
    for row in table:
        found = _roles({key.lower(): value for key, value in row.items()}, table, counts)
        if row[gene] and found:
            roles[row[gene]] |= found
    counts["tumour suppressors"] = sum("tsg" in each for each in roles.values())
    counts["oncogenes"] = sum("oncogene" in each for each in roles.values())
    when = release_of([path], said=release)
    more = table.counts | dict(counts)
    source = Source(name, "gene_roles", when.name, when.date, table.sha256, "the user's", more)
    kept = {each: frozenset(roles[each]) for each in sorted(roles)}
    return Knowledge([source], {}, [], [], roles=kept)


def read_secondary(path: Path, release: Release | None = None) -> Knowledge:
    """Genes of the ACMG list of secondary findings: a table with a column ``gene``.

    Raises:
        InputMissing, BadData: see :mod:`engines.annotate.knowledge.tables`.
    """
    table = read_table(path, _separator(path), skip="##")
    gene = _gene_column(table)
    genes = frozenset(row[gene] for row in table if row[gene])
    when = release_of([path], said=release)
    counts = table.counts | {"genes": len(genes)}
    source = Source(
        "ACMG SF", "secondary", when.name, when.date, table.sha256, "the user's", counts
    )
    return Knowledge([source], {}, [], [], secondary=genes)


def _separator(path: Path) -> str:
    return "," if ".csv" in path.name.lower() else "\t"


def _gene_column(table: Table) -> str:
    for column in table.columns:
        if column.lower() in _GENE:
            return column
    raise BadData(
        f"{table.path}: no column of genes",
        hint="name one 'gene'; its columns are " + ", ".join(table.columns[:8]),
    )


def _roles(row: Row, table: Table, counts: Counter[str]) -> set[str]:
    """The roles that a row tells, in whichever of the layouts."""
    if "is oncogene" in row:
        words = [role for role, column in (
            ("oncogene", row["is oncogene"]),
            ("tsg", row.get("is tumor suppressor gene", "")),
        ) if column.lower() in _YES]  # fmt: skip
        text = " ".join(words)
    else:
        text = row.get("role") or row.get("gene type") or row.get("role in cancer") or ""
    few = row.get("citation_count", "")
    if few.isdigit() and int(few) < FEWEST_PUBLICATIONS:
        counts[f"skipped: fewer than {FEWEST_PUBLICATIONS} publications"] += 1
        return set()
    found = _words(text.lower().replace("_", " "))
    counts["skipped: no role, or another one"] += not found
    return found


def _words(text: str) -> set[str]:
    both = "both" in text
    found = {"oncogene"} if "oncogene" in text or both else set()
    return found | ({"tsg"} if "tsg" in text or "suppressor" in text or both else set())
