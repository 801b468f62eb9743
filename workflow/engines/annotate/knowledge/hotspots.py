"""Cancer hotspots: residues that are mutated often, from the table of cancerhotspots.org."""

from collections import Counter
from pathlib import Path

from engines.annotate.evidence import Hotspot, Source
from engines.annotate.knowledge.release import Release, release_of
from engines.annotate.knowledge.tables import Row, need_columns, read_table
from engines.annotate.known import Knowledge

NAME = "cancerhotspots"
LICENCE = "terms of cancerhotspots.org; not shipped with plumbline"
_COLUMNS = ("hugo_symbol", "amino_acid_position", "type", "variant_amino_acid", "tumor_count")


def read_hotspots(path: Path, release: Release | None = None) -> Knowledge:
    """The single residues of the table (hotspots v2, or v2 and 3D); other rows are counted.

    Raises:
        InputMissing, BadData: see :mod:`engines.annotate.knowledge.tables`.
    """
    table = read_table(path)
    need_columns(table, *_COLUMNS)
    counts: Counter[str] = Counter()
    found: dict[tuple[str, int], Hotspot] = {}
    for row in table:
        kind = row["type"].lower()
        position = row["amino_acid_position"]
        if kind != "single residue":
            counts[f"skipped: {kind or 'no type'}"] += 1
        elif not (position.isdigit() and row["tumor_count"].isdigit() and row["hugo_symbol"]):
            counts["skipped: no gene, residue or count"] += 1
        else:
            each = _hotspot(row)
            known = found.get((each.gene, each.codon))
            counts["twice, the one with more tumours taken"] += known is not None
            if known is None or known.samples < each.samples:
                found[each.gene, each.codon] = each
    counts["kept"] = len(found)
    more = table.counts | {word: counts[word] for word in sorted(counts) if counts[word]}
    when = release_of([path], said=release)
    source = Source(NAME, "hotspots", when.name, when.date, table.sha256, LICENCE, more)
    return Knowledge([source], {}, [], [], hotspots=found)


def _hotspot(row: Row) -> Hotspot:
    changes: dict[str, int] = {}
    for part in row["variant_amino_acid"].split("|"):
        letter, _, number = part.partition(":")
        if letter and number.isdigit():
            changes[letter] = int(number)
    return Hotspot(
        gene=row["hugo_symbol"],
        codon=int(row["amino_acid_position"]),
        samples=int(row["tumor_count"]),
        changes=changes,
        transcript=row.get("transcript_id", "").partition(".")[0],
    )
