"""Tables of a screen for taxa: Kraken-style report, Bracken's columns, one of genomes."""

from collections.abc import Iterable
from pathlib import Path

from engines.contract.errors import BadUsage
from engines.contract.output import staging
from engines.contract.wording import quoted
from engines.screen.taxa.result import GenomeFound, TaxaResult, TaxonFound

BRACKEN = (
    "name",
    "taxonomy_id",
    "taxonomy_lvl",
    "kraken_assigned_reads",
    "added_reads",
    "new_est_reads",
    "fraction_total_reads",
)
GENOMES = (
    "genome",
    "taxid",
    "status",
    "reads",
    "estimated_reads",
    "read_share",
    "genome_copies_share",
    "length",
    "own_words",
    "own_words_hits",
    "own_words_seen",
    "own_words_expected",
    "parts_seen",
    "parts_expected",
    "identity",
    "matched_share",
)
SPECIES = "S"


def write_taxa(result: TaxaResult, prefix: Path) -> list[Path]:
    """Write ``PREFIX.taxa.report.txt``, ``PREFIX.taxa.bracken.tsv``, ``PREFIX.taxa.genomes.tsv``.

    Raises:
        CannotWrite: see :func:`engines.contract.output.staging`.
    """
    prefix = Path(prefix)
    texts = {
        ".taxa.report.txt": kraken_report(result),
        ".taxa.bracken.tsv": bracken_table(result),
        ".taxa.genomes.tsv": genomes_table(result),
    }
    with staging(prefix) as staged:
        for ending, text in texts.items():
            staged.with_name(staged.name + ending).write_text(text, encoding="utf-8")
    return [prefix.with_name(prefix.name + ending) for ending in texts]


def kraken_report(result: TaxaResult) -> str:
    """Six columns as Kraken 2 writes them: percent, reads of the clade, of just the taxon, code of
    the rank, taxid, indented name; taxa with reads, the most frequent child first.
    """
    nothing = sum(result.unclassified.values())
    lines = [_kraken_line(result, nothing, nothing, "U", 0, "unclassified")] if nothing else []
    for taxon in _by_reads(result):
        name = "  " * taxon.depth + taxon.name
        counts = taxon.clade_reads, taxon.reads
        lines.append(_kraken_line(result, *counts, taxon.code, taxon.taxid, name))
    return "".join(lines)


def bracken_table(result: TaxaResult, code: str = "") -> str:
    """Bracken's seven columns, of taxa of one rank.

    ``new_est_reads`` are those of the clade and its share of ambiguous ones from above.

    Args:
        code: of the rank: S, G, …; where it is not given species, or where the index knows none,
            genomes.

    Raises:
        BadUsage: the index has no taxon of that rank.
    """
    chosen = [taxon for taxon in result.taxa if taxon.code == (code or SPECIES)]
    if not chosen and not code:
        chosen = [taxon for taxon in result.taxa if taxon.genome]
    if not chosen:
        raise BadUsage(f"no taxon of the index has the rank {quoted(code)}")
    whole = _rounded([taxon.estimated_reads for taxon in chosen])
    total = sum(whole)
    rows = []
    for taxon, estimate in sorted(
        zip(chosen, whole, strict=True), key=lambda row: (-row[1], row[0].name)
    ):
        if estimate:
            added = estimate - taxon.clade_reads
            share = f"{estimate / total:.5f}"
            counts = (taxon.clade_reads, added, estimate, share)
            rows.append((taxon.name, taxon.taxid, taxon.code, *counts))
    return _table(BRACKEN, rows)


def genomes_table(result: TaxaResult) -> str:
    """All genomes of the index, the most frequent first."""
    order = sorted(result.genomes, key=lambda genome: (-genome.estimated_reads, genome.name))
    return _table(GENOMES, (_genome_row(genome) for genome in order))


def _kraken_line(result: TaxaResult, clade: int, own: int, code: str, taxid: int, name: str) -> str:
    percent = 100 * clade / result.reads if result.reads else 0.0
    return f"{percent:6.2f}\t{clade}\t{own}\t{code}\t{taxid}\t{name}\n"


def _by_reads(result: TaxaResult) -> list[TaxonFound]:
    """Taxa with reads, in the order of the report."""
    below: dict[int, list[TaxonFound]] = {}
    for taxon in result.taxa[1:]:
        if taxon.clade_reads:
            below.setdefault(taxon.parent, []).append(taxon)
    order, waiting = [], [taxon for taxon in result.taxa[:1] if taxon.clade_reads]
    while waiting:
        taxon = waiting.pop()
        order.append(taxon)
        children = below.get(taxon.taxid, [])
        waiting.extend(sorted(children, key=lambda t: (t.clade_reads, _backwards(t.name))))
    return order


def _backwards(name: str) -> tuple[int, ...]:
    """A key that sorts names from the last to the first."""
    return (*(-ord(letter) for letter in name), 1)


def _rounded(values: list[float]) -> list[int]:
    """Whole numbers with the same sum, as far as that is one."""
    whole = [int(value) for value in values]
    missing = round(sum(values)) - sum(whole)
    by_rest = sorted(range(len(values)), key=lambda i: (whole[i] - values[i], i))
    for place in by_rest[:missing]:
        whole[place] += 1
    return whole


def _genome_row(genome: GenomeFound) -> tuple[object, ...]:
    found = genome.evidence
    return (
        genome.name,
        genome.taxid,
        genome.status,
        genome.reads,
        f"{genome.estimated_reads:.1f}",
        f"{genome.read_share:.6f}",
        _or_empty(genome.copies, 6),
        genome.length,
        found.words,
        found.hits,
        found.seen,
        f"{found.expected:.1f}",
        found.parts_seen,
        f"{found.parts_expected:.1f}",
        _or_empty(genome.identity, 4),
        _or_empty(genome.matched, 4),
    )


def _or_empty(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _table(columns: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [columns, *rows]
    return "".join("\t".join(str(cell) for cell in line) + "\n" for line in lines)
